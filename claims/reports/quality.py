"""The coded data without anything that tells who a patient is: HIPAA's safe harbour, 45 CFR 164.514(b)(2).

Of dates the year is left, of ages those up to 89, of places the state and three digits of the ZIP where more
than 20,000 people live. Persons get numbers drawn anew for each export, so that two exports cannot be joined.
"""

import csv
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from claims.bundle import Bundle, load_bundles
from claims.errors import NotAllowed
from claims.events import Act
from claims.model import Adjudication, Claim, Role
from claims.money.ledger import named
from claims.portions import in_portions
from claims.reports.report import Period
from config.payers import PayerProfile

OLDEST = 89
SPARSE_ZIPS = frozenset((
    "036", "059", "063", "102", "203", "556", "692", "790", "821",
    "823", "830", "831", "878", "879", "884", "890", "893",
))  # fmt: skip
"""Three-digit areas of 20,000 people or fewer, as HHS's guidance of 2012 lists them."""

COLUMNS = (
    "subject", "year", "age", "sex", "state", "zip3", "form", "place", "payer_kind", "diagnoses", "line",
    "procedure", "modifiers", "revenue", "units", "charge", "outcome",
)  # fmt: skip
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Service:
    """One line: codes, units and charge, nothing else."""

    number: int
    procedure: str
    modifiers: tuple[str, ...]
    revenue: str
    units: str
    charge: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One claim; ``subject`` tells the same person within one export; ``age`` is "90+" from 90 on."""

    subject: int
    year: int
    birth_year: int | None
    age: str
    sex: str
    state: str
    zip3: str
    form: str
    place: str
    payer_kind: str
    diagnoses: tuple[str, ...]
    services: tuple[Service, ...]
    outcome: str


def collect(session: Session, act: Act, period: Period, payers: Mapping[str, PayerProfile]) -> list[Visit]:
    """Claims with a service that began in the period, in an order that tells nothing.

    Only for a named biller, coder or auditor. Raises NotAllowed where there is nothing to hide among.
    """
    named(session, act, Role.BILLER, Role.CODER, Role.AUDITOR)
    wanted = select(Claim.id).where(col(Claim.from_date) >= period.first, col(Claim.from_date) <= period.last)
    ids = list(session.exec(wanted))
    if not ids:
        raise NotAllowed(f"There is no service of {period}.", tip="Choose another period.")
    dice = secrets.SystemRandom()
    dice.shuffle(ids)
    subjects: dict[str, int] = {}
    today = act.at.business.date()
    return [
        _visit(bundle, today, subjects.setdefault(bundle.patient.id, len(subjects) + 1), payers)
        for some in in_portions(ids, _CHUNK)
        for bundle in load_bundles(session, some)
    ]


def _visit(bundle: Bundle, today: date, subject: int, payers: Mapping[str, PayerProfile]) -> Visit:
    claim, patient = bundle.claim, bundle.patient
    age, born = _age(patient.birth_date, claim.from_date, today)
    profile = payers.get(claim.payer_id or "")
    return Visit(
        subject=subject,
        year=claim.from_date.year,
        birth_year=born,
        age=age,
        sex=patient.sex or "U",
        state=patient.state or "",
        zip3=zip3(patient.postal or ""),
        form=claim.form,
        place=claim.facility_code or "",
        payer_kind=profile.kind if profile else "unknown",
        diagnoses=tuple(each.code for each in bundle.diagnoses),
        services=tuple(_services(bundle)),
        outcome=str(bundle.filing.adjudication if bundle.filing else Adjudication.NONE),
    )


def _services(bundle: Bundle) -> Iterator[Service]:
    for line in bundle.lines:
        yield Service(
            line.number,
            line.procedure_code or "",
            tuple(line.modifiers),
            line.revenue_code or "",
            f"{line.units.normalize():f}",
            str(line.charge if line.charge is not None else ""),
        )


def _age(born: date | None, day: date, today: date) -> tuple[str, int | None]:
    """Whole years on the day of service, and the year of birth; who is above 89 by now has neither."""
    if born is None:
        return "", None
    if _years(born, today) > OLDEST:
        return f"{OLDEST + 1}+", None
    return str(_years(born, day)), born.year


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def zip3(postal: str) -> str:
    """The area, 000 where few people live; empty where it is unknown or no US code."""
    area = postal[:3]
    if len(area) < 3 or not area.isdigit():
        return ""
    return "000" if area in SPARSE_ZIPS else area


def as_csv(visits: Sequence[Visit]) -> str:
    """One row a line of a claim."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in visits:
        whose = (each.subject, each.year, each.age, each.sex, each.state, each.zip3, each.form, each.place)
        for line in each.services:
            what = (
                line.number,
                line.procedure,
                " ".join(line.modifiers),
                line.revenue,
                line.units,
                line.charge,
            )
            writer.writerow((*whose, each.payer_kind, " ".join(each.diagnoses), *what, each.outcome))
    return text.getvalue()
