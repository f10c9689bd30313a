"""Services that go with other services, with an age, or with a reason, and what payers take instead."""

import re
from collections.abc import Iterator
from decimal import Decimal

from claims.edits.subject import Hit, Subject, edit

NEWBORN_DAYS, SCHOOL_AGE, INPATIENT = 28, 6, "21"
PREVENTIVE = re.compile(r"99(?:38|39)[1-7]|G0402|G0438|G0439", re.ASCII)
EXAMINATION = ("Z00", "Z01", "Z02", "Z76")
VACCINE = re.compile(r"90(?:47[679]|48[0-9]|49[1-9]|5\d\d|6[0-9]\d|7[0-4]\d|75[0-9])", re.ASCII)
GIVES_VACCINE = re.compile(r"9046[01]|9047[1-4]|G000[89]|G0010|M0201|9048[0]", re.ASCII)
FLU_VACCINE = re.compile(r"906(?:3[0-9]|5[3-9]|6[0-2]|7[2-4]|8[2-9])|9075[6]|Q203[4-9]", re.ASCII)
INJECTION, DRUG = re.compile("96372"), re.compile(r"[JQSC]\d{4}|90\d{3}", re.ASCII)
TRACKING = re.compile(r"\d{4}F", re.ASCII)
CONSULTATION = re.compile(r"9924[2-5]|9925[2-5]", re.ASCII)
NEWBORN_CARE = re.compile(r"9946[0-3]", re.ASCII)
PROLONGED, CRITICAL_CARE = re.compile("99417|99418|G2212"), re.compile("9929[12]")
PROLONGS = {
    "99417": ("99205", "99215", "99245", "99345", "99350", "99483"),
    "G2212": ("99205", "99215", "99483"),
    "99418": ("99223", "99233", "99236", "99255", "99306", "99310"),
}
UNLISTED = re.compile(
    r"""
    01999 | 15999 | 17999 | 19499 | 20999 | 21499 | 21899 | 22899 | 22999 | 23929 | 24999 | 25999 |
    26989 | 27299 | 27599 | 27899 | 28899 | 29799 | 29999 | 30999 | 31299 | 31599 | 31899 | 32999 |
    33999 | 36299 | 37799 | 38589 | 38999 | 39499 | 40799 | 40899 | 41599 | 41899 | 42299 | 42699 |
    42999 | 43289 | 43499 | 43659 | 43999 | 44238 | 44799 | 44899 | 44979 | 45399 | 45499 | 45999 |
    46999 | 47399 | 47579 | 47999 | 48999 | 49329 | 49659 | 49999 | 53899 | 54699 | 55559 | 55899 |
    58578 | 58579 | 58679 | 58999 | 59897 | 59898 | 59899 | 60699 | 64999 | 66999 | 67299 | 67399 |
    67599 | 67999 | 68399 | 68899 | 69399 | 69799 | 69949 | 69979 | 76496 | 76497 | 76498 | 76499 |
    77299 | 77399 | 77499 | 77799 | 78099 | 78199 | 78299 | 78399 | 78499 | 78599 | 78699 | 78799 |
    78999 | 79999 | 81099 | 81479 | 84999 | 85999 | 86849 | 86999 | 87999 | 88199 | 88299 | 88399 |
    89240 | 89398 | 90399 | 90749 | 90899 | 91299 | 92499 | 92700 | 93799 | 93998 | 94799 | 95199 |
    95999 | 96379 | 96549 | 96999 | 97039 | 97139 | 97799 | 99199 | 99429 | 99499 | 99600 | A9999 |
    E1399 | J3490 | J3590 | J9999
    """,
    re.VERBOSE,
)
MILEAGE, TRANSPORT = re.compile("A0425"), re.compile(r"A042[6-9]|A043[0-4]", re.ASCII)
PENNY = Decimal("0.01")


def _codes(subject: Subject) -> set[str]:
    return {line.procedure_code or "" for line in subject.lines}


def _points_at(subject: Subject, pointers: list[int], starts: tuple[str, ...]) -> bool:
    """Whether a diagnosis that the line points at (any, where it points at none) begins like that."""
    wanted = [d.code for d in subject.diagnoses if not pointers or d.position in pointers]
    return any(code.startswith(starts) for code in wanted)


@edit("procedure.preventive_reason", on=PREVENTIVE)
def preventive_visit_without_its_reason(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if PREVENTIVE.fullmatch(line.procedure_code or "") and not _points_at(
            subject, line.pointers, EXAMINATION
        ):
            yield Hit(line.procedure_code or "", line.number)


@edit("vaccine.reason", on=VACCINE)
def vaccine_without_its_reason(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if VACCINE.fullmatch(line.procedure_code or "") and not _points_at(
            subject, line.pointers, ("Z23", "Z2")
        ):
            yield Hit(line.procedure_code or "", line.number)


@edit("vaccine.not_given", on=VACCINE)
def vaccine_without_administration(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if not any(GIVES_VACCINE.fullmatch(code) for code in codes):
        yield from (Hit(code) for code in sorted(codes) if VACCINE.fullmatch(code))


@edit("vaccine.not_named", on=GIVES_VACCINE)
def administration_without_vaccine(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if not any(VACCINE.fullmatch(code) or code.startswith(("Q", "91")) for code in codes):
        yield from (Hit(code) for code in sorted(codes) if GIVES_VACCINE.fullmatch(code))


@edit("vaccine.medicare_flu", on=FLU_VACCINE)
def flu_vaccine_given_by_the_general_code(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if "90471" in codes and not codes & {"90472", "G0008"}:
        yield from (Hit(code) for code in sorted(codes) if FLU_VACCINE.fullmatch(code))


@edit("injection.no_drug", on=INJECTION)
def injection_of_nothing(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if not any(DRUG.fullmatch(code) for code in codes):
        yield from (Hit(code) for code in sorted(codes) if INJECTION.fullmatch(code))


@edit("procedure.tracking_charge", on=TRACKING)
def tracking_code_with_a_price(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if TRACKING.fullmatch(line.procedure_code or "") and (line.charge or 0) > PENNY:
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.unlisted", on=UNLISTED)
def unlisted_service_unexplained(subject: Subject) -> Iterator[Hit]:
    if not (subject.claim.note or "").strip():
        for line in subject.lines:
            if UNLISTED.fullmatch(line.procedure_code or ""):
                yield Hit(line.procedure_code or "", line.number)


@edit("consultation.requested", on=CONSULTATION)
def consultation_that_nobody_asked_for(subject: Subject) -> Iterator[Hit]:
    if subject.claim.referring_id is None:
        yield from _consultations(subject)


@edit("consultation.medicare", on=CONSULTATION)
def consultation_billed_to_medicare(subject: Subject) -> Iterator[Hit]:
    yield from _consultations(subject)


def _consultations(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if CONSULTATION.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.medicare_preventive", on=PREVENTIVE)
def preventive_visit_that_medicare_does_not_pay(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code = line.procedure_code or ""
        if PREVENTIVE.fullmatch(code) and code.startswith("99") and "GY" not in line.modifiers:
            yield Hit(code, line.number)


@edit("procedure.newborn_care", on=NEWBORN_CARE)
def newborn_care_of_an_older_child(subject: Subject) -> Iterator[Hit]:
    born = subject.patient.birth_date
    for line in subject.lines if born else ():
        late = born is not None and (line.from_date - born).days > NEWBORN_DAYS
        if late and NEWBORN_CARE.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.critical_care_age", on=CRITICAL_CARE)
def critical_care_of_a_small_child(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        age = subject.age_on(line.from_date)
        small = age is not None and age < SCHOOL_AGE
        if (
            small
            and CRITICAL_CARE.fullmatch(line.procedure_code or "")
            and subject.place_of(line) == INPATIENT
        ):
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.prolonged", on=PROLONGED)
def prolonged_without_its_visit(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    for line in subject.lines:
        visits = PROLONGS.get(line.procedure_code or "")
        if visits and codes.isdisjoint(visits):
            yield Hit(line.procedure_code or "", line.number)


@edit("procedure.medicare_prolonged", on=PROLONGED)
def prolonged_by_the_code_that_medicare_does_not_take(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.procedure_code in ("99417", "99418"):
            yield Hit(line.procedure_code, line.number)


@edit("ambulance.mileage", on=MILEAGE)
def mileage_without_transport(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if not any(TRANSPORT.fullmatch(code) for code in codes):
        yield from (Hit(code) for code in codes if MILEAGE.fullmatch(code))


@edit("ambulance.no_mileage", on=TRANSPORT)
def transport_without_mileage(subject: Subject) -> Iterator[Hit]:
    codes = _codes(subject)
    if not any(MILEAGE.fullmatch(code) for code in codes):
        yield from (Hit(code) for code in sorted(codes) if TRANSPORT.fullmatch(code))


@edit("diagnosis.weeks")
def pregnancy_without_its_week(subject: Subject) -> Iterator[Hit]:
    codes = [d.code for d in subject.diagnoses]
    pregnancy = [code for code in codes if code.startswith("O") and not code.startswith(("O0", "O8", "O9A"))]
    if pregnancy and not any(code.startswith("Z3A") for code in codes):
        yield Hit(pregnancy[0])


@edit("diagnosis.outcome_of_delivery")
def delivery_without_its_outcome(subject: Subject) -> Iterator[Hit]:
    codes = [d.code for d in subject.diagnoses]
    if not any(code.startswith("Z37") for code in codes):
        yield from (Hit(code) for code in codes if code in ("O80", "O82"))


@edit("diagnosis.maternity_age")
def pregnancy_at_an_unlikely_age(subject: Subject) -> Iterator[Hit]:
    age = subject.age_on(subject.claim.from_date)
    if age is not None and not 9 <= age <= 64:
        yield from (Hit(d.code) for d in subject.diagnoses if d.code.startswith("O"))


@edit("diagnosis.sequela_first")
def sequela_before_the_condition(subject: Subject) -> Iterator[Hit]:
    first = subject.diagnoses[0].code if subject.diagnoses else ""
    if len(first) == 7 and first.endswith("S") and first[0] in "ST":
        yield Hit(first)


@edit("diagnosis.examination_twice")
def examination_with_and_without_findings(subject: Subject) -> Iterator[Hit]:
    codes = {d.code for d in subject.diagnoses}
    for normal, abnormal in (("Z0000", "Z0001"), ("Z00129", "Z00121"), ("Z01419", "Z01411")):
        if {normal, abnormal} <= codes:
            yield Hit(f"{normal} and {abnormal}")
