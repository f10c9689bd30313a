"""The catalogue: every edit as data, read from the TOML files beside the predicates."""

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from claims.edits.subject import OCCASIONS, PREDICATES, Predicate
from claims.errors import NotFound
from claims.findings import Severity
from claims.model import Queue

ROOM = "claims.edits.rules"
CHAPTERS = (
    "demographics", "subscribers", "identifiers", "coverage", "dates", "diagnoses", "sequencing",
    "procedures", "validity", "services", "modifiers", "schedule", "needs", "bundling", "necessity", "places",
    "lines", "institutional", "stays", "past", "filings", "envelope",
)  # fmt: skip
"""In the order in which a person mends a claim: who, when, why, what, how much, to whom."""

CODING_REVIEW, SCRUB = "coding_review", "scrub"


@dataclass(frozen=True, slots=True)
class Own:
    """What an operator's edit has beyond a built-in one: its pack, its condition in CEL and what it ``does``.

    ``field`` is what set changes, as `cleanclaim claims edit --set` names it; ``value`` what it then is.
    """

    pack: str
    does: str
    condition: str
    by_line: bool = False
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One rule: what it wants (``rule``, in plain words), where it looks, who mends it and how (``tip``).

    ``field`` is the path in our model, ``x12`` loop and element, ``box`` the CMS-1500 box or ``FL`` of the
    UB-04. ``forms`` has P and I; ``payers`` the kinds of payer it is for, all when empty. It is in force for
    days of service from ``starts`` to ``ends``, both inclusive. ``same_as`` names the edit that has the same
    rule for another field; both count as one rule. ``for_payers`` and ``own`` belong to operators' edits.
    """

    id: str
    title: str
    rule: str
    snip: int
    severity: Severity
    field: str
    x12: str
    box: str
    tip: str
    queue: Queue
    source: str
    predicate: Predicate
    forms: str = "PI"
    payers: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None
    version: int = 1
    same_as: str = ""
    occasion: str = ""
    for_payers: frozenset[str] = frozenset()
    own: "Own | None" = None

    @property
    def step(self) -> str:
        """Coders' edits run in the coding review, all others in the scrub."""
        return CODING_REVIEW if self.queue is Queue.CODING else SCRUB

    @property
    def loop(self) -> str:
        return self.x12.partition(" ")[0]

    @property
    def element(self) -> str:
        return self.x12.partition(" ")[2] or self.field

    def is_for(self, form: str, payer_id: str, kind: str | None, day: date) -> bool:
        """Whether the edit is asked of such a claim at all."""
        everybody = not (self.payers or self.for_payers)
        return (
            form in self.forms
            and (everybody or kind in self.payers or payer_id in self.for_payers)
            and (self.starts is None or self.starts <= day)
            and (self.ends is None or day <= self.ends)
        )

    def as_json(self) -> dict[str, Any]:
        """The entry without its predicate, as `cleanclaim edits explain` shows it."""
        plain = asdict(replace(self, predicate=_missing)) | {"step": self.step}
        del plain["predicate"], plain["occasion"], plain["for_payers"]
        if self.own is None:
            del plain["own"]
        else:
            plain["payers"] = (*self.payers, *sorted(self.for_payers))
        return plain


@cache
def catalogue() -> tuple[Edit, ...]:
    """Every edit, in the order in which a person mends a claim.

    Raises ValueError when an entry has no predicate, or a predicate no entry.
    """
    edits = tuple(each for chapter in CHAPTERS for each in _chapter(chapter))
    ids = [each.id for each in edits]
    strays = {*PREDICATES} ^ {*ids} | {id for id in ids if ids.count(id) > 1}
    if strays:
        raise ValueError(f"edits without entry or predicate, or twice: {', '.join(sorted(strays))}")
    return edits


def explain(id: str, own: Sequence[Edit] = ()) -> Edit:
    """One edit, built in or the operator's ``own``; raises NotFound."""
    for each in (*catalogue(), *own):
        if each.id == id:
            return each
    raise NotFound(f"No edit {id}.", tip="List them with `cleanclaim edits list`.")


@cache
def digest() -> str:
    """What a decision records as the edits' version: a hash over entries and predicates."""
    whole = hashlib.sha256()
    for file in sorted(files(ROOM).iterdir(), key=lambda file: file.name):
        if file.name.endswith((".toml", ".py")):
            whole.update(file.read_bytes())
    return whole.hexdigest()[:16]


def _chapter(name: str) -> Iterator[Edit]:
    import_module(f"{ROOM}.{name}")
    entries = tomllib.loads(files(ROOM).joinpath(f"{name}.toml").read_text("utf-8"))
    for entry in entries["edit"]:
        values = entry | {
            "severity": Severity(entry.get("severity", "error")),
            "queue": Queue(entry["queue"]),
            "payers": tuple(entry.get("payers", ())),
            "predicate": PREDICATES.get(entry["id"], _missing),
            "occasion": OCCASIONS.get(entry["id"], ""),
        }
        yield Edit(**values)


def _missing(_: object) -> tuple[()]:
    """Stands where an entry has no predicate, until `catalogue` names it."""
    return ()
