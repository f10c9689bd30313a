"""Batches: what is due to go, and the attempts to send it. Commit, then send; ask, then resend.

An attempt is committed before the first byte leaves. Whoever comes back to an attempt whose end is not
known asks the receiver first; `docs/runbook.md` has the procedure for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, col, delete, func, or_, select

from claims import batch_questions, lifecycle, work
from claims.archive import archive
from claims.connect import Receipt, Refused, RefusedClaims
from claims.errors import ClaimChanged
from claims.events import Act, Story
from claims.inquiry import ANSWERS
from claims.lifecycle import Change
from claims.model import (
    Attempt,
    Batch,
    BatchItem,
    BatchState,
    Claim,
    ExpectedAck,
    Filing,
    Outcome,
    Queue,
    Stage,
    Submission,
)
from claims.model.among import among
from claims.model.bulk import append
from claims.transitions import Event, may

UNSENT = (BatchState.ASSEMBLED, BatchState.SENDING, BatchState.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Due:
    """Claims that can travel together: one payer, one form."""

    payer_id: str
    form: str
    claim_ids: tuple[str, ...]


def due(session: Session, now: datetime) -> list[Due]:
    """Every claim that is ready and free, with a filing that is in no batch, and whose coverage is not just
    being confirmed again."""
    rows = session.exec(
        select(Claim.id, Filing.payer_id, Claim.form)
        .join(Filing, col(Filing.claim_id) == col(Claim.id))
        .where(
            Claim.stage == Stage.READY,
            col(Claim.hold_reason).is_(None),
            col(Claim.id).not_in(batch_questions.awaiting_renewal(now)),
            or_(
                col(Filing.submission) == Submission.NONE,
                (col(Filing.submission) == Submission.QUEUED) & col(Filing.batch_id).is_(None),
            ),
        )
        .order_by(col(Claim.from_date), col(Claim.id))
    )
    groups: dict[tuple[str, str], list[str]] = {}
    for claim_id, payer_id, form in rows:
        groups.setdefault((payer_id, form), []).append(claim_id)
    return [Due(payer, form, tuple(dict.fromkeys(ids))) for (payer, form), ids in sorted(groups.items())]


def queue(
    session: Session,
    act: Act,
    claim_ids: Sequence[str],
    *,
    batch: Batch,
    interchange: bytes,
    set_numbers: Sequence[str],
) -> Batch:
    """Store the batch with its bytes and bind its claims to it; ``set_numbers`` has each claim's ST02."""
    document = archive(session, interchange, kind=batch.kind, direction="out", at=act.at.real)
    batch.document_id = document.id
    session.add(batch)
    session.flush()
    story = Story(
        f"goes with batch {batch.id}",
        {"batch": batch.id, "control_number": batch.control_number, "document": document.sha256},
    )
    changes, items = [], []
    for (claim, filing), number in zip(_latest(session, claim_ids), set_numbers, strict=True):
        if filing.batch_id is not None:
            raise ClaimChanged("A claim went into another batch meanwhile.", tip="Assemble this batch again.")
        filing.batch_id = batch.id
        items.append(
            {"batch_id": batch.id, "filing_id": filing.id, "claim_id": claim.id, "st_number": number}
        )
        changes.append(Change(claim, Event.QUEUED, story, filing=filing))
    append(session, BatchItem, items)
    lifecycle.apply(session, changes, act)
    return batch


def _latest(session: Session, claim_ids: Sequence[str]) -> list[tuple[Claim, Filing]]:
    """Each claim with its latest filing, in the order given."""
    rows = session.exec(
        select(Claim, Filing)
        .join(Filing, col(Filing.claim_id) == col(Claim.id))
        .where(among(col(Claim.id), claim_ids))
        .order_by(col(Filing.sequence), col(Filing.version))
    )
    found = {claim.id: (claim, filing) for claim, filing in rows}
    return [found[claim_id] for claim_id in claim_ids]


def unsent(session: Session) -> Sequence[Batch]:
    """Batches that were assembled and have no receipt yet, oldest first."""
    return session.exec(
        select(Batch).where(col(Batch.state).in_(UNSENT)).order_by(col(Batch.created_at), col(Batch.id))
    ).all()


def open_attempt(session: Session, batch_id: str) -> Attempt | None:
    """The attempt whose end is not known: started and never closed, or unconfirmed."""
    return session.exec(
        select(Attempt)
        .where(Attempt.batch_id == batch_id, col(Attempt.outcome).in_([Outcome.STARTED, Outcome.UNCONFIRMED]))
        .order_by(col(Attempt.number).desc())
        .limit(1)
    ).first()


def start_attempt(session: Session, act: Act, batch: Batch) -> Attempt:
    """The row that is committed before the first byte leaves; the batch's claims are `sending` from here."""
    number = session.exec(select(func.count()).where(col(Attempt.batch_id) == batch.id)).one() + 1
    attempt = Attempt(batch_id=batch.id, number=number, run_id=act.run_id, started_at=act.at.real)
    batch.state = BatchState.SENDING
    session.add_all([attempt, batch])
    session.flush()
    _move(session, act, batch, {Submission.QUEUED: Event.SEND_STARTED}, f"attempt {number} of the batch")
    return attempt


def confirm(
    session: Session,
    act: Act,
    batch: Batch,
    attempt: Attempt,
    receipt: Receipt,
    *,
    sent_at: datetime | None = None,
) -> None:
    """The receiver has it: at once, or as it said when it was asked; mail was given away at ``sent_at``."""
    _close(session, act, attempt, Outcome.ACCEPTED, receipt=receipt.number)
    batch.state, batch.receipt, batch.reason = BatchState.SENT, receipt.number, ""
    events = {Submission.SENDING: Event.SENT, Submission.SENT_UNCONFIRMED: Event.RECEIPT_CONFIRMED}
    for filing in _move(session, act, batch, events, "the receiver has it", {"receipt": receipt.number}):
        filing.sent_at = sent_at or act.at.business
    work.cancel_for(session, f"batch:{batch.id}", act.at.business, "the receiver has it")


def not_taken(session: Session, act: Act, batch: Batch, attempt: Attempt, reason: str) -> None:
    """The receiver never had it: the claims are queued again and the same batch may be sent. No answer to
    it is expected any more."""
    session.exec(delete(ExpectedAck).where(col(ExpectedAck.batch_id) == batch.id))
    _close(session, act, attempt, Outcome.NOT_SENT, reason=reason)
    batch.state, batch.reason = BatchState.ASSEMBLED, reason
    events = {Submission.SENDING: Event.NOT_SENT, Submission.SENT_UNCONFIRMED: Event.NEVER_RECEIVED}
    _move(session, act, batch, events, reason)


def leave_unconfirmed(session: Session, act: Act, batch: Batch, attempt: Attempt, reason: str) -> None:
    """Nobody knows whether it arrived. The second time on the same attempt changes nothing."""
    _close(session, act, attempt, Outcome.UNCONFIRMED, reason=reason)
    batch.state, batch.reason = BatchState.UNCONFIRMED, reason
    _move(session, act, batch, {Submission.SENDING: Event.SEND_UNCONFIRMED}, reason)


def ask_a_person(session: Session, act: Act, batch: Batch, attempt: Attempt, reason: str) -> None:
    """The receiver cannot be asked: the evidence goes to a person."""
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind="unconfirmed_send",
        reason=f"Batch {batch.id} (control number {batch.control_number}, attempt {attempt.number} of "
        f"{attempt.started_at:%Y-%m-%d %H:%M} UTC) may have arrived: {reason}.",
        subject=f"batch:{batch.id}",
        options=[
            {"id": "ask", "title": "Ask the receiver again"},
            {"id": "arrived", "title": "The receiver confirmed by telephone or portal that it has it"},
            {"id": "never", "title": "The receiver confirmed that it never had it: send again"},
        ],
    )


def refuse(session: Session, act: Act, batch: Batch, attempt: Attempt, trouble: Refused) -> None:
    """The receiver read it and does not take it: each claim goes back to be corrected, with an owner.

    Where it is told which claims are at fault, these alone: the others go again with the next batch.
    """
    reason = trouble.message
    _close(session, act, attempt, Outcome.REFUSED, reason=reason)
    batch.state, batch.reason = BatchState.REFUSED, reason
    _move(session, act, batch, {Submission.SENDING: Event.SEND_REFUSED}, reason, due=act.at.business)
    if batch.kind in ANSWERS:
        batch_questions.refuse(session, act, batch, reason)
    guilty = trouble.claims if isinstance(trouble, RefusedClaims) else None
    holds = [
        work.hold(
            session,
            act,
            claim,
            queue=Queue.BILLING,
            kind="refused",
            reason=guilty[filing.pcn] if guilty else reason,
        )
        for claim, filing in _travellers(session, batch)
        if filing.submission is Submission.REJECTED_FORMAT and (guilty is None or filing.pcn in guilty)
    ]
    lifecycle.apply(session, holds, act)


def _close(
    session: Session,
    act: Act,
    attempt: Attempt,
    outcome: Outcome,
    *,
    receipt: str | None = None,
    reason: str = "",
) -> None:
    attempt.outcome, attempt.receipt, attempt.reason = outcome, receipt, reason
    attempt.ended_at = act.at.real
    session.add(attempt)


def _move(
    session: Session,
    act: Act,
    batch: Batch,
    events: dict[Submission, Event],
    why: str,
    facts: dict[str, str] | None = None,
    due: datetime | None = None,
) -> list[Filing]:
    """Give each claim of the batch the event that fits where its filing stands; others stay as they are."""
    session.add(batch)
    story = Story(why, {"batch": batch.id, "control_number": batch.control_number, **(facts or {})})
    changes = [
        Change(
            claim, events[filing.submission], story, filing=filing, next_action_at=due or claim.next_action_at
        )
        for claim, filing in _travellers(session, batch)
        if filing.submission in events and may(lifecycle.position(claim, filing), events[filing.submission])
    ]
    lifecycle.apply(session, changes, act)
    return [change.filing for change in changes if change.filing is not None]


def _travellers(session: Session, batch: Batch) -> Sequence[tuple[Claim, Filing]]:
    """The batch's claims; one that has gone over to another batch is that one's."""
    return session.exec(
        select(Claim, Filing)
        .join(BatchItem, col(BatchItem.claim_id) == col(Claim.id))
        .join(Filing, col(Filing.id) == col(BatchItem.filing_id))
        .where(BatchItem.batch_id == batch.id, Filing.batch_id == batch.id)
        .order_by(col(BatchItem.id))
    ).all()


def new_batch(
    *,
    payer_id: str,
    connector: str,
    kind: str,
    day: date,
    control: str,
    group: str,
    charges: Sequence[Decimal],
    act: Act,
) -> Batch:
    return Batch(
        payer_id=payer_id,
        connector=connector,
        kind=kind,
        business_date=day,
        control_number=control,
        group_number=group,
        claims=len(charges),
        charge=sum(charges, Decimal("0.00")),
        created_at=act.at.business,
    )
