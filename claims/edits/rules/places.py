"""Where: the place of service and what fits it."""

import re
from collections.abc import Iterator

from claims.edits.subject import Hit, Subject, edit

INPATIENT, EMERGENCY, OFFICE = "21", "23", "11"
OFFICE_VISIT = re.compile(r"992(?:0[2-5]|1[1-5])", re.ASCII)
HOSPITAL_VISIT = re.compile(r"992(?:2[1-3]|3[1-9])", re.ASCII)
EMERGENCY_VISIT = re.compile(r"9928[1-5]", re.ASCII)
UNFIT = ((OFFICE_VISIT, (INPATIENT, EMERGENCY)), (HOSPITAL_VISIT, (OFFICE,)), (EMERGENCY_VISIT, (OFFICE,)))


@edit("place.missing")
def place_missing(subject: Subject) -> Iterator[Hit]:
    if not subject.claim.facility_code:
        yield Hit()


@edit("place.unknown")
def place_unknown(subject: Subject) -> Iterator[Hit]:
    places = {subject.claim.facility_code, *(line.place_of_service for line in subject.lines)}
    for place in sorted(place for place in places if place and not subject.codes.spans("pos", place)):
        yield Hit(place)


@edit("place.visit")
def visit_at_an_unfit_place(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        for visit, places in UNFIT:
            if visit.fullmatch(line.procedure_code or "") and subject.place_of(line) in places:
                yield Hit(f"{line.procedure_code} at place {subject.place_of(line)}", line.number)


@edit("place.facility")
def facility_unnamed(subject: Subject) -> Iterator[Hit]:
    row = subject.codes.on("pos", subject.claim.facility_code or "", subject.claim.from_date)
    if row and row.more["facility"] == "1" and subject.claim.facility_id is None:
        yield Hit(f"place {row.code}")


@edit("place.address")
def facility_without_address(subject: Subject) -> Iterator[Hit]:
    facility = subject.bundle.provider(subject.claim.facility_id)
    if facility is not None and not all((facility.line1, facility.city, facility.state, facility.postal)):
        yield Hit()
