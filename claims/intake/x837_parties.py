"""The 837's people and organizations as the visit's."""

from claims.intake import values as v
from claims.intake.visit import Person, VisitCoverage, VisitPatient, VisitProvider
from claims.x12.claim837 import Claim837, OtherPayer
from claims.x12.claim837 import Coverage as Sbr
from claims.x12.parts import Party

_SEQUENCES = {"": "P", "P": "P", "S": "S"}


def patient(claim: Claim837, where: str, troubles: v.Troubles) -> VisitPatient:
    """The dependent, else the subscriber. Known by record number, else by member id, name and birth date."""
    found = VisitPatient()
    party = claim.person
    _person(party, found, where, troubles)
    found.record_number = troubles.take(v.NUMBER, claim.reference("EA"), f"{where}, REF EA")
    if found.record_number:
        found.source_key = f"EA {found.record_number}"
    else:
        key = (claim.subscriber.person.id, party.last, party.first, str(party.birth_date or ""))
        found.source_key = "|".join(v.clean(part).upper() for part in key)
    return found


def _person(party: Party, into: Person, where: str, troubles: v.Troubles) -> None:
    into.family = troubles.take(v.TEXT, party.last, f"{where}, NM103")
    into.given = troubles.take(v.TEXT, party.first, f"{where}, NM104")
    into.middle = troubles.take(v.TEXT, party.middle, f"{where}, NM105")
    into.birth_date = party.birth_date
    into.sex = troubles.take(v.SEX, party.gender, f"{where}, DMG03")
    _address(party, into, where, troubles)


def _address(party: Party, into: Person | VisitProvider, where: str, troubles: v.Troubles) -> None:
    if party.address is not None:
        into.line1 = troubles.take(v.TEXT, party.address.line1, f"{where}, N301")
        into.line2 = troubles.take(v.TEXT, party.address.line2, f"{where}, N302")
        into.city = troubles.take(v.TEXT, party.address.city, f"{where}, N401")
        into.state = troubles.take(v.STATE, party.address.state, f"{where}, N402")
        into.postal = troubles.take(v.POSTAL, party.address.zip, f"{where}, N403")
    numbers = (number for contact in party.contacts for kind, number in contact.numbers if kind == "TE")
    into.phone = troubles.take(v.PHONE, next(numbers, None), f"{where}, PER04")


def provider(party: Party | None, where: str, troubles: v.Troubles) -> VisitProvider | None:
    """None when the loop is not there. A social security number as tax id (REF*SY) is not taken over."""
    if party is None or not (party.last or party.id):
        return None
    found = VisitProvider(person=party.kind == "1")
    found.name = troubles.take(v.TEXT, party.last, f"{where}, NM103 {party.entity}")
    found.given = troubles.take(v.TEXT, party.first, f"{where}, NM104 {party.entity}")
    npi = party.id if party.id_qualifier == "XX" else ""
    found.npi = troubles.take(v.NPI, npi, f"{where}, NM109 {party.entity}")
    found.tax_id = troubles.take(v.TAX_ID, party.reference("EI"), f"{where}, REF EI")
    found.taxonomy = troubles.take(v.TAXONOMY, party.taxonomy, f"{where}, PRV03")
    _address(party, found, where, troubles)
    return found


def coverages(claim: Claim837, where: str, troubles: v.Troubles) -> list[VisitCoverage]:
    """The coverage that the file bills first, then those of the other payers."""
    billed = _coverage(claim.subscriber.coverage, claim.payer, claim.subscriber.person, where, troubles)
    if claim.patient is not None:
        code = claim.patient.info.relationship or claim.subscriber.coverage.relationship
        billed.relationship = troubles.take(v.RELATIONSHIP, code, f"{where}, PAT01") or "G8"
        billed.subscriber = Person()
        _person(claim.subscriber.person, billed.subscriber, where, troubles)
    told = {line.payer_id for each in claim.lines for line in each.adjudications}
    others = [_other(other, told, where, troubles) for other in claim.other_payers]
    return [billed, *(each for each in others if each.payer_id or each.payer_name)]


def _coverage(sbr: Sbr, payer: Party, holder: Party, where: str, troubles: v.Troubles) -> VisitCoverage:
    return VisitCoverage(
        sequence=_SEQUENCES.get(sbr.sequence, "T"),
        payer_id=payer.id or None,
        payer_name=payer.last or None,
        member_id=troubles.take(v.NUMBER, holder.id, f"{where}, NM109 IL"),
        group_number=troubles.take(v.NUMBER, sbr.group_number, f"{where}, SBR03"),
        plan_name=troubles.take(v.TEXT, sbr.group_name, f"{where}, SBR04"),
        filing_indicator=troubles.take(v.FILING_INDICATOR, sbr.filing_indicator, f"{where}, SBR09"),
    )


def _other(other: OtherPayer, told: set[str], where: str, troubles: v.Troubles) -> VisitCoverage:
    nobody = Party("")
    holder = other.subscriber or nobody
    found = _coverage(other.coverage, other.payer or nobody, holder, where, troubles)
    found.relationship = troubles.take(v.RELATIONSHIP, other.coverage.relationship, f"{where}, SBR02") or "18"
    if found.relationship != "18":
        found.subscriber = Person()
        _person(holder, found.subscriber, where, troubles)
    if other.adjustments or other.paid is not None or (other.payer and other.payer.id in told):
        found.decided = other.payer.reference("F8") if other.payer else ""
    return found
