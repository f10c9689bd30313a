"""What a verification found: each break named, the first one first, and never more than a page of them."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

KEPT = 100


class Break(StrEnum):
    """How a history can be broken, in the order in which breaks without a place in it are told."""

    HASH = "hash"
    CHAIN = "chain"
    NOTE = "note"
    CUT = "cut"
    SEAL = "seal"
    GONE = "gone"
    CLAIM = "claim_drift"
    FILING = "filing_drift"
    TRIGGER = "trigger"
    FILE = "file"


_ORDER = {kind: place for place, kind in enumerate(Break)}


@dataclass(frozen=True, slots=True)
class Problem:
    """One break: what kind, where (subject and its number in the chain, row id of the event), and a sentence
    without patient data."""

    kind: Break
    message: str
    subject: str | None = None
    number: int | None = None
    event: int | None = None

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def _place(self) -> tuple[float, int]:
        return (float("inf") if self.event is None else self.event, _ORDER[self.kind])


@dataclass(slots=True)
class Report:
    """Collects problems in flat memory: the first break, how many in all, and at most ``KEPT`` of them."""

    first: Problem | None = None
    count: int = 0
    kept: list[Problem] = field(default_factory=list)

    def add(
        self,
        kind: Break,
        message: str,
        *,
        subject: str | None = None,
        number: int | None = None,
        event: int | None = None,
    ) -> None:
        problem = Problem(kind, message, subject, number, event)
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(problem)
        if self.first is None or problem._place < self.first._place:
            self.first = problem


@dataclass(frozen=True, slots=True)
class Verification:
    """How many events were recomputed, how many of them stand under a signed seal, and what is broken:
    ``count`` is the number of all problems, ``problems`` holds the first page of them."""

    events: int
    sealed: int
    first_break: Problem | None = None
    count: int = 0
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, report: Report, events: int, sealed: int) -> "Verification":
        return cls(events, sealed, report.first, report.count, tuple(report.kept))

    @property
    def ok(self) -> bool:
        return self.first_break is None

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "events": self.events,
            "sealed": self.sealed,
            "first_break": self.first_break.as_json() if self.first_break else None,
            "count": self.count,
            "problems": [problem.as_json() for problem in self.problems],
        }
