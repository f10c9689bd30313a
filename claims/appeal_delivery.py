"""Sending approved appeals: commit, then send; ask, then resend; and asking after those not decided.

The sending itself is the connector's.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from claims import work
from claims.appeals import DECISION_DAYS
from claims.archive import document
from claims.bundle import Bundle
from claims.connect import AppealMessage
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Denial, Filing, Queue, Stage
from claims.transitions import Event


def sendable(session: Session) -> Sequence[Appeal]:
    """Approved and not yet gone, the nearest deadline first."""
    return _in_states(session, "approved")


def in_doubt(session: Session) -> Sequence[Appeal]:
    """Started and never closed, or unconfirmed: ask the payer by `key_of` before anything is sent again."""
    return _in_states(session, "sending", "unconfirmed")


def _in_states(session: Session, *states: str) -> Sequence[Appeal]:
    found = select(Appeal).where(col(Appeal.state).in_(states))
    return session.exec(found.order_by(col(Appeal.file_by), col(Appeal.id))).all()


def key_of(appeal: Appeal) -> str:
    """The idempotency key under which the appeal goes and can be asked after."""
    return f"appeal-{appeal.id}"


def message(session: Session, appeal: Appeal) -> AppealMessage:
    """The appeal as the connector sends it."""
    filing = session.get_one(Filing, appeal.filing_id)
    letter = document(session, appeal.letter_document_id or "")
    reasons = session.exec(
        select(Denial).where(Denial.filing_id == filing.id, Denial.state == "appealed")
    ).all()
    return AppealMessage(
        payer=filing.payer_id,
        icn=filing.icn or "",
        pcn=filing.pcn,
        level=appeal.level,
        reason=", ".join(sorted({f"{d.group_code}-{d.reason_code}" for d in reasons})),
        packet_sha256=letter.sha256,
        letter=letter.content.decode(),
    )


def start_sending(session: Session, appeal: Appeal) -> None:
    """Commit this before the first byte leaves."""
    if appeal.state not in ("approved", "unconfirmed"):
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only an approved one can be sent.")
    appeal.state = "sending"
    session.add(appeal)


def sent(session: Session, act: Act, appeal: Appeal, receipt: str) -> list[Change]:
    """The payer has it: at once, or as it said when it was asked. A second time is no news."""
    if appeal.state not in ("sending", "unconfirmed"):
        return []
    appeal.state, appeal.receipt, appeal.sent_at = "sent", receipt, act.at.business
    session.add(appeal)
    work.cancel_for(session, f"appeal:{appeal.id}", act.at.business, "the payer has it")
    story = Story(f"appeal of level {appeal.level} sent", {"appeal": appeal.id, "receipt": receipt})
    until = act.at.business + timedelta(days=DECISION_DAYS)
    return [Change(session.get_one(Claim, appeal.claim_id), Event.APPEAL_SENT, story, next_action_at=until)]


def not_sent(session: Session, appeal: Appeal) -> None:
    """The payer never had it: it may be sent (again)."""
    appeal.state = "approved"
    session.add(appeal)


def unconfirmed(session: Session, act: Act, appeal: Appeal, reason: str) -> None:
    """Nobody knows whether it arrived, and the payer cannot be asked now: a person finds out."""
    appeal.state = "unconfirmed"
    session.add(appeal)
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind="appeal_unconfirmed",
        reason=f"An appeal (level {appeal.level}) may have arrived: {reason}",
        subject=f"appeal:{appeal.id}",
        claim=session.get_one(Claim, appeal.claim_id),
        options=[
            {"id": "ask", "title": "Ask the payer again"},
            {"id": "arrived", "title": "The payer confirmed by telephone or portal that it has it"},
            {"id": "never", "title": "The payer confirmed that it never had it: send again"},
        ],
    )


def alarms(session: Session, act: Act, bundles: Sequence[Bundle]) -> list[Change]:
    """The step of stage `appeal`: one that the payer should have decided by now is asked about."""
    late = [
        bundle.claim
        for bundle in bundles
        if bundle.claim.stage is Stage.APPEAL and not bundle.claim.hold_reason
        if bundle.claim.next_action_at is not None and bundle.claim.next_action_at <= act.at.business
    ]
    sent = select(Appeal.claim_id).where(
        col(Appeal.claim_id).in_([claim.id for claim in late]), Appeal.state == "sent"
    )
    overdue = set(session.exec(sent))
    return [_overdue(session, act, claim) for claim in late if claim.id in overdue]


def _overdue(session: Session, act: Act, claim: Claim) -> Change:
    return work.hold(
        session,
        act,
        claim,
        queue=Queue.FOLLOW_UP,
        kind="appeal_overdue",
        reason=f"The payer has not decided the appeal within {DECISION_DAYS} days: ask for its decision.",
        options=[{"id": "wait", "title": "It is being decided: wait on"}],
    )
