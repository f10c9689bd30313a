"""What: the procedure codes, and what they say of visit and patient."""

import re
from collections.abc import Iterator

from claims.edits.lookups import LOOK_BACK
from claims.edits.subject import Hit, Subject, edit

SHAPE = re.compile(r"\d{5}|\d{4}[A-Z]|[A-Z]\d{4}", re.ASCII)
OFFICE_VISIT = re.compile(r"992(?:0[2-5]|1[1-5])", re.ASCII)
NEW_PATIENT = re.compile(r"9920[2-5]|9938[1-7]", re.ASCII)
PREVENTIVE_AGES = {"1": (0, 0), "2": (1, 4), "3": (5, 11), "4": (12, 17), "5": (18, 39), "6": (40, 64),
                   "7": (65, 999)}  # fmt: skip
PREVENTIVE = re.compile(r"99(?:38|39)([1-7])", re.ASCII)
NEVER_QW = frozenset(("81002", "81025", "82962"))


@edit("procedure.missing")
def procedure_missing(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not line.procedure_code:
            yield Hit(line=line.number)


@edit("procedure.shape")
def procedure_malformed(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.procedure_code and not SHAPE.fullmatch(line.procedure_code):
            yield Hit(line=line.number)


@edit("procedure.visit_twice", on="several lines")
def two_visits_a_day(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for line in subject.lines:
        if OFFICE_VISIT.fullmatch(line.procedure_code or "") and "25" not in line.modifiers:
            who_and_when = (line.rendering_id or subject.claim.rendering_id, line.from_date)
            if who_and_when in seen:
                yield Hit(line.procedure_code or "", line.number)
            seen.add(who_and_when)


@edit("procedure.new_patient", on="siblings")
def seen_before(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    earlier = [
        sibling
        for sibling in subject.lookups.siblings.get(claim.id, ())
        if sibling.billing_id == claim.billing_id
        and sibling.from_date < claim.from_date
        and claim.from_date - sibling.from_date < LOOK_BACK
    ]
    for line in subject.lines if earlier else ():
        if NEW_PATIENT.fullmatch(line.procedure_code or ""):
            yield Hit(f"{line.procedure_code}, seen on {earlier[-1].from_date}", line.number)


@edit("procedure.preventive_age", on=PREVENTIVE)
def preventive_visit_of_another_age(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code, age = PREVENTIVE.fullmatch(line.procedure_code or ""), subject.age_on(line.from_date)
        if code and age is not None:
            youngest, oldest = PREVENTIVE_AGES[code[1]]
            if not youngest <= age <= oldest:
                yield Hit(line.procedure_code or "", line.number)


@edit("procedure.waived_modifier")
def waived_test_without_qw(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        test = subject.codes.on("clia", line.procedure_code or "", line.from_date)
        wanted = test is not None and test.more["waived"] == "1" and test.code not in NEVER_QW
        if wanted and "QW" not in line.modifiers:
            yield Hit(line.procedure_code or "", line.number)
