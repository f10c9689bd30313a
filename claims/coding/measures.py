"""What the pattern monitor counts: for each clinician and coder, how many services, and how many that tell.

Only codes, modifiers and units are looked at; nothing of a patient.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median_low

from sqlmodel import Session, col, func, select

from claims.codes import Codes
from claims.coding.benchmarks import LEVEL, MODIFIER_25, MODIFIER_59, UNITS, UNSPECIFIED
from claims.coding.coders import coders
from claims.coding.families import LEVELS, family_of_procedure
from claims.model import Claim, ClaimDiagnosis, ClaimLine, EventRow, Provider, Stage
from claims.model.among import among
from claims.portions import in_portions
from claims.transitions import Event

_AT_ONCE = 5000
_REVIEWED = tuple(
    stage
    for stage in Stage
    if stage not in (Stage.INTAKE, Stage.ELIGIBILITY, Stage.AUTHORIZATION, Stage.CODING_REVIEW)
)
_DISTINCT = frozenset(("59", "XE", "XP", "XS", "XU"))
HIGH = 2
"""How many of a visit's levels count as high: the two highest."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted: a kind, and for levels the kind of visit."""

    kind: str
    visits: str = ""

    def __str__(self) -> str:
        return _WORDS[self.kind].format(visits=self.visits)


_WORDS = {
    LEVEL: "{visits} at the two highest levels",
    MODIFIER_25: "visits with modifier 25",
    MODIFIER_59: "other services with modifier 59 or XE, XS, XP, XU",
    UNITS: "lines with more units than the practice's usual for the code",
    UNSPECIFIED: "diagnoses that are unspecified",
}


@dataclass(slots=True)
class Count:
    """``hits`` of ``services``; ``codes`` counts a distribution, ``claims`` are those with a hit."""

    services: int = 0
    hits: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    claims: set[str] = field(default_factory=set)

    def add(self, claim_id: str, hit: bool, code: str = "") -> None:
        self.services += 1
        self.hits += hit
        if code:
            self.codes[code] += 1
        if hit:
            self.claims.add(claim_id)

    @property
    def share(self) -> float:
        return self.hits / self.services if self.services else 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """A clinician (by NPI and name) or a coder (by user name), with the specialty where there is one."""

    role: str
    name: str
    specialty: str = ""

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


Counts = dict[Measure, dict[Person, Count]]


def count(session: Session, first: date, last: date, codes: Codes) -> Counts:
    """Every measure for everybody, over the claims of those days that have passed the review."""
    counts: Counts = defaultdict(lambda: defaultdict(Count))
    claims = _claims(session, first, last)
    usual = _usual_units(session, first, last)
    for some in in_portions(claims, _AT_ONCE):
        _count_some(session, some, codes, usual, counts)
    return counts


def _claims(session: Session, first: date, last: date) -> Sequence[Claim]:
    voided = select(EventRow.subject).where(EventRow.kind == Event.VOIDED)
    query = select(Claim).where(
        col(Claim.from_date) >= first,
        col(Claim.from_date) <= last,
        col(Claim.stage).in_(_REVIEWED),
        col(Claim.id).not_in(voided),
    )
    return session.exec(query.order_by(col(Claim.id))).all()


def _count_some(
    session: Session, claims: Sequence[Claim], codes: Codes, usual: dict[str, Decimal], counts: Counts
) -> None:
    by_id = {claim.id: claim for claim in claims}
    people = _people(session, claims)
    lines = session.exec(
        select(ClaimLine).where(among(col(ClaimLine.claim_id), by_id), ClaimLine.number > 0)
    ).all()
    for line in lines:
        for person in people[line.claim_id]:
            _count_line(counts, person, line, usual)
    for diagnosis in session.exec(select(ClaimDiagnosis).where(among(col(ClaimDiagnosis.claim_id), by_id))):
        hit = _unspecified(diagnosis.code, by_id[diagnosis.claim_id].from_date, codes)
        for person in people[diagnosis.claim_id]:
            counts[Measure(UNSPECIFIED)][person].add(diagnosis.claim_id, hit)


def _count_line(counts: Counts, person: Person, line: ClaimLine, usual: dict[str, Decimal]) -> None:
    code, modifiers = line.procedure_code or "", set(line.modifiers)
    for visits, levels in LEVELS.items():
        if code in levels:
            counts[Measure(LEVEL, visits)][person].add(line.claim_id, code in levels[-HIGH:], code)
    if family_of_procedure(code) == "visits":
        counts[Measure(MODIFIER_25)][person].add(line.claim_id, "25" in modifiers)
    else:
        counts[Measure(MODIFIER_59)][person].add(line.claim_id, not _DISTINCT.isdisjoint(modifiers))
    counts[Measure(UNITS)][person].add(line.claim_id, line.units > usual.get(code, line.units))


def _usual_units(session: Session, first: date, last: date) -> dict[str, Decimal]:
    """The practice's median units of each code."""
    query = (
        select(col(ClaimLine.procedure_code), col(ClaimLine.units), func.count())
        .join(Claim, col(Claim.id) == col(ClaimLine.claim_id))
        .where(col(Claim.from_date) >= first, col(Claim.from_date) <= last, ClaimLine.number > 0)
        .group_by(col(ClaimLine.procedure_code), col(ClaimLine.units))
    )
    units: dict[str, list[Decimal]] = defaultdict(list)
    for code, billed, times in session.exec(query):
        units[code or ""] += [billed] * times
    return {code: median_low(several) for code, several in units.items()}


def _unspecified(code: str, day: date, codes: Codes) -> bool:
    """The official title says so; without titles, a fourth and last character 9 does, as a rule."""
    row = codes.on("icd10cm", code, day)
    title = row.more.get("title", "") if row else ""
    return "unspecified" in title.lower() if title else len(code) == 4 and code.endswith("9")


def _people(session: Session, claims: Sequence[Claim]) -> dict[str, list[Person]]:
    """The clinician of each claim, and its coder where a user of ours set its codes."""
    ids = {id for claim in claims if (id := claim.rendering_id or claim.attending_id)}
    providers = {p.id: p for p in session.exec(select(Provider).where(among(col(Provider.id), ids)))}
    by_coder = coders(session, claims)
    found: dict[str, list[Person]] = {}
    for claim in claims:
        provider = providers.get(claim.rendering_id or claim.attending_id or "")
        people = found.setdefault(claim.id, [])
        if provider is not None:
            name = f"{provider.name} {provider.npi or ''}".strip()
            people.append(Person("clinician", name, provider.taxonomy or ""))
        coder = by_coder[claim.id]
        if ":" not in coder:
            people.append(Person("coder", coder))
    return found
