"""Institutional claims: type of bill, revenue codes, admission and discharge."""

import re
from collections.abc import Iterator
from datetime import date

from claims.codes import CodeRow
from claims.edits.subject import Hit, Subject, edit

REVENUE = re.compile(r"\d{4}", re.ASCII)
TOTAL = "0001"
STATUS = re.compile(r"\d\d", re.ASCII)
POA = ("Y", "N", "U", "W")
STATED = ("ABK", "ABF", "ABN")
OCCURRENCES = {"BH": ("start",), "BI": ("start", "end")}


def _bill_type(subject: Subject) -> CodeRow | None:
    return subject.codes.on("bill_type", subject.claim.facility_code or "", subject.claim.from_date)


def _is_inpatient(subject: Subject) -> bool:
    row = _bill_type(subject)
    return row is not None and row.more["inpatient"] == "1"


@edit("bill_type.unknown")
def bill_type_unknown(subject: Subject) -> Iterator[Hit]:
    if _bill_type(subject) is None:
        yield Hit(subject.claim.facility_code or "missing")


@edit("revenue.missing")
def revenue_code_missing(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not line.revenue_code:
            yield Hit(line=line.number)


@edit("revenue.shape")
def revenue_code_malformed(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.revenue_code and not REVENUE.fullmatch(line.revenue_code):
            yield Hit(line=line.number)


@edit("revenue.total")
def total_as_line(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.revenue_code == TOTAL:
            yield Hit(line=line.number)


@edit("revenue.procedure")
def outpatient_line_without_procedure(subject: Subject) -> Iterator[Hit]:
    if _is_inpatient(subject):
        return
    for line in subject.lines:
        row = subject.codes.on("revenue", line.revenue_code or "", line.from_date)
        if row and row.more["outpatient_code"] == "1" and not line.procedure_code:
            yield Hit(row.code, line.number)


@edit("inpatient.admission")
def admission_missing(subject: Subject) -> Iterator[Hit]:
    wanted = ("admission_date", "admission_type", "admission_source")
    if _is_inpatient(subject):
        for name in wanted:
            if not subject.claim.institutional.get(name):
                yield Hit(name.replace("_", " "))


@edit("inpatient.admission_order")
def admitted_after_first_day(subject: Subject) -> Iterator[Hit]:
    admitted = subject.claim.institutional.get("admission_date")
    if admitted and _is_inpatient(subject) and date.fromisoformat(admitted) > subject.claim.from_date:
        yield Hit(admitted)


@edit("inpatient.admitting_diagnosis")
def admitting_diagnosis_missing(subject: Subject) -> Iterator[Hit]:
    if _is_inpatient(subject) and not any(d.qualifier == "ABJ" for d in subject.diagnoses):
        yield Hit()


@edit("inpatient.poa")
def present_on_admission_unsaid(subject: Subject) -> Iterator[Hit]:
    if _is_inpatient(subject):
        for diagnosis in subject.diagnoses:
            if diagnosis.qualifier in STATED and diagnosis.present_on_admission not in POA:
                yield Hit(diagnosis.code)


@edit("patient_status.missing")
def patient_status_missing(subject: Subject) -> Iterator[Hit]:
    if not STATUS.fullmatch(str(subject.claim.institutional.get("patient_status") or "")):
        yield Hit()


@edit("attending.missing")
def attending_missing(subject: Subject) -> Iterator[Hit]:
    if subject.claim.attending_id is None:
        yield Hit()


@edit("occurrence.dates", on="codes")
def occurrence_without_date(subject: Subject) -> Iterator[Hit]:
    for code in subject.claim.institutional.get("codes", ()):
        if not all(code.get(name) for name in OCCURRENCES.get(code["qualifier"], ())):
            yield Hit(code["code"])


@edit("value.amount", on="codes")
def value_without_amount(subject: Subject) -> Iterator[Hit]:
    for code in subject.claim.institutional.get("codes", ()):
        if code["qualifier"] == "BE" and code.get("amount") in (None, ""):
            yield Hit(code["code"])
