"""Rows of code sets, and the shipped tables, each read once when first asked for.

A shipped table is a CSV of ``code, start, end`` and columns of its own; both dates are inclusive, an empty
one is open. Lines that begin with ``#`` say its version, its source, and whether it is complete.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files

OPEN_START, OPEN_END = 0, date.max.toordinal()
"""How an open date is kept in files: as the ordinal before all days, and as the last day there is."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code in one span of time; ``more`` has the table's own columns."""

    code: str
    start: date | None
    end: date | None
    more: Mapping[str, str]

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class CodeSet:
    """One shipped table with its version and source; ``complete`` says that no code is missing from it."""

    name: str
    version: str
    source: str
    rows: Mapping[str, tuple[CodeRow, ...]] = field(repr=False)
    complete: bool = False
    digest: str = ""

    def __contains__(self, code: object) -> bool:
        return code in self.rows

    def on(self, code: str, day: date) -> CodeRow | None:
        """The row of the code that was in force on ``day``."""
        return next((row for row in self.rows.get(code, ()) if row.covers(day)), None)


@cache
def code_set(name: str) -> CodeSet:
    """The shipped table of that name, empty where none is shipped."""
    file = files("claims.codes.seed").joinpath(f"{name}.csv")
    if not file.is_file():
        return CodeSet(name, "none", "nothing is shipped: import the official file", {})
    data = file.read_bytes()
    shipped = parse(name, data.decode().splitlines())
    return replace(shipped, digest=hashlib.sha256(data).hexdigest())


def parse(name: str, lines: Iterable[str]) -> CodeSet:
    """A table from the lines of its CSV."""
    head: dict[str, str] = {}
    body = []
    for line in lines:
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            head[key.strip()] = value.strip()
        elif line:
            body.append(line)
    rows: dict[str, list[CodeRow]] = {}
    for record in csv.DictReader(body):
        row = CodeRow(record.pop("code"), _day(record.pop("start")), _day(record.pop("end")), record)
        rows.setdefault(row.code, []).append(row)
    found = {code: tuple(several) for code, several in rows.items()}
    return CodeSet(name, head["version"], head["source"], found, head.get("complete") == "yes")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
