"""CMS's National Correct Coding Initiative: pairs (PTP), medically unlikely units (MUE), add-on codes."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache

from claims.codes.building import Row
from claims.codes.sets import Kind
from claims.codes.sources import Cells, Member, refuse
from claims.codes.tables import OPEN_END, OPEN_START

_PAIR = re.compile(
    r"([0-9A-Z]{5})\t([0-9A-Z]{5})\t[* ]*\t *(\d{8}) *\t *(\d{8}|\*|) *\t *([019]) *(?:\t.*)?", re.ASCII
)
_COLUMNS = (
    (re.compile(r"[0-9A-Z]{5}"), "a code of five characters (column 1)"),
    (re.compile(r"[0-9A-Z]{5}"), "a code of five characters (column 2)"),
    (re.compile(r"[* ]*"), "* or nothing (in existence before 1996)"),
    (re.compile(r" *\d{8} *"), "the effective date, CCYYMMDD"),
    (re.compile(r" *(?:\d{8}|\*|) *"), "the deletion date, CCYYMMDD, or *"),
    (re.compile(r" *[019] *"), "the modifier indicator 0, 1 or 9"),
)
_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_MOST_BANNER = 40
NEVER_APPLIED = "9"


def read_pairs(member: Member, kind: Kind) -> Iterator[Row]:
    """Seven tab columns behind a banner of wrapped lines; the deletion date is the last day (inclusive).

    Rows with the indicator 9 were withdrawn from their first day on and are left out.
    """
    if member.name.lower().endswith(".xlsx"):
        texts: Iterable[tuple[int, str]] = ((n, "\t".join(cells[:7])) for n, cells in member.rows())
    else:
        texts = member.lines()
    begun, line = False, 0
    for line, text in texts:
        found = _PAIR.fullmatch(text)
        if found is None:
            if text.strip() and (begun or line > _MOST_BANNER):
                _refuse_pair(member, line, text)
            continue
        begun = True
        first, second, start, end, indicator = found.groups()
        if indicator != NEVER_APPLIED:
            last = _ordinal(member, line, 5, end) if end.isdigit() else OPEN_END
            yield f"{first} {second}", _ordinal(member, line, 4, start), last, indicator
    if not begun:
        refuse(member, line or 1, 1, _COLUMNS[0][1], "")


def _refuse_pair(member: Member, line: int, text: str) -> None:
    cells = text.split("\t")
    for column, (shape, expected) in enumerate(_COLUMNS, 1):
        cell = cells[column - 1] if column <= len(cells) else ""
        if not shape.fullmatch(cell) or column > len(cells):
            refuse(member, line, column, expected, cell)


@cache
def _day(text: str) -> int | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return None


def _ordinal(member: Member, line: int, column: int, text: str) -> int:
    day = _day(text)
    if day is None:
        refuse(member, line, column, "a day, CCYYMMDD", text)
    return day


_MUE_OF = {
    "mue_practitioner": "practitioner",
    "mue_outpatient": "outpatient hospital",
    "mue_dme": "dme supplier",
}


def read_units(member: Member, kind: Kind) -> Iterator[Row]:
    """A notice, a header with a line break in it, then code, units, MAI (a digit and words), rationale."""
    rows = member.rows()
    _find_units_header(member, kind, rows)
    for line, cells in rows:
        code, units, mai, *why = [cell.strip() for cell in (*cells, "", "", "")[:4]]
        if not any(cells):
            continue
        if not _CODE.fullmatch(code):
            refuse(member, line, 1, "a code of five characters", code)
        if not units.isdecimal():
            refuse(member, line, 2, "a whole number of units", units)
        if mai[:1] not in ("1", "2", "3"):
            refuse(member, line, 3, "the MUE adjudication indicator 1, 2 or 3", mai)
        yield code, None, None, units, mai[0], why[0]


def _find_units_header(member: Member, kind: Kind, rows: Iterator[tuple[int, Cells]]) -> None:
    line, wanted = 0, _MUE_OF[kind.name]
    for line, cells in rows:
        names = [" ".join(cell.split()).lower() for cell in cells]
        if len(names) >= 3 and names[0].replace(" ", "").startswith("hcpcs/cpt"):
            if wanted not in names[1]:
                refuse(member, line, 2, f"{wanted.title()} ... MUE Values", cells[1])
            return
        if line > _MOST_BANNER:
            break
    refuse(member, line or 1, 1, "the header HCPCS/CPT Code", "")


_ADD_ON = (
    "aoc_edit_type", "add-on_code", "aoc_deldt", "primary_code", "primary_code_deldt", "aoc_edit_effdt",
    "aoc_edit_deldt",
)  # fmt: skip
CONTRACTOR_DEFINED = "CCCCC"
_Rule = tuple[str, str, int, int]
"""Kind, primary code, first and last day."""


def read_add_ons(member: Member, kind: Kind) -> Iterator[Row]:
    """A row for each add-on and primary code, dates as CCYYDDD; gathered into one row a span of days."""
    rules: dict[str, list[_Rule]] = {}
    rows = member.rows()
    places = _find_header(member, rows, _ADD_ON)
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            code, rule = _rule(member, line, cells, places)
            rules.setdefault(code, []).append(rule)
    for code, several in sorted(rules.items()):
        yield from _spans(code, several)


def _find_header(member: Member, rows: Iterator[tuple[int, Cells]], names: tuple[str, ...]) -> list[int]:
    line = 0
    for line, cells in rows:
        there = ["_".join(cell.split()).lower() for cell in cells]
        if names[1] in there:
            for name in names:
                if name not in there:
                    refuse(member, line, 1, f"a column {name}", "")
            return [there.index(name) for name in names]
        if line > _MOST_BANNER:
            break
    refuse(member, line or 1, 1, f"a header with {names[1]}", "")


def _rule(member: Member, line: int, cells: Cells, places: list[int]) -> tuple[str, _Rule]:
    values = [cells[place].strip() if place < len(cells) else "" for place in places]
    edit, code, gone, primary, primary_gone, start, end = values
    for place, value in ((places[1], code), (places[3], primary)):
        if not _CODE.fullmatch(value):
            refuse(member, line, place + 1, "a code of five characters", value)
    if edit not in ("1", "2", "3"):
        refuse(member, line, places[0] + 1, "the type 1, 2 or 3", edit)
    ends = ((places[2], gone), (places[4], primary_gone), (places[6], end))
    last = min(_julian(member, line, place, value, OPEN_END) for place, value in ends)
    return code, (edit, primary, _julian(member, line, places[5], start, OPEN_START), last)


def _julian(member: Member, line: int, place: int, text: str, empty: int) -> int:
    """CCYYDDD: 2026091 is 1 April 2026."""
    if not text:
        return empty
    try:
        day = date(int(text[:4]), 1, 1) + timedelta(int(text[4:]) - 1)
    except ValueError:
        day = None
    if day is None or len(text) != 7 or day.year != int(text[:4]):
        refuse(member, line, place + 1, "a day, CCYYDDD", text)
    return day.toordinal()


def _spans(code: str, rules: list[_Rule]) -> Iterator[Row]:
    """The primaries that count, from each day on which they change to the next."""
    starts = {first for *_, first, _ in rules} | {last + 1 for *_, last in rules if last < OPEN_END}
    edges = sorted(starts)
    for first, following in zip(edges, [*edges[1:], OPEN_END + 1], strict=True):
        now = [rule for rule in rules if rule[2] <= first <= rule[3]]
        if now:
            primaries = sorted({rule[1] for rule in now} - {CONTRACTOR_DEFINED})
            yield code, first, following - 1, max(rule[0] for rule in now), " ".join(primaries)
