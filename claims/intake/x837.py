"""The 837, professional and institutional, to visits: one visit for each CLM.

The claim's number (CLM01) is the visit's id in the billing provider's own numbering. What stands in the file
and has no column in a claim here goes along as its particulars.
"""

from claims.errors import BadInput
from claims.findings import Finding
from claims.intake import values as v
from claims.intake.visit import Reading, Visit, VisitDiagnosis, VisitLine
from claims.intake.x837_parties import coverages, patient, provider
from claims.particulars import of_claim, of_line
from claims.x12.claim837 import Claim837, ServiceLine
from claims.x12.claim837_read import read_837
from claims.x12.envelope import Transaction, read_file
from claims.x12.parts import Period
from claims.x12.syntax import X12Error
from claims.x12.values import NUMBER

_READABLE = ("837P", "837I")
_VERSION = "005010"
_NUMBERS = {"G1": "authorization_number", "9F": "referral_number"}
_LINE_SOURCES = {"HC", "HP", ""}


def read(data: bytes) -> Reading:
    """The visits of every 837 in the file; raises BadInput when it is cut off, no X12, or holds no 837."""
    try:
        file = read_file(data)
    except X12Error as wrong:
        raise BadInput(wrong.message, tip=wrong.tip) from wrong
    cut = [f for f in file.findings if f.code == "x12_no_trailer"]
    if cut:
        raise BadInput(
            f"Segment {cut[0].segment}: {cut[0].message}", tip="Ask the sender for the whole file."
        )
    reading = Reading("837", messages=[_told(f) for f in file.findings])
    for transaction in file.transactions:
        _require_837(transaction)
        reading.visits += _visits(transaction, reading)
    if not file.transactions:
        raise BadInput(
            "The file holds no transaction; an 837 was expected.", tip="Ask the sender for it again."
        )
    return reading


def _require_837(transaction: Transaction) -> None:
    if transaction.type not in _READABLE or not transaction.version.startswith(_VERSION):
        claims = transaction.type.startswith("837")
        raise BadInput(
            f"Segment {transaction.first}: an 837P or 837I of version 005010 was expected, not a "
            f"{transaction.type[:5]} of version {transaction.version[:12] or 'unknown'}.",
            tip="Ask the sender for that version."
            if claims
            else "`cleanclaim run responses` takes answers in.",
        )


def _told(finding: Finding) -> str:
    return f"segment {finding.segment}: {finding.message}"


def _visits(transaction: Transaction, reading: Reading) -> list[Visit]:
    findings: list[Finding] = []
    unpriced = _price_unreadable(transaction)
    claims = read_837(transaction, findings)
    visits = [_visit(claim) for claim in claims]
    for claim, visit in zip(claims, visits, strict=True):
        if claim.segment in unpriced:
            visit.troubles.append(f"segment {claim.segment}, CLM02: an amount was expected.")
    at = [claim.segment for claim in claims]
    for finding in findings:
        owner = max((n for n, s in enumerate(at) if s <= (finding.segment or 0)), default=None)
        told = reading.messages if owner is None or finding.claim is None else visits[owner].troubles
        told.append(_told(finding))
    return visits


def _price_unreadable(transaction: Transaction) -> set[int]:
    """A CLM whose total is no number would be left out by the codec; the lines say the total anyway."""
    found = set()
    for offset, segment in enumerate(transaction.segments):
        if segment[0] == "CLM" and (len(segment) < 3 or not NUMBER.fullmatch(segment[2])):
            segment += [""] * (3 - len(segment))
            segment[2] = "0"
            found.add(transaction.first + offset)
    return found


def _visit(claim: Claim837) -> Visit:
    where, troubles = f"segment {claim.segment}", v.Troubles()
    who = patient(claim, where, troubles)
    owner = claim.billing.provider
    service = _service(claim)
    system = f"837 {owner.id or owner.last}"
    visit = Visit(system, f"{claim.pcn} {service.start if service else ''} {who.source_key}", where, who)
    visit.pcn = claim.pcn if troubles.take(v.PCN, claim.pcn, f"{where}, CLM01") == claim.pcn else None
    visit.form = "I" if claim.institutional else "P"
    visit.facility_code = troubles.take(v.FACILITY, claim.place_of_service, f"{where}, CLM05")
    if service is not None:
        visit.starts_on, visit.ends_on = service.start, service.end or service.start
    visit.coverages = coverages(claim, where, troubles)
    _providers(claim, visit, where, troubles)
    _diagnoses(claim, visit, where, troubles)
    visit.lines = [_line(claim, line, len(visit.diagnoses), troubles) for line in claim.lines]
    _numbers(claim, visit, where, troubles)
    _institutional(claim, visit)
    _check_total(claim, visit, where, troubles)
    visit.particulars = of_claim(claim)
    visit.troubles = troubles.lines + _not_kept(claim, where)
    return visit


def _service(claim: Claim837) -> Period | None:
    """The statement's dates of an institutional claim; a professional one is dated by its lines."""
    statement = claim.date("434")
    first = next((line.service for line in claim.lines if line.service), None)
    return statement if statement is not None and claim.institutional else first


def _providers(claim: Claim837, visit: Visit, where: str, troubles: v.Troubles) -> None:
    visit.billing = provider(claim.billing.provider, where, troubles)
    if visit.billing is not None:
        visit.billing.taxonomy = troubles.take(v.TAXONOMY, claim.billing.taxonomy, f"{where}, PRV03")
    visit.rendering = provider(claim.provider("82"), where, troubles)
    visit.referring = provider(claim.provider("DN"), where, troubles)
    visit.facility = provider(claim.provider("77"), where, troubles)
    visit.attending = provider(claim.provider("71"), where, troubles)


def _diagnoses(claim: Claim837, visit: Visit, where: str, troubles: v.Troubles) -> None:
    """Those that lines can point at come first, then the admitting, reason and external-cause codes."""
    others = [c for c in claim.codes if c.qualifier in ("ABJ", "APR", "ABN", "BJ", "PR", "BN")]
    for code in (*claim.diagnoses, *others):
        text = troubles.take(v.DIAGNOSIS, code.code, f"{where}, HI {code.qualifier}")
        poa = troubles.take(v.POA, code.poa, f"{where}, HI {code.qualifier}")
        visit.diagnoses.append(VisitDiagnosis(text, code.qualifier, poa))


def _line(claim: Claim837, line: ServiceLine, diagnoses: int, troubles: v.Troubles) -> VisitLine:
    where = f"segment {line.segment}, line {line.number}"
    found = VisitLine(unit_kind=troubles.take(v.UNIT_KIND, line.unit, where) or "UN")
    found.charge = (
        troubles.take(v.MONEY, f"{line.charge:f}", f"{where}, charge") if _has_price(line) else None
    )
    if line.quantity is not None:
        found.units = troubles.take(v.UNITS, f"{line.quantity:f}", f"{where}, units") or found.units
    if line.procedure is not None and line.procedure.qualifier in _LINE_SOURCES:
        found.procedure_code = troubles.take(v.PROCEDURE, line.procedure.code, f"{where}, procedure")
        found.modifiers = (
            troubles.take(v.MODIFIERS, " ".join(line.procedure.modifiers), f"{where}, modifiers") or []
        )
    elif line.procedure is not None:
        found.source_system, found.source_code = (
            line.procedure.qualifier,
            line.procedure.code[: v.LONGEST_VALUE],
        )
    found.revenue_code = troubles.take(v.REVENUE, line.revenue_code, f"{where}, revenue code")
    found.place_of_service = troubles.take(v.PLACE, line.place_of_service, f"{where}, place of service")
    pointers = troubles.take(v.POINTERS, " ".join(line.pointers), f"{where}, pointers") or []
    found.pointers = [each for each in pointers if each <= diagnoses]
    if len(found.pointers) < len(pointers):
        troubles.add(f"{where}, pointers", "the position of a diagnosis that the claim has")
    if line.service is not None:
        found.from_date, found.through_date = line.service.start, line.service.end or line.service.start
    found.rendering = provider(next((p for p in line.providers if p.entity == "82"), None), where, troubles)
    _drug(line, found, where, troubles)
    found.particulars = of_line(line)
    return found


def _has_price(line: ServiceLine) -> bool:
    """Without SV1 or SV2 the model says zero; so does a line that costs nothing, which has a service."""
    return bool(line.charge or line.procedure or line.revenue_code)


def _drug(line: ServiceLine, found: VisitLine, where: str, troubles: v.Troubles) -> None:
    if line.drug is None:
        return
    found.ndc = troubles.take(v.NDC, line.drug.ndc, f"{where}, LIN03")
    if line.drug.quantity is not None:
        found.ndc_units = troubles.take(v.UNITS, f"{line.drug.quantity:f}", f"{where}, CTP04")
    found.ndc_unit_kind = troubles.take(v.DRUG_UNIT, line.drug.unit, f"{where}, CTP05")


def _numbers(claim: Claim837, visit: Visit, where: str, troubles: v.Troubles) -> None:
    for qualifier, name in _NUMBERS.items():
        setattr(visit, name, troubles.take(v.NUMBER, claim.reference(qualifier), f"{where}, REF {qualifier}"))
    visit.clia = troubles.take(v.CLIA, claim.reference("X4"), f"{where}, REF X4")
    visit.accident = next((c for c in claim.related_causes if c in ("AA", "EM", "OA")), None)
    visit.accident_state = troubles.take(v.STATE, claim.accident_state, f"{where}, CLM11")
    accident = claim.date("439")
    visit.accident_date = accident.start if accident else None
    visit.note = next((v.clean(note.text)[:80] for note in claim.notes), None)


def _institutional(claim: Claim837, visit: Visit) -> None:
    """The keys are listed in docs/intake.md; codes, dates and amounts only."""
    admitted, discharged = claim.date("435"), claim.date("096")
    values = {
        "frequency": claim.frequency if claim.frequency in ("7", "8") else "",
        "original_icn": claim.reference("F8")[:50],
        "admission_type": claim.admission_type[:1],
        "admission_source": claim.admission_source[:1],
        "patient_status": claim.patient_status[:2],
        "admission_date": admitted.start.isoformat() if admitted and admitted.start else "",
        "admission_hour": admitted.time[:4] if admitted else "",
        "discharge_hour": discharged.time[:4] if discharged else "",
    }
    visit.institutional = {name: value for name, value in values.items() if value}
    pointed = {diagnosis.qualifier for diagnosis in visit.diagnoses}
    codes = [
        {
            "qualifier": c.qualifier[:3],
            "code": c.code[:30],
            "start": c.start.isoformat() if c.start else None,
            "end": c.end.isoformat() if c.end else None,
            "amount": str(c.amount) if c.amount is not None else None,
        }
        for c in claim.codes
        if c.qualifier not in pointed
    ]
    if codes:
        visit.institutional["codes"] = codes


def _check_total(claim: Claim837, visit: Visit, where: str, troubles: v.Troubles) -> None:
    charges = [line.charge for line in visit.lines if line.charge is not None]
    if len(charges) == len(visit.lines) and sum(charges) != claim.charge:
        troubles.add(f"{where}, CLM02", "the sum of the lines' charges")


def _not_kept(claim: Claim837, where: str) -> list[str]:
    """What the file says of other payers' decisions: a claim here learns these from their remittances."""
    found = {"SVD"} if any(line.adjudications for line in claim.lines) else set()
    found |= {"CAS"} if any(other.adjustments or other.paid for other in claim.other_payers) else set()
    return [f"{where}: not taken over: {', '.join(sorted(found))}."] if found else []
