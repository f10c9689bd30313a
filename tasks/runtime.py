"""What a run works with, built once a process: settings, database, payers, clock, trading partners."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from claims import reference, schema
from claims.business_clock import StoredClock
from claims.clock import Clock, SystemClock
from claims.connect import ConnectError, Connector
from claims.connect.circuit import Circuit
from claims.connect.opening import open_connector
from claims.connect.pace import Limits, LocalLimits
from claims.database import open_engine
from claims.edits.packs import open_packs
from claims.errors import BadSettings
from claims.events import SYSTEM, Act
from claims.intake.charge_map import ChargeMap, load_charge_map
from claims.keys import load_keyring
from claims.left_files import LeftFiles
from config.connectors import AnyConnector
from config.payers import PayerProfile, load_payers, unreachable
from config.settings import Settings, SettingsProblem, load_settings
from tasks.limits import GlobalLimits


class Runtime:
    """Shared by all that happens in one process; a connector belongs to the event loop that opened it."""

    def __init__(
        self, settings: Settings, engine: Engine, payers: Mapping[str, PayerProfile], clock: Clock
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.payers = payers
        self.clock = clock
        self._connectors: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Connector]] = (
            WeakKeyDictionary()
        )

        self._circuits: dict[str, Circuit] = {}
        self._limits: WeakKeyDictionary[asyncio.AbstractEventLoop, Limits] = WeakKeyDictionary()

    def act(self, run_id: str | None = None, actor: str = SYSTEM) -> Act:
        """An act of now; every transaction takes a fresh one."""
        return Act(actor, self.clock.now(), run_id)

    def connector_settings(self, name: str) -> AnyConnector:
        settings = self.settings.connectors.get(name)
        if settings is None:
            tip = f"Add [connectors.{name}] to cleanclaim.toml."
            raise BadSettings(f"No connector named {name} in the settings.", tip=tip)
        return settings

    def connector(self, name: str) -> Connector:
        mine = self._connectors.setdefault(asyncio.get_running_loop(), {})
        if name not in mine:
            mine[name] = open_connector(
                name,
                self.connector_settings(name),
                self.settings.submitter.id,
                self.settings.home,
                self.clock,
                LeftFiles(self.engine, self.act),
            )
        return mine[name]

    @asynccontextmanager
    async def reach(self, payer_id: str, name: str) -> AsyncIterator[Connector]:
        """The connector for a call about this payer: when its circuit lets us, and at its pace.

        Raises CircuitOpen where it failed again and again just now; how this call ends is remembered.
        """
        circuit = self._circuits.setdefault(payer_id, Circuit())
        circuit.look(monotonic())
        async with self._here().turn(payer_id, self.profile(payer_id).pace):
            circuit.check(
                monotonic()
            )  # of many that waited for their turn, the first ones may have opened it
            try:
                yield self.connector(name)
            except ConnectError as error:
                circuit.ended(error, monotonic())
                raise
            circuit.ended(None, monotonic())

    def _here(self) -> Limits:
        """The payers' pace: in this event loop, or over all processes where the settings say so."""
        loop = asyncio.get_running_loop()
        if loop not in self._limits:
            everywhere = self.settings.prefect.global_limits
            self._limits[loop] = GlobalLimits() if everywhere else LocalLimits(monotonic)
        return self._limits[loop]

    async def hang_up(self) -> None:
        """Close the connections of this event loop, before the loop itself ends."""
        for connector in self._connectors.pop(asyncio.get_running_loop(), {}).values():
            await connector.close()

    def profile(self, payer_id: str) -> PayerProfile:
        profile = self.payers.get(payer_id)
        if profile is None:
            raise BadSettings(
                f"No payer file for {payer_id}.", tip="Add one to the payers folder of the home directory."
            )
        return profile

    @property
    def charge_map(self) -> ChargeMap | None:
        path = self.settings.home / "charge_map.csv"
        return load_charge_map(path.read_bytes(), path.name) if path.exists() else None


def open_runtime(environ: Mapping[str, str] = os.environ) -> Runtime:
    """Everything that is wrong with settings, payers, keys or schema is said here, before any work.

    The versions of payers, edits and codes that it will decide by are kept in the database.
    """
    try:
        settings = load_settings(environ)
        payers = load_payers(settings)
        if wrong := unreachable(payers, settings):
            raise SettingsProblem("payers", wrong)
    except SettingsProblem as problem:
        raise BadSettings(str(problem), tip="Correct it and start again.") from problem
    open_packs(settings, payers)
    engine = open_engine(settings.database, load_keyring(settings.key_file, environ))
    schema.require_current(engine)
    rt = Runtime(settings, engine, payers, StoredClock(engine) if settings.sandbox else SystemClock())
    reference.remember(engine, reference.in_force(settings, payers), rt.act().at.real)
    return rt


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """The process's runtime, for flows: Prefect starts them by name and can hand nothing over."""
    return open_runtime()
