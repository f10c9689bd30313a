"""A level to which the case goes by itself: Medicare Advantage plans send what they uphold to the independent
review entity (42 CFR 422.590). Nothing is filed; its decision is waited for, and asked for when it is late.
"""

from datetime import datetime, time, timedelta

from sqlmodel import Session, select

from claims.appeal_delivery import DECISION_DAYS, FORWARDED
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Denial, Role
from claims.money.denials import end
from claims.money.ledger import named
from claims.transitions import Event
from config.payers import AppealLevel


def goes_by_itself(level: AppealLevel | None, outcome: str | None) -> bool:
    """What is upheld goes on; a dismissal is for whoever filed to take further."""
    return level is not None and level.forwarded and outcome == "upheld"


def forward(session: Session, act: Act, lost: Appeal, level: AppealLevel) -> Change:
    """The appeal of the next level, under way since the decision on ``lost``."""
    since = lost.decided_on or act.at.business.date()
    begun = datetime.combine(since, time(), act.at.business.tzinfo)
    days = level.decision_days or DECISION_DAYS
    appeal = Appeal(
        claim_id=lost.claim_id,
        filing_id=lost.filing_id,
        level=level.level,
        state="sent",
        name=level.name,
        heard_by=level.heard_by,
        way=FORWARDED,
        decision_days=days,
        amount=lost.amount,
        file_by=since,
        sent_at=begun,
        at=act.at.business,
    )
    session.add(appeal)
    session.flush()
    facts = {"appeal": appeal.id, "level": level.level, "amount": appeal.amount, "source": level.source}
    story = Story(
        f"sent on to {level.heard_by} by whoever upheld it: level {level.level} is under way", facts
    )
    claim, until = session.get_one(Claim, lost.claim_id), begun + timedelta(days=days)
    return Change(claim, Event.APPEAL_SENT, story, next_action_at=until)


def not_forwarded(session: Session, act: Act, claim: Claim, story: Story) -> list[Change]:
    """A named biller learned that the case never came there: the denial is open again, and ours to file."""
    named(session, act, Role.BILLER)
    appeal = session.exec(
        select(Appeal).where(Appeal.claim_id == claim.id, Appeal.state == "sent", Appeal.way == FORWARDED)
    ).first()
    if appeal is None:
        raise NotAllowed("No case of this claim was sent on by others.", tip="Look at its appeals.")
    appeal.state, appeal.sent_at = "dropped", None
    session.add(appeal)
    theirs = select(Denial).where(Denial.filing_id == appeal.filing_id, Denial.state == "appealed")
    end(session, session.exec(theirs), "open")
    released = [Change(claim, Event.RELEASED, story)] if claim.hold_reason else []
    return [*released, Change(claim, Event.APPEAL_LOST, story, next_action_at=act.at.business)]
