"""What an edit is asked about, what it answers, and how a predicate is tied to its entry in the catalogue."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from claims.bundle import Bundle
from claims.codes import CodeRow, Codes
from claims.edits.lookups import NOTHING_KNOWN, Lookups, Sibling
from claims.filing import Plan
from claims.limits import days_left
from claims.model import Claim, ClaimDiagnosis, ClaimLine, Coverage, Patient, Provider
from config.payers import PayerProfile
from config.settings import Settings

SHIPPED = Codes()
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Hit:
    """An edit's objection: where, and in few words what; codes, days of service and amounts only."""

    words: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else ""
        return ", ".join(part for part in (place, self.words) if part)


@dataclass(slots=True)
class Subject:
    """One claim as it would go out: with the filing it would travel in, on the practice's ``day``.

    ``synthetic`` says that identifiers may be made up: their check digits and issuing ranges do not count.
    ``codes`` are the code sets of the home that the settings name, ``siblings`` the patient's other claims.
    """

    bundle: Bundle
    filing: Plan | None
    coverage: Coverage | None
    profile: PayerProfile | None
    day: date
    lookups: Lookups = NOTHING_KNOWN
    synthetic: bool = False
    codes: Codes = SHIPPED
    settings: Settings | None = None

    claim: Claim = field(init=False)
    patient: Patient = field(init=False)
    lines: list[ClaimLine] = field(init=False)
    diagnoses: list[ClaimDiagnosis] = field(init=False)
    siblings: Sequence[Sibling] = field(init=False)
    parts: list[tuple[str, Provider]] = field(init=False)
    _known: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.claim, self.patient = self.bundle.claim, self.bundle.patient
        self.lines, self.diagnoses = self.bundle.lines, self.bundle.diagnoses
        self.siblings = self.lookups.siblings.get(self.claim.id, ())
        self.parts = list(self._parts())

    def once(self, what: str, find: "Callable[[Subject], _Found]") -> _Found:
        """What several edits ask of the claim, found out once."""
        if what not in self._known:
            self._known[what] = find(self)
        found: _Found = self._known[what]
        return found

    @property
    def days_left(self) -> int | None:
        """To file in time; None where no limit is known."""
        if self.filing is None:
            return None
        paid_before = self.lookups.paid_before.get(self.claim.id)
        return days_left(self.claim, self.filing, self.lookups.payers, self.day, paid_before)

    @property
    def professional(self) -> bool:
        return self.claim.form == "P"

    @property
    def inpatient(self) -> bool:
        """Whether the type of bill is an inpatient one."""
        return self.is_inpatient(self.claim.form, self.claim.facility_code, self.claim.from_date)

    def is_inpatient(self, form: str, facility_code: str | None, day: date) -> bool:
        row = self.codes.on("bill_type", facility_code or "", day) if form == "I" else None
        return row is not None and row.more["inpatient"] == "1"

    def providers(self) -> list[tuple[str, Provider]]:
        """Each provider that the claim names, with its part in it; one in two parts comes twice."""
        return self.parts

    def _parts(self) -> Iterator[tuple[str, Provider]]:
        claim, providers = self.claim, self.bundle.providers
        named = (
            ("billing", claim.billing_id),
            ("rendering", claim.rendering_id),
            ("referring", claim.referring_id),
            ("facility", claim.facility_id),
            ("attending", claim.attending_id),
            *(
                ("rendering of a line", id)
                for id in {x.rendering_id for x in self.lines} - {claim.rendering_id}
            ),
        )
        for role, id in named:
            if id and id in providers:
                yield role, providers[id]

    def place_of(self, line: ClaimLine) -> str:
        """The line's place of service: its own or the claim's."""
        return line.place_of_service or self.claim.facility_code or ""

    def age_on(self, day: date) -> int | None:
        """The patient's age in years on ``day``."""
        born = self.patient.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


Predicate = Callable[[Subject], Iterable[Hit]]
CodePattern = re.Pattern[str]

PREDICATES: dict[str, Predicate] = {}
"""Filled by `edit` when the rules are imported; `catalogue` checks that each has one entry."""

OCCASIONS: dict[str, str] = {}
"""What a claim must have at all before an edit can object to it: the edits without cost nothing otherwise."""

_PATTERNS: dict[str, CodePattern] = {}


def edit(id: str, on: str | CodePattern = "") -> Callable[[Predicate], Predicate]:
    """Register the predicate of the catalogue's entry ``id``.

    ``on`` says when it is worth asking: one of `occasions`, or what the code or a modifier of some line must
    match.
    """

    def register(predicate: Predicate) -> Predicate:
        if id in PREDICATES:
            raise ValueError(f"two predicates for the edit {id}")
        PREDICATES[id] = predicate
        OCCASIONS[id] = on if isinstance(on, str) else on.pattern
        if not isinstance(on, str):
            _PATTERNS[on.pattern] = on
        return predicate

    return register


@lru_cache(maxsize=65536)
def _matched(code: str) -> frozenset[str]:
    """Which of the edits' patterns a procedure code or a modifier matches; they differ in length."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.fullmatch(code))


_DOUBTFUL = "doubtful diagnosis"
_AGES = frozenset(("newborn", "pediatric", "adult"))


def _told(row: CodeRow | None) -> frozenset[str]:
    """What the tables say of a diagnosis: the editor's marks, notes, and that it cannot be billed as is."""
    if row is None:
        return frozenset((_DOUBTFUL,))
    said = row.more.get
    return _said(
        said("flags"), said("billable"), said("code_first"), said("use_additional"), said("excludes1")
    )


@lru_cache(maxsize=65536)
def _said(
    flags: str | None, billable: str | None, first: str | None, additional: str | None, apart: str | None
) -> frozenset[str]:
    marks = frozenset((flags or "").split())
    there = {
        "age": marks & _AGES,
        _DOUBTFUL: billable != "1",
        "code first": first,
        "use additional": additional,
        "excludes1": apart,
    }
    return marks | {name for name, is_there in there.items() if is_there}


def occasions(subject: Subject) -> frozenset[str]:
    """What the claim has, as `edit` names it; an edit whose occasion is missing is not asked."""
    claim, coverage, filing = subject.claim, subject.coverage, subject.filing
    there = {
        "": True,
        "siblings": bool(subject.siblings),
        "several lines": len(subject.lines) > 1,
        "several diagnoses": len(subject.diagnoses) > 1,
        "stay": subject.inpatient,
        "own coverage": subject.codes.file("coverage_own") is not None,
        "articles": subject.codes.file("coverage") is not None,
        "several coverages": len(subject.bundle.coverages) > 1,
        "dependent": coverage is not None and coverage.relationship != "18",
        "accident": bool(claim.accident or claim.accident_date or claim.accident_state),
        "changed": filing is not None and filing.frequency != "1",
        "later payer": filing is not None and filing.sequence != "P",
        "note": bool(claim.note),
        "codes": bool(claim.institutional.get("codes")),
    }
    found = {name for name, is_there in there.items() if is_there}
    for diagnosis in subject.diagnoses:
        found |= _told(subject.codes.on("icd10cm", diagnosis.code, claim.from_date))
    for line in subject.lines:
        if line.procedure_code:
            found |= _matched(line.procedure_code)
        if line.modifiers:
            found.add("modifiers")
            for modifier in line.modifiers:
                found |= _matched(modifier)
        if line.ndc:
            found.add("ndc")
    return frozenset(found)
