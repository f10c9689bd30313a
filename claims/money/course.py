"""What a payer's answer means for the claim as it stands: holds it makes idle, appeals it decides."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlmodel import Session, col, select

from claims import work
from claims.appeal_outcomes import ended_by_remittance
from claims.appeals import OPEN
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Filing, Queue, WorkItem, WorkState
from claims.model.among import among
from claims.money.said import ZERO
from claims.transitions import PREPARING, Event

OVERTAKEN = (
    "acknowledgement_overdue_277ca",
    "appeal_approval",
    "appeal_overdue",
    "claim_alarm",
    "credit_balance",
    "denial",
    "patient_unpaid",
    "plan_missed",
    "records_requested",
    "reversed",
    "status_not_accepted",
    "status_not_found",
    "status_question",
    "status_search_unsuccessful",
    "unexplained_balance",
    "write_off_approval",
)
"""Kinds of holds and work items that the payer's answer makes idle."""


def busy(session: Session, claim_ids: Iterable[str]) -> set[str]:
    """Those claims for which a person has work, or an appeal is under way: few, so that the rest go fast."""
    ids = list(claim_ids)
    state, kind = col(WorkItem.state), col(WorkItem.kind)
    items = select(WorkItem.claim_id).where(
        among(col(WorkItem.claim_id), ids), state.in_((WorkState.OPEN, WorkState.TAKEN)), kind.in_(OVERTAKEN)
    )
    running = select(Appeal.claim_id).where(among(col(Appeal.claim_id), ids), col(Appeal.state).in_(OPEN))
    return {id for id in (*session.exec(items), *session.exec(running)) if id}


def course(
    session: Session, act: Act, claim: Claim, changes: Sequence[Change], gained: Mapping[str, Decimal]
) -> list[Change]:
    """The remittance's changes of one claim, with what its stage and its hold need before and after them.

    ``gained`` is what the payment brought, by filing.
    """
    if claim.stage in PREPARING:
        return [*changes, *_meanwhile(session, act, claim, changes)]
    return [
        *_released(session, act, claim),
        *_appeals_over(session, act, claim, changes, gained),
        *changes,
    ]


def _released(session: Session, act: Act, claim: Claim) -> list[Change]:
    why = "the payer has answered"
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, why, OVERTAKEN)
    return [Change(claim, Event.RELEASED, Story(why))] if claim.hold_reason in OVERTAKEN else []


def _appeals_over(
    session: Session, act: Act, claim: Claim, changes: Sequence[Change], gained: Mapping[str, Decimal]
) -> list[Change]:
    filings = {change.filing.id: change.filing for change in changes if change.filing}
    decided = [filing for filing in filings.values() if not _ends_reversed(filing, changes)]
    return [
        change
        for filing in decided
        for change in ended_by_remittance(session, act, claim, filing, gained.get(filing.id, ZERO))
    ]


def _ends_reversed(filing: Filing, changes: Sequence[Change]) -> bool:
    """Only taken back so far: the correction that tells how an appeal ended is still to come."""
    return [c.event for c in changes if c.filing is filing][-1] is Event.REMIT_REVERSED


def _meanwhile(session: Session, act: Act, claim: Claim, changes: Sequence[Change]) -> list[Change]:
    """Money came for a claim that is being corrected: a person looks before it is sent once more."""
    if not any(c.event in (Event.REMIT_PAID, Event.REMIT_PARTIALLY_PAID) for c in changes):
        return []
    reason = "The payer paid an earlier version while this claim was being prepared: does it still go?"
    options = [{"id": "release", "title": "Send it on"}]
    queue, kind = Queue.BILLING, "paid_meanwhile"
    return [work.hold(session, act, claim, queue=queue, kind=kind, reason=reason, options=options)]
