"""Asking the code sets: what a code was on a day, many codes at once, and which edition answered."""

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import Lock

from claims.codes.files import FOLDER, Edition, SetFile, path_of
from claims.codes.sets import KINDS, MUE, PTP
from claims.codes.tables import CodeRow, CodeSet, code_set

_KEPT = 20_000  # codes of a set, twice: what was asked of late, and what was asked before that
Rows = tuple[CodeRow, ...]


class Standing(StrEnum):
    """What the tables say of a code on a day."""

    VALID = "valid"
    NOT_IN_FORCE = "not_in_force"
    INVALID = "invalid"
    """The whole set of that day is loaded, and the code is not in it."""
    UNKNOWN = "unknown"
    """Not in the rows at hand, which are not the whole set of that day: nothing follows."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An NCCI pair in force: column 2 is part of column 1, unless a modifier may say otherwise."""

    column1: str
    column2: str
    modifier_allowed: bool


@dataclass(frozen=True, slots=True)
class Units:
    """An MUE in force: at most ``most`` units; ``mai`` 1 a line, 2 a day (absolute), 3 a day (clinical)."""

    code: str
    most: int
    mai: str


class _Shelf:
    """One set with what was asked of it lately; bounded, so that full-size tables stay on disk."""

    def __init__(self, source: SetFile | CodeSet) -> None:
        self.source = source
        self.edition = _shipped(source) if isinstance(source, CodeSet) else source.edition
        self._late: dict[str, Rows] = {}
        self._before: dict[str, Rows] = {}

    def find(self, code: str) -> Rows:
        if isinstance(self.source, CodeSet):
            return self.source.rows.get(code, ())
        rows = self._late.get(code)
        if rows is None:
            self.fetch((code,))
            rows = self._late.get(code, ())
        return rows

    def fetch(self, codes: Collection[str]) -> None:
        """Read what is not at hand yet, in one query."""
        if isinstance(self.source, CodeSet):
            return
        late, before = self._late, self._before
        missing = {code for code in codes if code not in late}
        moved = {code: before[code] for code in missing if code in before}
        asked = missing.difference(moved)
        found = self.source.rows(asked) if asked else {}
        if len(late) + len(missing) > _KEPT:
            self._before, self._late = late, {code: late[code] for code in codes if code in late}
        self._late.update(moved)
        self._late.update((code, tuple(found.get(code, ()))) for code in asked)


class Codes:
    """The code sets of one home: what was imported, and the shipped rows where nothing was.

    It keeps the editions that it opened; `open_codes` gives a new one after an import. Threads may share it.
    """

    def __init__(self, home: Path | None = None) -> None:
        paths = {name: path_of(home, name) for name in KINDS} if home else {}
        files = {name: SetFile(path, KINDS[name]) for name, path in paths.items() if path.exists()}
        self._shelves = {name: _Shelf(file) for name, file in files.items()}

    def on(self, name: str, code: str, day: date) -> CodeRow | None:
        """The row of a code in the set ``name`` that was in force on ``day``."""
        for row in self._shelf(name).find(code):
            if row.covers(day):
                return row
        return None

    def spans(self, name: str, code: str) -> Rows:
        """Every row of a code, latest first where a file has it; empty when there is none."""
        return self._shelf(name).find(code)

    def many(self, name: str, codes: Collection[str], day: date) -> dict[str, CodeRow]:
        """The rows in force on ``day`` by code, in one query."""
        self._shelf(name).fetch(codes)
        found = ((code, self.on(name, code, day)) for code in codes)
        return {code: row for code, row in found if row is not None}

    def below(self, name: str, prefix: str, day: date) -> list[CodeRow]:
        """The rows in force on ``day`` of the codes that begin with ``prefix``, in the order of the codes."""
        source = self._shelf(name).source
        if isinstance(source, SetFile):
            return [row for row in source.below(prefix) if row.covers(day)]
        codes = sorted(code for code in source.rows if code.startswith(prefix))
        return [row for code in codes for row in source.rows[code] if row.covers(day)]

    def prepare(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Read all that many claims will ask, in one query a set; what was read before is not read again."""
        for name, codes in wanted.items():
            self._shelf(name).fetch(codes)

    def standing(self, name: str, code: str, day: date) -> Standing:
        """Valid, not in force, invalid (the whole set is loaded) or unknown (it is not)."""
        if self.on(name, code, day) is not None:
            return Standing.VALID
        edition, spans = self.edition(name), self.spans(name, code)
        if edition.complete_on(day):
            return Standing.NOT_IN_FORCE if spans else Standing.INVALID
        told = any(row.end and row.end < day for row in spans) or (edition.seed and spans)
        return Standing.NOT_IN_FORCE if told else Standing.UNKNOWN

    def pairs(self, setting: str, pairs: Iterable[tuple[str, str]], day: date) -> list[Pair]:
        """The NCCI pairs (column 1, column 2) in force on ``day``; ``setting`` practitioner or outpatient."""
        asked = {pair_key(*pair): pair for pair in pairs}
        found = self.many(f"{PTP}_{setting}", asked, day).items()
        said = [(asked[key], row.more["indicator"]) for key, row in found]
        return [Pair(*pair, indicator == "1") for pair, indicator in said if indicator != "9"]

    def mue(self, setting: str, codes: Collection[str], day: date) -> dict[str, Units]:
        """The most units by code; ``setting`` practitioner, outpatient or dme."""
        found = self.many(f"{MUE}_{setting}", codes, day)
        return {code: Units(code, int(row.more["units"]), row.more["mai"]) for code, row in found.items()}

    def edition(self, name: str) -> Edition:
        return self._shelf(name).edition

    def editions(self) -> list[Edition]:
        """What is loaded of every set, in the order of `claims.codes.sets`."""
        return [self.edition(name) for name in KINDS]

    @cached_property
    def version(self) -> str:
        """What a decision records: a hash over all editions; `claims.reference` keeps what it stands for."""
        return hashlib.sha256("".join(each.digest for each in self.editions()).encode()).hexdigest()[:16]

    def file(self, name: str) -> SetFile | None:
        """The imported file of a set, if there is one."""
        source = self._shelf(name).source
        return source if isinstance(source, SetFile) else None

    def shipped(self, name: str) -> CodeSet:
        """The shipped rows of a set."""
        return code_set(name)

    def _shelf(self, name: str) -> _Shelf:
        shelf = self._shelves.get(name)
        if shelf is None:
            shelf = self._shelves.setdefault(name, _Shelf(code_set(name)))
        return shelf


def pair_key(column1: str, column2: str) -> str:
    """How a pair of codes is kept in a set of pairs."""
    return f"{column1} {column2}"


def _shipped(shipped: CodeSet) -> Edition:
    days = [row.start for rows in shipped.rows.values() for row in rows if row.start]
    return Edition(
        set=shipped.name,
        version=shipped.version,
        source=shipped.source,
        rows=sum(len(rows) for rows in shipped.rows.values()),
        digest=shipped.digest,
        seed=not shipped.complete,
        complete_from=min(days, default=date.min) if shipped.complete else None,
    )


_opened: dict[Path, tuple[int, Codes]] = {}
_opening = Lock()


def open_codes(home: Path) -> Codes:
    """The code sets of a home, opened once a process and again after an import."""
    stamp = _stamp(home)
    with _opening:
        known = _opened.get(home)
        if known is None or known[0] != stamp:
            known = _opened[home] = (stamp, Codes(home))
        return known[1]


def _stamp(home: Path) -> int:
    """When a file last came into or left the folder."""
    try:
        return os.stat(home / FOLDER).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return 0
