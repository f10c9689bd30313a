"""Benchmarks of coding patterns: tables that the operator imports, kept whole with their digest.

A CSV with the columns ``measure, code, specialty, share, source``; docs/coding.md. We ship none.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from claims import events
from claims.coding.families import LEVELS, levels_of
from claims.errors import BadInput
from claims.events import Act, Story
from claims.model import ReferenceVersion

KIND, NAME = "benchmark", "coding patterns"
COLUMNS = ("measure", "code", "specialty", "share", "source")
LEVEL, MODIFIER_25, MODIFIER_59, UNITS, UNSPECIFIED = (
    "level", "modifier_25", "modifier_59", "units", "unspecified",
)  # fmt: skip
MEASURES = (LEVEL, MODIFIER_25, MODIFIER_59, UNITS, UNSPECIFIED)
_SPECIALTY = re.compile(r"[0-9]{3}[0-9A-Z]{6}X|", re.ASCII)
_SHARE = re.compile(r"(?:0?\.\d+|0|1|1\.0+|\d{1,2}(?:\.\d+)? ?%|100 ?%)", re.ASCII)
_LOOSE = 0.02

Shares = Mapping[tuple[str, str, str], float]


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """Shares by measure, code (visits' levels alone) and specialty; an empty specialty is everybody."""

    shares: Shares
    digest: str = ""

    def share(self, measure: str, code: str = "", specialty: str = "") -> float | None:
        found = self.shares.get((measure, code, specialty))
        return self.shares.get((measure, code, "")) if found is None else found


def in_force(session: Session) -> Benchmarks:
    """The table that was imported last; an empty one where none was."""
    latest = session.exec(
        select(ReferenceVersion)
        .where(ReferenceVersion.kind == KIND, ReferenceVersion.name == NAME)
        .order_by(col(ReferenceVersion.since).desc())
    ).first()
    if latest is None:
        return Benchmarks({})
    rows = {(r["measure"], r["code"], r["specialty"]): float(r["share"]) for r in latest.content["rows"]}
    return Benchmarks(rows, latest.digest)


def store(session: Session, act: Act, content: bytes) -> int:
    """Read and keep a table, from now on in force; returns its rows. A second time it is only in force again.

    Raises BadInput naming line and column; then nothing has changed.
    """
    rows = read(content)
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
    kept = session.exec(select(ReferenceVersion).where(ReferenceVersion.digest == digest)).first()
    if kept is None:
        kept = ReferenceVersion(
            kind=KIND, name=NAME, digest=digest, content={"rows": rows}, since=act.at.real
        )
    kept.since = act.at.real
    session.add(kept)
    session.flush()
    story = Story("a table of coding benchmarks is in force", {"digest": digest, "rows": len(rows)})
    events.note(session, act, "benchmarks_imported", story)
    return len(rows)


def read(content: bytes) -> list[dict[str, str]]:
    """The rows of a benchmark file, shares as decimals; raises BadInput naming line and column."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise BadInput("The file is not UTF-8.", tip="Save it as CSV UTF-8.") from wrong
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(f"Line 1 lacks the column {missing[0]}.", tip=f"The columns are {', '.join(COLUMNS)}.")
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in reader:
        plain = _row(row, reader.line_num)
        key = (plain["measure"], plain["code"], plain["specialty"])
        if key in rows:
            raise _wrong(reader.line_num, "measure", "the same as a line before")
        rows[key] = plain
    if not rows:
        raise BadInput("The file has no rows.", tip="See docs/coding.md for its columns.")
    _require_whole_levels(rows)
    return list(rows.values())


def _row(row: Mapping[str, str | None], line: int) -> dict[str, str]:
    plain = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if plain["measure"] not in MEASURES:
        raise _wrong(line, "measure", f"one of {', '.join(MEASURES)}")
    if (plain["measure"] == LEVEL) != bool(plain["code"]) or (plain["code"] and not levels_of(plain["code"])):
        raise _wrong(line, "code", "a visit's code with the measure level, else empty")
    if not _SPECIALTY.fullmatch(plain["specialty"]):
        raise _wrong(line, "specialty", "a taxonomy code of ten characters, or empty")
    if not _SHARE.fullmatch(plain["share"]):
        raise _wrong(line, "share", "a share from 0 to 1, or in %")
    if not plain["source"]:
        raise _wrong(line, "source", "where the figure is from")
    number = float(plain["share"].rstrip(" %"))
    return {**plain, "share": str(number / 100 if "%" in plain["share"] else number)}


def _require_whole_levels(rows: Mapping[tuple[str, str, str], Mapping[str, str]]) -> None:
    """A distribution is whole: the levels of a kind of visit add up to one, for each specialty."""
    for specialty in {key[2] for key in rows if key[0] == LEVEL}:
        for name, codes in LEVELS.items():
            keys = [(LEVEL, code, specialty) for code in codes]
            shares = [float(rows[key]["share"]) for key in keys if key in rows]
            if shares and abs(sum(shares) - 1) > _LOOSE:
                whose = f" for {specialty}" if specialty else ""
                raise BadInput(
                    f"The shares of {name} add up to {sum(shares):.2f}{whose}.",
                    tip="Give every level that occurs; together they are 1.",
                )


def _wrong(line: int, column: str, expected: str) -> BadInput:
    return BadInput(f"Line {line}, column {column}: {expected} was expected.", tip="Nothing was imported.")
