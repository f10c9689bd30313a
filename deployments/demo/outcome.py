"""Where the demo's claims ended, and whether every dollar is accounted for on both sides."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.listing import Listed, Wanted, list_claims
from claims.model import (
    Account,
    Adjudication,
    Claim,
    Denial,
    EventRow,
    Posting,
    Stage,
)
from claims.money.ledger import Balance, totals
from claims.money.whereabouts import Whereabouts, whereabouts
from tasks.runtime import Runtime

ZERO = Decimal("0.00")
_REJECTIONS = {"rejected_payer", "rejected_clearinghouse", "rejected_format"}


@dataclass(slots=True)
class Outcome:
    """``groups`` has each claim once, ``denials`` counts by reason, ``example`` is a claim worth reading."""

    groups: Counter[str] = field(default_factory=Counter)
    money: Balance = field(default_factory=Balance)
    written_off: Decimal = ZERO
    paid_by_payers: Decimal = ZERO
    denials: Counter[str] = field(default_factory=Counter)
    example: str = ""
    whereabouts: Whereabouts = field(default_factory=Whereabouts)

    def as_json(self) -> dict[str, Any]:
        return {
            "claims": dict(self.groups.most_common()),
            "billed": str(self.money.charge),
            "paid": str(self.money.paid),
            "patient": str(self.money.patient),
            "adjusted": str(self.money.adjusted),
            "written_off": str(self.written_off),
            "open": str(self.money.open),
            "denials": dict(self.denials.most_common()),
            "whereabouts": self.whereabouts.as_json(),
        }


def outcome(rt: Runtime, session: Session) -> Outcome:
    today = rt.clock.now().day(rt.settings.zone_info)
    made = Outcome(money=totals(session), whereabouts=whereabouts(session))
    histories = _histories(session)
    for listed in list_claims(session, Wanted(), today):
        group = _group(listed, histories.get(listed.claim.id, set()))
        made.groups[group] += 1
        if group == "denied, appealed and paid" or not made.example:
            made.example = listed.claim.id
    for denial in session.exec(select(Denial)):
        made.denials[f"{denial.group_code}-{denial.reason_code} {denial.denial_class}"] += 1
    made.written_off = _net(session, Account.WRITTEN_OFF)
    made.paid_by_payers = _net(session, Account.PAID_BY_PAYER)
    return made


def _net(session: Session, account: Account) -> Decimal:
    """What an account received, less what it gave back."""
    received = sum((p.amount for p in session.exec(select(Posting).where(Posting.debit == account))), ZERO)
    given = sum((p.amount for p in session.exec(select(Posting).where(Posting.credit == account))), ZERO)
    return received - given


def _histories(session: Session) -> dict[str, set[str]]:
    """The kinds of events that each claim has had."""
    kinds: dict[str, set[str]] = {}
    query = select(EventRow.subject, EventRow.kind).join(Claim, col(Claim.id) == col(EventRow.subject))
    for subject, kind in session.exec(query):
        kinds.setdefault(subject, set()).add(kind)
    return kinds


def _group(listed: Listed, kinds: set[str]) -> str:
    """One name for what became of a claim, the most telling one first."""
    if listed.claim.hold_reason:
        return f"held: {listed.claim.hold_reason} ({listed.claim.hold_owner})"
    paid = listed.balance.paid > 0
    for name, applies in _STORIES:
        if applies(kinds):
            return f"{name}, {'paid' if paid else _not_paid(listed)}"
    if not paid:
        return _not_paid(listed)
    partly = any(f.adjudication is Adjudication.PARTIALLY_PAID for f in listed.filings)
    return "partly paid" if partly else "paid"


_STORIES: tuple[tuple[str, Callable[[set[str]], bool]], ...] = (
    ("denied and appealed", lambda kinds: "appeal_sent" in kinds),
    ("denied and corrected", lambda kinds: {"denial_opened", "corrected"} <= kinds),
    ("rejected and corrected", lambda kinds: bool(kinds & _REJECTIONS)),
    ("billed to a second payer", lambda kinds: "secondary_prepared" in kinds),
)


def _not_paid(listed: Listed) -> str:
    stage = listed.claim.stage
    if stage in (Stage.SUBMITTED, Stage.ACKNOWLEDGED, Stage.ADJUDICATING):
        return "with the payer"
    if stage is Stage.CLOSED:
        return "closed without payment"
    return "owed by the patient" if stage is Stage.PATIENT else f"in {stage}"
