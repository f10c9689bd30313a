"""Modifiers: their shape, and what they may stand on."""

import re
from collections.abc import Iterator

from claims.codes import Standing
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimLine

SHAPE = re.compile(r"[A-Z0-9]{2}")
MOST = 4
# Evaluation and management, with the eye visits and Medicare's own wellness visits.
VISIT = re.compile(r"99(?:[2-4]\d\d)|9200[24]|9201[24]|G0402|G0438|G0439|G046[3-7]", re.ASCII)
TEST = re.compile(r"8\d{4}", re.ASCII)
# Where a transport began and ended: two letters of CMS Pub. 100-04 chapter 15 section 30.
TRANSPORT, TRIP = re.compile(r"A0\d{3}", re.ASCII), re.compile(r"[DEGHIJNPRSX]{2}")
OF_VISITS, DISTINCT = re.compile(r"2[45]|57", re.ASCII), re.compile(r"59|X[EPSU]", re.ASCII)
SIDE, PART, REPEAT = re.compile(r"LT|RT|50"), re.compile(r"26|TC"), re.compile(r"7[67]", re.ASCII)
X_MODIFIERS = frozenset(("XE", "XP", "XS", "XU"))
# Medicare's bilateral indicator of what is done on one side, and the modifiers that name a side or a part.
SIDED, SITE = "1", re.compile(r"RT|LT|50|E[1-4]|F[1-9A]|T[1-9A]|L[CDM]|R[CI]")
TELEHEALTH = frozenset(("93", "95", "FQ", "GQ", "GT"))
TELEHEALTH_PLACES = ("02", "10")


def is_visit(line: ClaimLine) -> bool:
    return VISIT.fullmatch(line.procedure_code or "") is not None


def _lines_with(subject: Subject, *modifiers: str) -> Iterator[ClaimLine]:
    wanted = set(modifiers)
    return (line for line in subject.lines if not wanted.isdisjoint(line.modifiers))


@edit("modifier.shape", on="modifiers")
def modifier_malformed(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not all(SHAPE.fullmatch(modifier) for modifier in line.modifiers):
            yield Hit(line=line.number)


@edit("modifier.unknown", on="modifiers")
def modifier_unknown(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        for modifier in line.modifiers:
            trip = TRANSPORT.fullmatch(line.procedure_code or "") and TRIP.fullmatch(modifier)
            known = subject.codes.standing("modifier", modifier, line.from_date)
            if SHAPE.fullmatch(modifier) and not trip and known is Standing.UNKNOWN:
                yield Hit(modifier, line.number)


@edit("modifier.count", on="modifiers")
def too_many_modifiers(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if len(line.modifiers) > MOST:
            yield Hit(str(len(line.modifiers)), line.number)


@edit("modifier.duplicate", on="modifiers")
def modifier_twice(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if len(set(line.modifiers)) < len(line.modifiers):
            yield Hit(line=line.number)


@edit("modifier.25_without_visit", on=OF_VISITS)
def visit_modifier_on_procedure(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "24", "25", "57"):
        if line.procedure_code and not is_visit(line):
            yield Hit(line.procedure_code, line.number)


@edit("modifier.59_on_visit", on=DISTINCT)
def procedure_modifier_on_visit(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "59", *X_MODIFIERS):
        if is_visit(line):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.59_with_x", on=DISTINCT)
def distinct_twice(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "59"):
        if not X_MODIFIERS.isdisjoint(line.modifiers):
            yield Hit(line=line.number)


@edit("modifier.sides", on=SIDE)
def sides_contradict(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        sides = [side for side in ("LT", "RT", "50") if side in line.modifiers]
        if len(sides) > 1:
            yield Hit(" and ".join(sides), line.number)


@edit("modifier.50_units", on=SIDE)
def both_sides_counted_twice(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "50"):
        if line.units > 1:
            yield Hit(f"{line.units.normalize():f} units", line.number)


@edit("modifier.components", on=PART)
def both_components(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "26"):
        if "TC" in line.modifiers:
            yield Hit(line=line.number)


@edit("modifier.repeat_of_test", on=REPEAT)
def test_repeated_as_procedure(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "76", "77"):
        if TEST.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.telehealth", on="modifiers")
def telehealth_at_another_place(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, *TELEHEALTH):
        if subject.place_of(line) not in TELEHEALTH_PLACES:
            yield Hit(f"place {subject.place_of(line)}", line.number)


def _that_day(subject: Subject, line: ClaimLine) -> list[str]:
    """The other services of the line's day, on this claim and on the patient's others."""
    here = [each for each in subject.lines if each is not line and each.from_date == line.from_date]
    elsewhere = [s for sibling in subject.siblings for s in sibling.services if s.day == line.from_date]
    return [*(each.procedure_code or "" for each in here), *(service.code for service in elsewhere)]


@edit("modifier.59_alone", on=DISTINCT)
def distinct_from_nothing(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "59", *X_MODIFIERS):
        if not _that_day(subject, line):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.25_alone", on=OF_VISITS)
def separate_from_nothing(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "25"):
        if is_visit(line) and not _that_day(subject, line):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.component_of_visit", on=PART)
def part_of_a_visit(subject: Subject) -> Iterator[Hit]:
    for line in _lines_with(subject, "26", "TC"):
        if is_visit(line):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.side_missing")
def side_unnamed(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        row = subject.codes.on("rvu", line.procedure_code or "", line.from_date)
        if row and row.more["bilateral"] == SIDED and not any(SITE.fullmatch(m) for m in line.modifiers):
            yield Hit(line.procedure_code or "", line.number)
