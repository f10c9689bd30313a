"""Drawing the visits: every case once, then by their shares; the same seed gives the same practice."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from deployments.demo.cases import Case, Service, cases, practice_tables, services
from deployments.demo.mistakes import MISTAKES
from deployments.demo.visits import FORMATS, Clinician, DemoVisit, Insurance, Line, Person

MONTH = timedelta(days=30)
PEDIATRICS = "208000000X"
_LINE = re.compile(r"(?P<code>[A-Z0-9]{5})(?:-(?P<modifiers>[A-Z0-9-]+))?(?:\*(?P<units>\d+))?")


def draw_visits(count: int, last_day: date, seed: int) -> list[DemoVisit]:
    """``count`` visits on the weekdays of the 30 days up to ``last_day``, in the order of their days."""
    rng = Random(seed)
    fates = _fates(count, rng)
    days = sorted(rng.choice(_weekdays(last_day)) for _ in range(count))
    return [_visit(rng, number, *pair) for number, pair in enumerate(zip(fates, days, strict=True), 1001)]


def _fates(count: int, rng: Random) -> list[Case]:
    every = cases()
    more = rng.choices(every, [case.weight for case in every], k=max(0, count - len(every)))
    fates = [*every, *more][:count]
    rng.shuffle(fates)
    return fates


def _weekdays(last_day: date) -> list[date]:
    days = [last_day - timedelta(days=back) for back in range(MONTH.days, -1, -1)]
    return [day for day in days if day.weekday() < 5]


def _visit(rng: Random, number: int, case: Case, day: date) -> DemoVisit:
    payer = _payer(rng, case)
    service = _service(rng, case, payer)
    person = _person(rng, _ages(payer, service), day)
    clinician = _clinician(rng, person, day)
    insurances = [Insurance(payer, f"{case.prefix}{number:07d}")]
    if case.second:
        second_payer, prefix = case.second
        insurances.append(Insurance(second_payer, f"{prefix}{number:07d}"))
    diagnoses = list(rng.choice(service.diagnoses))
    visit = DemoVisit(
        record=f"R{number}",
        case=case.name,
        day=day,
        form=case.form or FORMATS[number % len(FORMATS)],
        person=person,
        clinician=clinician,
        npi=clinician.npi,
        right_member=f"PAY{number:07d}",
        insurances=insurances,
        diagnoses=diagnoses,
        lines=[_line(spec, len(diagnoses) if first else 1) for first, spec in _first(service.lines)],
    )
    if case.mistake:
        MISTAKES[case.mistake](visit)
    return visit


def _first(lines: Sequence[str]) -> list[tuple[bool, str]]:
    return [(place == 0, spec) for place, spec in enumerate(lines)]


def _payer(rng: Random, case: Case) -> str:
    shares = {each["id"]: each["share"] for each in practice_tables()["payers"] if each["id"] in case.payers}
    allowed = [
        id for id in shares if any(id in services()[name].payers for name in case.services or services())
    ]
    return str(rng.choices(allowed, [shares[id] for id in allowed])[0])


def _service(rng: Random, case: Case, payer: str) -> Service:
    named = [services()[name] for name in case.services] or list(services().values())
    fitting = [service for service in named if payer in service.payers]
    weights = [service.weight or 1 if case.services else service.weight for service in fitting]
    return rng.choices(fitting, weights)[0]


def _ages(payer: str, service: Service) -> tuple[int, int]:
    first, last = next(each["ages"] for each in practice_tables()["payers"] if each["id"] == payer)
    return max(first, service.ages[0]), min(last, service.ages[1])


def _person(rng: Random, ages: tuple[int, int], day: date) -> Person:
    tables = practice_tables()["people"]
    sex = rng.choice("FM")
    city, postal = rng.choice(tables["cities"])
    old = timedelta(days=rng.randint(ages[0] * 366, ages[1] * 365 + 300))
    return Person(
        family=rng.choice(tables["families"]),
        given=rng.choice(tables["female" if sex == "F" else "male"]),
        birth_date=day - old,
        sex=sex,
        line1=f"{rng.randint(1, 980)} {rng.choice(tables['streets'])}",
        city=city,
        postal=postal,
    )


def _clinician(rng: Random, patient: Person, day: date) -> Clinician:
    """Children see the pediatrician, and nobody else does."""
    child = patient.birth_date > day - timedelta(days=18 * 365)
    every = [Clinician(**each) for each in practice_tables()["clinicians"]]
    return rng.choice([each for each in every if (each.taxonomy == PEDIATRICS) is child])


def _line(spec: str, pointers: int) -> Line:
    """``J1885*4`` or ``99213-25``; the first line of a visit points at all of its diagnoses."""
    found = _LINE.fullmatch(spec)
    if found is None:
        raise ValueError(f"{spec} is no line of a service")
    own, charge = practice_tables()["charges"][found["code"]]
    units = int(found["units"] or 1)
    return Line(
        code=found["code"],
        own=own,
        charge=Decimal(charge) * units,
        modifiers=(found["modifiers"] or "").split("-") if found["modifiers"] else [],
        units=units,
        pointers=list(range(1, pointers + 1)),
    )
