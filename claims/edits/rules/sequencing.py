"""Which diagnosis stands where, and which do not stand together: the tabular list's notes, and the marks of
the Medicare Code Editor.

Notes and marks come with the ICD-10-CM set (`claims.codes`): ``excludes1``, ``code_first`` and
``use_additional`` are codes and ranges, ``flags`` the editor's marks. Without them these edits say nothing.
The editor as a whole is for inpatient claims; elsewhere its ages only warn.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from claims.codes import CodeRow, Standing
from claims.edits.rules.diagnoses import SHAPE
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimDiagnosis, ClaimLine

BESIDES = ("ABJ", "APR", "ABN")  # admitting, reason for visit, external cause: outside the order
AGES = {"newborn": (0, 0), "pediatric": (0, 17), "maternity": (9, 64), "adult": (15, 124)}
SEXES = {"female": "F", "male": "M"}
LIFESTYLE = ("Z", "F17", "P96")  # smoke, long-term drugs and the like: asked for by nearly every chapter
SIDES = {"RT": "right", "LT": "left"}
INJURY_TREATED = re.compile(r"[ST].{5}A")
EXTERNAL = re.compile(r"[VWXY]")
OF_MEN, OF_WOMEN = re.compile(r"5[45][0-8]\d\d", re.ASCII), re.compile(r"5[6-9]\d{3}", re.ASCII)
OF_ONE_SEX = re.compile(r"5[4-9]\d{3}", re.ASCII)


def listed(subject: Subject) -> list[tuple[ClaimDiagnosis, CodeRow | None]]:
    """The diagnoses whose order counts, each with its row of the day."""
    return subject.once("diagnoses in order", _listed)


def _listed(subject: Subject) -> list[tuple[ClaimDiagnosis, CodeRow | None]]:
    day = subject.claim.from_date
    ordered = [each for each in subject.diagnoses if each.qualifier not in BESIDES]
    return [(each, subject.codes.on("icd10cm", each.code, day)) for each in ordered]


def note(row: CodeRow | None, name: str) -> str:
    return (row.more.get(name) or "") if row else ""


def marked(row: CodeRow | None, flag: str) -> bool:
    return flag in note(row, "flags").split()


@lru_cache(maxsize=20_000)
def names(notes: str, code: str) -> bool:
    """Whether a note names the code, itself or by one above it or a range: ``E08 B95-B97`` names B962."""
    for token in notes.split():
        low, _, high = token.partition("-")
        if code.startswith(token) or (high and low <= code[: len(high)] <= high):
            return True
    return False


@edit("diagnosis.invalid", on="doubtful diagnosis")
def in_no_table(subject: Subject) -> Iterator[Hit]:
    for diagnosis in subject.diagnoses:
        known = subject.codes.standing("icd10cm", diagnosis.code, subject.claim.from_date)
        if known is Standing.INVALID and SHAPE.fullmatch(diagnosis.code):
            yield Hit(diagnosis.code)


@edit("diagnosis.manifestation_first", on="manifestation")
def manifestation_first(subject: Subject) -> Iterator[Hit]:
    first = listed(subject)[:1]
    yield from (Hit(diagnosis.code) for diagnosis, row in first if marked(row, "manifestation"))


@edit("diagnosis.manifestation_before_cause", on="manifestation")
def manifestation_before_cause(subject: Subject) -> Iterator[Hit]:
    """Where its cause is there, but behind it; the first place is another edit's."""
    codes = listed(subject)
    for place, (diagnosis, row) in enumerate(codes[1:], 1):
        before = [each.code for each, _ in codes[:place]]
        after = [each.code for each, _ in codes[place + 1 :]]
        causes = note(row, "code_first")
        if marked(row, "manifestation") and not any(names(causes, code) for code in before):
            yield from (Hit(f"{diagnosis.code} before {code}") for code in after if names(causes, code))


@edit("diagnosis.underlying_missing", on="manifestation")
def underlying_missing(subject: Subject) -> Iterator[Hit]:
    codes = listed(subject)
    for diagnosis, row in codes:
        causes = note(row, "code_first")
        others = (other.code for other, _ in codes if other is not diagnosis)
        if causes and marked(row, "manifestation") and not any(names(causes, code) for code in others):
            yield Hit(diagnosis.code)


@edit("diagnosis.code_first", on="code first")
def coded_first(subject: Subject) -> Iterator[Hit]:
    codes = listed(subject)
    for (early, row), (late, _) in combinations(codes, 2):
        if not marked(row, "manifestation") and names(note(row, "code_first"), late.code):
            yield Hit(f"{late.code} before {early.code}")


@edit("diagnosis.additional_first", on="use additional")
def additional_first(subject: Subject) -> Iterator[Hit]:
    codes = listed(subject)
    for diagnosis, row in codes[1:]:
        first = codes[0][0].code
        if names(note(row, "use_additional"), first) and not names(note(row, "code_first"), first):
            yield Hit(f"{diagnosis.code} before {first}")


@edit("diagnosis.use_additional", on="use additional")
def additional_missing(subject: Subject) -> Iterator[Hit]:
    codes = listed(subject)
    there = [diagnosis.code for diagnosis, _ in codes]
    for diagnosis, row in codes:
        asked = " ".join(t for t in note(row, "use_additional").split() if not t.startswith(LIFESTYLE))
        if asked and not any(names(asked, code) for code in there):
            yield Hit(diagnosis.code)


@edit("diagnosis.excludes1", on="excludes1")
def never_together(subject: Subject) -> Iterator[Hit]:
    for (one, first), (other, second) in combinations(listed(subject), 2):
        apart = names(note(first, "excludes1"), other.code) or names(note(second, "excludes1"), one.code)
        if apart and one.code != other.code:
            yield Hit(f"{one.code} and {other.code}")


def _of_another_age(subject: Subject, *marks: str) -> Iterator[Hit]:
    age = subject.age_on(subject.claim.from_date)
    for diagnosis, row in listed(subject) if age is not None else ():
        for flag in marks:
            youngest, oldest = AGES[flag]
            if age is not None and marked(row, flag) and not youngest <= age <= oldest:
                yield Hit(f"{diagnosis.code}, {flag}")


@edit("diagnosis.age", on="age")
def unlikely_age(subject: Subject) -> Iterator[Hit]:
    """Maternity has an edit of its own."""
    if not subject.inpatient:
        yield from _of_another_age(subject, "newborn", "pediatric", "adult")


@edit("inpatient.age", on="stay")
def age_conflict(subject: Subject) -> Iterator[Hit]:
    yield from _of_another_age(subject, *AGES)


@edit("inpatient.sex", on="stay")
def sex_conflict(subject: Subject) -> Iterator[Hit]:
    sex = subject.patient.sex
    for diagnosis, row in listed(subject) if sex in ("F", "M") else ():
        if any(marked(row, flag) and sex != of for flag, of in SEXES.items()):
            yield Hit(diagnosis.code)


def _principal(subject: Subject, flag: str) -> Iterator[Hit]:
    first = listed(subject)[:1]
    yield from (Hit(diagnosis.code) for diagnosis, row in first if marked(row, flag))


@edit("inpatient.unacceptable_first", on="stay")
def no_reason_for_a_stay(subject: Subject) -> Iterator[Hit]:
    yield from _principal(subject, "unacceptable")


@edit("inpatient.questionable_admission", on="stay")
def seldom_a_reason_for_a_stay(subject: Subject) -> Iterator[Hit]:
    yield from _principal(subject, "qadm")


@edit("inpatient.unspecified_side", on="stay")
def side_of_a_stay_unspecified(subject: Subject) -> Iterator[Hit]:
    for diagnosis, row in listed(subject):
        if marked(row, "unspecified"):
            yield Hit(diagnosis.code)


def _pointed(subject: Subject, line: ClaimLine) -> Iterator[tuple[ClaimDiagnosis, CodeRow | None]]:
    return (pair for pair in listed(subject) if pair[0].position in line.pointers)


@edit("diagnosis.unspecified_side", on="unspecified")
def side_known_to_the_line(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not SIDES.keys().isdisjoint(line.modifiers):
            for diagnosis, row in _pointed(subject, line):
                if marked(row, "unspecified"):
                    yield Hit(diagnosis.code, line.number)


@edit("diagnosis.side", on="modifiers")
def sides_of_line_and_diagnosis(subject: Subject) -> Iterator[Hit]:
    """Only where every diagnosis with a side that the line points at is on the other one."""
    for line in subject.lines:
        sides = {side for modifier, side in SIDES.items() if modifier in line.modifiers}
        found = (
            {d.code: _side(note(row, "title")) for d, row in _pointed(subject, line)}
            if len(sides) == 1
            else {}
        )
        told = {code: side for code, side in found.items() if side}
        if told and sides.isdisjoint(told.values()) and "both" not in told.values():
            yield Hit(" ".join(told), line.number)


@lru_cache(maxsize=20_000)
def _side(title: str) -> str:
    """The side that the official title names, if it names one."""
    title = title.lower()
    right, left = "right" in title, "left" in title
    if "bilateral" in title or (right and left):
        return "both"
    return "right" if right else "left" if left else ""


@edit("diagnosis.injury_cause")
def injury_without_cause(subject: Subject) -> Iterator[Hit]:
    codes = [diagnosis.code for diagnosis in subject.diagnoses]
    if not any(EXTERNAL.match(code) for code in codes):
        yield from (Hit(code) for code in codes if INJURY_TREATED.fullmatch(code))


@edit("procedure.sex", on=OF_ONE_SEX)
def procedure_of_the_other_sex(subject: Subject) -> Iterator[Hit]:
    other = {"F": OF_MEN, "M": OF_WOMEN}.get(subject.patient.sex or "")
    for line in subject.lines:
        if other and other.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)
