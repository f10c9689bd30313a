"""A day's account: the plan before the run, and after it where every open claim is, in counts and dollars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from claims.filing import days_left
from claims.model import (
    Batch,
    Claim,
    ClaimStep,
    Encounter,
    Filing,
    Seal,
    Stage,
    Submission,
)
from claims.steps import FAILED
from claims.transitions import PREPARING, WITH_PAYER
from config.payers import PayerProfile

ZERO = Decimal("0.00")
_TO_GO = (Submission.NONE, Submission.QUEUED)


@dataclass(slots=True)
class Line:
    """Some claims of one kind: how many, and for how many dollars."""

    claims: int = 0
    charge: Decimal = ZERO

    def add(self, charge: Decimal) -> None:
        self.claims += 1
        self.charge += charge

    def as_json(self) -> dict[str, Any]:
        return {"claims": self.claims, "charge": str(self.charge)}


@dataclass(slots=True)
class Plan:
    """What the daily run is about to do; ``near_limit`` names claims close to their filing limit."""

    day: date
    due: dict[str, Line] = field(default_factory=dict)
    held: dict[str, Line] = field(default_factory=dict)
    near_limit: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> str:
        due, held = (sum(line.claims for line in lines.values()) for lines in (self.due, self.held))
        return f"{due} claims due, {held} held, {len(self.near_limit)} near their filing limit"

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "due": {name: line.as_json() for name, line in self.due.items()},
            "held": {name: line.as_json() for name, line in self.held.items()},
            "near_limit": self.near_limit,
        }


def plan(session: Session, day: date, now: datetime, payers: Mapping[str, PayerProfile]) -> Plan:
    """Every claim that has not been sent: due today by payer, or held by reason and owner."""
    made = Plan(day)
    query = select(Claim).where(col(Claim.stage).in_(PREPARING)).order_by(col(Claim.from_date))
    claims = session.exec(query).all()
    for claim in claims:
        if claim.hold_reason:
            made.held.setdefault(f"{claim.hold_reason}: {claim.hold_owner}", Line()).add(claim.charge)
        elif claim.stage is Stage.READY or (claim.next_action_at and claim.next_action_at <= now):
            made.due.setdefault(claim.payer_id or "no payer", Line()).add(claim.charge)
    made.near_limit = list(_days_left(session, claims, payers, day))
    return made


def _days_left(
    session: Session, claims: Sequence[Claim], payers: Mapping[str, PayerProfile], day: date
) -> Iterator[dict[str, Any]]:
    """How long each claim's next filing may take; one that has none yet will be an original."""
    planned = select(Filing).where(col(Filing.submission).in_(_TO_GO)).order_by(col(Filing.version))
    filings = {filing.claim_id: filing for filing in session.exec(planned)}
    for claim in claims:
        profile = payers.get(claim.payer_id or "")
        filing = filings.get(claim.id) or Filing(
            claim_id=claim.id, sequence="P", version=1, frequency="1", pcn=claim.pcn
        )
        left = days_left(claim, filing, profile, day) if profile else None
        if profile and left is not None and left <= profile.limits.warn_days:
            yield {"claim": claim.id, "payer": profile.id, "days_left": left}


@dataclass(slots=True)
class Certificate:
    """Where each claim is at the end of the day. ``places`` add up to ``total``, claim by claim."""

    day: date
    places: dict[str, Line] = field(default_factory=dict)
    total: Line = field(default_factory=Line)
    batches: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    visits_without_claim: int = 0
    history_head: str = ""

    @property
    def ties_out(self) -> bool:
        claims = sum(line.claims for line in self.places.values())
        charge = sum((line.charge for line in self.places.values()), ZERO)
        return (claims, charge) == (self.total.claims, self.total.charge)

    def told(self) -> str:
        return f"{self.total.claims} claims accounted for" + ("" if self.ties_out else ", THE TOTALS DIFFER")

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "places": {name: line.as_json() for name, line in sorted(self.places.items())},
            "total": self.total.as_json(),
            "ties_out": self.ties_out,
            "batches": self.batches,
            "failed": self.failed,
            "visits_without_claim": self.visits_without_claim,
            "history_head": self.history_head,
        }


def certify(session: Session, day: date, now: datetime, since: datetime) -> Certificate:
    """The account at ``now``; ``since`` (real time) is when the day's run began, for what failed in it."""
    made = Certificate(day)
    failures = _failures(session, since)
    unconfirmed = set(
        session.exec(select(Filing.claim_id).where(Filing.submission == Submission.SENT_UNCONFIRMED))
    )
    for claim in session.exec(select(Claim)):
        place = _place(claim, claim.id in unconfirmed, failures, now)
        made.places.setdefault(place, Line()).add(claim.charge)
    claims, charge = session.exec(select(func.count(), func.sum(Claim.charge)).select_from(Claim)).one()
    made.total = Line(claims, charge or ZERO)
    made.batches = [_batch(batch) for batch in session.exec(select(Batch).where(Batch.business_date == day))]
    made.failed = [{"claim": claim, "cause": cause} for claim, cause in sorted(failures.items())]
    made.visits_without_claim = _visits_without_claim(session)
    seal = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    made.history_head = seal.digest if seal else ""
    return made


def _place(claim: Claim, unconfirmed: bool, failures: dict[str, str], now: datetime) -> str:
    """One place for each claim: held, failed, unconfirmed, sent, with us, or ended."""
    if claim.hold_reason:
        return f"held: {claim.hold_reason} ({claim.hold_owner})"
    if claim.id in failures:
        return "failed, with a cause"
    if unconfirmed:
        return "unconfirmed: being asked for"
    if claim.stage in WITH_PAYER:
        return "with the payer"
    if claim.stage is Stage.READY:
        return "ready: goes with the next batch"
    if claim.stage is Stage.CLOSED:
        return "closed"
    if claim.next_action_at is not None and claim.next_action_at <= now:
        return f"due now: {claim.stage}"
    return f"scheduled: {claim.stage}"


def _failures(session: Session, since: datetime) -> dict[str, str]:
    """The claims whose latest step since then failed, each with its cause."""
    latest: dict[str, ClaimStep] = {}
    steps = select(ClaimStep).where(col(ClaimStep.started_at) >= since).order_by(col(ClaimStep.id))
    for step in session.exec(steps):
        latest[step.claim_id] = step
    return {id: f"{s.step}: {s.message}" for id, s in latest.items() if s.status == FAILED}


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "payer": batch.payer_id,
        "claims": batch.claims,
        "charge": str(batch.charge),
        "state": batch.state,
        "receipt": batch.receipt,
        "cause": batch.reason,
    }


def _visits_without_claim(session: Session) -> int:
    """Finished visits that nobody has billed: an oversight, unlike planned ones."""
    billed = select(Claim.encounter_id)
    query = select(func.count()).where(col(Encounter.planned).is_(False), col(Encounter.id).not_in(billed))
    return session.exec(query).one()
