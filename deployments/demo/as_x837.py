"""The billing program's export: an 837P, written by the codec."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from claims.x12.claim837 import Billing, Claim837, Coverage, Header837, OtherPayer, ServiceLine, Subscriber
from claims.x12.claim837_write import write_837
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Address, Contact, HealthCode, Party, Period, Procedure, Reference
from deployments.demo.visits import DemoVisit, Insurance, Line, Organization

SENDER, RECEIVER = "MAPLEPM", "CLEANCLAIM"


def as_x837(visits: Sequence[DemoVisit], organization: Organization, on: date) -> bytes:
    """One transaction in one interchange, made on the evening of ``on``; its number is that day."""
    created = datetime.combine(on, time(18, 0))
    contact = Contact(name="BILLING", numbers=(("TE", organization.phone),))
    submitter = Party("41", organization.name, id_qualifier="46", id=SENDER, contacts=(contact,))
    receiver = Party("40", "CLEANCLAIM", id_qualifier="46", id=RECEIVER)
    header = Header837(submitter, receiver, f"{on:%y%m%d}", created)
    outgoing = write_837(header, [_claim(visit, organization) for visit in visits])
    envelope = Envelope(SENDER, RECEIVER, newline="\n")
    return write_interchange(envelope, [outgoing], created=created, isa13=int(f"{on:%y%m%d}"))


def _claim(visit: DemoVisit, organization: Organization) -> Claim837:
    first, *others = visit.insurances
    return Claim837(
        billing=_billing(organization),
        subscriber=Subscriber(_coverage(first, "P"), _holder(visit, first)),
        payer=_payer(first),
        pcn=visit.pcn,
        charge=visit.charge,
        place_of_service="11",
        references=(Reference("X4", organization.clia), Reference("EA", visit.record)),
        codes=tuple(HealthCode("ABF" if n else "ABK", code) for n, code in enumerate(visit.diagnoses)),
        providers=(_rendering(visit),),
        other_payers=tuple(_other(visit, each) for each in others),
        lines=tuple(_line(visit, line, number) for number, line in enumerate(visit.lines, 1)),
    )


def _billing(ours: Organization) -> Billing:
    provider = Party(
        "85",
        ours.name,
        id_qualifier="XX",
        id=ours.npi,
        address=Address(ours.line1, city=ours.city, state=ours.state, zip=ours.postal),
        references=(Reference("EI", ours.tax_id),),
    )
    return Billing(provider, ours.taxonomy)


def _coverage(insurance: Insurance, sequence: str) -> Coverage:
    indicator = {"SBXCO": "CI", "SBXMC": "MB", "SBXMD": "MC"}[insurance.payer]
    return Coverage(sequence, "18", filing_indicator=indicator)


def _holder(visit: DemoVisit, insurance: Insurance) -> Party:
    person = visit.person
    return Party(
        "IL",
        person.family,
        person.given,
        kind="1",
        id_qualifier="MI",
        id=insurance.member,
        address=Address(person.line1, city=person.city, state=person.state, zip=person.postal),
        birth_date=person.birth_date,
        gender=person.sex,
    )


def _payer(insurance: Insurance) -> Party:
    return Party("PR", insurance.payer, id_qualifier="PI", id=insurance.payer)


def _other(visit: DemoVisit, insurance: Insurance) -> OtherPayer:
    person = visit.person
    holder = Party("IL", person.family, person.given, kind="1", id_qualifier="MI", id=insurance.member)
    return OtherPayer(
        _coverage(insurance, "S"), _payer(insurance), holder, benefits_assigned="Y", release="Y"
    )


def _rendering(visit: DemoVisit) -> Party:
    clinician = visit.clinician
    return Party(
        "82",
        clinician.name,
        clinician.given,
        kind="1",
        id_qualifier="XX" if visit.npi else "",
        id=visit.npi or "",
        role="PE",
        taxonomy=clinician.taxonomy,
    )


def _line(visit: DemoVisit, line: Line, number: int) -> ServiceLine:
    return ServiceLine(
        number,
        line.charge,
        Procedure(line.code, tuple(line.modifiers)),
        quantity=Decimal(line.units),
        pointers=tuple(map(str, line.pointers)),
        dates=(Period("472", visit.day),),
        references=(Reference("6R", f"{visit.pcn}L{number}"),),
    )
