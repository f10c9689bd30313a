"""One cell of the crash matrix: a batch whose send meets trouble, what the office then does, how it ended.

The office does what an office does: Retry, answers fetched, reconcile, a day gone by, a person who asks the
other side. The other side's own ledger tells how often it has the claim, at every step.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGKILL
from time import sleep
from typing import Any

import claims
import tasks
from claims.model import BatchState
from claims.transitions import Event
from deployments.bench.crash.office import LONG_AFTER, Office
from deployments.bench.crash.ways import SETTLE_SECONDS, Fault, Way
from deployments.bench.mortal import Arm, Lines, in_a_child
from tasks.send import Sending

ROOMS = tuple(str(Path(room.__path__[0])) for room in (claims, tasks))
AT_FIRST, ASKED, AGAIN, ACKNOWLEDGED, PERSON = "at first", "asked", "sent again", "acknowledged", "person"
AT_LINE = "killed at line"
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row: what happens to the sender, and to the receiver."""

    name: str
    arm: Arm | None = None
    fault: Fault | None = None


@dataclass(slots=True)
class Cell:
    """What one trouble came to. ``times``: the most that the other side ever had the claim; ``settled``: what
    ended the doubt; ``wrong``: why this is no good, or ""."""

    way: str
    trouble: str
    times: int = 0
    settled: str = ""
    wrong: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": not self.wrong}


def troubles(way: Way) -> list[Trouble]:
    both = [Trouble("killed, and the server takes it late", *way.late)] if way.late else []
    return [
        *(Trouble(name, arm) for name, arm in way.moments.items()),
        *both,
        *(Trouble(name, fault=fault) for name, fault in way.faults.items()),
    ]


def suffer(office: Office, batch_id: str, trouble: Trouble) -> Cell:
    """Send the batch, let the trouble come, and do what an office does until the batch has its receipt."""
    cell = Cell(office.way.name, trouble.name)
    try:
        let_it_come(office, batch_id, trouble)
        cell.settled = recover(office, batch_id, cell)
        judge(office, batch_id, cell)
    except Exception as error:  # noqa: BLE001 one cell never stops the others; its own tells what broke it
        cell.wrong = f"{type(error).__name__}: {error}"
    return cell


def let_it_come(office: Office, batch_id: str, trouble: Trouble) -> None:
    """The daily run's send, in a process of its own, meets the trouble."""
    if trouble.fault is not None:
        office.fault(*trouble.fault)
    ended = _in_a_child(office, batch_id, trouble.arm)
    office.no_fault()
    if ended != (-SIGKILL if trouble.arm else 0):
        raise AssertionError(f"the sender ended with {ended}")
    if office.way.carried == "at once":
        office.carry()


def _in_a_child(office: Office, batch_id: str, arm: Arm | None) -> int:
    """The daily run's send in a process of its own; see `in_a_child`."""

    def work() -> None:
        if arm is not None:
            arm()
        office.send(batch_id)

    office.rt.engine.dispose()  # no connection of ours may live on in the child
    return in_a_child(work, str(office.home / "child.log"))


def recover(office: Office, batch_id: str, cell: Cell) -> str:
    """What settled it. After each step the other side is looked at: it must never have the claim twice."""
    if is_settled(office, batch_id, cell):
        return AT_FIRST
    for _ in range(_TRIES):
        outcome = office.send(batch_id).outcome
        if is_settled(office, batch_id, cell):
            return AGAIN if outcome is Sending.SENT else ASKED
        if outcome is Sending.WAITING or not office.way.asks:
            break
        sleep(SETTLE_SECONDS)
    office.collect()
    office.reconcile()
    if is_settled(office, batch_id, cell):
        return ACKNOWLEDGED
    for later in (LONG_AFTER, 2 * LONG_AFTER):  # its time counts from the first time that it is waited for
        office.reconcile(later)
        if is_settled(office, batch_id, cell):  # it was taken late, and asked after once more
            return ASKED
    _person(office, batch_id, cell)
    return PERSON


def _person(office: Office, batch_id: str, cell: Cell) -> None:
    """Somebody finds the evidence in the queue, asks the other side and says so; what never came goes now."""
    batch, pcn = office.batch(batch_id)
    (item,) = office.items(batch_id)
    if batch.control_number not in item.reason:
        raise AssertionError(f"the item does not say which interchange: {item.reason}")
    if office.way.carried == "mailed":
        office.mail(batch.control_number)
        office.decide(item, "mailed", f"{office.rt.clock.now().business:%Y-%m-%d} 9400100000")
    elif office.received(pcn, batch.control_number):
        office.decide(item, "arrived")
    else:
        office.decide(item, "never")
        office.send(batch_id)
    if not is_settled(office, batch_id, cell):
        raise AssertionError("it has no receipt after all")


def is_settled(office: Office, batch_id: str, cell: Cell) -> bool:
    batch, pcn = office.batch(batch_id)
    cell.times = max(cell.times, office.received(pcn, batch.control_number))
    return batch.state is BatchState.SENT


def judge(office: Office, batch_id: str, cell: Cell) -> None:
    """At most once always, exactly once at the end, and by a person only where nobody can be asked."""
    office.send(batch_id)  # one Retry too many
    office.carry()
    batch, pcn = office.batch(batch_id)
    times = office.received(pcn, batch.control_number)
    cell.times = max(cell.times, times)
    if times != 1 or cell.times != 1:
        cell.wrong = f"the other side has it {cell.times} times"
    elif office.way.asks and cell.settled == PERSON:
        cell.wrong = "a person was asked where the other side can be"
    elif left := office.items(batch_id):
        cell.wrong = f"work is left over: {', '.join(item.kind for item in left)}"


def matrix(office: Office, rows: Sequence[Trouble], kills: int) -> Iterator[Cell]:
    """Each row, then ``kills`` ends spread evenly over the lines of ours between attempt and receipt."""
    batches = iter(office.ready(len(rows) + kills + bool(kills)))
    for trouble in rows:
        yield suffer(office, next(batches), trouble)
    if not kills:
        return
    lines = _count(office, next(batches))
    for number in range(1, kills + 1):
        fatal = max(1, number * lines // kills)
        yield suffer(
            office, next(batches), Trouble(f"killed at line {fatal} of {lines}", _at_line(office, fatal))
        )


def _at_line(office: Office, fatal: int) -> Arm:
    lines = Lines(Event.SEND_STARTED, office.way.ended, ROOMS, lambda _count: None)
    lines.fatal = fatal
    return lines.arm


def _count(office: Office, batch_id: str) -> int:
    """How many lines of ours run between the two commits, in a send that goes well."""
    told, tell = os.pipe()

    def say(count: int) -> None:
        os.write(tell, b"%d" % count)

    _in_a_child(office, batch_id, Lines(Event.SEND_STARTED, office.way.ended, ROOMS, say).arm)
    os.close(tell)
    with os.fdopen(told, "rb") as counted:
        return int(counted.read())
