"""Tables whose header names its columns: NUCC's taxonomy, licensed lists, the operator's own files."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from claims.codes.building import Row
from claims.codes.sets import Kind
from claims.codes.sources import Cells, Member, refuse
from claims.codes.tables import OPEN_END, OPEN_START

_MOST_BANNER = 40
_DAYS = (
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{4})(\d\d)(\d\d)"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), (3, 1, 2)),
)
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": (
        *("code", "cpt code", "hcpcs code", "revenue code", "type of bill", "place of service code",
          "pos code", "place of service code(s)", "modifier"),
    ),
    "start": ("start", "start date", "effective", "effective date", "from"),
    "end": ("end", "end date", "stop", "stop date", "deactivation date", "termination date", "until"),
    "title": ("title", "display name", "name", "long", "long description", "description", "descriptor"),
    "words": ("words", "title", "description", "short description", "name", "place of service name"),
    "section": ("section",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """Where each known column stands, counted from 0."""

    line: int
    places: Mapping[str, int]

    def cell(self, cells: Cells, name: str) -> str:
        place = self.places.get(name, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    def column(self, name: str) -> int:
        return self.places.get(name, 0) + 1


def find_header(
    member: Member, rows: Iterator[tuple[int, Cells]], needed: tuple[str, ...], wanted: tuple[str, ...]
) -> Header:
    """The first row that names what is needed; publishers put notices before it."""
    line = 0
    for line, cells in rows:
        names = [" ".join(cell.split()).lower() for cell in cells]
        places = {
            name: found[0]
            for name in (*needed, *wanted)
            if (found := [names.index(h) for h in (name, *_HEADINGS.get(name, ())) if h in names])
        }
        if all(name in places for name in needed):
            return Header(line, places)
        if line > _MOST_BANNER:
            break
    refuse(member, min(line, 1) or 1, 1, f"a header with the columns {', '.join(needed)}", "")


_CODES = {
    "pos": (re.compile(r"\d{2}", re.ASCII), "two digits, as 02 (spreadsheets drop the zero)"),
    "revenue": (re.compile(r"\d{4}", re.ASCII), "four digits, as 0450 (spreadsheets drop the zero)"),
    "bill_type": (re.compile(r"\d{2}", re.ASCII), "two digits, as 13"),
    "modifier": (re.compile(r"[0-9A-Z]{2}", re.ASCII), "two characters"),
    "cpt": (re.compile(r"\d{4}[0-9A-Z]", re.ASCII), "five characters, as 99213 or 0001F"),
    "clia": (re.compile(r"[0-9A-Z]{5}", re.ASCII), "five characters, as 81002"),
    "state": (re.compile(r"[A-Z]{2}", re.ASCII), "two letters"),
}
_ANY_CODE = re.compile(r"[0-9A-Z.]{1,10}", re.ASCII), "a code"


def read_list(member: Member, kind: Kind) -> Iterator[Row]:
    """``code`` and, where there are any, start, end and the set's own columns; a code once a start."""
    rows = member.rows()
    header = find_header(member, rows, ("code",), ("start", "end", *kind.columns))
    dated = "start" in header.places
    shape, told = _CODES.get(kind.name, _ANY_CODE)
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            code = header.cell(cells, "code").upper()
            if not shape.fullmatch(code):
                refuse(member, line, header.column("code"), told, code)
            first, last = days(member, line, header, cells)
            own = [header.cell(cells, name) if name in header.places else None for name in kind.columns]
            yield code, first if dated else None, last if dated else None, *own


def days(member: Member, line: int, header: Header, cells: Cells) -> tuple[int, int]:
    """The row's first and last day, both inclusive; empty is open."""
    first = _day(member, line, header.column("start"), header.cell(cells, "start"), OPEN_START)
    last = _day(member, line, header.column("end"), header.cell(cells, "end"), OPEN_END)
    if last < first:
        refuse(member, line, header.column("end"), "an end that is not before the start", "")
    return first, last


def _day(member: Member, line: int, column: int, text: str, empty: int) -> int:
    if not text:
        return empty
    day = plain_day(text)
    if day is None:
        refuse(member, line, column, "a day such as 2026-01-01, 20260101 or 01/01/2026", text)
    return day.toordinal()


def plain_day(text: str) -> date | None:
    """A day in one of the ways that publishers write it."""
    for shape, (year, month, day) in _DAYS:
        if found := shape.fullmatch(text.strip()):
            try:
                return date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                return None
    return None


_TAXONOMY = ("code", "grouping", "classification", "specialization")
_TAXONOMY_CODE = re.compile(r"[0-9A-Z]{9}X", re.ASCII)


def read_taxonomy(member: Member, kind: Kind) -> Iterator[Row]:
    """NUCC's CSV: definitions hold commas and line breaks. Only names are kept, no definitions."""
    rows = member.rows()
    header = find_header(member, rows, _TAXONOMY, ("section",))
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            code = header.cell(cells, "code")
            if not _TAXONOMY_CODE.fullmatch(code):
                refuse(member, line, header.column("code"), "ten characters that end in X", code)
            names = [header.cell(cells, "classification"), header.cell(cells, "specialization")]
            title = ", ".join(name for name in names if name)
            yield code, None, None, title, header.cell(cells, "grouping"), header.cell(cells, "section")


_MONEY = re.compile(r"\d{1,8}(?:\.\d{1,2})?", re.ASCII)
_PERCENT = re.compile(r"\d{1,4}(?:\.\d{1,4})?", re.ASCII)


def read_rates(member: Member, kind: Kind) -> Iterator[Row]:
    """The operator's rates: schedule (or payer), code, modifier, amount or percent of a schedule, dates."""
    whose = "payer" if kind.name == "contract" else "schedule"
    rows = member.rows()
    header = find_header(member, rows, (whose, "code"), ("modifier", "start", "end", *kind.columns))
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            key = [header.cell(cells, name).upper() for name in (whose, "code", "modifier")]
            for name, value in zip((whose, "code"), key[:2], strict=True):
                if not value or " " in value:
                    refuse(member, line, header.column(name), f"a {name} without spaces", value)
            yield (" ".join(part for part in key if part), *days(member, line, header, cells), *_rate(
                member, line, header, cells, kind
            ))  # fmt: skip


def _rate(member: Member, line: int, header: Header, cells: Cells, kind: Kind) -> list[str]:
    values = [header.cell(cells, name).lstrip("$") for name in kind.columns]
    amount, facility, percent, of_schedule = values
    for name, value, shape in (
        ("amount", amount, _MONEY), ("facility_amount", facility, _MONEY), ("percent", percent, _PERCENT)
    ):  # fmt: skip
        if value and not shape.fullmatch(value):
            refuse(member, line, header.column(name), "an amount such as 117.58", value)
    if bool(amount) == bool(percent and of_schedule):
        refuse(member, line, header.column("amount"), "an amount, or a percent and of_schedule", "")
    return values


def read_own_coverage(member: Member, kind: Kind) -> Iterator[Row]:
    """The operator's own pairs: code, diagnosis, covered 1 or 0, payer, note, dates."""
    rows = member.rows()
    header = find_header(member, rows, ("code", "diagnosis", "covered"), ("payer", "note", "start", "end"))
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            code, diagnosis = (header.cell(cells, name).upper() for name in ("code", "diagnosis"))
            covered = header.cell(cells, "covered")
            for name, value in (("code", code), ("diagnosis", diagnosis.replace(".", ""))):
                if not re.fullmatch(r"[0-9A-Z]{3,7}", value):
                    refuse(member, line, header.column(name), f"a {name} without spaces", value)
            if covered not in ("0", "1"):
                refuse(member, line, header.column("covered"), "1 for covered or 0 for not", covered)
            own = (header.cell(cells, "payer"), covered, header.cell(cells, "note"))
            yield f"{code} {diagnosis.replace('.', '')}", *days(member, line, header, cells), *own
