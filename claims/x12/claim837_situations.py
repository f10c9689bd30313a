"""Situations in which the 837 guides ask for more or forbid something; sums are in ``claim837_balance``."""

from collections import Counter
from collections.abc import Iterable, Iterator

from claims.findings import Finding, Severity
from claims.x12.claim837 import Claim837, OtherPayer, ServiceLine
from claims.x12.parts import Period

SELF, UNKNOWN_ORDER = "18", "U"
AUTO, ACCIDENTS = "AA", frozenset(("AA", "OA"))
ON_REQUEST = "AA"  # PWK02: the report is kept by the provider, so it has no control number


def judge_situations(claims: Iterable[Claim837]) -> list[Finding]:
    """Every remark on these claims, professional, institutional and dental alike."""
    return [finding for claim in claims for rule in RULES for finding in rule(claim)]


def _patient(claim: Claim837) -> Iterator[Finding]:
    """The patient is the subscriber (SBR02 18) or stands below, and has an address and a birth date."""
    said = claim.subscriber.coverage.relationship
    if claim.patient is not None and said == SELF:
        message = "The patient is said to be the subscriber, and another patient stands below."
        yield _error("x12_837_two_patients", message, "2000B", "SBR02", claim)
    if claim.patient is None and said != SELF:
        message = "The claim stands under the subscriber, who is not said to be the patient (SBR02 18)."
        yield _error("x12_837_no_patient", message, "2000B", "SBR02", claim)
    person = claim.subscriber.person
    if claim.patient is None and said == SELF and person.kind == "1":
        if person.birth_date is None:
            yield _error("x12_837_patient", "The patient has no birth date.", "2010BA", "DMG02", claim)
        if person.address is None:
            yield _error("x12_837_patient", "The patient has no address.", "2010BA", "N3", claim)


def _accident(claim: Claim837) -> Iterator[Finding]:
    if AUTO in claim.related_causes and not claim.accident_state and not claim.accident_country:
        message = "A claim after a car accident does not say in which state it was."
        yield _error("x12_837_accident", message, "2300", "CLM11-4", claim, severity=Severity.WARNING)
    if ACCIDENTS & set(claim.related_causes) and claim.date("439") is None:
        message = "A claim after an accident does not say when it was (DTP*439)."
        yield _error("x12_837_accident", message, "2300", "DTP*439", claim)


def _attachments(claim: Claim837) -> Iterator[Finding]:
    places = [(claim.attachments, claim.segment, "2300")]
    places += [(line.attachments, line.segment, "2400") for line in claim.lines]
    for attachments, segment, loop in places:
        for each in attachments:
            if each.transmission != ON_REQUEST and not each.control_number:
                message = "A report that is sent has no control number, so nobody could match it."
                yield _error("x12_837_attachment", message, loop, "PWK06", claim, segment)


def _original(claim: Claim837) -> Iterator[Finding]:
    if claim.frequency == "1" and claim.reference("F8"):
        message = "A first claim names the payer's number of an earlier one (REF*F8)."
        yield _error("x12_837_original", message, "2300", "REF*F8", claim, severity=Severity.WARNING)


def _diagnoses(claim: Claim837) -> Iterator[Finding]:
    if any(count > 1 for count in Counter(code.code for code in claim.diagnoses).values()):
        message = "A diagnosis stands twice."
        yield _error("x12_837_diagnosis_twice", message, "2300", "HI", claim, severity=Severity.WARNING)


def _lines(claim: Claim837) -> Iterator[Finding]:
    seen: set[str] = set()
    for line in claim.lines:
        if line.control_number and line.control_number in seen:
            message = "Two lines have the same control number: a payment could not tell them apart."
            yield _error("x12_837_line_number", message, "2400", "REF*6R", claim, line.segment)
        seen.add(line.control_number)
        if line.drug is not None and line.drug.quantity is None:
            message = "A drug is named without its quantity (CTP)."
            yield _error("x12_837_drug", message, "2410", "CTP04", claim, line.segment)
        if _needs_pointer(claim) and not line.pointers:
            message = "The line points to no diagnosis."
            yield _error("x12_837_pointer", message, "2400", "SV107", claim, line.segment)


def _needs_pointer(claim: Claim837) -> bool:
    return not claim.institutional and claim.dental is None


def _dates(claim: Claim837) -> Iterator[Finding]:
    places = [(claim.dates, claim.segment, "2300")]
    places += [(line.dates, line.segment, "2400") for line in claim.lines]
    for periods, segment, loop in places:
        if any(map(_is_backwards, periods)):
            message = "A period ends before it begins."
            yield _error("x12_837_period", message, loop, "DTP03", claim, segment)


def _is_backwards(period: Period) -> bool:
    return period.start is not None and period.end is not None and period.end < period.start


def _other_payers(claim: Claim837) -> Iterator[Finding]:
    """Each payer has a place of its own in the order, and a line's decision is that of one of them."""
    sequences = [claim.subscriber.coverage.sequence, *(o.coverage.sequence for o in claim.other_payers)]
    counts = Counter(each for each in sequences if each != UNKNOWN_ORDER)
    if any(count > 1 for count in counts.values()):
        message = "Two payers have the same place in the order of payment."
        yield _error("x12_837_sequence", message, "2320", "SBR01", claim)
    known = {other.payer.id for other in claim.other_payers if other.payer}
    for line in claim.lines:
        if any(decision.payer_id not in known for decision in line.adjudications):
            message = "A line was decided by a payer that is not among the claim's other payers."
            yield _error("x12_837_cob_payer", message, "2430", "SVD01", claim, line.segment)
    yield from (_unpaid(claim) for other in claim.other_payers if _is_untold(other, claim.lines))


def _is_untold(other: OtherPayer, lines: Iterable[ServiceLine]) -> bool:
    """This payer decided, on the claim or on lines, and the claim does not tell what it paid."""
    name = other.payer.id if other.payer else ""
    decided = bool(other.adjustments) or any(d.payer_id == name for line in lines for d in line.adjudications)
    return decided and other.paid is None


def _unpaid(claim: Claim837) -> Finding:
    message = "Another payer decided on the claim, and what it paid is not told (AMT*D)."
    return _error("x12_837_cob_paid", message, "2320", "AMT*D", claim, severity=Severity.WARNING)


RULES = (_patient, _accident, _attachments, _original, _diagnoses, _lines, _dates, _other_payers)


def _error(
    code: str,
    message: str,
    loop: str,
    element: str,
    claim: Claim837,
    segment: int | None = None,
    severity: Severity = Severity.ERROR,
) -> Finding:
    tip = "Correct the claim before it is sent."
    place = segment if segment is not None else claim.segment
    return Finding(code, severity, message, tip, 4, place or None, loop, element, claim.pcn)
