"""A claim to segments: loop 2300 of the 837 and all below it, in the order of the guides."""

from collections.abc import Iterable

from claims.x12.certificates import certificates
from claims.x12.claim837 import Claim837, Coverage, Drug, LineAdjudication, OtherPayer, ServiceLine
from claims.x12.dental_io import in_claim, in_line
from claims.x12.loops import put_back
from claims.x12.parts import Attachment, HealthCode, Note
from claims.x12.parts_io import amt, cas, dtp, party, procedure, qty, ref
from claims.x12.rendering import composite, line
from claims.x12.syntax import GS, US
from claims.x12.values import of_day, of_number

CODES_PER_HI = 12
# Professional: principal and other diagnoses share one HI. Institutional: an HI for each kind.
SHARED_HI = {"ABF": "ABK", "BF": "BK", "BO": "BP"}


def sbr(value: Coverage) -> str:
    return line(
        "SBR",
        value.sequence,
        value.relationship,
        value.group_number,
        value.group_name,
        value.insurance_type,
        "",
        "",
        "",
        value.filing_indicator,
    )


def _clm(claim: Claim837) -> str:
    causes = ""
    if claim.related_causes or claim.accident_state or claim.accident_country:
        related = (*claim.related_causes, "", "", "")[:3]
        causes = composite(*related, claim.accident_state, claim.accident_country)
    return line(
        "CLM",
        claim.pcn,
        of_number(claim.charge),
        "",
        "",
        composite(claim.place_of_service, claim.facility_qualifier, claim.frequency),
        claim.signature,
        claim.assignment,
        claim.benefits_assigned,
        claim.release,
        claim.patient_signature,
        causes,
        claim.special_program,
        *[""] * 6,
        claim.dental.submission_reason if claim.dental else "",
        claim.delay_reason,
    )


def claim_lines(claim: Claim837, lines: list[str]) -> None:
    """Loop 2300 in the order of the guide: segment order matters to receivers."""
    start = len(lines)
    lines.append(_clm(claim))
    lines += map(dtp, claim.dates)
    if claim.dental is not None:
        lines += in_claim(claim.dental)
    if claim.admission_type or claim.admission_source or claim.patient_status:
        lines.append(line("CL1", claim.admission_type, claim.admission_source, claim.patient_status))
    if claim.attachments or claim.amounts:
        lines += map(pwk, claim.attachments)
        lines += map(amt, claim.amounts)
    lines += map(ref, claim.references)
    if claim.notes or claim.ambulance or claim.conditions:
        lines += map(_nte, claim.notes)
        lines += certificates(claim.ambulance, claim.conditions)
    lines += _his(claim.codes, claim.institutional)
    if claim.extra:
        put_back(lines, start, claim.extra)
    for each in claim.providers:
        party(each, lines)
    for other in claim.other_payers:
        _other_payer(other, lines)
    for service in claim.lines:
        _line(service, claim.institutional, lines)


def _nte(note: Note) -> str:
    return line("NTE", note.kind, note.text)


def pwk(value: Attachment) -> str:
    qualifier = "AC" if value.control_number else ""
    control = (qualifier, value.control_number, value.description)
    return line("PWK", value.report, value.transmission, "", "", *control)


def _his(codes: Iterable[HealthCode], institutional: bool) -> list[str]:
    runs: list[list[str]] = []
    last: str | None = None
    for code in codes:
        kind = code.qualifier if institutional else SHARED_HI.get(code.qualifier, code.qualifier)
        if kind != last or len(runs[-1]) == CODES_PER_HI:
            runs.append([])
            last = kind
        runs[-1].append(health_code(code))
    return [line("HI", *run) for run in runs]


def health_code(code: HealthCode) -> str:
    if code.start is None and code.amount is None and code.quantity is None and not code.poa:
        return composite(code.qualifier, code.code)
    when = of_day(code.start) + (f"-{of_day(code.end)}" if code.end else "")
    form = "RD8" if code.end else "D8" if code.start else ""
    amounts = (of_number(code.amount), of_number(code.quantity))
    return composite(code.qualifier, code.code, form, when, *amounts, "", "", code.poa)


def _other_payer(other: OtherPayer, lines: list[str]) -> None:
    start = len(lines)
    lines.append(sbr(other.coverage))
    lines += cas(other.adjustments)
    lines += map(amt, other.amounts)
    if other.benefits_assigned or other.patient_signature or other.release:
        answers = (other.benefits_assigned, other.patient_signature, "", other.release)
        lines.append(line("OI", "", "", *answers))
    if other.inpatient:
        lines.append(line("MIA", *other.inpatient))
    if other.outpatient:
        lines.append(line("MOA", *other.outpatient))
    put_back(lines, start, other.extra)
    for each in (other.subscriber, other.payer, *other.providers):
        if each is not None:
            party(each, lines)


def _sv1(service: ServiceLine) -> str:
    charged = (of_number(service.charge), service.unit, of_number(service.quantity))
    head = (procedure(service.procedure), *charged, service.place_of_service, "", US.join(service.pointers))
    if not (service.emergency or service.epsdt or service.family_planning or service.copay_exempt):
        return line("SV1", *head)
    answers = (service.emergency, "", service.epsdt, service.family_planning, "", "", service.copay_exempt)
    return line("SV1", *head, "", *answers)


def _sv2(service: ServiceLine) -> str:
    amounts = (of_number(service.charge), service.unit, of_number(service.quantity), "")
    head = (service.revenue_code, procedure(service.procedure))
    return line("SV2", *head, *amounts, of_number(service.noncovered))


def _line(service: ServiceLine, institutional: bool, lines: list[str]) -> None:
    """Loop 2400 and what hangs on it."""
    start = len(lines)
    lines.append(f"LX{GS}{service.number}")
    if service.dental is not None:
        lines += in_line(service, service.dental)
    else:
        lines.append(_sv2(service) if institutional else _sv1(service))
    if service.attachments or service.ambulance or service.conditions:
        lines += map(pwk, service.attachments)
        lines += certificates(service.ambulance, service.conditions)
    lines += map(dtp, service.dates)
    if service.quantities:
        lines += map(qty, service.quantities)
    lines += map(ref, service.references)
    if service.amounts or service.notes:
        lines += map(amt, service.amounts)
        lines += map(_nte, service.notes)
    if service.extra:
        put_back(lines, start, service.extra)
    if service.drug is not None:
        _drug(service.drug, lines)
    for each in service.providers:
        party(each, lines)
    for decision in service.adjudications:
        _adjudication(decision, lines)


def _drug(drug: Drug, lines: list[str]) -> None:
    start = len(lines)
    lines.append(line("LIN", "", drug.qualifier, drug.ndc))
    if drug.quantity is not None or drug.unit:
        lines.append(line("CTP", "", "", "", of_number(drug.quantity), drug.unit))
    lines += map(ref, drug.references)
    put_back(lines, start, drug.extra)


def _adjudication(decision: LineAdjudication, lines: list[str]) -> None:
    start = len(lines)
    lines.append(
        line(
            "SVD",
            decision.payer_id,
            of_number(decision.paid),
            procedure(decision.procedure),
            decision.revenue_code,
            of_number(decision.quantity),
            decision.bundled_line,
        )
    )
    lines += cas(decision.adjustments)
    lines += map(dtp, decision.dates)
    lines += map(amt, decision.amounts)
    put_back(lines, start, decision.extra)
