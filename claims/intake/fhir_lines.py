"""What was done and why, from FHIR: items, ChargeItems, Procedures as lines, Conditions as diagnoses."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from claims.intake import values as v
from claims.intake.fhir_library import Library
from claims.intake.fhir_parties import provider
from claims.intake.json_tree import Node
from claims.intake.visit import Visit, VisitDiagnosis, VisitLine

PROCEDURE_SYSTEMS: set[str | None] = {
    "http://www.ama-assn.org/go/cpt",
    "urn:oid:2.16.840.1.113883.6.12",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
    "urn:oid:2.16.840.1.113883.6.285",
}
DIAGNOSIS_SYSTEMS: set[str | None] = {"http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90"}
REVENUE_SYSTEM = "https://www.nubc.org/CodeSystem/RevenueCodes"
PLACE_SYSTEMS: set[str | None] = {
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
    "http://terminology.hl7.org/CodeSystem/ex-serviceplace",
}
_NOT_DONE = {"not-done", "entered-in-error", "aborted", "cancelled", "not-billable", "preparation"}
_REFUTED = {"refuted", "entered-in-error"}


def coding_in(concept: Node, systems: Collection[str | None]) -> Node | None:
    """The coding of a concept in one of these code systems."""
    return next((c for c in concept.each("coding") if c.text("system") in systems), None)


def diagnosis(concept: Node) -> VisitDiagnosis:
    """ICD-10-CM where the concept has it, else the source's own code for the operator's map."""
    icd = coding_in(concept, DIAGNOSIS_SYSTEMS)
    if icd is not None:
        return VisitDiagnosis(code=icd.take(v.DIAGNOSIS, "code"))
    system, code = _own_code(concept)
    return VisitDiagnosis(source_system=system, source_code=code)


def _own_code(concept: Node) -> tuple[str | None, str | None]:
    for coding in concept.each("coding"):
        if coding.text("code"):
            return coding.text("system") or "", coding.take(v.LONG_TEXT, "code")
    return None, None


def service(concept: Node) -> VisitLine:
    """CPT or HCPCS where the concept has it, else the source's own code for the operator's map."""
    billed = coding_in(concept, PROCEDURE_SYSTEMS)
    if billed is not None:
        return VisitLine(procedure_code=billed.take(v.PROCEDURE, "code"))
    system, code = _own_code(concept)
    return VisitLine(source_system=system, source_code=code)


def claim_diagnoses(library: Library, claim: Node) -> dict[int, VisitDiagnosis]:
    """A Claim's diagnoses by their sequence numbers."""
    found = {}
    for place, each in enumerate(claim.each("diagnosis"), 1):
        condition = library.find(each.child("diagnosisReference"), claim)
        concept = each.child("diagnosisCodeableConcept")
        if condition is not None:
            concept = condition.with_troubles(claim.troubles).child("code")
        found[each.position("sequence") or place] = diagnosis(concept)
    return found


def encounter_diagnoses(library: Library, encounter: Node) -> list[VisitDiagnosis]:
    """The conditions that the Encounter lists, by rank, then those that name the Encounter."""
    listed = sorted(encounter.each("diagnosis"), key=lambda each: each.position("rank") or 10_000)
    conditions = [library.find(each.child("condition"), encounter) for each in listed]
    conditions += library.naming(encounter, "Condition", "encounter")
    found: list[VisitDiagnosis] = []
    seen: set[str] = set()
    for condition in conditions:
        if condition is not None and condition.path not in seen and not _refuted(condition):
            seen.add(condition.path)
            found.append(diagnosis(condition.with_troubles(encounter.troubles).child("code")))
    return found


def _refuted(condition: Node) -> bool:
    status = condition.child("verificationStatus").each("coding")
    return any(coding.text("code") in _REFUTED for coding in status)


def claim_lines(library: Library, claim: Node, visit: Visit, zone: ZoneInfo) -> list[VisitLine]:
    """The items that are services; ``visit.diagnoses`` are those of the same Claim, in their order."""
    places = {sequence: n for n, sequence in enumerate(claim_diagnoses(library, claim), 1)}
    lines = []
    for item in claim.each("item"):
        line = service(item.child("productOrService"))
        _price(item, line)
        if line.charge is None and _repeats_diagnosis(line, visit):
            continue
        _dates(item, line, zone)
        line.modifiers = _modifiers(item.each("modifier"))
        revenue = coding_in(item.child("revenue"), {REVENUE_SYSTEM})
        line.revenue_code = revenue.take(v.REVENUE, "code") if revenue is not None else None
        place = coding_in(item.child("locationCodeableConcept"), PLACE_SYSTEMS)
        line.place_of_service = place.take(v.PLACE, "code") if place is not None else None
        pointed = item.value.get("diagnosisSequence")
        numbers = [n for n in pointed if isinstance(n, int)] if isinstance(pointed, list) else []
        line.pointers = list(dict.fromkeys(places[n] for n in numbers if n in places))[:4]
        lines.append(line)
    return lines


def _price(item: Node, line: VisitLine) -> None:
    """``net`` is the line's charge; a unit price counts only where it stands for one unit."""
    line.units = item.child("quantity").number(v.UNITS, "value") or line.units
    line.charge = item.child("net").number(v.MONEY, "value")
    if line.charge is None and line.units == 1:
        line.charge = item.child("unitPrice").number(v.MONEY, "value")


def _repeats_diagnosis(line: VisitLine, visit: Visit) -> bool:
    """Synthea lists a condition once more among the items, without a price: that is no service."""
    codes = {(d.source_system, d.source_code) for d in visit.diagnoses if d.source_code}
    return (line.source_system, line.source_code) in codes


def _dates(item: Node, line: VisitLine, zone: ZoneInfo) -> None:
    period = item.child("servicedPeriod")
    line.from_date = item.day("servicedDate", zone) or period.day("start", zone)
    line.through_date = line.from_date if item.text("servicedDate") else period.day("end", zone)


def _modifiers(concepts: list[Node]) -> list[str]:
    codings = (coding for concept in concepts for coding in concept.each("coding")[:1])
    return [code for coding in codings if (code := coding.take(v.MODIFIER, "code"))][:4]


def encounter_lines(library: Library, encounter: Node, zone: ZoneInfo) -> list[VisitLine]:
    """Without a Claim: the charge items of the visit, else its own type and its procedures."""
    charged = _done(library.naming(encounter, "ChargeItem", "context"), encounter)
    if charged:
        return [_charge_item(library, each, zone) for each in charged]
    lines = [service(each) for each in encounter.each("type")[:1]]
    lines = [line for line in lines if line.source_code or line.procedure_code]
    for each in _done(library.naming(encounter, "Procedure", "encounter"), encounter):
        line = service(each.child("code"))
        period = each.child("performedPeriod")
        line.from_date = each.day("performedDateTime", zone) or period.day("start", zone)
        lines.append(line)
    return lines


def _done(resources: list[Node], encounter: Node) -> list[Node]:
    kept = [each for each in resources if each.text("status") not in _NOT_DONE]
    return [each.with_troubles(encounter.troubles) for each in kept]


def _charge_item(library: Library, item: Node, zone: ZoneInfo) -> VisitLine:
    line = service(item.child("code"))
    line.units = item.child("quantity").number(v.UNITS, "value") or line.units
    line.charge = item.child("priceOverride").number(v.MONEY, "value")
    period = item.child("occurrencePeriod")
    line.from_date = item.day("occurrenceDateTime", zone) or period.day("start", zone)
    for performer in item.each("performer")[:1]:
        line.rendering = provider(library, performer.child("actor"), item)
    return line
