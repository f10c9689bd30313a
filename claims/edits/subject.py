"""What an edit is asked about, what it answers, and how a predicate is tied to its entry in the catalogue."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from claims.bundle import Bundle
from claims.codes import Codes
from claims.edits.lookups import NOTHING_KNOWN, Lookups
from claims.filing import Plan
from claims.model import Claim, ClaimDiagnosis, ClaimLine, Coverage, Patient, Provider
from config.payers import PayerProfile

SHIPPED = Codes()


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
    ``codes`` are the code sets of the home that the settings name.
    """

    bundle: Bundle
    filing: Plan | None
    coverage: Coverage | None
    profile: PayerProfile | None
    day: date
    lookups: Lookups = NOTHING_KNOWN
    synthetic: bool = False
    codes: Codes = SHIPPED

    @property
    def claim(self) -> Claim:
        return self.bundle.claim

    @property
    def patient(self) -> Patient:
        return self.bundle.patient

    @property
    def lines(self) -> list[ClaimLine]:
        return self.bundle.lines

    @property
    def diagnoses(self) -> list[ClaimDiagnosis]:
        return self.bundle.diagnoses

    @property
    def professional(self) -> bool:
        return self.bundle.claim.form == "P"

    def providers(self) -> Iterator[tuple[str, Provider]]:
        """Each provider that the claim names, with its part in it; one in two parts comes twice."""
        claim = self.bundle.claim
        for role in ("billing", "rendering", "referring", "facility", "attending"):
            provider = self.bundle.provider(getattr(claim, f"{role}_id"))
            if provider is not None:
                yield role, provider
        for id in {line.rendering_id for line in self.lines} - {claim.rendering_id}:
            provider = self.bundle.provider(id)
            if provider is not None:
                yield "rendering of a line", provider

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

PREDICATES: dict[str, Predicate] = {}
"""Filled by `edit` when the rules are imported; `catalogue` checks that each has one entry."""


def edit(id: str) -> Callable[[Predicate], Predicate]:
    """Register the predicate of the catalogue's entry ``id``."""

    def register(predicate: Predicate) -> Predicate:
        if id in PREDICATES:
            raise ValueError(f"two predicates for the edit {id}")
        PREDICATES[id] = predicate
        return predicate

    return register
