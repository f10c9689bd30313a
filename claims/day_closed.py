"""The day-closed certificate: after the daily run, where each claim is, tied to database and receipts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, or_, select

from claims.archive import as_kept
from claims.batch_questions import awaiting_renewal
from claims.connect import Unavailable
from claims.day import ZERO, Line
from claims.errors import NotFound
from claims.events import SYSTEM
from claims.inquiry import ANSWERS
from claims.model import (
    Batch,
    BatchItem,
    BatchQuestion,
    BatchState,
    Claim,
    ClaimStep,
    Encounter,
    EventRow,
    Filing,
    Lease,
    Seal,
    Stage,
    Submission,
)
from claims.payer_silence import is_silence
from claims.steps import FAILED
from claims.transitions import PREPARING, WITH_PAYER

AWAITED = "waits for its payer's answer about coverage"
READY, DUE = "ready: goes with the next batch", "due now"
UNSENT = (BatchState.ASSEMBLED, BatchState.SENDING)


@dataclass(slots=True)
class Certificate:
    """Where each claim is at the end of the day. ``places`` add up to ``total``, claim by claim.

    ``left_over`` are due claims that were neither sent nor held nor failed; ``silent`` are those that failed
    because their payer was not reached; ``differences`` say where a batch and its filings, or its receipt, do
    not agree.
    """

    day: date
    places: dict[str, Line] = field(default_factory=dict)
    total: Line = field(default_factory=Line)
    batches: list[dict[str, Any]] = field(default_factory=list)
    sent: Line = field(default_factory=Line)
    failed: list[dict[str, str]] = field(default_factory=list)
    silent: dict[str, Line] = field(default_factory=dict)
    left_over: Line = field(default_factory=Line)
    visits: list[dict[str, str]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    history_head: str = ""

    @property
    def visits_without_claim(self) -> int:
        return len(self.visits)

    @property
    def ties_out(self) -> bool:
        return sum(self.places.values(), Line()) == self.total and not self.differences

    @property
    def complete(self) -> bool:
        """Every due claim was sent, is held with an owner, or failed with a cause."""
        return not self.left_over.claims

    def told(self) -> str:
        told = [f"{self.total.claims} claims accounted for", *self.differences]
        told += [f"{payer} was not reached" for payer in sorted(self.silent)]
        if not self.ties_out:
            told.append("THE TOTALS DIFFER")
        if not self.complete:
            told.append(f"{self.left_over.claims} due claims were left over")
        return ", ".join(told)

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "places": {name: line.as_json() for name, line in sorted(self.places.items())},
            "total": self.total.as_json(),
            "ties_out": self.ties_out,
            "complete": self.complete,
            "left_over": self.left_over.as_json(),
            "sent": self.sent.as_json(),
            "batches": self.batches,
            "differences": self.differences,
            "failed": self.failed,
            "silent": {payer: line.as_json() for payer, line in sorted(self.silent.items())},
            "visits_without_claim": self.visits_without_claim,
            "visits": self.visits,
            "history_head": self.history_head,
        }


def certify(
    session: Session,
    day: date,
    now: datetime,
    since: datetime,
    payer: str | None = None,
    zone: tzinfo = UTC,
) -> Certificate:
    """The account at ``now``; ``since`` (real time) is when the day's run began, for what failed in it, and
    ``zone`` is where the day begins.

    Of a run for one ``payer`` the other payers' due claims are not left over.
    """
    made = Certificate(day)
    failures = _failures(session, since) | _unsent(session)
    for claim, place in _places(session, failures, now):
        made.places.setdefault(place, Line()).add(claim.charge)
        due = place == READY or (place.startswith(DUE) and claim.stage in PREPARING)
        if due and payer in (None, claim.payer_id):
            made.left_over.add(claim.charge)
        if is_silence(failures.get(claim.id, "")):
            made.silent.setdefault(claim.payer_id or "no payer", Line()).add(claim.charge)
    made.total = _line(session.execute(select(func.count(), func.sum(col(Claim.charge)))).one())
    _add_batches(session, made, datetime.combine(day, time.min, zone))
    made.failed = [{"claim": claim, "cause": cause} for claim, cause in sorted(failures.items())]
    made.visits = _visits_without_claim(session)
    seal = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    made.history_head = seal.digest if seal else ""
    return made


def stored(session: Session, day: date | None = None) -> dict[str, Any]:
    """The last certificate, or the last one of a day, as it was kept.

    Raises NotFound when there is none, NotAsKept when it is gone or is another one than the history tells of.
    """
    closed = select(EventRow).where(EventRow.subject == SYSTEM, EventRow.kind == "day_closed")
    for event in session.exec(closed.order_by(col(EventRow.number).desc())):
        if day in (None, date.fromisoformat(event.facts["day"])):
            kept: dict[str, Any] = json.loads(as_kept(session, event.facts["document"]))
            return kept
    told = f"No day {day} was closed." if day else "No day was closed yet."
    raise NotFound(told, tip="`cleanclaim run daily` closes the day.")


def _line(row: Any) -> Line:
    claims, charge = row
    return Line(claims, charge or ZERO)


def _places(session: Session, failures: Mapping[str, str], now: datetime) -> Iterator[tuple[Any, str]]:
    """Each claim as far as its place needs it: there may be very many, and they pass by."""
    unconfirmed = set(
        session.exec(select(Filing.claim_id).where(Filing.submission == Submission.SENT_UNCONFIRMED))
    )
    seen = ("id", "charge", "stage", "hold_reason", "hold_owner", "next_action_at", "payer_id")
    query = columns(*(col(getattr(Claim, name)) for name in seen))
    special = dict.fromkeys(_worked_on(session), "being worked on by another run")
    special |= dict.fromkeys(session.exec(awaiting_renewal(now)), AWAITED)
    special |= dict.fromkeys(unconfirmed, "unconfirmed: being asked for")
    special |= dict.fromkeys(failures, "failed, with a cause")
    for claim in session.execute(query.execution_options(yield_per=1000)):
        yield claim, _place(claim, special.get(claim.id), now)


def _worked_on(session: Session) -> list[str]:
    """The claims under a lease, such as those of a retry in the Prefect UI."""
    leases = session.exec(select(Lease.resource).where(col(Lease.resource).startswith("claim:")))
    return [resource.removeprefix("claim:") for resource in leases]


def _place(claim: Any, special: str | None, now: datetime) -> str:
    """One place for each claim: held, a special one, sent, with us, or ended."""
    if claim.hold_reason:
        return f"held: {claim.hold_reason} ({claim.hold_owner})"
    if special:
        return special
    if claim.stage in WITH_PAYER:
        return "with the payer"
    if claim.stage is Stage.READY:
        return READY
    if claim.stage is Stage.CLOSED:
        return "closed"
    if claim.next_action_at is not None and claim.next_action_at <= now:
        return f"{DUE}: {claim.stage}"
    return f"scheduled: {claim.stage}"


def _failures(session: Session, since: datetime) -> dict[str, str]:
    """The claims whose latest step since then failed, each with its cause."""
    latest = (
        select(func.max(ClaimStep.id))
        .where(col(ClaimStep.started_at) >= since)
        .group_by(col(ClaimStep.claim_id))
    )
    failed = select(ClaimStep).where(ClaimStep.status == FAILED, col(ClaimStep.id).in_(latest))
    return {step.claim_id: f"{step.step}: {step.message}" for step in session.exec(failed)}


def _unsent(session: Session) -> dict[str, str]:
    """The claims whose batch, or whose question's, could not be sent, each with what kept it."""
    rows = session.exec(
        select(Filing.claim_id, Batch.id, Batch.reason)
        .join(Batch, col(Batch.id) == col(Filing.batch_id))
        .where(col(Batch.state).in_(UNSENT), Batch.reason != "", Filing.submission == Submission.QUEUED)
    )
    questions = session.exec(
        select(BatchQuestion.claim_id, Batch.id, Batch.reason)
        .join(Batch, col(Batch.id) == col(BatchQuestion.batch_id))
        .where(col(Batch.state).in_(UNSENT), Batch.reason != "", col(BatchQuestion.claim_id).is_not(None))
    )
    causes = [("submission", *row) for row in rows] + [("eligibility", *row) for row in questions]
    return {
        claim_id: f"{step}: {Unavailable.code}: batch {batch_id} was not sent: {why}"
        for step, claim_id, batch_id, why in causes
        if claim_id
    }


def _add_batches(session: Session, made: Certificate, begins: datetime) -> None:
    """The day's batches, those of earlier days that went today or still wait, and where they differ from what
    is filed."""
    went_today = select(Filing.batch_id).where(col(Filing.sent_at) >= begins)
    travelling = (
        select(BatchItem.batch_id, func.count().label("claims"), func.sum(col(Filing.charge)).label("charge"))
        .join(Filing, col(Filing.id) == col(BatchItem.filing_id))
        .group_by(col(BatchItem.batch_id))
        .subquery()
    )
    rows = session.execute(
        select(Batch, travelling.c.claims, travelling.c.charge)
        .outerjoin(travelling, travelling.c.batch_id == Batch.id)
        .where(
            col(Batch.kind).not_in(list(ANSWERS)),
            or_(
                col(Batch.business_date) == made.day,
                col(Batch.state).in_(UNSENT),
                col(Batch.id).in_(went_today),
            ),
        )
        .order_by(col(Batch.created_at), col(Batch.id))
    )
    for batch, claims, charge in rows:
        made.batches.append(_batch(batch))
        if batch.state is not BatchState.SENT:
            continue
        made.sent += Line(batch.claims, batch.charge)
        if (batch.claims, batch.charge) != (claims or 0, charge or ZERO):
            told = f"batch {batch.id} is of {batch.claims} claims for {batch.charge}"
            made.differences.append(f"{told}, its filings are {claims or 0} for {charge or ZERO}")
        if not batch.receipt:
            made.differences.append(f"batch {batch.id} is sent and has no receipt")


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


def _visits_without_claim(session: Session) -> list[dict[str, str]]:
    """Finished visits that nobody has billed: an oversight, unlike planned ones; the oldest first."""
    billed = select(Claim.encounter_id)
    query = (
        select(col(Encounter.id), col(Encounter.starts_on))
        .where(col(Encounter.planned).is_(False), col(Encounter.id).not_in(billed))
        .order_by(col(Encounter.starts_on), col(Encounter.id))
    )
    return [{"visit": id, "day": day.isoformat()} for id, day in session.exec(query)]
