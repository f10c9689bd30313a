"""Who is involved: patients, their coverages, payers, providers, and the people who act."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, ref, secret, secret_date


class Patient(SQLModel, table=True):
    """A person who was seen. All that tells who it is, is encrypted; look-ups go by blind index."""

    id: str = key()
    source_index: str = Field(unique=True, description="blind index of source system and record number")
    record_number: str | None = secret("patient.record_number")
    family: str | None = secret("patient.family")
    given: str | None = secret("patient.given")
    middle: str | None = secret("patient.middle")
    birth_date: date | None = secret_date("patient.birth_date")
    sex: str | None = Field(default=None, max_length=1, description="F, M or U as X12 has them")
    line1: str | None = secret("patient.line1")
    line2: str | None = secret("patient.line2")
    city: str | None = secret("patient.city")
    state: str | None = secret("patient.state")
    postal: str | None = secret("patient.postal")
    phone: str | None = secret("patient.phone")


class Payer(SQLModel, table=True):
    """A payer as claims name it; its profile (limits, calendar, connector) is configuration."""

    id: str = Field(primary_key=True, max_length=20, description="the id that the payer is billed under")
    name: str


class Coverage(SQLModel, table=True):
    """One insurance of one patient. The subscriber's own data stand here when the patient is a dependent."""

    id: str = key()
    source_index: str = Field(unique=True, description="blind index of patient, payer, member id, sequence")
    patient_id: str = ref("patient.id")
    payer_id: str = ref("payer.id")
    sequence: str = Field(default="P", max_length=1, description="P, S or T: SBR01")
    member_id: str | None = secret("coverage.member_id")
    member_id_index: str | None = Field(default=None, index=True)
    group_number: str | None = secret("coverage.group_number")
    plan_name: str | None = None
    filing_indicator: str | None = Field(default=None, max_length=2, description="SBR09")
    relationship: str = Field(default="18", max_length=2, description="PAT01 / SBR02; 18 is self")
    subscriber_family: str | None = secret("coverage.subscriber_family")
    subscriber_given: str | None = secret("coverage.subscriber_given")
    subscriber_birth_date: date | None = secret_date("coverage.subscriber_birth_date")
    subscriber_sex: str | None = Field(default=None, max_length=1)
    subscriber_line1: str | None = secret("coverage.subscriber_line1")
    subscriber_city: str | None = secret("coverage.subscriber_city")
    subscriber_state: str | None = secret("coverage.subscriber_state")
    subscriber_postal: str | None = secret("coverage.subscriber_postal")
    starts: date | None = None
    ends: date | None = None


class ProviderKind(StrEnum):
    PERSON = "1"
    ORGANIZATION = "2"


class Provider(SQLModel, table=True):
    """A clinician, practice or facility. Business data, in clear; NM102 tells person from organization."""

    id: str = key()
    source_key: str = Field(unique=True, description="npi:… where one is known, else a hash of the name")
    kind: ProviderKind = choice(ProviderKind)
    name: str = Field(description="the family name, or the organization's")
    given: str | None = None
    npi: str | None = Field(default=None, max_length=10, index=True)
    tax_id: str | None = Field(
        default=None, description="EIN without hyphen; a person's SSN is not kept here"
    )
    taxonomy: str | None = Field(default=None, max_length=10)
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = Field(default=None, max_length=2)
    postal: str | None = Field(default=None, max_length=9)
    phone: str | None = None
    clia: str | None = Field(default=None, max_length=10)


class Role(StrEnum):
    OPS = "ops"
    CODER = "coder"
    CLINICIAN = "clinician"
    BILLER = "biller"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Actor(SQLModel, table=True):
    """A named user, or one of the two that are nobody: ``system`` and ``prefect-ui``."""

    name: str = Field(primary_key=True, max_length=60)
    roles: list[str] = clear_json(list)
    active: bool = True
    since: datetime = instant()

    def has(self, *roles: Role) -> bool:
        return self.active and not {*roles, Role.ADMIN}.isdisjoint(self.roles)


class ReferenceVersion(SQLModel, table=True):
    """Each payer file, edit pack or code set that was ever in force, whole, under the hash of its content."""

    id: str = key()
    kind: str = Field(index=True, description="payer, edits, charge_map, …")
    name: str = Field(index=True)
    digest: str = Field(unique=True)
    content: dict[str, Any] = clear_json(dict)
    since: datetime = instant()
