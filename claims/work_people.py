"""Whom a work item is about, for those who must call or write: patient data, shown on request only."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from claims.model import Claim, Coverage, Encounter, Patient, WorkItem


@dataclass(frozen=True, slots=True)
class Person:
    """The patient, how to reach them, the coverage in question, and the visits that are planned."""

    name: str
    birth_date: date | None
    record_number: str | None
    phone: str | None
    payer: str | None
    member_id: str | None
    visits: tuple[date, ...]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def person_of(session: Session, item: WorkItem) -> Person | None:
    """The patient of the item's claim, or of the coverage that it is about; None where it is neither's."""
    kind, _, id = item.subject.partition(":")
    claim = session.get(Claim, item.claim_id) if item.claim_id else None
    coverage_id = claim.coverage_id if claim else id if kind == "coverage" else None
    coverage = session.get(Coverage, coverage_id) if coverage_id else None
    patient_id = claim.patient_id if claim else coverage.patient_id if coverage else None
    patient = session.get(Patient, patient_id) if patient_id else None
    if patient is None:
        return None
    planned = select(col(Encounter.starts_on)).where(
        Encounter.patient_id == patient.id, col(Encounter.planned).is_(True)
    )
    return Person(
        name=f"{patient.family or '?'}, {patient.given or '?'}",
        birth_date=patient.birth_date,
        record_number=patient.record_number,
        phone=patient.phone,
        payer=coverage.payer_id if coverage else None,
        member_id=coverage.member_id if coverage else None,
        visits=tuple(session.exec(planned.order_by(col(Encounter.starts_on)))),
    )
