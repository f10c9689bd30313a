"""What can be done about a claim's denials, each way prepared: what it would do, for how much, until when.

The recommended way stands first. A person approves one; nothing is done by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.appeal_levels import Prospect, Standing, prospect
from claims.bundle import Bundle
from claims.filing import Payers, plan
from claims.limits import Limit, filing_limit
from claims.model import Appeal, Coverage, Denial, Filing, Remittance, RemittanceClaim, Role
from claims.money.denials import NEW_CLAIM, amount
from config.payers import PayerProfile

TITLES = {
    "correct": "Correct the claim and send it again",
    "send_records": "Send the payer the records",
    "appeal": "Appeal",
    "bill_next_payer": "Bill the next payer",
    "bill_patient": "Bill the patient",
    "write_off": "Write it off",
}
"""What can be decided on a denial."""

FOR_BILLERS = ("send_records", "bill_next_payer", "bill_patient", "write_off")
"""Decisions that move money or records: a biller's, at whatever desk the denial lies."""

ADVICE = {
    NEW_CLAIM: ("correct", "Correct it and send it as a new claim"),
    "find_original": ("write_off", "Find the original claim; write this one off"),
    "reverify": ("correct", "Check coverage again and bill the right payer"),
    "get_authorization": ("correct", "Get or correct the authorization number and send it again"),
    "contact_patient": ("appeal", "Have the patient answer the payer, then ask it to reprocess"),
    "enroll": ("correct", "Fix the clinician's enrolment with the payer and send it again"),
}
"""Recommended actions that are one of the decisions, said more exactly. `review` recommends none."""


@dataclass(frozen=True, slots=True)
class Case:
    """A claim's denials by one payer, and what is open about them. ``owed`` is what stands open,
    ``paid_before`` the day on which the payer before this one paid."""

    bundle: Bundle
    filing: Filing
    denials: Sequence[Denial]
    payers: Payers
    appeal: Prospect
    next_coverage: Coverage | None
    owed: Decimal
    today: date
    paid_before: date | None = None

    @property
    def profile(self) -> PayerProfile | None:
        return self.payers.get(self.filing.payer_id)

    def by(self, last: date) -> str:
        """The day, and that it is over where it is."""
        return f"{last}, which has passed" if last < self.today else str(last)

    def allows(self, option: str) -> bool:
        return _ALLOWED[option](self)

    def effect(self, option: str) -> str:
        return _EFFECTS[option](self)


def options(case: Case) -> list[dict[str, Any]]:
    """What a person may decide, the recommended one first. CO is never the patient's."""
    action = case.denials[0].action
    advised, title = ADVICE.get(action, (action, ""))
    if advised in TITLES and not case.allows(advised):
        advised, title = "write_off", ""
    ids = sorted((id for id in TITLES if case.allows(id)), key=lambda id: id != advised)
    return [_option(case, id, title if id == advised else "", advised) for id in ids]


def _option(case: Case, id: str, title: str, advised: str) -> dict[str, Any]:
    told = {"id": id, "title": title or TITLES[id], "effect": case.effect(id), "recommended": id == advised}
    return told | ({"roles": [Role.BILLER]} if id in FOR_BILLERS else {})


def next_appeal(
    session: Session, filing: Filing, denials: Sequence[Denial], profile: PayerProfile | None, today: date
) -> Prospect:
    """The level that comes next: counted from the remittance, then from the decision on the level before."""
    ours = [each for each in denials if each.appealable]
    if not ours:
        return Prospect(closed="the payer hears no appeal on this denial")
    before = session.exec(
        select(Appeal)
        .where(Appeal.filing_id == filing.id, Appeal.state != "dropped")
        .order_by(col(Appeal.level).desc())
    ).first()
    decided, noticed = (before.level, before.decided_on) if before else (0, None)
    where = Standing(
        decided,
        noticed or _noticed(session, ours[0]),
        amount(ours),
        frozenset(each.denial_class for each in ours),
    )
    return prospect(profile, where, today)


def _noticed(session: Session, denial: Denial) -> date:
    """The day of the remittance that told of it."""
    row = session.get_one(RemittanceClaim, denial.remittance_claim_id)
    return session.get_one(Remittance, row.remittance_id).paid_on


_ALLOWED: dict[str, Callable[[Case], bool]] = {
    "correct": lambda case: True,
    "send_records": lambda case: bool(case.filing.icn) and _documents(case),
    "appeal": lambda case: case.appeal.is_open,
    "bill_next_payer": lambda case: case.next_coverage is not None,
    "bill_patient": lambda case: all(each.group_code != "CO" for each in case.denials),
    "write_off": lambda case: True,
}


def _documents(case: Case) -> bool:
    return any(each.denial_class == "documentation" for each in case.denials)


def correct_by(case: Case) -> Limit | None:
    """Until when the payer may get the corrected claim."""
    planned = plan(case.bundle, case.payers)
    return filing_limit(case.bundle.claim, planned, case.payers, case.paid_before) if planned else None


def _correct(case: Case) -> str:
    planned, limit = plan(case.bundle, case.payers), correct_by(case)
    replaces = planned is not None and planned.frequency == "7"
    how = f"as a replacement of {case.filing.icn}" if replaces else "as a new claim"
    if limit is None:
        return how
    if limit.last is None:
        return f"{how}; until when the payer takes it is not known: {limit.unknown}"
    return f"{how}, after every check; the payer must have it by {case.by(limit.last)}"


def _send_records(case: Case) -> str:
    due = min((each.due_on for each in case.denials if each.due_on), default=None)
    by = f" by {case.by(due)}" if due else ""
    return f"to {_payer(case)} under its number {case.filing.icn}{by}: name the file with --value"


def _payer(case: Case) -> str:
    return case.profile.name if case.profile else case.filing.payer_id


def _appeal(case: Case) -> str:
    level = case.appeal.level
    more = f" {level.advice}" if level and level.advice else ""
    return f"{case.appeal.told()}: letter, proof, remittance and claim form as one PDF.{more}"


def _next_payer(case: Case) -> str:
    return f"{case.owed} to {case.next_coverage.payer_id}" if case.next_coverage else ""


_EFFECTS: dict[str, Callable[[Case], str]] = {
    "correct": _correct,
    "send_records": _send_records,
    "appeal": _appeal,
    "bill_next_payer": _next_payer,
    "bill_patient": lambda case: f"{case.owed} becomes the patient's",
    "write_off": lambda case: f"{case.owed} is given up, for good",
}
