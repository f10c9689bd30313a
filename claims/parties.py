"""People, practices and payers of the database as the parties of an X12 transaction.

Form alone changes on the way out: capital letters, single spaces, no hyphen in a ZIP.
"""

from dataclasses import replace

from claims.model import Coverage, Patient, Provider
from claims.x12.parts import Address, Party, Reference

SELF = "18"


def plain(text: str | None) -> str:
    """In capital letters, with single spaces."""
    return " ".join((text or "").upper().split())


def patient_party(entity: str, patient: Patient) -> Party:
    """The patient with address and birth date, without an identifier."""
    return Party(
        entity,
        kind="1",
        last=plain(patient.family),
        first=plain(patient.given),
        middle=plain(patient.middle),
        address=_address(patient.line1, patient.line2, patient.city, patient.state, patient.postal),
        birth_date=patient.birth_date,
        gender=patient.sex or "",
    )


def subscriber_party(patient: Patient, coverage: Coverage) -> Party:
    """Who holds the coverage, under its member id: the patient, or the person whose dependent the patient is.

    Address and birth date go along only where the subscriber is the patient, as the guides want it.
    """
    member = ("MI", plain(coverage.member_id)) if coverage.member_id else ("", "")
    if coverage.relationship != SELF:
        family, given = plain(coverage.subscriber_family), plain(coverage.subscriber_given)
        return Party("IL", kind="1", last=family, first=given, id_qualifier=member[0], id=member[1])
    return replace(patient_party("IL", patient), id_qualifier=member[0], id=member[1])


def provider_party(entity: str, provider: Provider, *, role: str = "", located: bool = False) -> Party:
    """A provider under its NPI; ``role`` (PRV01) brings the taxonomy along, ``located`` the address."""
    where = (provider.line1, provider.line2, provider.city, provider.state, provider.postal)
    return Party(
        entity,
        kind=provider.kind.value,
        last=plain(provider.name),
        first=plain(provider.given),
        id_qualifier="XX" if provider.npi else "",
        id=provider.npi or "",
        address=_address(*where) if located else None,
        role=role if provider.taxonomy else "",
        taxonomy=(provider.taxonomy or "") if role else "",
    )


def billing_party(provider: Provider) -> Party:
    """The billing provider (NM1*85) with its tax number."""
    references = (Reference("EI", provider.tax_id),) if provider.tax_id else ()
    return replace(provider_party("85", provider, located=True), references=references)


def payer_party(payer_id: str, name: str, entity: str = "PR") -> Party:
    return Party(entity, kind="2", last=plain(name), id_qualifier="PI", id=payer_id)


def _address(
    line1: str | None, line2: str | None, city: str | None, state: str | None, postal: str | None
) -> Address | None:
    if not any((line1, line2, city, state, postal)):
        return None
    return Address(plain(line1), plain(line2), plain(city), plain(state), plain(postal).replace("-", ""))
