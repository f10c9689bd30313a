"""The file of one imported set: an SQLite file of its own in ``CLEANCLAIM_HOME/codes``, only ever read.

A new edition is a new file that takes the place of the old one in one step (`claims.codes.importing`), so
that any number of processes read without locks and a reader keeps the edition that it opened.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from claims.codes.sets import Kind
from claims.codes.tables import OPEN_END, OPEN_START, CodeRow
from claims.errors import BadInput
from claims.portions import in_portions

FOLDER = "codes"
MARKS = ("\x02", "\x03")
_PAGES_KIB = 8_192
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Edition:
    """What is loaded of a set. ``seed`` says that only the shipped rows are there.

    A code that is missing is *invalid* from ``complete_from`` to ``complete_until``, both inclusive, and
    *unknown* on other days. ``digest`` is a hash over every file that made this edition, ``days`` the first
    days of the editions that it was made of, ``last_file`` the hash of what was imported last.
    """

    set: str
    version: str
    source: str
    rows: int
    digest: str
    seed: bool = False
    complete_from: date | None = None
    complete_until: date | None = None
    days: tuple[date, ...] = ()
    last_file: str = ""

    def complete_on(self, day: date) -> bool:
        first, last = self.complete_from, self.complete_until
        return first is not None and first <= day and (last is None or day <= last)

    def as_json(self) -> dict[str, Any]:
        plain = {name: str(v) if isinstance(v, date) else v for name, v in asdict(self).items()}
        return plain | {"days": [str(day) for day in self.days]}


def columns_of(kind: Kind, table: str = "") -> str:
    """The columns of a set's file in their order: code, first and last day (ordinals), and its own."""
    return ", ".join(f'{table}"{name}"' for name in ("code", "first", "last", *kind.columns))


def path_of(home: Path, name: str) -> Path:
    return home / FOLDER / f"{name}.db"


class SetFile:
    """One set, opened for reading; safe to share between threads."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self.kind = kind
        self._lock = Lock()
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._db.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
            self.edition = read_edition(self._db)
        except (sqlite3.DatabaseError, ValueError, TypeError) as broken:
            raise BadInput(
                f"The code file {path.name} cannot be read.", tip="Delete it and import its set again."
            ) from broken
        self._select = f"SELECT {columns_of(kind)} FROM row"

    def rows(self, codes: Collection[str]) -> dict[str, list[CodeRow]]:
        """The rows of these codes, latest first; codes without any are left out. One query for all."""
        found: dict[str, list[CodeRow]] = {}
        for some in in_portions(sorted(codes), _AT_ONCE):
            asked = json.dumps(some)
            sql = f"{self._select} WHERE code IN (SELECT value FROM json_each(?))"
            for row in self._all(sql, (asked,)):
                found.setdefault(row[0], []).append(self.row(row))
        for several in found.values():
            if len(several) > 1:
                several.sort(key=lambda row: row.start or date.min, reverse=True)
        return found

    def below(self, prefix: str) -> Iterator[CodeRow]:
        """The rows of every code that begins with ``prefix``, in the order of the codes."""
        sql = f"{self._select} WHERE code >= ? AND code < ? ORDER BY code, first DESC"
        return map(self.row, self._all(sql, (prefix, prefix + "\uffff")))

    def match(self, query: str, day: int, limit: int) -> list[tuple[CodeRow, str, str]]:
        """Rows in force on the ordinal ``day`` that match an FTS5 query, best first.

        With each its title and terms, the matching words between `MARKS`.
        """
        marks = ", ".join(f"highlight(words, {column}, ?, ?)" for column in (1, 2))
        sql = (
            f"SELECT {columns_of(self.kind, 'row.')}, {marks} FROM words "
            "JOIN row ON row.code = words.code AND row.first <= ? AND row.last >= ? "
            "WHERE words MATCH ? ORDER BY words.rank LIMIT ?"
        )
        found = self._all(sql, (*MARKS, *MARKS, day, day, query, limit))
        return [(self.row(row), row[-2], row[-1]) for row in found]

    def row(self, row: tuple[Any, ...]) -> CodeRow:
        code, first, last = row[:3]
        start = None if first == OPEN_START else date.fromordinal(first)
        end = None if last == OPEN_END else date.fromordinal(last)
        return CodeRow(code, start, end, dict(zip(self.kind.columns, row[3:], strict=False)))

    def close(self) -> None:
        self._db.close()

    def _all(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def peek(path: Path) -> Edition:
    """What a set's file says of itself."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        return read_edition(db)


def read_edition(db: sqlite3.Connection, schema: str = "main") -> Edition:
    """What the file says of itself."""
    told = json.loads(db.execute(f"SELECT value FROM {schema}.about").fetchone()[0])
    for name in ("complete_from", "complete_until"):
        told[name] = date.fromisoformat(told[name]) if told[name] else None
    told["days"] = tuple(map(date.fromisoformat, told["days"]))
    return Edition(**told)
