"""Does an 837 claim add up: charges, and what other payers decided (domain rules; formats, COB)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from claims.findings import Finding, Severity
from claims.x12.claim837 import ZERO, Claim837, OtherPayer, ServiceLine
from claims.x12.parts import Adjustment


def balance_837(claims: Iterable[Claim837]) -> list[Finding]:
    """Every sum of the claims that is wrong, and pointers to diagnoses that the claim has not."""
    return [finding for claim in claims for check in CHECKS for finding in check(claim)]


def _charges(claim: Claim837) -> Iterator[Finding]:
    if claim.lines and sum((line.charge for line in claim.lines), ZERO) != claim.charge:
        message = "The claim's charge is not the sum of its lines (CLM02, SV102, SV203 or SV302)."
        yield _error("x12_837_charge", message, "2300", "CLM02", claim, claim.segment)


def _pointers(claim: Claim837) -> Iterator[Finding]:
    count = len(claim.diagnoses)
    for line in claim.lines:
        if any(not pointer.isdecimal() or not 1 <= int(pointer) <= count for pointer in line.pointers):
            message = f"A line points to a diagnosis that the claim has not; it has {count}."
            element = "SV107" if line.dental is None else "SV311"
            yield _error("x12_837_pointer", message, "2400", element, claim, line.segment)


def _lines_of_other_payers(claim: Claim837) -> Iterator[Finding]:
    """Line charge = paid + adjustments, for each payer that decided on the line."""
    for line in claim.lines:
        for decision in line.adjudications:
            if decision.paid + _total(decision.adjustments) != line.charge and not decision.bundled_line:
                message = "What another payer paid and adjusted is not the line's charge (SVD02, CAS)."
                yield _error("x12_837_cob_line", message, "2430", "SVD02", claim, line.segment)


def _other_payers(claim: Claim837) -> Iterator[Finding]:
    """AMT*D = sum of the lines' payments less the claim-level adjustments, where lines were decided."""
    for other in claim.other_payers:
        if other.payer is None:
            message = "Another payer's coverage does not say which payer it is."
            yield _error("x12_missing_segment", message, "2330B", "NM1*PR", claim, claim.segment)
            continue
        paid = [line for line in claim.lines if _paid_by(line, other) is not None]
        total = sum((_paid_by(line, other) or ZERO for line in paid), ZERO) - _total(other.adjustments)
        if paid and other.paid is not None and total != other.paid:
            message = (
                "What another payer paid is not the sum of its lines less its adjustments (AMT*D, SVD02)."
            )
            yield _error("x12_837_cob_claim", message, "2320", "AMT02", claim, claim.segment)


def _paid_by(line: ServiceLine, other: OtherPayer) -> Decimal | None:
    payer_id = other.payer.id if other.payer else ""
    paid = [each.paid for each in line.adjudications if each.payer_id == payer_id]
    return sum(paid, ZERO) if paid else None


def _replacement(claim: Claim837) -> Iterator[Finding]:
    if claim.frequency in ("7", "8") and not claim.reference("F8"):
        message = "A replacement or void does not name the payer's number of the claim (REF*F8)."
        yield _error("x12_837_no_original", message, "2300", "REF*F8", claim, claim.segment, snip=4)


CHECKS = (_charges, _pointers, _lines_of_other_payers, _other_payers, _replacement)


def _total(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((each.amount for each in adjustments), ZERO)


def _error(
    code: str, message: str, loop: str, element: str, claim: Claim837, segment: int, snip: int = 3
) -> Finding:
    tip = "Correct the claim before it is sent."
    place = segment or None
    return Finding(
        code,
        Severity.ERROR,
        message,
        tip,
        snip=snip,
        segment=place,
        loop=loop,
        element=element,
        claim=claim.pcn,
    )
