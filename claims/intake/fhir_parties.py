"""FHIR's people and organizations as the visit's: Patient, Coverage, Practitioner(Role), Organization."""

from zoneinfo import ZoneInfo

from claims.intake import values as v
from claims.intake.fhir_library import NPI_SYSTEM, Library, npi_named
from claims.intake.json_tree import Node
from claims.intake.visit import Person, VisitCoverage, VisitPatient, VisitProvider

EIN_SYSTEMS = ("urn:oid:2.16.840.1.113883.4.4", "http://hl7.org/fhir/sid/us-ein")
TAXONOMY_SYSTEM = "http://nucc.org/provider-taxonomy"
CLIA_SYSTEMS = ("urn:oid:2.16.840.1.113883.4.7", "http://hl7.org/fhir/sid/us-clia")
SEQUENCES = "PST"


def identifier_of_type(node: Node, code: str) -> Node | None:
    """The identifier of that type in HL7 table 0203: MR record number, MB member id."""
    for identifier in node.each("identifier"):
        if any(coding.text("code") == code for coding in identifier.child("type").each("coding")):
            return identifier
    return None


def identifier_of_system(node: Node, *systems: str) -> Node | None:
    found = (i for i in node.each("identifier") if i.text("system") in systems)
    return next(found, None)


def person(node: Node, zone: ZoneInfo, into: Person) -> None:
    """Name, birth date, sex, address and phone of a Patient or RelatedPerson."""
    names = sorted(node.each("name"), key=lambda n: n.text("use") not in ("official", None))
    if names:
        into.family = names[0].take(v.TEXT, "family")
        given = [v.clean(each[: v.LONGEST_VALUE]) for each in names[0].texts("given")]
        into.given = node.troubles.take(v.TEXT, next(iter(given), None), names[0].at("given"))
        into.middle = node.troubles.take(v.TEXT, next(iter(given[1:]), None), names[0].at("given"))
    into.birth_date = node.day("birthDate", zone)
    into.sex = node.take(v.SEX, "gender")
    address(node, into)


def address(node: Node, into: Person | VisitProvider) -> None:
    places = node.each("address")
    if places:
        first = places[0]
        lines = [v.clean(line[: v.LONGEST_VALUE]) for line in first.texts("line")]
        into.line1 = node.troubles.take(v.TEXT, next(iter(lines), None), first.at("line"))
        into.line2 = node.troubles.take(v.TEXT, " ".join(lines[1:]) or None, first.at("line"))
        into.city, into.state = first.take(v.TEXT, "city"), first.take(v.STATE, "state")
        into.postal = first.take(v.POSTAL, "postalCode")
    phones = [t for t in node.each("telecom") if t.text("system") == "phone"]
    into.phone = phones[0].take(v.PHONE, "value") if phones else None


def patient(node: Node | None, zone: ZoneInfo, fallback_key: str) -> VisitPatient:
    """``fallback_key`` tells a patient apart of whom the file holds nothing."""
    if node is None:
        return VisitPatient(source_key=fallback_key)
    found = VisitPatient()
    person(node, zone, found)
    record = identifier_of_type(node, "MR")
    if record is not None and record.text("value"):
        found.source_key = f"{record.text('system') or ''}|{record.text('value')}"
        found.record_number = record.take(v.NUMBER, "value")
    else:
        found.source_key = f"Patient/{node.text('id')}" if node.text("id") else fallback_key
    return found


def coverage(library: Library, reference: Node, within: Node, place: int, zone: ZoneInfo) -> VisitCoverage:
    """What a claim's ``insurance.coverage`` names; perhaps only the payer's name."""
    node = library.find(reference, within)
    sequence = SEQUENCES[min(place, 2)]
    if node is None:
        return VisitCoverage(sequence=sequence, payer_name=reference.take(v.TEXT, "display"))
    return coverage_of(library, node.with_troubles(within.troubles), sequence, zone)


def coverage_of(library: Library, node: Node, sequence: str, zone: ZoneInfo) -> VisitCoverage:
    found = VisitCoverage(sequence=sequence)
    found.member_id = _member_id(node)
    codes = (c.text("code") or "" for c in node.child("relationship").each("coding"))
    found.relationship = next(
        (v.RELATIONSHIPS[c.upper()] for c in codes if c.upper() in v.RELATIONSHIPS), "G8"
    )
    if not node.child("relationship"):
        found.relationship = "18"
    for kind in node.each("class"):
        codes = (c.text("code") or "" for c in kind.child("type").each("coding"))
        match next(codes, ""):
            case "group":
                found.group_number = kind.take(v.NUMBER, "value")
            case "plan":
                found.plan_name = kind.take(v.TEXT, "name")
    period = node.child("period")
    found.starts, found.ends = period.day("start", zone), period.day("end", zone)
    _payer(library, node, found)
    _subscriber(library, node, found, zone)
    return found


def _member_id(node: Node) -> str | None:
    if node.text("subscriberId"):
        return node.take(v.NUMBER, "subscriberId")
    numbered = identifier_of_type(node, "MB")
    return numbered.take(v.NUMBER, "value") if numbered is not None else None


def _payer(library: Library, node: Node, found: VisitCoverage) -> None:
    for reference in node.each("payor")[:1]:
        organization = library.find(reference, node)
        identifier = reference.child("identifier")
        found.payer_name = reference.take(v.TEXT, "display")
        if organization is not None:
            found.payer_name = organization.text("name") or found.payer_name
            identifier = next(iter(organization.each("identifier")), identifier)
        found.payer_id = identifier.text("value")


def _subscriber(library: Library, node: Node, found: VisitCoverage, zone: ZoneInfo) -> None:
    if found.relationship == "18":
        return
    holder = library.find(node.child("subscriber"), node)
    if holder is not None:
        found.subscriber = Person()
        person(holder.with_troubles(node.troubles), zone, found.subscriber)


def provider(library: Library, reference: Node, within: Node) -> VisitProvider | None:
    """A Practitioner, PractitionerRole or Organization; or what the reference alone tells."""
    node = library.find(reference, within)
    if node is None:
        return _named_provider(reference)
    node = node.with_troubles(within.troubles)
    if node.value.get("resourceType") == "PractitionerRole":
        found = provider(library, node.child("practitioner"), node) or VisitProvider()
        found.taxonomy = _taxonomy(node, "specialty") or found.taxonomy
        return found
    return _provider(node, node.value.get("resourceType") == "Practitioner")


def _named_provider(reference: Node) -> VisitProvider | None:
    """A person's display is no family name, so it is not taken for one."""
    npi = reference.troubles.take(v.NPI, npi_named(reference), reference.at("reference"))
    is_person = (reference.text("reference") or "").startswith("Practitioner")
    name = None if is_person else reference.take(v.TEXT, "display")
    if npi is None and name is None:
        return None
    return VisitProvider(person=is_person, name=name, npi=npi)


def _provider(node: Node, is_person: bool) -> VisitProvider:
    found = VisitProvider(person=is_person)
    if is_person:
        for name in node.each("name")[:1]:
            found.name = name.take(v.TEXT, "family")
            given = next(iter(name.texts("given")), None)
            found.given = node.troubles.take(v.TEXT, given, name.at("given"))
    else:
        found.name = node.take(v.TEXT, "name")
    npi, ein = identifier_of_system(node, NPI_SYSTEM), identifier_of_system(node, *EIN_SYSTEMS)
    clia = identifier_of_system(node, *CLIA_SYSTEMS)
    found.npi = npi.take(v.NPI, "value") if npi is not None else None
    found.tax_id = ein.take(v.TAX_ID, "value") if ein is not None else None
    found.clia = clia.take(v.CLIA, "value") if clia is not None else None
    found.taxonomy = _taxonomy(node, "type") if not is_person else _qualification(node)
    address(node, found)
    return found


def _taxonomy(node: Node, name: str) -> str | None:
    for concept in node.each(name):
        for coding in concept.each("coding"):
            if coding.text("system") == TAXONOMY_SYSTEM:
                return coding.take(v.TAXONOMY, "code")
    return None


def _qualification(node: Node) -> str | None:
    for qualification in node.each("qualification"):
        for coding in qualification.child("code").each("coding"):
            if coding.text("system") == TAXONOMY_SYSTEM:
                return coding.take(v.TAXONOMY, "code")
    return None
