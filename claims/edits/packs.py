"""The operator's packs as edits: read from the home folder, compiled, and each version kept in the database.

They are read again when a file changes, as the code sets are; a pack that is wrong stops every step, since
nobody knows what it would have held.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

from sqlmodel import Session, col, select

from claims import events
from claims.database import add_if_absent
from claims.edits.amend import SETTABLE, AmendmentRefused, accepted_value
from claims.edits.catalogue import Edit, Own, catalogue
from claims.edits.conditions import Condition, WrongCondition, check
from claims.errors import BadSettings
from claims.events import Act, Story
from claims.findings import Severity
from claims.model import EventRow, Queue, ReferenceVersion
from config.edit_packs import FOLDER, Pack, PackEdit, load_packs
from config.payers import PayerProfile
from config.settings import Settings, SettingsProblem

KINDS = ("commercial", "medicare", "medicare_advantage", "medicaid")
CHANGED = "edit_packs_changed"
_TIP = "docs/edits.md shows how a pack is written; correct it and start again."


@dataclass(frozen=True, eq=False)
class Packs:
    """The packs of a home and their edits. ``versions`` is what a decision records."""

    packs: tuple[Pack, ...] = ()
    edits: tuple[Edit, ...] = ()

    @cached_property
    def versions(self) -> dict[str, str]:
        return {pack.name: pack.digest for pack in self.packs}

    @cached_property
    def amending(self) -> tuple[Edit, ...]:
        """The edits that change a claim."""
        return tuple(each for each in self.edits if each.own and each.own.does in ("set", "add_modifier"))


NO_PACKS = Packs()


def compile_packs(packs: Sequence[Pack], payers: Mapping[str, PayerProfile] | None = None) -> Packs:
    """The packs with their conditions compiled; raises BadSettings naming file, edit, what is allowed.

    ``payers`` are the known ones; without them any payer id is taken.
    """
    problems: list[str] = []
    ids = [each.id for each in catalogue()]
    edits = []
    for pack in packs:
        for number, entry in enumerate(pack.edit, 1):
            where = f"{pack.name}.toml, edit {number} ({entry.id})"
            if entry.id in ids:
                problems.append(f"{where}, id: is taken; every edit has an id of its own")
            ids.append(entry.id)
            wrong = [*_wrong_payers(pack, entry, payers), *_wrong_change(entry)]
            edits.append(edit_of(pack, entry))
            try:
                check(_condition(entry))
            except WrongCondition as refused:
                wrong.append(f"when: {refused}")
            problems += [f"{where}, {each}" for each in wrong]
    if problems:
        raise BadSettings("; ".join(problems) + ".", tip=_TIP)
    return Packs(tuple(packs), tuple(edits))


def _wrong_payers(pack: Pack, entry: PackEdit, payers: Mapping[str, PayerProfile] | None) -> Iterator[str]:
    if payers is None:
        return
    for name in dict.fromkeys((*pack.payers, *entry.payers)):
        if name not in KINDS and name not in payers:
            yield f"payers: there is no {name}; there are {', '.join((*KINDS, *sorted(payers)))}"


def _wrong_change(entry: PackEdit) -> Iterator[str]:
    if entry.do != "set":
        return
    if entry.field not in SETTABLE:
        yield f"field: {entry.field} cannot be set by an edit; there are {', '.join(SETTABLE)}"
    elif entry.field.startswith("line.") and entry.each != "line":
        yield "field: a line's field goes with each = 'line'"
    else:
        try:
            accepted_value(entry.field, entry.value)
        except AmendmentRefused as refused:
            yield f"value: {refused}"


def _condition(entry: PackEdit) -> Condition:
    return Condition(entry.when, entry.each == "line")


def edit_of(pack: Pack, entry: PackEdit) -> Edit:
    """A pack's entry as an edit among the others. The narrower list of payers counts."""
    payers = entry.payers or pack.payers
    return Edit(
        id=entry.id,
        title=entry.title.rstrip("."),
        rule=entry.rule or entry.when,
        snip=entry.snip,
        severity=Severity(entry.severity) if entry.do == "flag" else Severity.ERROR,
        field=entry.field or entry.each,
        x12=entry.x12 or "2300 CLM",
        box=entry.box,
        tip=entry.tip or f"See edit {entry.id} of the pack {pack.name}.",
        queue=Queue(entry.queue),
        source=entry.source or pack.source or f"the operator's pack {pack.name}",
        predicate=_condition(entry),
        forms=entry.forms,
        payers=tuple(name for name in payers if name in KINDS),
        starts=entry.starts,
        ends=entry.ends,
        version=entry.version,
        for_payers=frozenset(name for name in payers if name not in KINDS),
        own=Own(
            pack=pack.name,
            does=entry.do,
            condition=entry.when,
            by_line=entry.each == "line",
            field="line.modifiers" if entry.do == "add_modifier" else entry.field,
            value=entry.modifier or entry.value,
        ),
    )


_opened: dict[Path, tuple[str, Packs]] = {}
_opening = Lock()


def open_packs(settings: Settings, payers: Mapping[str, PayerProfile] | None = None) -> Packs:
    """The packs of the settings' home, compiled once and again when a file changed; raises BadSettings."""
    stamp = _stamp(settings.home)
    with _opening:
        known = _opened.get(settings.home)
        if known is None or known[0] != stamp or payers is not None:
            known = _opened[settings.home] = (stamp, _loaded(settings, payers) if stamp else NO_PACKS)
        return known[1]


def _loaded(settings: Settings, payers: Mapping[str, PayerProfile] | None) -> Packs:
    try:
        return compile_packs(load_packs(settings), payers)
    except SettingsProblem as wrong:
        raise BadSettings(f"{wrong}.", tip=_TIP) from wrong


def _stamp(home: Path) -> str:
    """What tells that a file came, went or changed; empty without a pack."""
    told = []
    for path in sorted((home / FOLDER).glob("*.toml")):
        seen = path.stat()
        told.append(f"{path.name} {seen.st_mtime_ns} {seen.st_size}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if told else ""


def remember(session: Session, act: Act, packs: Packs) -> None:
    """Keep each version of a pack whole, and write into the history when the packs in force have changed."""
    last = session.exec(
        select(EventRow).where(EventRow.kind == CHANGED).order_by(col(EventRow.id).desc()).limit(1)
    ).first()
    before: dict[str, str] = last.facts["packs"] if last else {}
    if before == packs.versions:
        return
    for pack in packs.packs:
        add_if_absent(session, _version(pack, act))
    events.note(session, act, CHANGED, Story(_told(before, packs.versions), {"packs": packs.versions}))


def _version(pack: Pack, act: Act) -> ReferenceVersion:
    return ReferenceVersion(
        kind="edits",
        name=pack.name,
        digest=pack.digest,
        content=pack.model_dump(mode="json"),
        since=act.at.business,
    )


def _told(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changes = {
        "new": [name for name in now if name not in before],
        "changed": [name for name in now if name in before and before[name] != now[name]],
        "gone": [name for name in before if name not in now],
    }
    told = [f"{what}: {', '.join(names)}" for what, names in changes.items() if names]
    return f"edit packs {'; '.join(told)}"
