"""What earlier payers decided on a claim: the content of 2320, 2330B and 2430 for the next payer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from claims.model import Filing, Remittance, RemittanceClaim
from claims.model.among import among
from claims.money.clp import STANDING
from claims.money.said import ZERO, Adjustment, SaidLine, said_of

ORDER = ("P", "S", "T")


@dataclass(frozen=True, slots=True)
class PriorLine:
    """2430: what the payer decided on one of our lines (SVD, CAS, DTP*573). ``units`` is SVD05."""

    line_id: str | None
    code: str
    qualifier: str
    modifiers: tuple[str, ...]
    revenue_code: str
    units: Decimal | None
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    adjudicated_on: date


@dataclass(frozen=True, slots=True)
class PriorPayment:
    """2320 and 2330B: one earlier payer's adjudication. ``icn`` is REF*F8 of 2330B, ``paid`` AMT*D.

    ``patient`` is what this payer left to the patient (group PR), AMT*EAF. Each line's charge is its paid
    amount and the sum of its adjustments; the claim level's adjustments stand in ``adjustments``.
    """

    sequence: str
    coverage_id: str
    payer_id: str
    icn: str
    adjudicated_on: date
    paid: Decimal
    patient: Decimal
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    lines: tuple[PriorLine, ...]

    def line(self, line_id: str) -> PriorLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


def prior_payments(session: Session, claim_id: str, before: str) -> list[PriorPayment]:
    """`priors` of one claim."""
    return priors(session, {claim_id: before}).get(claim_id, [])


def priors(session: Session, turns: Mapping[str, str]) -> dict[str, list[PriorPayment]]:
    """By claim the standing adjudications of the payers before its turn (P, S or T), in their order.

    An adjudication stands until it is reversed or superseded. Where a payer split the claim, each part is
    listed. Claims without any are left out.
    """
    found: dict[str, list[PriorPayment]] = {}
    for row, filing, remittance in _earlier(session, turns):
        found.setdefault(filing.claim_id, []).append(_prior(row, filing, remittance))
    for several in found.values():
        several.sort(key=lambda prior: ORDER.index(prior.sequence))
    return found


def _earlier(
    session: Session, turns: Mapping[str, str]
) -> Iterator[tuple[RemittanceClaim, Filing, Remittance]]:
    """The adjudications that stand, of payers before each claim's turn, as they came."""
    rows = session.exec(
        select(RemittanceClaim, Filing, Remittance)
        .join(Filing, col(Filing.id) == col(RemittanceClaim.filing_id))
        .join(Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
        .where(
            among(col(RemittanceClaim.claim_id), [id for id, turn in turns.items() if turn != ORDER[0]]),
            col(RemittanceClaim.undone_by).is_(None),
            col(RemittanceClaim.outcome).in_(STANDING),
        )
        .order_by(col(Remittance.at), col(RemittanceClaim.position))
    )
    for row, filing, remittance in rows:
        if ORDER.index(filing.sequence) < ORDER.index(turns[filing.claim_id]):
            yield row, filing, remittance


def prior_payment(session: Session, filing: Filing) -> PriorPayment | None:
    """What the payer just before this filing decided, or None when none has."""
    found = prior_payments(session, filing.claim_id, filing.sequence)
    return found[-1] if found else None


def paid_before(session: Session, turns: Mapping[str, str]) -> dict[str, date]:
    """By claim the day on which a payer before its turn (P, S or T) last paid, or decided to pay nothing."""
    days: dict[str, date] = {}
    for _, filing, remittance in _earlier(session, turns):
        days[filing.claim_id] = max(remittance.paid_on, days.get(filing.claim_id, remittance.paid_on))
    return days


def _prior(row: RemittanceClaim, filing: Filing, remittance: Remittance) -> PriorPayment:
    what = said_of(row.body)
    left = (each.amount for _, each in what.every_adjustment if each.group == "PR")
    return PriorPayment(
        sequence=filing.sequence,
        coverage_id=filing.coverage_id,
        payer_id=filing.payer_id,
        icn=what.icn,
        adjudicated_on=remittance.paid_on,
        paid=what.paid,
        patient=sum(left, ZERO),
        adjustments=what.adjustments,
        remarks=what.remarks,
        lines=tuple(_prior_line(line, remittance.paid_on) for line in what.lines),
    )


def _prior_line(line: SaidLine, paid_on: date) -> PriorLine:
    return PriorLine(
        line_id=line.line_id,
        code=line.code,
        qualifier=line.qualifier,
        modifiers=line.modifiers,
        revenue_code=line.revenue_code,
        units=line.units,
        paid=line.paid,
        adjustments=line.adjustments,
        adjudicated_on=paid_on,
    )
