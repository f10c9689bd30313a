"""`cleanclaim bench network`: claims over a bad network, in each way that is one, until all are settled.

While the network is ill the office does what the schedule does: sends, asks, fetches, again and again. Then
it heals, and what is still in doubt is settled. The other side's ledger must have each claim once, and each
of its answers must have been taken in.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import select

from claims.database import transaction
from claims.model import BatchItem, Filing, Submission
from deployments.bench.crash import chosen, sandbox
from deployments.bench.crash.cells import Cell, is_settled, judge, recover
from deployments.bench.crash.office import Office, new_engine
from deployments.bench.crash.ways import SETTLE_SECONDS, Way
from deployments.bench.doors import Address
from deployments.bench.toxic import Network, bad_network

ROUNDS = 6
WHILE_ILL = "on the bad network"
_SSH_HANDSHAKE = 4000
_WIRED = ("http", "core-rest", "core-soap", "clearinghouse", "sftp")


@dataclass(slots=True)
class Crossed:
    """One connector's claims over the bad network. ``unanswered``: the other side's word on them was lost."""

    way: str
    claims: int
    sends: int = 0
    connections: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def met(self) -> bool:
        return not (self.lost or self.doubled or self.unanswered or self.wrong)

    def as_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "seconds": round(self.seconds, 1), "met": self.met}


def bench_network(names: Sequence[str], claims: int, seed: int) -> Iterator[Crossed]:
    """Each way that is a network, one after the other."""
    for way in chosen(names):
        if way.settings["kind"] in _WIRED:
            with TemporaryDirectory(prefix="cleanclaim-network-") as folder, sandbox(Path(folder)) as at:
                home = Path(folder) / "home"
                yield cross(home, new_engine(home), way, at, claims, seed)


def cross(
    home: Path, engine: Engine, way: Way, at: Address, claims: int, seed: int, rounds: int = ROUNDS
) -> Crossed:
    done, begun = Crossed(way.name, claims), monotonic()
    with ill(at, seed) as (line, networks):
        office = Office(home, engine, way, at, line)
        try:
            cells = {batch_id: Cell(way.name, batch_id) for batch_id in office.ready(claims)}
            _work_on_it(office, cells, done, rounds)
            for network in networks:
                done.connections.update(network.seen)
                network.healed = True
            _settle(office, cells, done)
        finally:
            office.close()
    done.seconds = monotonic() - begun
    return done


def _work_on_it(office: Office, cells: Mapping[str, Cell], done: Crossed, rounds: int) -> None:
    """Rounds of sending, asking and fetching, whatever comes of it."""
    for _ in range(rounds):
        for batch_id in _waiting(cells):
            office.send(batch_id)
            done.sends += 1
            if is_settled(office, batch_id, cells[batch_id]):
                cells[batch_id].settled = WHILE_ILL
        office.collect()
        sleep(SETTLE_SECONDS if _waiting(cells) else 0)


def _waiting(cells: Mapping[str, Cell]) -> list[str]:
    return [batch_id for batch_id, cell in cells.items() if not cell.settled]


def _settle(office: Office, cells: Mapping[str, Cell], done: Crossed) -> None:
    """The line is well again: what was in doubt is settled, and everything is counted."""
    for batch_id in _waiting(cells):
        cells[batch_id].settled = recover(office, batch_id, cells[batch_id])
    office.collect()
    for batch_id, cell in cells.items():
        judge(office, batch_id, cell)
        _count(office, batch_id, cell, done)


def _count(office: Office, batch_id: str, cell: Cell, done: Crossed) -> None:
    done.settled[cell.settled] += 1
    done.lost += cell.times == 0
    done.doubled += cell.times > 1
    done.wrong += [cell.wrong] if cell.wrong else []
    with transaction(office.rt.engine) as session:
        query = select(Filing.submission).join(BatchItem).where(BatchItem.batch_id == batch_id)
        done.unanswered += session.exec(query).one() is not Submission.ACCEPTED


@contextmanager
def ill(at: Address, seed: int) -> Iterator[tuple[Address, list[Network]]]:
    """The sandbox's HTTP and SFTP servers, each behind a bad network; the same seed, the same illnesses."""
    with ExitStack() as stack:
        port = urlsplit(at.url).port or 80
        doors = {port: 0, at.sftp_port: _SSH_HANDSHAKE}
        networks = [stack.enter_context(bad_network(door, seed, long)) for door, long in doors.items()]
        yield Address(f"http://127.0.0.1:{networks[0].port}", networks[1].port, at.host_key), networks
