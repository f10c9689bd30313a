"""Why: the diagnoses and the lines that point at them."""

import re
from collections.abc import Iterator

from claims.codes import Standing
from claims.edits.subject import Hit, Subject, edit

MOST = {"P": 12, "I": 25}
MOST_POINTERS = 4
SHAPE = re.compile(r"[A-Z]\d[0-9AB][0-9A-Z]{0,4}", re.ASCII)
ICD9 = ("BK", "BF", "BJ", "BN", "PR")
EXTERNAL_CAUSE = re.compile(r"[VWXY]")
INJURY = re.compile(r"S\d\d", re.ASCII)
OF_WOMEN = re.compile(r"O")
OF_MEN = re.compile(r"N(?:4\d|5[0-3])", re.ASCII)
BIRTH = "Z38"


@edit("diagnosis.missing")
def diagnosis_missing(subject: Subject) -> Iterator[Hit]:
    if not subject.diagnoses:
        yield Hit()


@edit("diagnosis.count")
def too_many_diagnoses(subject: Subject) -> Iterator[Hit]:
    if len(subject.diagnoses) > MOST[subject.claim.form]:
        yield Hit(str(len(subject.diagnoses)))


@edit("diagnosis.shape", on="doubtful diagnosis")
def diagnosis_malformed(subject: Subject) -> Iterator[Hit]:
    for diagnosis in subject.diagnoses:
        if not SHAPE.fullmatch(diagnosis.code) and diagnosis.qualifier not in ICD9:
            yield Hit(f"number {diagnosis.position}")


@edit("diagnosis.icd9")
def icd9(subject: Subject) -> Iterator[Hit]:
    for diagnosis in subject.diagnoses:
        if diagnosis.qualifier in ICD9:
            yield Hit(diagnosis.code)


def _in_tables(subject: Subject) -> list[tuple[str, str]]:
    """Each ICD-10-CM code with what our tables say of it: a `Standing`, or heading."""
    return subject.once("diagnoses in tables", lambda _: list(_in_table(subject)))


def _in_table(subject: Subject) -> Iterator[tuple[str, str]]:
    day = subject.claim.from_date
    for diagnosis in subject.diagnoses:
        row = subject.codes.on("icd10cm", diagnosis.code, day)
        if row is not None:
            yield diagnosis.code, "valid" if row.more["billable"] == "1" else "heading"
        elif SHAPE.fullmatch(diagnosis.code):
            yield diagnosis.code, subject.codes.standing("icd10cm", diagnosis.code, day)


def _lacks_seventh(subject: Subject, code: str) -> bool:
    """Whether the seventh character is all that the code lacks; an injury's is known without tables."""
    below = subject.codes.below("icd10cm", code, subject.claim.from_date)
    deeper, filled = [row.code for row in below if row.code != code], code.ljust(6, "X")
    if not deeper:
        return INJURY.match(code) is not None and len(code) < 7
    return all(each[:-1] == filled for each in deeper)


@edit("diagnosis.not_specific", on="doubtful diagnosis")
def heading(subject: Subject) -> Iterator[Hit]:
    for code, status in _in_tables(subject):
        if status == "heading" and not _lacks_seventh(subject, code):
            yield Hit(code)


@edit("diagnosis.not_in_force", on="doubtful diagnosis")
def not_in_force(subject: Subject) -> Iterator[Hit]:
    yield from (Hit(code) for code, status in _in_tables(subject) if status == Standing.NOT_IN_FORCE)


@edit("diagnosis.unknown", on="doubtful diagnosis")
def unknown(subject: Subject) -> Iterator[Hit]:
    yield from (Hit(code) for code, status in _in_tables(subject) if status == Standing.UNKNOWN)


@edit("diagnosis.duplicate")
def listed_twice(subject: Subject) -> Iterator[Hit]:
    kinds = [(d.qualifier in ("ABJ", "APR", "ABN"), d.code) for d in subject.diagnoses]
    for _, code in sorted({kind for kind in kinds if kinds.count(kind) > 1 and not kind[0]}):
        yield Hit(code)


@edit("diagnosis.external_cause_first")
def external_cause_first(subject: Subject) -> Iterator[Hit]:
    if subject.diagnoses and EXTERNAL_CAUSE.match(subject.diagnoses[0].code):
        yield Hit(subject.diagnoses[0].code)


@edit("diagnosis.seventh_character", on="doubtful diagnosis")
def seventh_character_missing(subject: Subject) -> Iterator[Hit]:
    for code, status in _in_tables(subject):
        may_lack = status == "heading" or (status != "valid" and INJURY.match(code))
        if may_lack and _lacks_seventh(subject, code):
            yield Hit(code)


@edit("diagnosis.sex")
def other_sex(subject: Subject) -> Iterator[Hit]:
    chapter = {"M": OF_WOMEN, "F": OF_MEN}.get(subject.patient.sex or "")
    for diagnosis in subject.diagnoses if chapter else ():
        if chapter and chapter.match(diagnosis.code):
            yield Hit(diagnosis.code)


@edit("diagnosis.newborn")
def not_newborn(subject: Subject) -> Iterator[Hit]:
    born = subject.patient.birth_date
    if born is not None and (subject.claim.from_date - born).days > 28:
        yield from (Hit(d.code) for d in subject.diagnoses if d.code.startswith(BIRTH))


@edit("pointer.missing")
def pointer_missing(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not line.pointers:
            yield Hit(line=line.number)


@edit("pointer.dangling")
def pointer_dangling(subject: Subject) -> Iterator[Hit]:
    there = min(len(subject.diagnoses), MOST["P"])
    for line in subject.lines:
        for pointer in line.pointers:
            if not 1 <= pointer <= there:
                yield Hit(f"number {pointer}", line.number)


@edit("pointer.count")
def too_many_pointers(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if len(line.pointers) > MOST_POINTERS:
            yield Hit(str(len(line.pointers)), line.number)


@edit("pointer.duplicate")
def pointer_twice(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if len(set(line.pointers)) < len(line.pointers):
            yield Hit(line=line.number)
