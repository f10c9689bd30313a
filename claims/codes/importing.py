"""Importing a set: read as a stream, laid over what is there, put in place in one step."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from claims.codes.building import Changes, Row, Workbench
from claims.codes.files import Edition, path_of
from claims.codes.layouts import EXPORTS, layout_of
from claims.codes.layouts.editions import edition_day, version_of
from claims.codes.sets import KINDS, Kind, kind_of, known_as
from claims.codes.sources import Member, members
from claims.codes.tables import OPEN_END, OPEN_START, code_set
from claims.errors import BadInput

Terms = Iterator[tuple[str, str]]
FAMILIES = {"coverage": ("coverage_article", "coverage_diagnosis", "coverage")}
"""Sets that one file fills together."""
_FEW, _KEPT_AT_LEAST = 20, 0.75
_SETTINGS = {
    "ptp": (
        ("practitioner", "ptp_practitioner"), ("ccipra", "ptp_practitioner"),
        ("hospital", "ptp_outpatient"), ("ccioph", "ptp_outpatient"),
    ),
    "mue": (
        ("practitioner", "mue_practitioner"), ("hospital", "mue_outpatient"), ("dme", "mue_dme"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to a set."""

    edition: Edition
    changes: Changes

    def as_json(self) -> dict[str, Any]:
        found = self.changes
        counts = {"added": found.added, "changed": found.changed, "ended": found.ended}
        listed = [{"what": what, "code": code} for what, code in found.examples]
        return self.edition.as_json() | counts | {"examples": listed}


def import_files(
    home: Path, name: str, paths: Sequence[Path], day: date | None = None, *, fewer: bool = False
) -> list[Imported]:
    """Import the official files of a set; several are its parts. A second time changes nothing.

    ``day`` is the first day for which they hold, where neither names nor rows tell it. Raises BadInput with
    file, line and column when the layout is another one, and for a whole set that would lose much of what
    is in force, as a file that was cut short does, unless ``fewer``: then nothing is changed.
    """
    found = [member for path in paths for member in members(path)]
    if not found:
        raise BadInput(f"{paths[0].name} is an empty zip.", tip="Fetch it again.")
    source = ", ".join(path.name for path in paths)
    names = [*(path.name for path in paths), *(member.name for member in found)]
    day = day or next(filter(None, map(edition_day, names)), None)
    version = next(filter(None, map(version_of, names)), "")
    sha256 = hashlib.sha256(f"{day} {' '.join(map(_sha256, paths))}".encode()).hexdigest()
    made = []
    for each in FAMILIES.get(name, (name,)):
        rows, only_changes = _reading(KINDS[each], found)
        made.append(build(home, Source(KINDS[each], source, version, sha256, day, only_changes, fewer), rows))
    return made


def _reading(kind: Kind, found: Sequence[Member]) -> tuple[Iterator[Row], bool]:
    """The rows of a set in these files, and whether they tell changes alone."""
    if kind.name in EXPORTS:
        tables = {member.name.rsplit(".", 1)[0].lower(): member for member in found}
        return EXPORTS[kind.name](tables, kind), False
    layout = layout_of(kind, found)
    chosen = layout.chosen(found)
    return (row for each in chosen for row in layout.read(each, kind)), all(map(layout.only_changes, chosen))


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from, and the first day for which they hold, where that is known. ``fewer`` says that
    they may be far fewer than before."""

    kind: Kind
    name: str
    version: str
    digest: str
    day: date | None
    only_changes: bool = False
    fewer: bool = False
    complete_from: date | None = None
    complete_until: date | None = None
    days: tuple[date, ...] = ()


def build(
    home: Path, source: Source, rows: Iterator[Row], terms: Callable[[], Terms] = lambda: iter(())
) -> Imported:
    """Make the set's new file from ``rows`` and what is there, and put it in place in one step.

    ``terms`` are further words by code, for the search.
    """
    with _making(path_of(home, source.kind.name)) as (bench, old):
        if bench.before and bench.before.last_file == source.digest:
            return Imported(bench.before, Changes(0, 0, 0, bench.before.rows))
        edition, changes = _fill(bench, source, rows)
        if old and not changes.any and not _news(bench.before, edition):
            return Imported(bench.before or edition, changes)
        bench.index_words(terms())
        bench.finish(edition)
    return Imported(edition, changes)


def _news(before: Edition | None, edition: Edition) -> bool:
    """The same rows may be a new edition: then they hold for longer."""
    return before is None or (before.version, before.complete_from, before.complete_until) != (
        edition.version,
        edition.complete_from,
        edition.complete_until,
    )


@contextmanager
def _making(path: Path) -> Iterator[tuple[Workbench, bool]]:
    """A workbench for the file at ``path``; what it finished takes the place, what it did not is removed."""
    folder = path.parent
    for each in (folder.parent, folder):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f".{path.stem}.new"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one import at a time: each builds on what the one before left
        fresh.unlink(missing_ok=True)
        old = path.exists()
        bench = Workbench(fresh, KINDS[path.stem], path if old else None)
        try:
            yield bench, old
            if bench.finished:
                fresh.chmod(0o600)
                with fresh.open("rb") as written:
                    os.fsync(written.fileno())
                os.replace(fresh, path)
        finally:
            bench.close()
            fresh.unlink(missing_ok=True)


def _fill(bench: Workbench, source: Source, rows: Iterator[Row]) -> tuple[Edition, Changes]:
    kind, before, day = source.kind, bench.before, source.day
    first = next(rows, None)
    if first is None:
        raise BadInput(f"{source.name} has no rows.", tip="Nothing was changed. Fetch it again.")
    shipped = [row for several in code_set(kind.name).rows.values() for row in several]
    if kind.keeps_seed:
        bench.keep(shipped)
    if first[1] is not None:
        bench.add(chain((first,), rows))
        bench.fill(shipped)
        day = day or _begin(bench.latest_start())
        _refuse_older(source, before, day)
        bench.lay_dated()
    else:
        day = _wanted(source, day)
        later = min((each for each in before.days if each > day), default=None) if before else None
        last = later.toordinal() - 1 if later else OPEN_END
        bench.add((row[0], day.toordinal(), last, *row[3:]) for row in chain((first,), rows))
        bench.fill(shipped)
        bench.lay_dateless(day.toordinal(), last, only_changes=source.only_changes)
    _refuse_cut_short(source, bench, day)
    return _edition(source, before, day, bench.count()), bench.changes()


def _refuse_cut_short(source: Source, bench: Workbench, day: date) -> None:
    """Nobody drops a quarter of a set at once, but half a file looks like it, and makes every claim wrong."""
    if source.fewer or source.only_changes or source.kind.part:
        return
    shipped = code_set(source.kind.name)
    was = bench.in_force(day.toordinal(), before=True)
    was = was or (len(shipped.rows) if shipped.complete else 0)
    now = bench.in_force(day.toordinal())
    if was >= _FEW and now < was * _KEPT_AT_LEAST:
        raise BadInput(
            f"{source.name} has {now:,} codes where {was:,} are in force: it looks cut short.",
            tip="Nothing was changed. Fetch it again; if it is whole, import it with --fewer.",
        )


def _begin(first: int) -> date:
    return date.min if first == OPEN_START else date.fromordinal(first)


def _wanted(source: Source, day: date | None) -> date:
    if day is None and source.kind.months:
        tip = "Nothing was changed. Say from which day on it holds: --from 2026-01-01."
        raise BadInput(f"Neither {source.name} nor its rows tell which edition it is.", tip=tip)
    return day or date.min


def _refuse_older(source: Source, before: Edition | None, day: date) -> None:
    if before is not None and before.days and day < max(before.days):
        raise BadInput(
            f"{source.name} is the edition of {day}; that of {max(before.days)} is loaded and has its rows.",
            tip="Nothing was changed.",
        )


def _edition(source: Source, before: Edition | None, day: date, rows: int) -> Edition:
    """The edition that is there now; older ones imported later do not change its name."""
    days = tuple(sorted({day, *source.days, *(before.days if before else ())}))
    newest = before is None or day >= max(before.days, default=date.min)
    first, last = source.complete_from or day, source.complete_until or _lasts(source.kind, max(days))
    if before is not None and before.complete_from is not None:
        first = min(first, before.complete_from)
        last = max(last, before.complete_until) if last and before.complete_until else last
    kept = before if before and not newest else None
    return Edition(
        set=source.kind.name,
        version=kept.version if kept else source.version or _unnamed(source, day),
        source=kept.source if kept else source.name,
        rows=rows,
        digest=hashlib.sha256(f"{before.digest if before else ''}{source.digest}".encode()).hexdigest(),
        complete_from=first,
        complete_until=last,
        days=days,
        last_file=source.digest,
    )


def _unnamed(source: Source, day: date) -> str:
    return day.isoformat() if day > date.min else f"file {source.digest[:8]}"


def _lasts(kind: Kind, day: date) -> date | None:
    """The last day of an edition that begins on ``day``."""
    if not kind.months:
        return None
    months = day.month - 1 + kind.months
    return date(day.year + months // 12, months % 12 + 1, 1) - timedelta(1)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def set_of(name: str, paths: Sequence[Path]) -> str:
    """The set that a person means; of pairs and units, the setting that the files' names tell.

    Raises NotFound for no set, BadInput where the names do not tell.
    """
    family = _SETTINGS.get(known_as(name))
    if family is None:
        return kind_of(name).name
    told = {each for path in paths for word, each in family if word in path.name.lower()}
    if len(told) == 1:
        return told.pop()
    choices = ", ".join(dict.fromkeys(each for _, each in family))
    raise BadInput(f"The file names do not tell the setting of {name}.", tip=f"Choose one of {choices}.")
