"""Appeals: drafted from the denial, approved by a person, decided by letter or by the money.

`claims.letters` sends them.

An appeal's states: drafted, approved, sending, unconfirmed, refused, sent, won, lost, or dropped when
the payer's answer overtook it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.archive import archive
from claims.bundle import Bundle
from claims.documents.letters import appeal_letter
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Acknowledgement, Appeal, Claim, Denial, Document, Filing, Queue, Role
from claims.money import denials as denials_
from claims.money.ledger import named
from claims.transitions import Event
from config.payers import PayerProfile

DECISION_DAYS = 60
"""How long a payer may take (domain rules, section 9); after that somebody asks."""
OPEN = ("drafted", "approved", "sending", "unconfirmed", "refused", "sent")
UNDER_WAY = ("sending", "unconfirmed", "sent")


@dataclass(frozen=True, slots=True)
class Decision:
    """A payer's decision letter. ``outcome`` is overturned, upheld or dismissed; ``key`` is ours if given."""

    outcome: str
    icn: str
    level: int
    decided_on: date
    key: str = ""


def draft(
    session: Session, act: Act, bundle: Bundle, denials: Sequence[Denial], profile: PayerProfile
) -> list[Change]:
    """The next level's appeal of the appealable ones among ``denials``, with its letter, for approval.

    Raises NotAllowed when none can be appealed, no level is left, or the day has passed; the tip says what
    to do instead. The caller finishes the work item in which this was decided.
    """
    ours = [denial for denial in denials if denial.appealable]
    if not ours:
        instead = denials_.options(denials, has_next_payer=False)[0]["title"]
        raise NotAllowed("The payer hears no appeal on this denial.", tip=f"Instead: {instead}.")
    filing = next(f for f in bundle.filings if f.id == ours[0].filing_id)
    level, file_by = _level(session, filing, ours, profile)
    today = act.at.business.date()
    if file_by < today:
        raise NotAllowed(f"The last day to appeal was {file_by}.", tip="Write it off, or ask the payer.")
    receipts = _receipts(session, filing)
    letter = appeal_letter(bundle, filing, ours, receipts, level=level, payer=profile.name, today=today)
    paper = archive(session, letter.encode(), kind="letter", direction="own", at=act.at.real)
    appeal = _row(session, filing, level)
    appeal.state, appeal.amount, appeal.letter_document_id = "drafted", denials_.amount(ours), paper.id
    appeal.file_by, appeal.at = file_by, act.at.business
    session.add(appeal)
    denials_.end(session, ours, "appealed")
    session.flush()
    return _for_approval(session, act, bundle.claim, appeal, filing)


def _row(session: Session, filing: Filing, level: int) -> Appeal:
    """A new row, or that of an earlier draft which an answer of the payer had made idle."""
    there = select(Appeal).where(Appeal.filing_id == filing.id, Appeal.level == level)
    return session.exec(there).first() or Appeal(
        claim_id=filing.claim_id, filing_id=filing.id, level=level, state="", file_by=date.max
    )


def _level(
    session: Session, filing: Filing, denials: Sequence[Denial], profile: PayerProfile
) -> tuple[int, date]:
    """The next level and its last day: from the denial, then from the decision on the level before."""
    before = session.exec(
        select(Appeal)
        .where(Appeal.filing_id == filing.id, Appeal.state != "dropped")
        .order_by(col(Appeal.level).desc())
    ).first()
    if before is None:
        first = min((d.appeal_by for d in denials if d.appeal_by), default=None)
        if first is None:
            raise NotAllowed("The payer's file names no limit for appeals.", tip="Add limits.appeal_days.")
        return 1, first
    if before.state in OPEN:
        raise NotAllowed("An appeal of this claim is under way.", tip="Wait for its decision.")
    last = denials_.appeal_by(profile, before.decided_on or before.file_by, before.level + 1)
    if last is None:
        raise NotAllowed(
            f"Level {before.level} was this payer's last.", tip="Write it off or bill the patient."
        )
    return before.level + 1, last


def _receipts(session: Session, filing: Filing) -> Sequence[Acknowledgement]:
    """The payer's own words that it received the claim: the proof of timely filing."""
    return session.exec(
        select(Acknowledgement)
        .where(Acknowledgement.filing_id == filing.id, col(Acknowledgement.verdict).in_(("A1", "A2")))
        .order_by(col(Acknowledgement.id))
    ).all()


def _for_approval(session: Session, act: Act, claim: Claim, appeal: Appeal, filing: Filing) -> list[Change]:
    facts = {"appeal": appeal.id, "level": appeal.level, "amount": appeal.amount, "file_by": appeal.file_by}
    story = Story(f"appeal of level {appeal.level} over {appeal.amount} drafted", facts)
    held = work.hold(
        session,
        act,
        claim,
        queue=Queue.DENIALS,
        kind="appeal_approval",
        reason=f"Read the letter and approve it: level {appeal.level}, {appeal.amount}, by {appeal.file_by}.",
        options=[{"id": "approve", "title": "Approve and send"}],
    )
    return [Change(claim, Event.APPEAL_DRAFTED, story, filing=filing), held]


def approve(session: Session, act: Act, appeal: Appeal) -> list[Change]:
    """A named biller lets it go. The caller finishes the work item."""
    named(session, act, Role.BILLER)
    if appeal.state != "drafted":
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only a drafted one can be approved.")
    appeal.state, appeal.approved_by = "approved", act.actor
    session.add(appeal)
    claim, story = _claim(session, appeal), Story("the letter was approved", {"appeal": appeal.id})
    now = act.at.business
    return [
        Change(claim, Event.APPEAL_APPROVED, story),
        Change(claim, Event.RELEASED, story, next_action_at=now),
    ]


def read_decision(content: bytes) -> Decision:
    """The decision out of a connector's JSON letter; raises BadInput when it is none."""
    try:
        letter: dict[str, Any] = json.loads(content)
        return Decision(
            str(letter["decision"]),
            str(letter["icn"]),
            int(letter["level"]),
            date.fromisoformat(letter["decided_on"]),
            str(letter.get("key", "")),
        )
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as wrong:
        raise BadInput("This is no decision on an appeal.", tip="Look at the file in the archive.") from wrong


def decide(
    session: Session, act: Act, paper: Document, decision: Decision, payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """Enter a payer's decision. A repeated or late letter is no news; one about no appeal of ours is work."""
    appeal = _appeal_of(session, decision)
    if appeal is None:
        reason = f"A decision on an appeal (payer number {decision.icn}) belongs to none of ours."
        subject = f"document:{paper.id}"
        work.open_item(
            session, act, queue=Queue.DENIALS, kind="appeal_unmatched", reason=reason, subject=subject
        )
        return []
    if appeal.state not in UNDER_WAY:
        return []
    appeal.decided_on = decision.decided_on
    if decision.outcome == "overturned":
        return _won(session, act, appeal)
    payer_id = session.get_one(Filing, appeal.filing_id).payer_id
    return _lost(session, act, appeal, decision.outcome, payers.get(payer_id))


def _appeal_of(session: Session, decision: Decision) -> Appeal | None:
    if decision.key.startswith("appeal-"):
        return session.get(Appeal, decision.key.removeprefix("appeal-"))
    return session.exec(
        select(Appeal)
        .join(Filing, col(Filing.id) == col(Appeal.filing_id))
        .where(Filing.icn == decision.icn, Appeal.level == decision.level)
    ).first()


def _won(session: Session, act: Act, appeal: Appeal) -> list[Change]:
    appeal.state = "won"
    session.add(appeal)
    denials_.end(session, _appealed(session, appeal), "overturned")
    claim, filing = _claim(session, appeal), _filing(session, appeal)
    story = Story(f"appeal of level {appeal.level} won", {"appeal": appeal.id})
    if not lifecycle.allows(claim, Event.APPEAL_WON, filing):
        return [Change(claim, "appeal_decided", story)]
    until = act.at.business + timedelta(days=DECISION_DAYS)
    won = Change(claim, Event.APPEAL_WON, story, filing=filing, next_action_at=until)
    return [*_answered(session, act, claim), won]


def _lost(
    session: Session, act: Act, appeal: Appeal, outcome: str, profile: PayerProfile | None
) -> list[Change]:
    """Back to the denial, with the next level offered while there is one."""
    appeal.state = "lost"
    session.add(appeal)
    refused = _appealed(session, appeal)
    denials_.end(session, refused, "open")
    claim = _claim(session, appeal)
    story = Story(f"appeal of level {appeal.level} {outcome}", {"appeal": appeal.id})
    if not refused or not lifecycle.allows(claim, Event.APPEAL_LOST):
        return [Change(claim, "appeal_decided", story)]
    next_by = denials_.appeal_by(profile, appeal.decided_on or act.at.business.date(), appeal.level + 1)
    choice = [o for o in denials_.options(refused, has_next_payer=False) if o["id"] != "appeal" or next_by]
    ends = f"level {appeal.level + 1} is open until {next_by}" if next_by else "that was the last level"
    held = work.hold(
        session,
        act,
        claim,
        queue=Queue.DENIALS,
        kind="denial",
        reason=f"The appeal was {outcome}; {ends}. {denials_.reason_of(refused, profile)}",
        options=choice,
    )
    return [*_answered(session, act, claim), Change(claim, Event.APPEAL_LOST, story), held]


def _answered(session: Session, act: Act, claim: Claim) -> list[Change]:
    """Nobody needs to ask any more where the decision is."""
    why = "the payer has decided"
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, why, ["appeal_overdue"])
    return [Change(claim, Event.RELEASED, Story(why))] if claim.hold_reason == "appeal_overdue" else []


def ended_by_remittance(
    session: Session, act: Act, claim: Claim, filing: Filing, gained: Decimal
) -> list[Change]:
    """An 835 on an appealed filing is the decision: won if it brought money. For one not yet sent, moot."""
    appeal = session.exec(
        select(Appeal).where(Appeal.filing_id == filing.id, col(Appeal.state).in_(OPEN))
    ).first()
    if appeal is None:
        return []
    ours = UNDER_WAY if appeal.state in UNDER_WAY else ()
    appeal.state = ("won" if gained > 0 else "lost") if ours else "dropped"
    appeal.decided_on = act.at.business.date()
    session.add(appeal)
    denials_.end(session, _appealed(session, appeal), "overturned" if appeal.state == "won" else "ended")
    event = {"won": Event.APPEAL_WON, "lost": Event.APPEAL_LOST}.get(appeal.state)
    story = Story(f"appeal of level {appeal.level} {appeal.state}, by remittance", {"appeal": appeal.id})
    if event is None or not lifecycle.allows(claim, event, filing):
        return [Change(claim, "appeal_decided", story)]
    about = filing if event is Event.APPEAL_WON else None
    return [Change(claim, event, story, filing=about, next_action_at=act.at.business)]


def _appealed(session: Session, appeal: Appeal) -> Sequence[Denial]:
    return session.exec(
        select(Denial).where(Denial.filing_id == appeal.filing_id, Denial.state == "appealed")
    ).all()


def _claim(session: Session, appeal: Appeal) -> Claim:
    return session.get_one(Claim, appeal.claim_id)


def _filing(session: Session, appeal: Appeal) -> Filing:
    return session.get_one(Filing, appeal.filing_id)
