"""The visits of the demo's practice: who came, whom they saw, what was done and what went wrong with it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

FORMATS = ("fhir", "837", "csv")


@dataclass(frozen=True, slots=True)
class Person:
    family: str
    given: str
    birth_date: date
    sex: str
    line1: str
    city: str
    postal: str
    state: str = "OH"


@dataclass(frozen=True, slots=True)
class Clinician:
    name: str
    given: str
    npi: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Organization:
    name: str
    npi: str
    tax_id: str
    taxonomy: str
    line1: str
    city: str
    state: str
    postal: str
    phone: str
    clia: str


@dataclass(frozen=True, slots=True)
class Insurance:
    payer: str
    member: str


@dataclass(slots=True)
class Line:
    """A service by its code, and by the short name that the practice's own system has for it."""

    code: str
    own: str
    charge: Decimal
    modifiers: list[str] = field(default_factory=list)
    units: int = 1
    pointers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class DemoVisit:
    """One visit. ``record`` is the patient's record number, by which a claim is known again: every patient
    comes once. ``case`` names what will happen (cases.toml), ``right_member`` is what the card says."""

    record: str
    case: str
    day: date
    form: str
    person: Person
    clinician: Clinician
    npi: str | None
    right_member: str
    insurances: list[Insurance]
    diagnoses: list[str]
    lines: list[Line]

    @property
    def pcn(self) -> str:
        """The number under which the practice's billing program sends the claim."""
        return f"MS{self.record.removeprefix('R')}"

    @property
    def charge(self) -> Decimal:
        return sum((line.charge for line in self.lines), Decimal(0))
