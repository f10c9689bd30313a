"""Making the file of a set: fresh rows are laid over the edition before, and what changed is counted.

Two kinds of source. A *dated* one tells every row's own dates and replaces what it speaks for. A *dateless*
one tells what holds from its edition's first day until the next edition that is loaded, so that editions may
be imported in any order: what was known of other days stays.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from claims.codes.files import Edition, read_edition
from claims.codes.sets import Kind
from claims.codes.tables import OPEN_END, OPEN_START, CodeRow

Row = tuple[str | int | None, ...]
"""Code, first and last day as ordinals, then the set's own columns; None where the source does not tell."""

_HASTY = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536", "temp_store = MEMORY")
_WORD = "substr(code, 1, instr(code || ' ', ' ') - 1)"
_TOLD = """
CREATE TEMP TABLE told AS SELECT code,
CASE WHEN was IS NULL THEN 'added' WHEN now IS NULL OR now < was THEN 'ended' ELSE 'changed' END what
FROM (SELECT code,
(SELECT max(last) FROM old.row o WHERE o.code = d.code) was,
(SELECT max(last) FROM fresh f WHERE f.code = d.code) now FROM temp.differing d)
"""
_EXAMPLES = """
SELECT what, code FROM (SELECT *, row_number() OVER (PARTITION BY what ORDER BY code) place FROM temp.told)
WHERE place <= 20 ORDER BY what, code
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many codes (or pairs) are new, differ, or came to an end; and the rows that are there now."""

    added: int
    changed: int
    ended: int
    rows: int
    examples: tuple[tuple[str, str], ...] = ()
    """Added, changed or ended, and the code: the first of each; none when nothing was there before."""

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.ended)


class Workbench:
    """A file in the making beside the one that it will replace."""

    def __init__(self, path: Path, kind: Kind, old: Path | None) -> None:
        self.kind = kind
        self._db = sqlite3.connect(path, isolation_level=None, uri=True)
        for pragma in _HASTY:
            self._db.execute(f"PRAGMA {pragma}")
        self._table("main.fresh")
        self._attach(old)
        self.finished = False
        self._db.execute("BEGIN")

    def _table(self, name: str) -> None:
        own = "".join(f', "{column}" TEXT' for column in self.kind.columns)
        self._db.execute(
            f"CREATE TABLE {name} (code TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL{own}, "
            "PRIMARY KEY (code, first)) WITHOUT ROWID"
        )

    def _attach(self, old: Path | None) -> None:
        self.before: Edition | None = None
        if old is None:
            self._db.execute("ATTACH ':memory:' AS old")
            self._table("old.row")
        else:
            self._db.execute("ATTACH ? AS old", (f"{old.absolute().as_uri()}?mode=ro&immutable=1",))
            self.before = read_edition(self._db, "old")

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows as they stream in; of two for one code and first day the later ending one stays."""
        marks = ", ".join("?" * (3 + len(self.kind.columns)))
        news = ", ".join(f'"{name}" = excluded."{name}"' for name in ("last", *self.kind.columns))
        self._db.executemany(
            f"INSERT INTO fresh VALUES ({marks}) ON CONFLICT (code, first) DO UPDATE SET {news} "
            "WHERE excluded.last > fresh.last",
            rows,
        )

    def count(self) -> int:
        return cast(int, self._one("SELECT count(*) FROM fresh"))

    def keep(self, rows: Iterable[CodeRow]) -> None:
        """Shipped rows that stay: as if they had been in the edition before."""
        if self.before is None:
            marks = ", ".join("?" * (3 + len(self.kind.columns)))
            self._db.executemany(f"INSERT INTO old.row VALUES ({marks})", map(self._plain, rows))

    def fill(self, known: Iterable[CodeRow] = ()) -> None:
        """What the source does not tell of a code is taken from the edition before, else from ``known``."""
        own = ", ".join(f'"{name}"' for name in self.kind.columns)
        self._db.execute(f"CREATE TEMP TABLE known (code TEXT PRIMARY KEY, {own})")
        marks = ", ".join("?" * (1 + len(self.kind.columns)))
        plain = (self._plain(row) for row in known)
        self._db.executemany(
            f"INSERT OR REPLACE INTO known VALUES ({marks})", ((p[0], *p[3:]) for p in plain)
        )
        for name in self.kind.columns:
            if self._one(f'SELECT EXISTS (SELECT 1 FROM fresh WHERE "{name}" IS NULL)'):
                of_code = "WHERE o.code = fresh.code ORDER BY first DESC LIMIT 1"
                before = f'SELECT "{name}" FROM old.row o {of_code}'
                otherwise = f'SELECT "{name}" FROM known k WHERE k.code = fresh.code'
                told = f"coalesce(({before}), ({otherwise}), '')"
                self._db.execute(f'UPDATE fresh SET "{name}" = {told} WHERE "{name}" IS NULL')

    def in_force(self, day: int, *, before: bool = False) -> int:
        """How many codes the new rows, or those of the edition before, have on a day."""
        rows = "old.row" if before else "fresh"
        day = max(day, OPEN_START + 1)
        return cast(int, self._one(f"SELECT count(*) FROM {rows} WHERE first <= {day} AND last >= {day}"))

    def latest_start(self) -> int:
        return cast(int, self._one("SELECT max(first) FROM fresh"))

    def lay_dated(self) -> None:
        """The rows of the edition before stay only where the source does not speak."""
        self._take("first, last", f"NOT ({self._scope()})")

    def lay_dateless(self, first: int, last: int, *, only_changes: bool = False) -> None:
        """The rows of the edition before stay on other days, and on all days where the source is silent."""
        scope = self._scope()
        if only_changes:
            self._db.execute("CREATE TEMP TABLE asked AS SELECT DISTINCT code AS name FROM fresh")
            scope = "code IN (SELECT name FROM temp.asked)"
        self._take("first, last", f"NOT ({scope}) OR last < {first} OR first > {last}")
        self._take(f"first, {first - 1}", f"({scope}) AND first < {first} AND last >= {first}")
        self._take(f"{last + 1}, last", f"({scope}) AND first <= {last} AND last > {last}")
        self._join(first - 1, first)
        self._join(last, last + 1)

    def _scope(self) -> str:
        """Which codes the source speaks for, as SQL over its column ``code``."""
        if not self.kind.part:
            return "1"
        self._db.execute(f"CREATE TEMP TABLE spoken AS SELECT DISTINCT {_WORD} AS name FROM fresh")
        if self.kind.part == "word":
            return f"{_WORD} IN (SELECT name FROM temp.spoken)"
        least, behind = "SELECT min(name) FROM temp.spoken", "SELECT max(name) || '!' FROM temp.spoken"
        return f"code >= ({least}) AND code < ({behind})"

    def _take(self, days: str, where: str) -> None:
        own = "".join(f', "{name}"' for name in self.kind.columns)
        self._db.execute(
            f"INSERT OR IGNORE INTO fresh SELECT code, {days}{own} FROM old.row WHERE {where} ORDER BY code"
        )

    def _join(self, last: int, first: int) -> None:
        """Two rows of a code that say the same and follow each other are one."""
        pairs = self._db.execute(
            "SELECT l.code, l.first, r.last FROM fresh l JOIN fresh r ON r.code = l.code "
            f"WHERE l.last = ? AND r.first = ? AND {self._alike('l', 'r')}",
            (last, first),
        ).fetchall()
        self._db.executemany("DELETE FROM fresh WHERE code = ? AND first = ?", ((p[0], first) for p in pairs))
        self._db.executemany(
            "UPDATE fresh SET last = ? WHERE code = ? AND first = ?", ((p[2], p[0], p[1]) for p in pairs)
        )

    def _alike(self, one: str, other: str) -> str:
        return " AND ".join(f'{one}."{name}" IS {other}."{name}"' for name in self.kind.columns) or "1"

    def changes(self) -> Changes:
        """Compare with the edition before, code by code."""
        rows = self.count()
        if self.before is None:
            return Changes(self._one("SELECT count(DISTINCT code) FROM fresh"), 0, 0, rows)
        same = f"o.code = f.code AND o.first = f.first AND o.last = f.last AND {self._alike('o', 'f')}"
        self._db.execute(
            "CREATE TEMP TABLE differing AS "
            f"SELECT code FROM fresh f WHERE NOT EXISTS (SELECT 1 FROM old.row o WHERE {same}) UNION "
            f"SELECT code FROM old.row o WHERE NOT EXISTS (SELECT 1 FROM fresh f WHERE {same})"
        )
        self._db.execute(_TOLD)
        counts = dict(self._db.execute("SELECT what, count(*) FROM temp.told GROUP BY what").fetchall())
        added, changed, ended = (counts.get(what, 0) for what in ("added", "changed", "ended"))
        return Changes(added, changed, ended, rows, tuple(self._db.execute(_EXAMPLES).fetchall()))

    def index_words(self, terms: Iterable[tuple[str, str]] = ()) -> None:
        """Full text over titles, and over inclusion terms: those given, else those of before."""
        title = next((name for name in ("title", "words") if name in self.kind.columns), None)
        if title is None:
            return
        self._db.execute("CREATE TEMP TABLE said (code TEXT PRIMARY KEY, terms TEXT)")
        self._db.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", terms)
        if self._one("SELECT EXISTS (SELECT 1 FROM old.sqlite_master WHERE name = 'words')"):
            self._db.execute("INSERT OR IGNORE INTO said SELECT code, terms FROM old.words")
        self._db.execute(
            "CREATE VIRTUAL TABLE words USING fts5 "
            "(code UNINDEXED, title, terms, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        self._db.execute("INSERT INTO words (words, rank) VALUES ('rank', 'bm25(0, 4, 3)')")
        self._db.execute(
            f"INSERT INTO words SELECT f.code, f.\"{title}\", coalesce(s.terms, '') FROM fresh f "
            "LEFT JOIN temp.said s USING (code) WHERE NOT EXISTS "
            f"(SELECT 1 FROM fresh g WHERE g.code = f.code AND g.first > f.first) AND f.\"{title}\" <> ''"
        )

    def finish(self, edition: Edition) -> None:
        """Write what the file says of itself, and close it."""
        self._db.execute("ALTER TABLE fresh RENAME TO row")
        self._db.execute("CREATE TABLE about (value TEXT)")
        self._db.execute("INSERT INTO about VALUES (?)", (json.dumps(edition.as_json()),))
        self._db.execute("COMMIT")
        self.close()
        self.finished = True

    def close(self) -> None:
        self._db.close()

    def _plain(self, row: CodeRow) -> Row:
        first = row.start.toordinal() if row.start else OPEN_START
        last = row.end.toordinal() if row.end else OPEN_END
        return (row.code, first, last, *(row.more.get(name, "") for name in self.kind.columns))

    def _one(self, sql: str) -> Any:
        return self._db.execute(sql).fetchone()[0]
