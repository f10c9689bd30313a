"""Questions that payers answer later (270, 276 in batch): what is asked together, and what is still open.

They travel in a `Batch` like claims do, with its attempts, its receipt and its acknowledgements, so that a
send in doubt is settled in the same way. A question is open until its answer came, or it is known that none
will; what is awaited is not asked twice. Silence is overdue, and says nothing of a patient or a claim.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from claims import expected_acks, inquiry, work
from claims.archive import archive
from claims.control import next_number, references
from claims.events import Act
from claims.inquiry import ANSWERS
from claims.model import (
    Batch,
    BatchQuestion,
    BatchState,
    Exchange,
    ExpectedAck,
    QuestionState,
    Queue,
)
from claims.portions import in_portions
from claims.x12.interchange import Envelope, Outgoing

VISITS, CLAIMS, STATUS, RENEWAL = "visits", "claims", "status", "renewal"
"""What a question is for; the last is about an old confirmation and goes the way of those for claims."""
PER_SET = 99
"""Questions in one transaction set: receivers of a 270 in batch usually take no more patients."""
REFUSED = "questions_refused"
ONE_DAY = timedelta(days=1)

Item = TypeVar("Item")
_Query = TypeVar("_Query", bound=Any)
Write = Callable[[str, Sequence[Item]], Outgoing]
"""The transaction set of these questions, with that reference (BHT03)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the trace that comes back with its answer, and about whom it is."""

    purpose: str
    trace: str
    coverage_id: str | None = None
    asked_for: date | None = None
    claim_id: str | None = None
    filing_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ask(Generic[Item]):
    """What goes to one payer in one file: how the questions are written, and what is kept of each."""

    payer_id: str
    connector: str
    kind: str
    envelope: Envelope
    write: Write[Item]
    asked: Callable[[Item], Sequence[Asked]]


Unsound = list[tuple[Item, Exception]]
"""What cannot be asked, each with why."""


def sift(ask: Ask[Item], items: Sequence[Item], act: Act) -> tuple[list[Item], Unsound[Item]]:
    """Those that can be asked about, and those that cannot: found by halves, each alone with its fault."""
    try:
        _written(ask, [("0", items)], "000000001", act)
    except Exception as error:  # noqa: BLE001 one bad question never stops its batch
        if len(items) == 1:
            return [], [(items[0], error)]
        middle = len(items) // 2
        (few, bad), (more, worse) = (sift(ask, half, act) for half in (items[:middle], items[middle:]))
        return few + more, bad + worse
    return list(items), []


def store(session: Session, act: Act, ask: Ask[Item], items: Sequence[Item], day: date) -> Batch:
    """Keep a batch of sound questions, to be sent after the commit; each set has its own reference."""
    number = next_number(session, ask.connector, "isa")
    parts = list(in_portions(items, PER_SET))
    sets = list(zip(references(number, len(parts)), parts, strict=True))
    content = _written(ask, sets, number, act)
    kept = archive(session, content, kind=ask.kind, direction="out", at=act.at.real)
    batch = Batch(
        payer_id=ask.payer_id,
        connector=ask.connector,
        kind=ask.kind,
        business_date=day,
        control_number=number,
        group_number=str(int(number)),
        document_id=kept.id,
        claims=len(items),
        charge=Decimal("0.00"),
        created_at=act.at.business,
    )
    exchange = Exchange(
        payer_id=ask.payer_id,
        kind=ask.kind,
        control_number=number,
        asked_document_id=kept.id,
        outcome="awaited",
        run_id=act.run_id,
        at=act.at.business,
    )
    session.add_all([batch, exchange])
    session.flush()
    session.add_all(_rows(ask, parts, batch, exchange))
    session.flush()
    return batch


def _written(ask: Ask[Item], sets: Sequence[tuple[str, Sequence[Item]]], number: str, act: Act) -> bytes:
    outgoing = [ask.write(reference, some) for reference, some in sets]
    return inquiry.sound_interchange(ask.envelope, outgoing, number, ask.kind, act)


def _rows(
    ask: Ask[Item], parts: Sequence[Sequence[Item]], batch: Batch, exchange: Exchange
) -> list[BatchQuestion]:
    return [
        BatchQuestion(
            batch_id=batch.id,
            exchange_id=exchange.id,
            st_number=f"{place:04d}",
            purpose=asked.purpose,
            trace=asked.trace.upper(),
            coverage_id=asked.coverage_id,
            asked_for=asked.asked_for,
            claim_id=asked.claim_id,
            filing_id=asked.filing_id,
        )
        for place, part in enumerate(parts, 1)
        for item in part
        for asked in ask.asked(item)
    ]


@dataclass(frozen=True, slots=True)
class Awaited:
    """An answer that is under way: in which batch it was asked, and by when it is due, once that was sent."""

    batch_id: str
    due_at: datetime | None

    @property
    def told(self) -> str:
        due = f"due by {self.due_at:%Y-%m-%d %H:%M}" if self.due_at else "goes with the next run"
        return f"asked in batch {self.batch_id}, the answer is {due}"


def awaited(session: Session, purpose: str, now: datetime) -> dict[str, Awaited]:
    """By trace what is still awaited: its batch waits to go, or its answer is not overdue."""
    query = _awaited(select(BatchQuestion.trace, Batch.id, ExpectedAck.due_at), purpose, now)
    rows = session.exec(query.order_by(col(BatchQuestion.id)))
    return {trace: Awaited(batch_id, due_at) for trace, batch_id, due_at in rows}


def awaiting_renewal(now: datetime) -> SelectOfScalar[str]:
    """The claims that do not go yet: whether their old confirmation still holds is being asked. Where the
    question cannot be sent for a day, they go with what they have."""
    query: SelectOfScalar[str] = select(col(BatchQuestion.claim_id))  # type: ignore[arg-type]
    sent = col(ExpectedAck.due_at).is_not(None)
    soon = or_(sent, col(Batch.created_at) > now - ONE_DAY)
    return _awaited(query.where(col(BatchQuestion.claim_id).is_not(None)), RENEWAL, now).where(soon)


def _awaited(query: _Query, purpose: str, now: datetime) -> _Query:
    """The query, of questions that are awaited only."""
    answer = (col(ExpectedAck.batch_id) == Batch.id) & col(ExpectedAck.kind).in_(list(ANSWERS.values()))
    awaited: _Query = (
        query.join(Batch, col(Batch.id) == col(BatchQuestion.batch_id))
        .outerjoin(ExpectedAck, answer)
        .where(
            BatchQuestion.state == QuestionState.OPEN,
            BatchQuestion.purpose == purpose,
            Batch.state != BatchState.REFUSED,
            or_(col(ExpectedAck.due_at).is_(None), col(ExpectedAck.due_at) > now),
        )
    )
    return awaited


def refuse(session: Session, act: Act, batch: Batch, reason: str, st_number: str = "") -> None:
    """The receiver does not take these questions, or a set of them: they are asked again, mended.

    That says nothing of the patients or claims; operations hears of it once a payer.
    """
    _give_up(session, act, batch.id, st_number)
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind=REFUSED,
        reason=f"{batch.payer_id} did not take our {batch.kind} in batch {batch.id}. {reason} Its questions "
        "are asked again with the next run: mend what was refused before that.",
        subject=f"payer:{batch.payer_id}",
        options=[{"id": "settled", "title": "It is mended"}],
    )


def never_arrived(session: Session, act: Act, batch_id: str) -> None:
    """The other side never had it: its questions are asked again with the next run."""
    _give_up(session, act, batch_id)


def _give_up(session: Session, act: Act, batch_id: str, st_number: str = "") -> None:
    mine = (col(BatchQuestion.batch_id) == batch_id) & (col(BatchQuestion.state) == QuestionState.OPEN)
    if st_number:
        mine &= col(BatchQuestion.st_number) == st_number.zfill(4)
    session.exec(update(BatchQuestion).where(mine).values(state=QuestionState.REFUSED))
    close(session, act, [batch_id])


def close(session: Session, act: Act, batch_ids: Collection[str]) -> None:
    """Of batches that have no open question left no answer is expected any more."""
    session.flush()
    still = select(BatchQuestion.batch_id).where(
        col(BatchQuestion.batch_id).in_(batch_ids), BatchQuestion.state == QuestionState.OPEN
    )
    still_open = set(session.exec(still).all())
    for batch_id in sorted(set(batch_ids) - still_open):
        for kind in ANSWERS.values():
            expected_acks.received(session, act, batch_id, kind)
