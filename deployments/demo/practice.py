"""A month of a small practice, made up: its files, its charge map, and what its staff do with the work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from deployments.demo.as_csv import as_csv, charge_map
from deployments.demo.as_fhir import as_fhir
from deployments.demo.as_x837 import as_x837
from deployments.demo.cases import Answer, cases, everyday, practice_tables
from deployments.demo.generate import draw_visits
from deployments.demo.visits import DemoVisit, Organization

FRIDAY = 4


@dataclass(frozen=True, slots=True)
class DemoPractice:
    """``files`` in the order in which they arrive, ``delivered`` says on which day each does. ``script`` has
    the staff's answers by the patient's record number; ``staff`` their names and roles."""

    files: Mapping[str, bytes]
    delivered: Mapping[str, date]
    charge_map: bytes
    staff: Mapping[str, tuple[str, ...]]
    script: Mapping[str, tuple[Answer, ...]]
    visits: tuple[DemoVisit, ...]

    def answer(self, record: str | None, work: str, before: int = 0) -> Answer | None:
        """What the staff do with a work item of the kind ``work`` on the claim of that patient.

        ``before`` is how many items of that kind the claim has had closed already. None: nobody has an
        answer, the item stays open.
        """
        fitting = [each for each in self.script.get(record or "", ()) if each.work == work]
        usual = [each for each in everyday() if each.work == work]
        return fitting[before] if before < len(fitting) else next(iter(usual), None)


def make_practice(visits: int = 60, last_day: date = date(2026, 3, 31), seed: int = 1) -> DemoPractice:
    """A practice with that many visits in the 30 days up to ``last_day``; the same arguments give the same.

    With 60 or more visits every case of cases.toml happens.
    """
    drawn = draw_visits(visits, last_day, seed)
    files, delivered = _files(drawn, last_day)
    tables = practice_tables()
    return DemoPractice(
        files=files,
        delivered=delivered,
        charge_map=charge_map(tables["charges"]),
        staff={name: tuple(roles) for name, roles in tables["staff"].items()},
        script={visit.record: _answers(visit) for visit in drawn},
        visits=tuple(drawn),
    )


def _answers(visit: DemoVisit) -> tuple[Answer, ...]:
    case = next(case for case in cases() if case.name == visit.case)
    number = visit.record.removeprefix("R")
    first = visit.insurances[0] if visit.insurances else None
    values = {
        "paid": visit.right_member,
        "payer": first.payer if first else "SBXCO",
        "authorization": f"PA{number}",
        "npi": visit.clinician.npi,
    }
    return tuple(answer.filled(values) for answer in case.answers)


def _files(visits: list[DemoVisit], last_day: date) -> tuple[dict[str, bytes], dict[str, date]]:
    """Every Friday, and on the last day, the record system, billing program and front desk send theirs."""
    organization = Organization(**practice_tables()["organization"])
    files: dict[str, bytes] = {}
    delivered: dict[str, date] = {}
    for on, some in groupby(visits, key=lambda visit: _sent_on(visit.day, last_day)):
        week = list(some)
        for form, (suffix, write) in _WRITERS.items():
            chosen = [visit for visit in week if visit.form == form]
            if chosen:
                name = f"{on.isoformat()}-{suffix}"
                files[name], delivered[name] = write(chosen, organization, on), on
    return files, delivered


_Writer = Callable[[Sequence[DemoVisit], Organization, date], bytes]
_WRITERS: dict[str, tuple[str, _Writer]] = {
    "fhir": ("records.json", as_fhir),
    "837": ("billing.837", as_x837),
    "csv": ("front-desk.csv", as_csv),
}


def _sent_on(day: date, last_day: date) -> date:
    friday = day + timedelta(days=(FRIDAY - day.weekday()) % 7)
    return min(friday, last_day)
