"""CMS: HCPCS Level II (ANWEB), the physician fee schedule's relative values, carrier amounts."""

import re
from collections.abc import Iterator
from datetime import date

from claims.codes.building import Row
from claims.codes.sets import Kind
from claims.codes.sources import Cells, Member, refuse
from claims.codes.tables import OPEN_END

_HCPCS = re.compile(r"[A-Z]\d{4}", re.ASCII)
_MODIFIER = re.compile(r"[A-Z][0-9A-Z]|[0-9][A-Z]|[0-9]{2}", re.ASCII)
_PROCEDURE, _FIRST = ("3", "4"), ("3", "7")
_ANWEB = {"code": "HCPC", "record": "RECID", "long": "LONG DESCRIPTION", "short": "SHORT DESCRIPTION",
          "coverage": "COV", "added": "ADD DT", "ends": "TERM DT", "action": "ACTION CD"}  # fmt: skip
_PLACES = {"code": (0, 5), "record": (10, 11), "long": (11, 91), "short": (91, 119), "coverage": (229, 230),
           "added": (268, 276), "ends": (284, 292), "action": (292, 293)}  # fmt: skip
_Record = dict[str, str]


def read_hcpcs(member: Member, kind: Kind) -> Iterator[Row]:
    """Procedure records for the set hcpcs, modifier records for the set modifier; titles may go on.

    The termination date is the last day; the date of the last action says nothing of validity.
    """
    modifiers = kind.name == "modifier"
    open_: _Record | None = None
    for line, record in _records(member):
        if (record["record"] in _PROCEDURE) == modifiers:
            continue
        if record["record"] in _FIRST:
            if open_:
                yield _hcpcs_row(member, int(open_["line"]), open_, modifiers)
            open_ = record | {"line": str(line)}
        elif open_ is None or open_["code"] != record["code"]:
            refuse(member, line, 1, "the first record of the code before its continuation", record["code"])
        else:
            open_["long"] = f"{open_['long']} {record['long']}".strip()
    if open_:
        yield _hcpcs_row(member, int(open_["line"]), open_, modifiers)


def _records(member: Member) -> Iterator[tuple[int, _Record]]:
    """From the text of 320 columns, or from the spreadsheet with the same fields."""
    found = 0
    if member.name.lower().endswith((".xlsx", ".csv")):
        places: dict[str, int] = {}
        for line, cells in member.rows():
            if places and any(cells):
                record = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
                yield line, _checked(member, line, record)
                found += 1
            elif "HCPC" in cells and "RECID" in cells:
                places = _sheet_places(member, line, cells)
    else:
        for line, text in member.lines():
            if text.strip():
                record = {name: text[at:to].strip() for name, (at, to) in _PLACES.items()}
                yield line, _checked(member, line, record)
                found += 1
    if not found:
        refuse(member, 1, 1, "records of the HCPCS file (ANWEB)", "")


def _sheet_places(member: Member, line: int, cells: Cells) -> dict[str, int]:
    names = [" ".join(cell.split()).upper() for cell in cells]
    for heading in _ANWEB.values():
        if heading not in names:
            refuse(member, line, 1, f"a column {heading}", "")
    return {name: names.index(heading) for name, heading in _ANWEB.items()}


def _checked(member: Member, line: int, record: _Record) -> _Record:
    if record["record"] not in ("3", "4", "7", "8"):
        refuse(member, line, 11, "the record code 3, 4, 7 or 8", record["record"])
    shape = _HCPCS if record["record"] in _PROCEDURE else _MODIFIER
    if not shape.fullmatch(record["code"]):
        refuse(member, line, 1, "a HCPCS code or modifier", record["code"])
    return record


def _hcpcs_row(member: Member, line: int, record: _Record, modifier: bool) -> Row:
    first = _day(member, line, 269, record["added"])
    last = _day(member, line, 285, record["ends"]) if record["ends"] else OPEN_END
    title = record["long"] or record["short"]
    own = (title, None) if modifier else (title, record["coverage"], record["action"])
    return record["code"], first, max(first, last), *own


def _day(member: Member, line: int, column: int, text: str) -> int:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()
    except ValueError:
        refuse(member, line, column, "a day, CCYYMMDD", text)


# Where each value of the set rvu stands in the CSV that has the column of 2026 (31 of 0 to 31).
_RVU_CSV = (2, 3, 5, 6, 8, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25)
_RVU_TEXT = (
    (7, 57), (57, 58), (59, 65), (66, 72), (75, 81), (84, 89), (102, 103), (103, 106), (106, 109),
    (109, 112), (112, 115), (115, 116), (116, 117), (117, 118), (118, 119), (119, 120), (127, 132),
    (132, 140),
)  # fmt: skip
_PRICING, _FACTOR = 23, 25
_NUMBER = re.compile(r"-?\d*\.?\d+", re.ASCII)
_GLOBAL = ("000", "010", "090", "MMM", "XXX", "YYY", "ZZZ", "")
_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)


def read_rvu(member: Member, kind: Kind) -> Iterator[Row]:
    """PPRRVU as CSV, spreadsheet or fixed text. The key is the code, with a modifier behind a space.

    Header names repeat, so columns go by position once the first ones are checked; files up to 2025 lack one.
    """
    if member.name.lower().endswith((".csv", ".xlsx")):
        yield from _rvu_table(member)
        return
    line = 0
    for line, text in member.lines():
        if text.strip() and not text.startswith("HDR"):
            values = [text[at:to].strip() for at, to in _RVU_TEXT]
            yield _rvu_row(member, line, text[:5].strip(), text[5:7].strip(), values, (60, 104))
    if not line:
        refuse(member, 1, 1, "relative values", "")


def _rvu_table(member: Member) -> Iterator[Row]:
    places: list[int] = []
    line = 0
    for line, cells in member.rows():
        if places and _CODE.fullmatch(cells[0].strip() if cells else ""):
            if len(cells) <= places[-1]:
                refuse(member, line, len(cells), f"{places[-1] + 1} columns", "")
            values = [cells[place].strip() for place in places]
            yield _rvu_row(member, line, cells[0].strip(), cells[1].strip(), values, (6, places[7] + 1))
        elif places and any(cell.strip() for cell in cells):
            refuse(member, line, 1, "a code of five characters", cells[0])
        elif [cell.strip().upper() for cell in cells[:3]] == ["HCPCS", "MOD", "DESCRIPTION"]:
            places = _rvu_places(member, line, cells)
    if not places:
        refuse(member, line or 1, 1, "the header HCPCS, MOD, DESCRIPTION", "")


def _rvu_places(member: Member, line: int, cells: Cells) -> list[int]:
    """The conversion factor's place tells whether the column of 2026 is there."""
    recent = [cell.strip().upper().endswith("FACTOR") for cell in (*cells, "", "")[_FACTOR - 1 : _FACTOR + 1]]
    if recent not in ([True, False], [False, True]):
        refuse(member, line, _FACTOR, "the conversion factor", "")
    return [at - (at > _PRICING and recent[0]) for at in _RVU_CSV]


def _rvu_row(
    member: Member, line: int, code: str, modifier: str, values: list[str], at: tuple[int, int]
) -> Row:
    if not _CODE.fullmatch(code):
        refuse(member, line, 1, "a code of five characters", code)
    if values[2] and not _NUMBER.fullmatch(values[2]):
        refuse(member, line, at[0], "the work RVU", values[2])
    if values[7] not in _GLOBAL:
        refuse(member, line, at[1], "the global days 000, 010, 090, MMM, XXX, YYY or ZZZ", values[7])
    # The description is the AMA's short descriptor for CPT codes: only HCPCS ones are kept.
    title = values[0] if code[0].isalpha() else ""
    return f"{code} {modifier}".strip(), None, None, title, *values[1:]


_CARRIER = ("the year", "the contractor (MAC)", "the locality", "a code of five characters")
_CARRIER_SHAPES = tuple(map(re.compile, (r"\d{4}", r"\d{5}", r"\d\d", r"[0-9A-Z]{5}")))
_FEE = re.compile(r"\d+\.\d\d", re.ASCII)


def read_carrier_amounts(member: Member, kind: Kind) -> Iterator[Row]:
    """PFALL: quoted CSV without header. The schedule is MAC and locality, since localities repeat."""
    for line, cells in member.rows():
        values = [cell.strip() for cell in cells]
        if not any(values):
            continue
        for column, (shape, expected) in enumerate(zip(_CARRIER_SHAPES, _CARRIER, strict=True), 1):
            if len(values) < 7 or not shape.fullmatch(values[column - 1]):
                refuse(member, line, column, expected, values[column - 1] if column <= len(values) else "")
        _, mac, locality, code, modifier, amount, facility = values[:7]
        for column, fee in ((6, amount), (7, facility)):
            if not _FEE.fullmatch(fee):
                refuse(member, line, column, "an amount such as 0000117.58", fee)
        key = f"MEDICARE-{mac}-{locality} {code} {modifier}".strip()
        yield key, None, None, _plain(amount), _plain(facility), "", ""


def _plain(amount: str) -> str:
    return amount.lstrip("0").rjust(4, "0") if amount.lstrip("0").startswith(".") else amount.lstrip("0")
