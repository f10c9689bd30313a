"""What the patient's other claims say: stays that overlap, services that come too often."""

import re
from collections.abc import Iterator
from datetime import timedelta

from claims.edits.lookups import Service, Sibling
from claims.edits.rules.modifiers import is_visit
from claims.edits.subject import Hit, Subject, edit

ONCE = frozenset(("G0402", "G0438"))
YEARLY = re.compile(r"G0439|99(?:38|39)[1-7]", re.ASCII)
LIFTS_GLOBAL = frozenset(("24", "25", "57", "FT"))
ALMOST_A_YEAR = timedelta(330)
WINDOW = timedelta(3)
OFFICE_VISIT = re.compile(r"992(?:0[2-5]|1[1-5])", re.ASCII)


def _stays(subject: Subject) -> Iterator[Sibling]:
    for sibling in subject.siblings:
        if subject.is_inpatient(sibling.form, sibling.facility_code, sibling.from_date):
            yield sibling


@edit("inpatient.overlap", on="siblings")
def two_stays_at_once(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    for stay in _stays(subject) if subject.inpatient else ():
        if stay.from_date < claim.through_date and claim.from_date < stay.through_date:
            yield Hit(f"claim {stay.claim_id}")


@edit("inpatient.readmitted", on="siblings")
def back_on_the_day_of_discharge(subject: Subject) -> Iterator[Hit]:
    for stay in _stays(subject) if subject.inpatient else ():
        if stay.through_date == subject.claim.from_date and stay.billing_id == subject.claim.billing_id:
            yield Hit(f"claim {stay.claim_id}")


@edit("inpatient.three_days", on="siblings")
def outpatient_service_before_a_stay(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    for stay in _stays(subject):
        before = stay.from_date - WINDOW <= claim.from_date <= stay.from_date
        if before and not subject.inpatient and stay.billing_id == claim.billing_id:
            yield Hit(f"claim {stay.claim_id}")


@edit("place.inpatient_elsewhere", on="siblings")
def office_visit_during_a_stay(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        for stay in _stays(subject):
            if stay.from_date < line.from_date < stay.through_date and subject.place_of(line) == "11":
                yield Hit(f"claim {stay.claim_id}", line.number)


@edit("procedure.once", on="siblings")
def once_in_a_lifetime_again(subject: Subject) -> Iterator[Hit]:
    earlier = {
        s.code for sibling in subject.siblings for s in sibling.services if s.day < subject.claim.from_date
    }
    for line in subject.lines:
        if line.procedure_code in ONCE & earlier:
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.too_soon", on="siblings")
def yearly_service_too_soon(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not YEARLY.fullmatch(line.procedure_code or ""):
            continue
        for sibling in subject.siblings:
            for service in sibling.services:
                if (
                    YEARLY.fullmatch(service.code)
                    and timedelta(0) < line.from_date - service.day < ALMOST_A_YEAR
                ):
                    yield Hit(f"{line.procedure_code}, last on {service.day}", line.number)


@edit("procedure.visit_elsewhere", on="siblings")
def second_visit_of_the_day_in_the_practice(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    for line in subject.lines:
        if not OFFICE_VISIT.fullmatch(line.procedure_code or "") or "25" in line.modifiers:
            continue
        for sibling in subject.siblings:
            same = sibling.billing_id == claim.billing_id and sibling.rendering_id != claim.rendering_id
            visits = [
                s for s in sibling.services if s.day == line.from_date and OFFICE_VISIT.fullmatch(s.code)
            ]
            if same and visits:
                yield Hit(f"{line.procedure_code}, claim {sibling.claim_id}", line.number)


def _global_days(subject: Subject, service: Service) -> int:
    """How many days of aftercare the fee schedule's price of a procedure holds; 0 for most services."""
    row = subject.codes.on("rvu", service.code, service.day)
    days = row.more["global_days"] if row else ""
    return int(days) if days in ("010", "090") else 0


@edit("procedure.global_period", on="siblings")
def visit_within_the_aftercare_of_surgery(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    own = [
        service
        for sibling in subject.siblings
        if (sibling.billing_id, sibling.rendering_id) == (claim.billing_id, claim.rendering_id)
        for service in sibling.services
    ]
    for line in subject.lines:
        if not is_visit(line) or not LIFTS_GLOBAL.isdisjoint(line.modifiers):
            continue
        for service in own:
            since = (line.from_date - service.day).days
            if 0 < since <= _global_days(subject, service):
                yield Hit(f"{line.procedure_code}, {since} days after {service.code}", line.number)
