"""Hospital claims: days, occurrence and value codes, operations, and how the stay ended.

Sources: the NUBC's form locators by number; CMS Pub. 100-04 chapters 3 and 25 for their use.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from claims.edits.subject import Hit, Subject, edit

STATUSES = re.compile(r"0[1-79]|2[01]|30|4[0-3]|5[01]|6[1-69]|70|8[1-9]|9[0-5]")
STILL_PATIENT = "30"
ADMISSION_TYPES = ("1", "2", "3", "4", "5", "9")
ADMISSION_SOURCES = ("1", "2", "4", "5", "6", "8", "9", "D", "E", "F", "G")
NEWBORN, NEWBORN_SOURCES = "4", ("5", "6")
ROOMS = frozenset(f"{n:04}" for n in range(100, 220))
COVERED, NOT_COVERED = "80", "81"
OPERATIONS = ("BBR", "BBQ", "CAH")
BEFORE_ADMISSION = timedelta(3)
UNSCHEDULED = ("0450", "0451", "0452", "0456", "0459", "0516", "0526", "0762")
CHANGE_REASONS = frozenset((*(f"D{n}" for n in range(10)), "E0"))
REASON, ADMITTING = "APR", "ABJ"


def _codes(subject: Subject, *qualifiers: str) -> list[dict[str, Any]]:
    """BH occurrences, BI occurrence spans, BE values, BG conditions, BBR and BBQ operations."""
    return [code for code in subject.claim.institutional.get("codes", ()) if code["qualifier"] in qualifiers]


def _said(subject: Subject, name: str) -> str:
    return str(subject.claim.institutional.get(name) or "")


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def _value(subject: Subject, code: str) -> Decimal | None:
    for each in _codes(subject, "BE"):
        if each["code"] == code and each.get("amount") not in (None, ""):
            try:
                return Decimal(str(each["amount"]))
            except InvalidOperation:
                return None
    return None


def _days(subject: Subject) -> int:
    """The nights of the stay; the day of discharge does not count unless it is the day of admission."""
    claim = subject.claim
    nights = (claim.through_date - claim.from_date).days
    return nights + (1 if nights == 0 or _said(subject, "patient_status") == STILL_PATIENT else 0)


@edit("patient_status.unknown")
def discharge_status_unknown(subject: Subject) -> Iterator[Hit]:
    status = _said(subject, "patient_status")
    if len(status) == 2 and not STATUSES.fullmatch(status):
        yield Hit(status)


@edit("patient_status.still_here")
def final_bill_of_somebody_still_here(subject: Subject) -> Iterator[Hit]:
    if subject.inpatient and _said(subject, "patient_status") == STILL_PATIENT:
        yield Hit()


@edit("inpatient.discharge_hour")
def discharge_hour_missing(subject: Subject) -> Iterator[Hit]:
    gone = _said(subject, "patient_status") not in ("", STILL_PATIENT)
    if subject.inpatient and gone and not _said(subject, "discharge_hour"):
        yield Hit()


@edit("inpatient.admission_type")
def admission_type_unknown(subject: Subject) -> Iterator[Hit]:
    kind = _said(subject, "admission_type")
    if kind and kind not in ADMISSION_TYPES:
        yield Hit(kind)


@edit("inpatient.admission_source")
def admission_source_unknown(subject: Subject) -> Iterator[Hit]:
    source = _said(subject, "admission_source")
    if source and source not in ADMISSION_SOURCES:
        yield Hit(source)


@edit("inpatient.newborn")
def newborn_admission_of_somebody_older(subject: Subject) -> Iterator[Hit]:
    born, newborn = subject.patient.birth_date, _said(subject, "admission_type") == NEWBORN
    if newborn and born and (subject.claim.from_date - born).days > 28:
        yield Hit("the patient is older than 28 days")
    if newborn and _said(subject, "admission_source") not in NEWBORN_SOURCES:
        yield Hit("the point of origin is none of a newborn")


@edit("inpatient.days")
def room_and_board_do_not_add_up(subject: Subject) -> Iterator[Hit]:
    rooms = [line for line in subject.lines if line.revenue_code in ROOMS]
    billed = sum((line.units for line in rooms), Decimal(0))
    if rooms and subject.inpatient and billed != _days(subject):
        yield Hit(f"{billed.normalize():f} units, {_days(subject)} days")


@edit("value.covered_days")
def covered_days_missing(subject: Subject) -> Iterator[Hit]:
    if subject.inpatient and _value(subject, COVERED) is None and _value(subject, NOT_COVERED) is None:
        yield Hit()


@edit("value.days", on="codes")
def covered_days_do_not_add_up(subject: Subject) -> Iterator[Hit]:
    covered, other = _value(subject, COVERED), _value(subject, NOT_COVERED)
    if covered is None or not subject.inpatient:
        return
    told = covered + (other or Decimal(0))
    if told != _days(subject):
        yield Hit(f"{told.normalize():f} in the value codes, {_days(subject)} in the stay")


def _twice(subject: Subject, *qualifiers: str) -> Iterator[Hit]:
    counted = Counter(
        (code["qualifier"], code["code"], code.get("start")) for code in _codes(subject, *qualifiers)
    )
    yield from (Hit(code) for (_, code, _), times in counted.items() if times > 1)


@edit("occurrence.duplicate", on="codes")
def occurrence_twice(subject: Subject) -> Iterator[Hit]:
    yield from _twice(subject, "BH", "BI")


@edit("value.duplicate", on="codes")
def value_twice(subject: Subject) -> Iterator[Hit]:
    yield from _twice(subject, "BE")


@edit("condition.duplicate", on="codes")
def condition_twice(subject: Subject) -> Iterator[Hit]:
    yield from _twice(subject, "BG")


@edit("occurrence.order", on="codes")
def span_ends_before_it_begins(subject: Subject) -> Iterator[Hit]:
    for code in _codes(subject, "BI"):
        start, end = _day(code.get("start")), _day(code.get("end"))
        if start and end and end < start:
            yield Hit(code["code"])


@edit("occurrence.future", on="codes")
def occurrence_after_the_claim(subject: Subject) -> Iterator[Hit]:
    for code in _codes(subject, "BH"):
        start = _day(code.get("start"))
        if start and start > subject.day:
            yield Hit(f"{code['code']} on {start}")


@edit("value.negative", on="codes")
def value_below_zero(subject: Subject) -> Iterator[Hit]:
    for code in _codes(subject, "BE"):
        if str(code.get("amount") or "").startswith("-"):
            yield Hit(code["code"])


@edit("operation.date", on="codes")
def operation_without_day(subject: Subject) -> Iterator[Hit]:
    for code in _codes(subject, *OPERATIONS):
        if not code.get("start"):
            yield Hit(code["code"])


@edit("operation.outpatient", on="codes")
def inpatient_procedure_code_on_an_outpatient_claim(subject: Subject) -> Iterator[Hit]:
    if not subject.inpatient:
        yield from (Hit(code["code"]) for code in _codes(subject, *OPERATIONS))


@edit("operation.outside_stay", on="codes")
def operation_outside_the_stay(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    for code in _codes(subject, *OPERATIONS):
        day = _day(code.get("start"))
        if day and not claim.from_date - BEFORE_ADMISSION <= day <= claim.through_date:
            yield Hit(f"{code['code']} on {day}")


@edit("operation.shape", on="codes")
def operation_code_malformed(subject: Subject) -> Iterator[Hit]:
    for code in _codes(subject, "BBR", "BBQ"):
        text = code["code"]
        if len(text) != 7 or not text.isalnum() or {"I", "O"} & {*text}:
            yield Hit()


@edit("revenue.room_outpatient")
def room_on_an_outpatient_claim(subject: Subject) -> Iterator[Hit]:
    if not subject.inpatient:
        for line in subject.lines:
            if line.revenue_code in ROOMS:
                yield Hit(line.revenue_code or "", line.number)


@edit("revenue.days")
def room_not_counted_in_days(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.revenue_code in ROOMS and line.unit_kind != "DA":
            yield Hit(line.revenue_code or "", line.number)


@edit("revenue.no_room")
def stay_without_a_room(subject: Subject) -> Iterator[Hit]:
    if subject.claim.facility_code == "11" and not any(x.revenue_code in ROOMS for x in subject.lines):
        yield Hit()


@edit("diagnosis.reason_for_visit")
def reason_for_an_unscheduled_visit_missing(subject: Subject) -> Iterator[Hit]:
    unscheduled = any(line.revenue_code in UNSCHEDULED for line in subject.lines)
    if unscheduled and not subject.inpatient and not any(d.qualifier == REASON for d in subject.diagnoses):
        yield Hit()


@edit("diagnosis.admitting_outpatient")
def admitting_diagnosis_without_admission(subject: Subject) -> Iterator[Hit]:
    if not subject.inpatient:
        yield from (Hit(d.code) for d in subject.diagnoses if d.qualifier == ADMITTING)


@edit("frequency.change_reason", on="changed")
def change_without_its_reason(subject: Subject) -> Iterator[Hit]:
    changed = subject.filing is not None and subject.filing.frequency in ("7", "8")
    if changed and CHANGE_REASONS.isdisjoint(code["code"] for code in _codes(subject, "BG")):
        yield Hit()
