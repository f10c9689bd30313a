"""The acknowledgements that each batch should get, and by when. One that is missing is overdue: work for a
person, never a rejection."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from claims import work
from claims.business_days import hours_later
from claims.events import Act
from claims.inquiry import ANSWERS
from claims.model import (
    Acknowledgement,
    Adjudication,
    Batch,
    BatchItem,
    BatchQuestion,
    BatchState,
    Claim,
    ExpectedAck,
    Filing,
    QuestionState,
    Queue,
    Submission,
    WorkItem,
)
from config.payers import PayerProfile

FINAL = ("A2", "A3", "A5", "A6", "A7", "A8")
"""Category codes of a 277CA after which nothing more is expected of it."""


FRONT_DOORS = ("277CA", "277CA:payer")
"""A 277CA by whomever, and one by the payer itself: a clearinghouse's word proves nothing to the payer."""


def owed(batch: Batch, profile: PayerProfile) -> dict[str, int]:
    """What the payer owes to a batch of that kind, each within so many of its open hours."""
    hours: dict[str, int] = dict(profile.cadence.acknowledgement_hours)  # type: ignore[arg-type]
    if batch.kind not in ANSWERS:
        return hours
    receipts = {kind: hours[kind] for kind in ("TA1", "999") if kind in hours}
    return receipts | {ANSWERS[batch.kind]: profile.questions.answer_hours}


def expect(session: Session, act: Act, batch: Batch, profile: PayerProfile) -> None:
    """What a batch that was just sent should get, by the payer's own hours. A second time adds nothing.

    Where the receipt was in doubt the answers may have been here before it: those have come.
    """
    there = set(session.exec(select(ExpectedAck.kind).where(ExpectedAck.batch_id == batch.id)))
    hours = owed(batch, profile)
    session.add_all(
        ExpectedAck(batch_id=batch.id, kind=kind, due_at=hours_later(profile, act.at.business, hours[kind]))
        for kind in hours
        if kind not in there
    )
    came = set(session.exec(select(Acknowledgement.kind).where(Acknowledgement.batch_id == batch.id)))
    for kind in hours:
        if kind.partition(":")[0] in came:
            received(session, act, batch.id, kind)


def heard(session: Session, batch_id: str) -> str | None:
    """The first acknowledgement of the batch, good or bad: whoever answers has it. None while none came."""
    first = session.exec(
        select(Acknowledgement).where(Acknowledgement.batch_id == batch_id).order_by(col(Acknowledgement.id))
    ).first()
    return f"{first.kind} {first.verdict}" if first else None


def is_overdue(session: Session, batch: Batch, profile: PayerProfile, now: datetime) -> bool:
    """Whether the first answer to a batch that may have arrived should have come by now.

    It is counted from the first time that it was waited for; a payer that sends no 999 is waited for in vain.
    """
    hours = owed(batch, profile)
    kind = next((each for each in ("999", ANSWERS.get(batch.kind)) if each in hours), None)
    if kind is None:
        return True
    row = session.exec(
        select(ExpectedAck).where(ExpectedAck.batch_id == batch.id, ExpectedAck.kind == kind)
    ).first()
    if row is None:
        due = hours_later(profile, now, hours[kind])
        session.add(ExpectedAck(batch_id=batch.id, kind=kind, due_at=due))
    return row is not None and row.due_at <= now


def received(session: Session, act: Act, batch_id: str, kind: str) -> None:
    """It came. A 277CA has come when each claim of the batch has its final verdict."""
    session.flush()
    if kind in FRONT_DOORS and _unanswered(session, batch_id, kind):
        return
    row = session.exec(
        select(ExpectedAck).where(ExpectedAck.batch_id == batch_id, ExpectedAck.kind == kind)
    ).first()
    if row is not None and row.received_at is None:
        row.received_at = act.at.business
        session.add(row)
        work.cancel_for(session, f"batch:{batch_id}", act.at.business, f"the {kind} came", [_work_kind(kind)])


def answered(session: Session, act: Act, claim: Claim) -> None:
    """The front door has given its final word on the claim after all."""
    why = "the front door has answered"
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, why, [_work_kind("277CA")])


def overdue(session: Session, act: Act) -> list[WorkItem]:
    """Open follow-up items for what should have come: one a batch for a 999, one a claim for a 277CA.

    Of a batch in doubt the question is another one, whether it arrived at all: that is asked by ``settle``.
    """
    in_doubt = select(Batch.id).where(Batch.state == BatchState.UNCONFIRMED)
    late = session.exec(
        select(ExpectedAck).where(
            ExpectedAck.due_at <= act.at.business,
            col(ExpectedAck.received_at).is_(None),
            col(ExpectedAck.overdue_since).is_(None),
            col(ExpectedAck.batch_id).not_in(in_doubt),
        )
    ).all()
    items = [item for row in late for item in _open(session, act, row)]
    for row in late:
        row.overdue_since = act.at.business
        session.add(row)
    session.flush()
    return items


def _open(session: Session, act: Act, row: ExpectedAck) -> list[WorkItem]:
    batch = session.get_one(Batch, row.batch_id)
    if row.kind not in FRONT_DOORS:
        reason = f"No {row.kind} has come for batch {batch.id} (control number {batch.control_number})."
        if batch.kind in ANSWERS:
            reason = f"{reason} {_unanswered_questions(session, batch)}"
        return [_item(session, act, row.kind, reason, f"batch:{batch.id}", None)]
    who = "the payer" if row.kind == "277CA:payer" else "the front door"
    reason = f"Sent with control number {batch.control_number}; {who} has not said whether it took it."
    return [
        _item(session, act, row.kind, reason, f"claim:{claim.id}", claim)
        for claim in _unanswered(session, batch.id, row.kind)
    ]


def _item(session: Session, act: Act, kind: str, reason: str, subject: str, claim: Claim | None) -> WorkItem:
    return work.open_item(
        session,
        act,
        queue=Queue.FOLLOW_UP,
        kind=_work_kind(kind),
        reason=f"{reason} It is overdue, not rejected: ask.",
        subject=subject,
        claim=claim,
        options=[
            {"id": "wait", "title": "Wait on: the other side has it"},
            {"id": "never", "title": "The other side never had it"},
        ],
    )


def _work_kind(kind: str) -> str:
    return f"acknowledgement_overdue_{kind.lower().partition(':')[0]}"


def _unanswered_questions(session: Session, batch: Batch) -> str:
    mine = (col(BatchQuestion.batch_id) == batch.id) & (col(BatchQuestion.state) == QuestionState.OPEN)
    left = session.exec(select(func.count()).select_from(BatchQuestion).where(mine)).one()
    return f"{left} of its questions ({batch.kind}) are unanswered, and are asked again with the next run."


def _unanswered(session: Session, batch_id: str, kind: str) -> Sequence[Claim]:
    """Claims of the batch still at the front door, without a final word of it, or of the payer's."""
    answered = select(Acknowledgement.filing_id).where(
        Acknowledgement.kind == "277CA",
        Acknowledgement.batch_id == batch_id,
        col(Acknowledgement.verdict).in_(FINAL),
        col(Acknowledgement.filing_id).is_not(None),
    )
    at_the_door = [Submission.SENT, Submission.SENT_UNCONFIRMED]
    if kind == "277CA:payer":
        answered = answered.where(Acknowledgement.source == "payer")
        at_the_door.append(Submission.ACCEPTED)
    return session.exec(
        select(Claim)
        .join(BatchItem, col(BatchItem.claim_id) == col(Claim.id))
        .join(Filing, col(Filing.id) == col(BatchItem.filing_id))
        .where(
            BatchItem.batch_id == batch_id,
            col(Filing.submission).in_(at_the_door),
            col(Filing.adjudication).in_((Adjudication.NONE, Adjudication.PENDING)),
            col(Filing.id).not_in(answered),
        )
        .order_by(col(BatchItem.id))
    ).all()
