"""One frozen settings object, built once at the entry point; nothing else reads the environment.

Values come from ``cleanclaim.toml`` in the operator's home (``CLEANCLAIM_HOME``) and from environment
variables ``CLEANCLAIM_<SECTION>__<KEY>``, which win. Every problem is reported at once.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError

from config.connectors import AnyConnector, plain
from config.connectors import ConnectorSettings as ConnectorSettings
from config.office import Office as Office
from config.section import EnvelopeId, Section
from config.wrong import told

_PREFIX = "CLEANCLAIM_"
_NOT_SETTINGS = {"CLEANCLAIM_HOME", "CLEANCLAIM_KEYS"}


class SettingsProblem(Exception):
    """The settings cannot be used; ``problems`` has a line for each reason."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(problems))
        self.source, self.problems = source, problems


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:  # OSError: a part of a name is a folder
        raise ValueError("is not a time zone name such as America/New_York") from unknown
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Submitter(Section):
    """Who we are to a clearinghouse or payer: loop 1000A."""

    id: EnvelopeId = "CLEANCLAIM"
    name: str = Field(default="CLEANCLAIM PRACTICE", min_length=1, max_length=60)
    contact: str = Field(default="BILLING OFFICE", min_length=1, max_length=60)
    phone: str = Field(default="6145550100", pattern=r"^\d{10}$")


class Dispatch(Section):
    """How much goes at once."""

    per_claim_runs_up_to: int = Field(
        default=500, ge=0, description="of more claims that are due none has a run of its own"
    )
    claims_per_chunk: int = Field(default=200, ge=1, le=1000, description="that take a step together then")
    chunks_at_once: int = Field(default=2, ge=1, description="one chunk waits while another one works")
    failed_runs_up_to: int = Field(
        default=100, ge=0, description="of those that failed then, so many get a run to show and retry"
    )
    runs_at_once: int = Field(default=1, ge=1, description="claim runs side by side in one daily run")
    claims_per_batch: int = Field(default=1000, ge=1, le=5000)
    lease_seconds: int = Field(default=120, ge=5, le=3600)


class Coding(Section):
    """How much of finished coding gets a second look, and from where on a pattern stands out."""

    audit_share: float = Field(default=0.05, gt=0, le=1, description="of each coder's claims of a week")
    audit_least: int = Field(default=1, ge=0)
    audit_most: int = Field(default=10, ge=1)
    pattern_days: int = Field(default=90, ge=7, le=3660, description="how far back the pattern monitor looks")
    pattern_least: int = Field(default=20, ge=5, description="fewer services than that show no pattern")
    false_discoveries: float = Field(default=0.05, gt=0, lt=0.5, description="share among the outliers told")


class Prefect(Section):
    api_url: str = Field(default="http://127.0.0.1:4200/api", pattern=r"^https?://[^\s/]+/.+$")
    global_limits: bool = Field(default=False, description="a payer's pace holds over all processes")


class Settings(Section):
    home: Path
    profile: Literal["production", "sandbox"] = "production"
    database_url: str = Field(
        default="", repr=False, description="empty: SQLite in the home folder; may hold a password"
    )
    zone: Zone = Field(default="America/New_York", description="where the practice's day begins")
    synthetic_identifiers: bool = Field(default=False, description="accept NPIs that fail the check digit")
    submitter: Submitter = Submitter()
    connectors: dict[str, AnyConnector] = Field(default_factory=dict)
    dispatch: Dispatch = Dispatch()
    coding: Coding = Coding()
    office: Office = Office()
    prefect: Prefect = Prefect()

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'claims.db'}"

    @property
    def key_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def sandbox(self) -> bool:
        return self.profile == "sandbox"


def home_of(environ: Mapping[str, str]) -> Path:
    """The operator's folder: ``CLEANCLAIM_HOME``, else ``~/.cleanclaim``."""
    return Path(environ.get("CLEANCLAIM_HOME") or Path.home() / ".cleanclaim").expanduser().absolute()


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read file and environment; raises SettingsProblem naming every wrong or unknown value."""
    home = home_of(environ)
    path = home / "cleanclaim.toml"
    values = _read_toml(path) if path.exists() else {}
    problems = _overlay(values, environ)
    try:
        settings = Settings.model_validate({**values, "home": home})
    except ValidationError as wrong:
        problems += [_plain(error) for error in wrong.errors()]
    else:
        problems += [
            f"connectors.{name}: {told}"
            for name, partner in settings.connectors.items()
            for told in partner.problems(home)
        ]
        problems += settings.office.problems(home)
    if problems:
        raise SettingsProblem(str(path), problems)
    return settings.model_copy(update={"office": settings.office.at(home)})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as trouble:
        raise SettingsProblem(str(path), [f"cannot be read: {trouble.strerror}"]) from trouble
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsProblem(str(path), [f"is not TOML: {wrong}"]) from wrong


def _overlay(values: dict[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Lay ``CLEANCLAIM_DISPATCH__RUNS_AT_ONCE=2`` over ``values``; returns what could not be placed."""
    problems = []
    for name, value in sorted(environ.items()):
        if not name.startswith(_PREFIX) or name in _NOT_SETTINGS:
            continue
        *path, last = name.removeprefix(_PREFIX).lower().split("__")
        place = values
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                problems.append(f"{name} goes through {part}, which is not a section")
                break
        else:
            place[last] = value
    return problems


def _plain(error: Any) -> str:
    if error["loc"][:1] == ("connectors",) and len(error["loc"]) > 1:
        return plain(error)
    return told(error, Settings)
