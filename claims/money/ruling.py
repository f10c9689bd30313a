"""What one CLP comes to: its outcome and the movements of money, decided by its adjustments.

The paid amount alone decides nothing: a deductible pays nothing and is no denial (domain rules 7 and 8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from claims.model import Account
from claims.money.ledger import Movement
from claims.money.said import ZERO, Adjustment, Said, SaidLine
from claims.money.treatment import Treatment, treatment
from claims.transitions import Event

REVERSED = "reversed"
EVENTS = {
    "paid": Event.REMIT_PAID,
    "partially_paid": Event.REMIT_PARTIALLY_PAID,
    "denied": Event.REMIT_DENIED,
    "zero_paid": Event.REMIT_ZERO_PAID,
    REVERSED: Event.REMIT_REVERSED,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An amount that was not paid for a reason that is not the contract's."""

    line: SaidLine | None
    adjustment: Adjustment


def refusals(what: Said) -> list[Refusal]:
    """Every part that counts as denied, claim level first."""
    return [
        Refusal(line, each)
        for line, each in what.every_adjustment
        if each.amount > 0 and treated(line or what, each).denial
    ]


def outcome(what: Said, refused: Sequence[Refusal]) -> str:
    """paid, partially_paid, denied or zero_paid; ``refused`` are its `refusals`."""
    if refused:
        return "partially_paid" if what.paid + cost_share(what) > 0 else "denied"
    return "paid" if what.paid > 0 else "zero_paid"


def cost_share(what: Said) -> Decimal:
    """Deductible, coinsurance, copay: what the plan allows and leaves to the patient."""
    shares = ((each, treated(line or what, each)) for line, each in what.every_adjustment)
    return sum((a.amount for a, t in shares if t.account is Account.PATIENT and not t.denial), ZERO)


def movements(what: Said, claim_id: str, row_id: str, position: int) -> Iterator[Movement]:
    """The payments and adjustments that move money; what is denied stays open.

    All together move CLP03 less what is denied, and the payments among them sum to CLP04.
    """
    place = f"CLP {position}"
    by_lines = sum((line.paid for line in what.lines), ZERO)
    yield _payment(claim_id, row_id, what.paid - by_lines, None, place)
    for adjustment in what.adjustments:
        yield from _adjusted(claim_id, row_id, adjustment, treated(what, adjustment), None, place)
    for number, line in enumerate(what.lines, start=1):
        here = f"{place} SVC {number}"
        yield _payment(claim_id, row_id, line.paid, line.line_id, here)
        for adjustment in line.adjustments:
            rule = treated(line, adjustment)
            yield from _adjusted(claim_id, row_id, adjustment, rule, line.line_id, here)


def treated(on: Said | SaidLine, adjustment: Adjustment) -> Treatment:
    """The treatment of an adjustment of that line, or of the claim's own."""
    return treatment(adjustment.group, adjustment.reason, on.paid > 0)


def _payment(claim_id: str, row_id: str, amount: Decimal, line_id: str | None, place: str) -> Movement:
    return Movement(
        claim_id,
        Account.PAID_BY_PAYER,
        Account.PAYER,
        amount,
        "payment",
        line_id,
        remittance_claim_id=row_id,
        position=place,
    )


def _adjusted(
    claim_id: str, row_id: str, adjustment: Adjustment, rule: Treatment, line_id: str | None, place: str
) -> Iterator[Movement]:
    if rule.account is not None:
        yield Movement(
            claim_id,
            rule.account,
            Account.PAYER,
            adjustment.amount,
            rule.kind,
            line_id,
            adjustment.group,
            adjustment.reason,
            row_id,
            f"{place} CAS {adjustment.group} {adjustment.reason}",
        )
