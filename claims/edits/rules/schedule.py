"""What Medicare's fee schedule says of a service: who may help, its sides and parts, whether it is paid.

The indicators come with the operator's relative values (`rvu`); without them these edits say nothing.
Source: CMS Pub. 100-04 chapter 12 section 40 and chapter 23, the record layout of the fee schedule.
"""

import re
from collections.abc import Iterator

from claims.codes import CodeRow
from claims.edits.rules.modifiers import PART, SIDE
from claims.edits.rules.services import CONSULTATION, PREVENTIVE
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimLine

ASSISTANTS = frozenset(("80", "81", "82", "AS"))
EXCLUDED = frozenset(("GY", "GX", "GZ", "GA"))
NO_ASSISTANT, NOT_BY_SEVERAL = ("1", "9"), ("0", "9")
ONE_SIDE_ONLY, NEVER_REDUCED = ("0", "2", "9"), ("0", "9")
NO_PARTS, NO_TECHNICAL_PART = ("0", "2", "3", "4", "5", "7", "9"), ("6", "8")
BUNDLED, NOT_VALID, NOT_COVERED, ALONE = ("B", "P"), ("I",), ("N", "E", "X"), ("T",)


def _rows(subject: Subject) -> list[tuple[ClaimLine, CodeRow]]:
    """The lines that the schedule knows, each with its row of the day."""
    found = [(x, subject.codes.on("rvu", x.procedure_code or "", x.from_date)) for x in subject.lines]
    return [(line, row) for line, row in found if row is not None]


def _where(subject: Subject, column: str, *values: str) -> Iterator[ClaimLine]:
    rows = subject.once("lines in the fee schedule", _rows)
    return (line for line, row in rows if row.more.get(column) in values)


def _modified(
    subject: Subject, modifiers: frozenset[str], column: str, values: tuple[str, ...]
) -> Iterator[Hit]:
    for line in _where(subject, column, *values):
        for modifier in line.modifiers:
            if modifier in modifiers:
                yield Hit(f"{line.procedure_code} with {modifier}", line.number)


@edit("schedule.assistant", on=re.compile(r"8[0-2]|AS"))
def assistant_never_paid(subject: Subject) -> Iterator[Hit]:
    yield from _modified(subject, ASSISTANTS, "assistant", NO_ASSISTANT)


@edit("schedule.two_surgeons", on=re.compile("62"))
def not_by_two_surgeons(subject: Subject) -> Iterator[Hit]:
    yield from _modified(subject, frozenset(("62",)), "cosurgeons", NOT_BY_SEVERAL)


@edit("schedule.team", on=re.compile("66"))
def not_by_a_team(subject: Subject) -> Iterator[Hit]:
    yield from _modified(subject, frozenset(("66",)), "team", NOT_BY_SEVERAL)


@edit("schedule.both_sides", on=SIDE)
def not_on_two_sides(subject: Subject) -> Iterator[Hit]:
    yield from _modified(subject, frozenset(("50",)), "bilateral", ONE_SIDE_ONLY)


@edit("schedule.parts", on=PART)
def has_no_such_part(subject: Subject) -> Iterator[Hit]:
    """A visit's parts are another edit's."""
    visits = {line.number for line in subject.lines if (line.procedure_code or "").startswith("99")}
    hits = [
        *_modified(subject, frozenset(("26", "TC")), "components", NO_PARTS),
        *_modified(subject, frozenset(("TC",)), "components", NO_TECHNICAL_PART),
    ]
    yield from (hit for hit in hits if hit.line not in visits)


@edit("schedule.multiple", on=re.compile("51"))
def never_reduced(subject: Subject) -> Iterator[Hit]:
    yield from _modified(subject, frozenset(("51",)), "multiple", NEVER_REDUCED)


@edit("schedule.bundled")
def never_paid_by_itself(subject: Subject) -> Iterator[Hit]:
    yield from (Hit(line.procedure_code or "", line.number) for line in _where(subject, "status", *BUNDLED))


@edit("schedule.not_valid")
def under_another_code(subject: Subject) -> Iterator[Hit]:
    """Consultations have an edit of their own."""
    for line in _where(subject, "status", *NOT_VALID):
        if not CONSULTATION.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("schedule.not_covered")
def not_covered_by_law(subject: Subject) -> Iterator[Hit]:
    """Preventive visits have an edit of their own."""
    for line in _where(subject, "status", *NOT_COVERED):
        if EXCLUDED.isdisjoint(line.modifiers) and not PREVENTIVE.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("schedule.alone", on="several lines")
def paid_only_alone(subject: Subject) -> Iterator[Hit]:
    for line in _where(subject, "status", *ALONE):
        if any(x.from_date == line.from_date and x.number != line.number for x in subject.lines):
            yield Hit(line.procedure_code or "", line.number)
