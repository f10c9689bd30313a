"""Where: the place of service and what fits it."""

import re
from collections.abc import Iterator

from claims.edits.subject import Hit, Subject, edit

INPATIENT, EMERGENCY, OFFICE = "21", "23", "11"
OFFICE_VISIT = re.compile(r"992(?:0[2-5]|1[1-5])", re.ASCII)
HOSPITAL_VISIT = re.compile(r"992(?:2[1-3]|3[1-9])", re.ASCII)
EMERGENCY_VISIT = re.compile(r"9928[1-5]", re.ASCII)
INPATIENT_PLACES, AMBULANCES, LABORATORY = ("21", "51", "61"), ("41", "42"), "81"
AMBULANCE = re.compile(r"A0[0-3]\d\d|A04[2-3]\d|A0998|A0999", re.ASCII)
LABORATORY_WORK = re.compile(
    r"8\d{4}|36415|36416|P\d{4}|G0\d{3}|G98\d\d|Q0\d{3}|U000\d|99000|\d{4}[UM]", re.ASCII
)
HOME_VISIT, HOMES = (
    re.compile(r"9934[1-9]|99350", re.ASCII),
    ("04", "12", "13", "14", "16", "33", "54", "55", "56"),
)
NURSING_VISIT, NURSING = re.compile(r"9930[4-9]|9931[056]", re.ASCII), ("31", "32", "54", "56", "61")
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


@edit("place.admission")
def inpatient_visit_without_admission(subject: Subject) -> Iterator[Hit]:
    if subject.claim.facility_code in INPATIENT_PLACES and not subject.claim.institutional.get(
        "admission_date"
    ):
        yield Hit(f"place {subject.claim.facility_code}")


@edit("place.ambulance")
def transport_at_another_place(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        carried = AMBULANCE.fullmatch(line.procedure_code or "") is not None
        if carried != (subject.place_of(line) in AMBULANCES) and line.procedure_code:
            yield Hit(f"{line.procedure_code} at place {subject.place_of(line)}", line.number)


@edit("place.laboratory")
def other_service_in_a_laboratory(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code = line.procedure_code or ""
        if subject.place_of(line) == LABORATORY and code and not LABORATORY_WORK.fullmatch(code):
            yield Hit(code, line.number)


@edit("place.home", on=HOME_VISIT)
def home_visit_elsewhere(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if HOME_VISIT.fullmatch(line.procedure_code or "") and subject.place_of(line) not in HOMES:
            yield Hit(f"{line.procedure_code} at place {subject.place_of(line)}", line.number)


@edit("place.nursing", on=NURSING_VISIT)
def nursing_home_visit_elsewhere(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if NURSING_VISIT.fullmatch(line.procedure_code or "") and subject.place_of(line) not in NURSING:
            yield Hit(f"{line.procedure_code} at place {subject.place_of(line)}", line.number)
