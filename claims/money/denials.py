"""Denials: what was refused, why, and what can be done; the rows behind the work items."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.events import Act
from claims.model import Denial, Filing, Queue, Remittance, RemittanceClaim, Role
from claims.money.classify import Diagnosis, classify
from claims.money.ruling import Refusal
from claims.money.said import ZERO
from config.payers import PayerProfile

TITLES = {
    "correct": "Correct the claim and send it again",
    "appeal": "Appeal",
    "bill_next_payer": "Bill the next payer",
    "bill_patient": "Bill the patient",
    "write_off": "Write it off",
}
"""What can be decided on a denial."""

FOR_BILLERS = ("bill_next_payer", "bill_patient", "write_off")
"""Decisions that move money: a biller's, at whatever desk the denial lies."""

ADVICE = {
    "new_claim": ("correct", "Correct it and send it as a new claim"),
    "send_records": ("appeal", "Send the records that the payer asks for, with an appeal"),
    "find_original": ("write_off", "Find the original claim; write this one off"),
    "reverify": ("correct", "Check coverage again and bill the right payer"),
    "get_authorization": ("correct", "Get or correct the authorization number and send it again"),
    "contact_patient": ("appeal", "Have the patient answer the payer, then ask it to reprocess"),
    "enroll": ("correct", "Fix the clinician's enrolment with the payer and send it again"),
}
"""Recommended actions that are one of the decisions, said more exactly. `review` recommends none."""


def record(
    session: Session,
    act: Act,
    row: RemittanceClaim,
    refused: Sequence[Refusal],
    filing: Filing,
    profile: PayerProfile | None,
    remittance: Remittance,
) -> None:
    """One row for each line, group and CARC that was refused; parts of the same are added up."""
    rows: dict[tuple[str | None, str, str], Denial] = {}
    what = row.body.get("remarks", [])
    for each in refused:
        line_id = each.line.line_id if each.line else None
        key = (line_id, each.adjustment.group, each.adjustment.reason)
        if key in rows:
            rows[key].amount += each.adjustment.amount
            continue
        remarks = [*(each.line.remarks if each.line else ()), *what]
        kind = profile.kind if profile else ""
        found = classify(each.adjustment.group, each.adjustment.reason, remarks, kind)
        rows[key] = Denial(
            claim_id=filing.claim_id,
            filing_id=filing.id,
            remittance_claim_id=row.id,
            line_id=line_id,
            group_code=each.adjustment.group,
            reason_code=each.adjustment.reason,
            remarks=remarks,
            amount=each.adjustment.amount,
            denial_class=found.denial_class,
            root_cause=found.root_cause,
            action=found.action,
            appealable=found.appealable,
            appeal_by=appeal_by(profile, remittance.paid_on, 1) if found.appealable else None,
            at=act.at.business,
        )
    if rows:
        session.flush()  # what these refer to
        session.add_all(rows.values())


def appeal_by(profile: PayerProfile | None, noticed: date, level: int) -> date | None:
    """The last day to file an appeal of that level; None where the payer's profile has no such level."""
    days = profile.limits.appeal_days if profile else ()
    return noticed + timedelta(days=days[level - 1]) if level <= len(days) else None


def standing(session: Session, claim_ids: Iterable[str]) -> dict[str, list[Denial]]:
    """The open denials of each claim, of adjudications that still stand."""
    rows = session.exec(
        select(Denial)
        .join(RemittanceClaim, col(RemittanceClaim.id) == col(Denial.remittance_claim_id))
        .where(
            col(Denial.claim_id).in_(list(claim_ids)),
            Denial.state == "open",
            col(RemittanceClaim.undone_by).is_(None),
        )
        .order_by(col(Denial.amount).desc(), col(Denial.id))
    )
    found: dict[str, list[Denial]] = {}
    for denial in rows:
        found.setdefault(denial.claim_id, []).append(denial)
    return found


def diagnosis(denial: Denial, profile: PayerProfile | None) -> Diagnosis:
    kind = profile.kind if profile else ""
    return classify(denial.group_code, denial.reason_code, denial.remarks, kind)


def queue_of(denials: Sequence[Denial], profile: PayerProfile | None) -> Queue:
    """The desk of the costliest denial."""
    return diagnosis(denials[0], profile).queue


def reason_of(denials: Sequence[Denial], profile: PayerProfile | None) -> str:
    """For example: Denied 120.00: CO-197 authorization missing (120.00)."""
    total = sum((denial.amount for denial in denials), Decimal(0))
    parts = (f"{d.group_code}-{d.reason_code} {diagnosis(d, profile).words} ({d.amount})" for d in denials)
    ends = "" if any(d.appealable for d in denials) else " It cannot be appealed."
    return f"Denied {total}: {'; '.join(dict.fromkeys(parts))}.{ends}"


def options(denials: Sequence[Denial], *, has_next_payer: bool) -> list[dict[str, Any]]:
    """What a person may decide, the recommended one first. CO is never the patient's."""
    advised, title = ADVICE.get(denials[0].action, (denials[0].action, ""))
    allowed = {
        "correct": True,
        "appeal": any(d.appealable for d in denials),
        "bill_next_payer": has_next_payer,
        "bill_patient": any(d.group_code != "CO" for d in denials),
        "write_off": True,
    }
    ids = sorted((id for id in allowed if allowed[id]), key=lambda id: id != advised)
    return [_option(id, title if id == advised else "", advised) for id in ids]


def _option(id: str, title: str, advised: str) -> dict[str, Any]:
    told = {"id": id, "title": title or TITLES[id], "recommended": id == advised}
    return told | ({"roles": [Role.BILLER]} if id in FOR_BILLERS else {})


def amount(denials: Iterable[Denial]) -> Decimal:
    return sum((denial.amount for denial in denials), ZERO)


def end(session: Session, denials: Iterable[Denial], state: str) -> None:
    """``state`` is corrected, appealed, overturned or ended."""
    for denial in denials:
        denial.state = state
        session.add(denial)
