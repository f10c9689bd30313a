"""What an approved appeal says to its payer, and what follows; `claims.letters` sends it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from claims import work
from claims.archive import document
from claims.bundle import Bundle
from claims.connect import AppealMessage
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Denial, Filing, Queue, Role, Stage
from claims.model.among import among
from claims.transitions import Event

DECISION_DAYS = 60
"""How long whoever hears an appeal may take where its level does not say; after that somebody asks."""

FORWARDED = "forwarded"
"""The way of an appeal that somebody else carried to its level (`claims.appeal_forwarding`)."""
WAIT = {"id": "wait", "title": "It is being decided: wait on"}
NOT_FORWARDED = {
    "id": "not_forwarded",
    "title": "The case never came there: file it ourselves",
    "roles": [Role.BILLER],
}


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
        packet=letter.content,
    )


def arrived(session: Session, act: Act, appeal: Appeal) -> list[Change]:
    """The payer has it, and its time to decide runs."""
    story = Story(f"appeal of level {appeal.level} sent", {"appeal": appeal.id, "receipt": appeal.receipt})
    until = act.at.business + timedelta(days=appeal.decision_days or DECISION_DAYS)
    return [Change(session.get_one(Claim, appeal.claim_id), Event.APPEAL_SENT, story, next_action_at=until)]


def alarms(session: Session, act: Act, bundles: Sequence[Bundle]) -> list[Change]:
    """The step of stage `appeal`: one that the payer should have decided by now is asked about."""
    late = [
        bundle.claim
        for bundle in bundles
        if bundle.claim.stage is Stage.APPEAL and not bundle.claim.hold_reason
        if bundle.claim.next_action_at is not None and bundle.claim.next_action_at <= act.at.business
    ]
    sent = select(Appeal).where(
        among(col(Appeal.claim_id), [claim.id for claim in late]), Appeal.state == "sent"
    )
    overdue = {appeal.claim_id: appeal for appeal in session.exec(sent)}
    return [_overdue(session, act, claim, overdue[claim.id]) for claim in late if claim.id in overdue]


def _overdue(session: Session, act: Act, claim: Claim, appeal: Appeal) -> Change:
    return work.hold(
        session,
        act,
        claim,
        queue=Queue.FOLLOW_UP,
        kind="appeal_overdue",
        reason=(
            f"{appeal.heard_by or 'The payer'} has not decided the appeal within "
            f"{appeal.decision_days or DECISION_DAYS} days: ask for its decision, and enter it "
            f"(`cleanclaim appeals decided {appeal.id}`)."
        ),
        options=[WAIT, *([NOT_FORWARDED] if appeal.way == FORWARDED else [])],
    )
