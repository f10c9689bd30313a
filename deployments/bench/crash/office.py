"""A practice whose payer is reached one way: claims that are ready, a batch each, and what its people do."""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import httpx
from sqlalchemy import Engine
from sqlmodel import select

from claims.clock import ShiftedClock
from claims.database import open_engine, transaction
from claims.decisions import decide
from claims.keys import load_keyring
from claims.model import Actor, Batch, BatchItem, Claim, Role, WorkItem, WorkState
from config.payers import PayerProfile
from config.settings import Settings
from deployments.bench.crash.ways import SENDER, Way
from deployments.bench.doors import KEY, Address
from deployments.bench.stage import take_in
from deployments.home import prepare_home, settings_of
from tasks.assemble import assemble
from tasks.life import STEPS
from tasks.reconcile import find, settle_in_doubt
from tasks.responses import collect
from tasks.runtime import Runtime
from tasks.send import Sent, send_batch

_Answer = TypeVar("_Answer")
PERSON = "olga"
CHECKS = ("intake", "eligibility", "authorization", "coding_review", "scrub")
LONG_AFTER = timedelta(days=7)
"""Longer than a 999 may take, over a weekend and a holiday too."""


class Office:
    """``engine`` has an empty database; ``line`` is where our connector reaches the sandbox, if not directly.

    Each call opens the connections anew, as each run of ours does.
    """

    def __init__(
        self, home: Path, engine: Engine, way: Way, at: Address, line: Address | None = None
    ) -> None:
        self.home, self.way = home, way
        self.rt = _runtime(home, engine, way, line or at)
        self.other_side = httpx.Client(
            base_url=at.url, headers={"authorization": f"Bearer {KEY}"}, timeout=30
        )
        levers = {"leaves_uploads": way.carried == "never"}
        self.other_side.put("/sandbox/sftp", json=levers).raise_for_status()
        self.mailed: list[str] = []
        with transaction(self.rt.engine) as session:
            session.add(Actor(name=PERSON, roles=[Role.OPS], since=self.rt.act().at.real))

    def close(self) -> None:
        self.other_side.close()
        self.rt.engine.dispose()

    def ready(self, count: int) -> list[str]:
        """The ids of as many batches, a claim in each, assembled and not sent."""
        take_in(self.rt, 1, count)
        with transaction(self.rt.engine) as session:
            ids = list(session.exec(select(Claim.id)))
        for name in CHECKS:
            self.run(partial(_step, name, ids))
        if problems := self.run(lambda rt: assemble(rt, None, None)):
            raise AssertionError(problems)
        with transaction(self.rt.engine) as session:
            return list(session.exec(select(Batch.id)))

    def run(self, work: Callable[[Runtime], Awaitable[_Answer]], later: timedelta = timedelta(0)) -> _Answer:
        """The work in a run of its own, ``later`` by the business clock."""
        rt = Runtime(self.rt.settings, self.rt.engine, self.rt.payers, ShiftedClock(later))

        async def once() -> _Answer:
            try:
                return await work(rt)
            finally:
                await rt.hang_up()

        return asyncio.run(once())

    def send(self, batch_id: str) -> Sent:
        """The daily run's way, and Retry's."""
        return self.run(lambda rt: send_batch(rt, batch_id, None))

    def reconcile(self, later: timedelta = timedelta(0)) -> None:
        async def work(rt: Runtime) -> None:
            found = await find(rt, None)
            await settle_in_doubt(rt, found.in_doubt, None)

        self.run(work, later)

    def collect(self) -> None:
        """The answers that wait; people who move files bring them first."""
        if self.way.settings["kind"] == "folder":
            self._bring()
        self.run(lambda rt: collect(rt, None))

    def batch(self, batch_id: str) -> tuple[Batch, str]:
        """The batch, and the control number of its one claim."""
        with transaction(self.rt.engine) as session:
            batch = session.get_one(Batch, batch_id)
            found = select(Claim.pcn).join(BatchItem).where(BatchItem.batch_id == batch_id)
            return batch, session.exec(found).one()

    def items(self, batch_id: str) -> list[WorkItem]:
        with transaction(self.rt.engine) as session:
            query = select(WorkItem).where(
                WorkItem.subject == f"batch:{batch_id}", WorkItem.state == WorkState.OPEN
            )
            return list(session.exec(query))

    def decide(self, item: WorkItem, option: str, value: str | None = None) -> None:
        with transaction(self.rt.engine) as session:
            act = self.rt.act(None, PERSON)
            decide(session, act, item.id, option, "as the other side said", self.rt.payers, value)

    def fault(self, on: str, how: str, times: int) -> None:
        rows = [{"on": on, "how": how, "times": times}]
        self.other_side.put("/sandbox/faults", json=rows).raise_for_status()

    def no_fault(self) -> None:
        self.other_side.delete("/sandbox/faults").raise_for_status()

    def received(self, pcn: str, control: str) -> int:
        """How often the other side has the claim, by its own ledger; of mail, how often it was mailed."""
        if self.way.carried == "mailed":
            return self.mailed.count(control)
        claims = self.other_side.get("/sandbox/ledger").raise_for_status().json()["claims"]
        again = "repeats" if self.way.keyed else "resent"
        return sum(1 + claim.get(again, 0) for claim in claims if claim["pcn"] == pcn)

    def mail(self, control: str) -> None:
        """Whoever prints and mails: the file must lie there, whole."""
        if not (self.home / "mail" / f"{control}.pdf").read_bytes().startswith(b"%PDF"):
            raise AssertionError("what is to be mailed is no PDF")
        self.mailed.append(control)

    def carry(self) -> None:
        """What lies in the outbox under its final name is uploaded to the partner's portal, and gone."""
        for path in _lying(self.home / "out"):
            where = "/submissions" if path.suffix == ".837" else "/acknowledgements"
            content = path.read_bytes()
            headers = {"idempotency-key": f"{path.name} {hash(content)}", "x-sender": SENDER}
            self.other_side.post(where, content=content, headers=headers).raise_for_status()
            path.unlink()

    def _bring(self) -> None:
        """What the portal offers is saved into the inbox."""
        self.carry()
        (self.home / "in").mkdir(exist_ok=True)
        listed = self.other_side.get("/mailbox", headers={"x-sender": SENDER}).json()
        for file in listed["files"]:
            content = self.other_side.get(f"/mailbox/{file['id']}").content
            (self.home / "in" / f"{file['id']}-{file['name']}").write_bytes(content)
            self.other_side.delete(f"/mailbox/{file['id']}")


async def _step(name: str, claim_ids: Sequence[str], rt: Runtime) -> None:
    await STEPS[name](rt, claim_ids, None)


def _lying(folder: Path) -> Iterable[Path]:
    return [path for path in sorted(folder.glob("*")) if path.suffix != ".part"]


def new_engine(home: Path) -> Engine:
    """Keys and an empty database in a new home."""
    environ = {"CLEANCLAIM_HOME": str(home)}
    prepare_home(environ)
    settings = settings_of(environ)
    return open_engine(settings.database, load_keyring(settings.key_file, environ))


def _runtime(home: Path, engine: Engine, way: Way, at: Address) -> Runtime:
    """In the sandbox profile; the commercial payer is reached this way and asked nothing."""
    known = {
        "home": home,
        "profile": "sandbox",
        "synthetic_identifiers": True,
        "submitter": {"id": SENDER},
        "connectors": {"sandbox": way.partner(at)},
    }
    shipped = files("config.payers").joinpath("sandbox/commercial.toml").read_text("utf-8")
    own = {"inquiries": "none", "claims_per_batch": 1, "authorization": None}
    profile = PayerProfile.model_validate(tomllib.loads(shipped) | own)
    clock = ShiftedClock(timedelta(0))
    return Runtime(Settings.model_validate(known), engine, {profile.id: profile}, clock)
