"""The 835 (X221A1) as the sandbox's payers write it, balanced line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from deployments.sandbox.payers import Payer
from deployments.sandbox.segments import Segment, compose, text
from deployments.sandbox.values import Adjustment, Claim, LineResult, Outcome

KIND = ("HP", "835", "005010X221A1")
PER_SEGMENT = 6  # adjustments in one PLB


@dataclass(frozen=True)
class Paid:
    """One CLP to write: the claim, the payer's number, what was decided."""

    claim: Claim
    icn: str
    outcome: Outcome


@dataclass(frozen=True)
class Remittance:
    """One payment; ``adjustments`` are (PLB reason, reference, amount), positive amounts reduce it."""

    payer: Payer
    receiver: str
    trace: str
    day: date
    amount: Decimal
    claims: list[Paid]
    adjustments: list[tuple[str, str, Decimal]]


def body(remittance: Remittance) -> Iterator[Segment]:
    """All segments between ST and SE."""
    yield from _payment(remittance)
    yield from _parties(remittance)
    yield ["LX", "1"]
    for paid in remittance.claims:
        yield from _claim(paid, remittance)
    yield from _provider_adjustments(remittance)


def _payment(r: Remittance) -> Iterator[Segment]:
    method = r.payer.pays_by if r.amount else "NON"
    company = f"1{r.payer.tax_id}"
    bank = ["CCP", "01", "999999992", "DA", "100200300", company, "", "01", "999999992", "DA", "400500600"]
    by_wire = bank if method == "ACH" else [""] * len(bank)
    handling = "I" if r.amount else "H"
    yield ["BPR", handling, str(r.amount), "C", method, *by_wire, f"{r.day:%Y%m%d}"]
    yield ["TRN", "1", r.trace, company]
    yield ["REF", "EV", text(r.receiver)]
    yield ["DTM", "405", f"{r.day:%Y%m%d}"]


def _parties(r: Remittance) -> Iterator[Segment]:
    claim = r.claims[0].claim
    yield ["N1", "PR", r.payer.name]
    yield ["N3", "1 SANDBOX PLAZA"]
    yield ["N4", "SPRINGFIELD", "IL", "627010001"]
    yield ["REF", "2U", r.payer.id]
    yield ["PER", "BL", "PROVIDER SERVICES", "TE", "8005550100"]
    yield ["N1", "PE", text(claim.provider_name), "XX", claim.provider]
    if claim.tax_id:
        yield ["REF", "TJ", claim.tax_id]


def _claim(paid: Paid, r: Remittance) -> Iterator[Segment]:
    claim, outcome = paid.claim, paid.outcome
    money = [str(outcome.charge), str(outcome.paid), str(outcome.patient) if outcome.patient else ""]
    place = [claim.place, claim.frequency]
    yield ["CLP", text(claim.pcn), outcome.status, *money, r.payer.filing_code, paid.icn, *place]
    yield from _people(claim)
    if outcome.remarks:
        yield ["MOA", "", "", *outcome.remarks]
    if claim.first and claim.last:
        yield ["DTM", "232", f"{claim.first:%Y%m%d}"]
        yield ["DTM", "233", f"{claim.last:%Y%m%d}"]
    yield ["DTM", "050", f"{r.day:%Y%m%d}"]
    if outcome.interest:
        yield ["AMT", "I", str(outcome.interest)]
    for result in outcome.lines:
        yield from _line(result)


def _people(claim: Claim) -> Iterator[Segment]:
    who, member = claim.who, text(claim.member)
    yield ["NM1", "QC", "1", text(who.last), text(who.first), "", "", "", "MI", member]
    if claim.patient:
        insured = claim.subscriber
        yield ["NM1", "IL", "1", text(insured.last), text(insured.first), "", "", "", "MI", member]


def _line(result: LineResult) -> Iterator[Segment]:
    line = result.line
    procedure = compose(line.qualifier, line.code, *line.modifiers)
    revenue = line.revenue if line.qualifier != "NU" else ""
    yield ["SVC", procedure, str(line.charge), str(result.paid), revenue, f"{line.units.normalize():f}"]
    yield from _days(line.first, line.last)
    yield from _adjustments(result.adjustments)
    if line.control:
        yield ["REF", "6R", text(line.control)]
    if result.allowed:
        yield ["AMT", "B6", str(result.allowed)]
    for remark in result.remarks:
        yield ["LQ", "HE", remark]


def _days(first: date | None, last: date | None) -> Iterator[Segment]:
    if first and last and first != last:
        yield ["DTM", "150", f"{first:%Y%m%d}"]
        yield ["DTM", "151", f"{last:%Y%m%d}"]
    elif first:
        yield ["DTM", "472", f"{first:%Y%m%d}"]


def _adjustments(rows: list[Adjustment]) -> Iterator[Segment]:
    """One CAS a group, in the order in which the groups come first."""
    for group in dict.fromkeys(a.group for a in rows):
        segment = ["CAS", group]
        for a in rows:
            if a.group == group:
                segment += [a.reason, str(a.amount), ""]
        yield segment


def _provider_adjustments(r: Remittance) -> Iterator[Segment]:
    provider, year_end = r.claims[0].claim.provider, f"{r.day.year}1231"
    for start in range(0, len(r.adjustments), PER_SEGMENT):
        segment = ["PLB", provider, year_end]
        for reason, reference, amount in r.adjustments[start : start + PER_SEGMENT]:
            segment += [compose(reason, reference), str(amount)]
        yield segment
