"""The neutral visit that every reader produces: what a source said, nothing made up. None means not said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

UNDATED = date.min
"""Stands in the database's date columns where the source gave no date; such a claim is held."""


@dataclass(slots=True)
class Person:
    family: str | None = None
    given: str | None = None
    middle: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal: str | None = None
    phone: str | None = None


@dataclass(slots=True)
class VisitPatient(Person):
    """``source_key`` is what the source system tells its patients apart by."""

    source_key: str = ""
    record_number: str | None = None


@dataclass(slots=True)
class VisitCoverage:
    """One insurance as the source names it; ``payer_id`` and ``payer_name`` are the source's words.

    ``decided`` is the claim number under which the source tells this payer's decision, perhaps empty; None
    where it tells none.
    """

    sequence: str = "P"
    payer_id: str | None = None
    payer_name: str | None = None
    member_id: str | None = None
    group_number: str | None = None
    plan_name: str | None = None
    filing_indicator: str | None = None
    relationship: str = "18"
    subscriber: Person | None = None
    starts: date | None = None
    ends: date | None = None
    decided: str | None = None


@dataclass(slots=True)
class VisitProvider:
    """``name`` is the family name of a person, or the organization's name."""

    person: bool = True
    name: str | None = None
    given: str | None = None
    npi: str | None = None
    tax_id: str | None = None
    taxonomy: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal: str | None = None
    phone: str | None = None
    clia: str | None = None


@dataclass(slots=True)
class VisitDiagnosis:
    """Coded for billing (``code``, without dot), or only as the source codes it."""

    code: str | None = None
    qualifier: str = ""
    present_on_admission: str | None = None
    source_system: str | None = None
    source_code: str | None = None


@dataclass(slots=True)
class VisitLine:
    """A service. ``pointers`` count the visit's diagnoses from 1; dates default to the visit's."""

    procedure_code: str | None = None
    modifiers: list[str] = field(default_factory=list)
    charge: Decimal | None = None
    units: Decimal = Decimal(1)
    unit_kind: str = "UN"
    revenue_code: str | None = None
    place_of_service: str | None = None
    from_date: date | None = None
    through_date: date | None = None
    pointers: list[int] = field(default_factory=list)
    ndc: str | None = None
    ndc_units: Decimal | None = None
    ndc_unit_kind: str | None = None
    rendering: VisitProvider | None = None
    source_system: str | None = None
    source_code: str | None = None
    particulars: dict[str, Any] | None = None


@dataclass(slots=True)
class Visit:
    """One visit of one patient; a finished one becomes one claim, a planned one feeds the eligibility sweep.

    ``where`` is its place in the file. ``particulars`` are what an 837 says beyond all this (see
    `claims.particulars`). ``institutional`` holds what only some claims have (docs/intake.md
    lists the keys). ``coverages[0]`` is the one that is billed. ``supersedes`` is the id under which the same
    visit was planned.
    """

    source_system: str
    source_id: str
    where: str
    patient: VisitPatient
    planned: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    form: str = "P"
    facility_code: str | None = None
    coverages: list[VisitCoverage] = field(default_factory=list)
    billing: VisitProvider | None = None
    rendering: VisitProvider | None = None
    referring: VisitProvider | None = None
    facility: VisitProvider | None = None
    attending: VisitProvider | None = None
    diagnoses: list[VisitDiagnosis] = field(default_factory=list)
    lines: list[VisitLine] = field(default_factory=list)
    authorization_number: str | None = None
    referral_number: str | None = None
    clia: str | None = None
    accident: str | None = None
    accident_state: str | None = None
    accident_date: date | None = None
    institutional: dict[str, Any] = field(default_factory=dict)
    note: str | None = None
    particulars: dict[str, Any] | None = None
    pcn: str | None = None
    supersedes: str | None = None
    troubles: list[str] = field(default_factory=list)

    def settle_dates(self) -> None:
        """The visit spans its lines where it has no dates of its own, and the lines take over the visit's."""
        dates = [line.from_date for line in self.lines if line.from_date]
        dates += [line.through_date for line in self.lines if line.through_date]
        self.starts_on = self.starts_on or min(dates, default=None)
        self.ends_on = self.ends_on or max([*dates, *(d for d in (self.starts_on,) if d)], default=None)
        for line in self.lines:
            line.through_date = line.through_date or line.from_date or self.ends_on
            line.from_date = line.from_date or self.starts_on

    def settle_diagnoses(self) -> None:
        """Leave out what has no billing code, let the pointers follow, point at an only diagnosis."""
        kept = [n for n, diagnosis in enumerate(self.diagnoses, 1) if diagnosis.code]
        place = {old: new for new, old in enumerate(kept, 1)}
        self.diagnoses = [self.diagnoses[old - 1] for old in kept]
        for line in self.lines:
            line.pointers = [place[p] for p in line.pointers if p in place]
            if not line.pointers and len(kept) == 1:
                line.pointers = [1]

    def uncoded(self) -> list[str]:
        """The source's codes that have no billing code yet, as ``system code``."""
        parts: Iterable[VisitLine | VisitDiagnosis] = (
            *(line for line in self.lines if not line.procedure_code),
            *(diagnosis for diagnosis in self.diagnoses if not diagnosis.code),
        )
        return [
            f"{part.source_system or ''} {part.source_code}".strip() for part in parts if part.source_code
        ]


@dataclass(slots=True)
class Reading:
    """What one file holds. ``kind`` is fhir, ndjson, 837 or csv."""

    kind: str
    visits: list[Visit] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
