"""The patient's statement in plain words: what was billed, what the plan paid, why something is owed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from claims.bundle import Bundle
from claims.money.ledger import Balance

REASONS = {
    "deductible": "your plan's deductible",
    "coinsurance": "your share of the cost (coinsurance)",
    "copay": "your copay",
    "balance_billing": "what your plan does not allow for a clinician outside its network",
    "patient": "a service that your plan does not cover",
    "to_patient": "what no plan pays",
}


def statement(
    bundle: Bundle, owed: Balance, shares: Mapping[str, Decimal], *, number: int, today: date
) -> str:
    """The whole statement. ``shares`` are the amounts moved to the patient, by kind of posting.

    It names the patient: it goes to the patient and to the archive only.
    """
    patient, claim, billing = bundle.patient, bundle.claim, bundle.billing
    practice = billing.name if billing else "the practice"
    phone = f", {billing.phone}" if billing and billing.phone else ""
    rows = [
        practice,
        *(
            [billing.line1 or "", f"{billing.city}, {billing.state} {(billing.postal or '')[:5]}"]
            if billing
            else []
        ),
        "",
        f"Statement {number} of {today:%B} {today.day}, {today.year}",
        "",
        f"{patient.given or ''} {patient.family or ''}".strip(),
        patient.line1 or "",
        f"{patient.city or ''}, {patient.state or ''} {patient.postal or ''}".strip(", "),
        "",
        f"Your visit on {claim.from_date:%m/%d/%Y} (our number {claim.pcn})",
        "",
        *_sums(owed),
        "",
        "Why you owe this:",
        *(f"  ${amount}: {REASONS.get(kind, 'your share')}" for kind, amount in shares.items() if amount > 0),
        "",
        f"Please pay ${owed.patient} and give our number {claim.pcn}.",
        f"Questions, or a payment plan? Call {practice}{phone}.",
    ]
    return "\n".join(rows) + "\n"


def _sums(owed: Balance) -> list[str]:
    lines = {
        "We charged": owed.charge,
        "Taken off by agreement with your plan": -owed.adjusted,
        "Paid so far": -owed.paid,
        "You owe": owed.patient,
    }
    return [f"  {words:<40}{amount:>12}" for words, amount in lines.items() if amount or words == "You owe"]
