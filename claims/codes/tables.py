"""The shipped tables, read once when first asked for.

A table is a CSV of ``code, start, end`` and columns of its own; both dates are inclusive, an empty one is
open. Lines that begin with ``#`` say its version and source.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_TABLES = (
    "addon", "bill_type", "clia", "icd10cm", "modifier", "mue", "pos", "ptp", "reject_reason", "revenue",
    "state",
)  # fmt: skip


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
    """One table with its version and source; ``seed`` says that it is a sample and proves no absence."""

    name: str
    version: str
    source: str
    rows: Mapping[str, tuple[CodeRow, ...]]
    seed: bool = True

    def __contains__(self, code: object) -> bool:
        return code in self.rows

    def on(self, code: str, day: date) -> CodeRow | None:
        """The row of the code that was in force on ``day``."""
        return next((row for row in self.rows.get(code, ()) if row.covers(day)), None)


@cache
def code_set(name: str) -> CodeSet:
    """The shipped table of that name; raises KeyError for a name that no table has."""
    if name not in _TABLES:
        raise KeyError(name)
    text = files("claims.codes.seed").joinpath(f"{name}.csv").read_text("utf-8")
    return parse(name, text.splitlines())


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
    return CodeSet(
        name, head["version"], head["source"], {code: tuple(found) for code, found in rows.items()}
    )


def versions() -> dict[str, str]:
    """The version of every table, as decisions record it."""
    return {name: code_set(name).version for name in _TABLES}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
