"""How an appeal ends: by a decision that came by letter or was entered by hand, or by the money itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.appeal_forwarding import forward, goes_by_itself
from claims.appeals import OPEN, UNDER_WAY, appealed
from claims.bundle import load_bundle
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Document, Filing, Queue, Role
from claims.money import denials as denials_
from claims.money.ledger import balance, named
from claims.money.settle import case_of, hold_for_denial
from claims.transitions import Event
from config.payers import PayerProfile

PAID_WITHIN = timedelta(days=60)
"""A won appeal is paid within this time, or somebody asks."""
WON, LOST = ("overturned", "partly"), ("upheld", "dismissed")

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on an appeal. ``outcome`` is overturned, partly (in our favour), upheld or dismissed.

    ``key`` is ours, where it was given back."""

    outcome: str
    icn: str
    level: int
    decided_on: date
    key: str = ""


def read_decision(content: bytes) -> Decision:
    """The decision out of a connector's JSON letter; raises BadInput when it is none."""
    try:
        letter: dict[str, Any] = json.loads(content)
        decision = Decision(
            str(letter["decision"]),
            str(letter["icn"]),
            int(letter["level"]),
            date.fromisoformat(letter["decided_on"]),
            str(letter.get("key", "")),
        )
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as wrong:
        raise BadInput("This is no decision on an appeal.", tip="Look at the file in the archive.") from wrong
    if decision.outcome not in (*WON, *LOST):
        raise BadInput("The decision is none that we know.", tip="Look at the file in the archive.")
    return decision


def decide(session: Session, act: Act, paper: Document, decision: Decision, payers: Payers) -> list[Change]:
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
    return _ended(session, act, appeal, decision.outcome, decision.decided_on, payers)


def enter(
    session: Session, act: Act, appeal: Appeal, outcome: str, decided_on: date, payers: Payers
) -> list[Change]:
    """A decision that came on paper, entered by a named biller.

    Raises BadInput for an outcome that is none or a day that cannot be, NotAllowed for an appeal that is not
    with anybody.
    """
    named(session, act, Role.BILLER)
    if outcome not in (*WON, *LOST):
        raise BadInput(f"{outcome!r} is no outcome.", tip=f"Choose one of {', '.join((*WON, *LOST))}.")
    if appeal.state not in UNDER_WAY or appeal.sent_at is None:
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only one that was sent can be decided.")
    if not appeal.sent_at.date() <= decided_on <= act.at.business.date():
        tip = f"It was sent on {appeal.sent_at.date()}; the day of the decision lies between then and today."
        raise BadInput(f"{decided_on} cannot be the day of its decision.", tip=tip)
    return _ended(session, act, appeal, outcome, decided_on, payers)


def _ended(
    session: Session, act: Act, appeal: Appeal, outcome: str, decided_on: date, payers: Payers
) -> list[Change]:
    appeal.decided_on, appeal.outcome = decided_on, outcome
    return _won(session, act, appeal) if outcome in WON else _lost(session, act, appeal, payers)


def _appeal_of(session: Session, decision: Decision) -> Appeal | None:
    if decision.key.startswith("appeal-"):
        return session.get(Appeal, decision.key.removeprefix("appeal-"))
    return session.exec(
        select(Appeal)
        .join(Filing, col(Filing.id) == col(Appeal.filing_id))
        .where(Filing.icn == decision.icn, Appeal.level == decision.level)
    ).first()


def _story(appeal: Appeal, how: str) -> Story:
    facts = {
        "appeal": appeal.id,
        "level": appeal.level,
        "outcome": appeal.outcome,
        "decided_on": appeal.decided_on,
        "amount": appeal.amount,
    }
    return Story(f"appeal of level {appeal.level} {how}", facts)


def _won(session: Session, act: Act, appeal: Appeal) -> list[Change]:
    appeal.state = "won"
    session.add(appeal)
    denials_.end(session, appealed(session, appeal), "overturned")
    claim, filing = _claim(session, appeal), _filing(session, appeal)
    story = _story(appeal, "won" if appeal.outcome == "overturned" else "won in part")
    if not lifecycle.allows(claim, Event.APPEAL_WON, filing):
        return [Change(claim, "appeal_decided", story)]
    until = act.at.business + PAID_WITHIN
    won = Change(claim, Event.APPEAL_WON, story, filing=filing, next_action_at=until)
    return [*_answered(session, act, claim), won]


def _lost(session: Session, act: Act, appeal: Appeal, payers: Payers) -> list[Change]:
    """Back to the denial, with the next level offered while there is one; or on, where others send it."""
    appeal.state = "lost"
    session.add(appeal)
    session.flush()
    refused = appealed(session, appeal)
    claim, story = _claim(session, appeal), _story(appeal, appeal.outcome or "lost")
    if not refused or not lifecycle.allows(claim, Event.APPEAL_LOST):
        denials_.end(session, refused, "open")
        return [Change(claim, "appeal_decided", story)]
    bundle, owed = load_bundle(session, claim.id), balance(session, claim.id).open
    case = case_of(session, act, bundle, refused, owed, payers)
    level = case.appeal.level
    if level is not None and goes_by_itself(level, appeal.outcome):
        told = Change(claim, "appeal_decided", story)
        return [*_answered(session, act, claim), told, forward(session, act, appeal, level)]
    denials_.end(session, refused, "open")
    session.flush()
    held = hold_for_denial(session, act, case, f"The appeal was {appeal.outcome}; {case.appeal.told()}. ")
    return [*_answered(session, act, claim), Change(claim, Event.APPEAL_LOST, story), held]


def _answered(session: Session, act: Act, claim: Claim) -> list[Change]:
    """Nobody needs to ask any more where the decision is."""
    why = "it was decided"
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
    sent, won = appeal.state in UNDER_WAY, gained > 0
    appeal.state = ("won" if won else "lost") if sent else "dropped"
    appeal.outcome = ("overturned" if won else "upheld") if sent else None
    appeal.decided_on = act.at.business.date()
    session.add(appeal)
    for kind in ("appeal_to_mail", "appeal_refused", "appeal_unconfirmed"):
        work.cancel_for(session, f"appeal:{appeal.id}", act.at.business, "the payer has decided", [kind])
    denials_.end(session, appealed(session, appeal), "overturned" if appeal.state == "won" else "ended")
    event = {"won": Event.APPEAL_WON, "lost": Event.APPEAL_LOST}.get(appeal.state)
    story = _story(appeal, f"{appeal.state}, by remittance")
    if event is None or not lifecycle.allows(claim, event, filing):
        return [Change(claim, "appeal_decided", story)]
    about = filing if event is Event.APPEAL_WON else None
    return [Change(claim, event, story, filing=about, next_action_at=act.at.business)]


def _claim(session: Session, appeal: Appeal) -> Claim:
    return session.get_one(Claim, appeal.claim_id)


def _filing(session: Session, appeal: Appeal) -> Filing:
    return session.get_one(Filing, appeal.filing_id)
