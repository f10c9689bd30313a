"""The run plan: before the daily run, what will go, to whom and by when; what is held, what is late soon."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, or_, select

from claims import work
from claims.batch_questions import awaiting_renewal
from claims.business_days import counts_as_received, cutoff
from claims.day import Line, Table
from claims.enrolment import FOLLOWS
from claims.events import Act
from claims.limits import days_left
from claims.model import Claim, Filing, Provider, Queue, Stage, Submission, WorkItem, WorkState
from claims.model.among import among
from claims.money.prior import paid_before
from claims.transitions import PREPARING
from config.payers import PayerProfile

NEAR_LIMIT = "filing_limit_near"
_TO_GO = (Submission.NONE, Submission.QUEUED)
_AT_ONCE = 500
Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Road:
    """How what is due reaches its payer: through which connector, until when, and from when on it counts."""

    connector: str
    cutoff: datetime
    received_on: date

    def as_json(self) -> dict[str, Any]:
        return {
            "connector": self.connector,
            "cutoff": self.cutoff.isoformat(),
            "received_on": self.received_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class NearLimit:
    """A claim close to its filing limit; ``waits`` says for what, nothing where it goes today."""

    claim: str
    payer: str
    days_left: int
    waits: str

    def as_json(self) -> dict[str, Any]:
        return {"claim": self.claim, "payer": self.payer, "days_left": self.days_left, "waits": self.waits}


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """A provider whose claims are due and whom the payer has not enrolled: what follows, who must do what."""

    payer: str
    npi: str
    transaction: str
    claims: int
    follows: str
    how: str

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Plan:
    """What the daily run is about to do. ``waiting`` are claims whose time has not come."""

    day: date
    due: dict[str, Line] = field(default_factory=dict)
    roads: dict[str, Road] = field(default_factory=dict)
    held: dict[str, Line] = field(default_factory=dict)
    waiting: dict[str, Line] = field(default_factory=dict)
    near_limit: list[NearLimit] = field(default_factory=list)
    not_enrolled: list[NotEnrolled] = field(default_factory=list)

    def told(self) -> str:
        due, held = (sum(line.claims for line in lines.values()) for lines in (self.due, self.held))
        return f"{due} claims due, {held} held, {len(self.near_limit)} near their filing limit"

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "due": {name: line.as_json() for name, line in self.due.items()},
            "roads": {name: road.as_json() for name, road in self.roads.items()},
            "held": {name: line.as_json() for name, line in self.held.items()},
            "waiting": {name: line.as_json() for name, line in self.waiting.items()},
            "near_limit": [each.as_json() for each in self.near_limit],
            "not_enrolled": [each.as_json() for each in self.not_enrolled],
        }

    def tables(self) -> list[Table]:
        going = [
            (payer, line.claims, line.charge, *self._road(payer)) for payer, line in sorted(self.due.items())
        ]
        columns = ("Payer", ">Claims", ">Charge", "Connector", "Cutoff", "Counts as received")
        limits = [
            (each.claim, each.payer, each.days_left, each.waits or "goes today") for each in self.near_limit
        ]
        return [
            Table("What will go", columns, going),
            Table("What is held, and whose it is", ("Reason: owner", ">Claims", ">Charge"), _rows(self.held)),
            Table("What waits for its time", ("Stage", ">Claims", ">Charge"), _rows(self.waiting)),
            Table("Filing limits near", ("Claim", "Payer", ">Days left", "Waits for"), limits),
            *self._enrolments(),
        ]

    def _enrolments(self) -> list[Table]:
        rows = [tuple(each.as_json().values()) for each in self.not_enrolled]
        columns = ("Payer", "NPI", "For", ">Claims", "So", "Who does what")
        return [Table("Providers not enrolled", columns, rows)] if rows else []

    def _road(self, payer: str) -> tuple[Any, ...]:
        road = self.roads.get(payer)
        if road is None:
            return "no payer file: cannot go", "", ""
        return road.connector, f"{road.cutoff:%a %Y-%m-%d %H:%M %Z}", road.received_on


def _rows(lines: Mapping[str, Line]) -> list[tuple[Any, ...]]:
    return [(name, line.claims, line.charge) for name, line in sorted(lines.items())]


def plan(session: Session, day: date, now: datetime, payers: Payers) -> Plan:
    """Every claim that has not been sent: due today by payer, held by reason and owner, or waiting."""
    free = col(Claim.hold_reason).is_(None)
    asked = col(Claim.id).in_(awaiting_renewal(now))
    is_ready = (col(Claim.stage) == Stage.READY) & ~asked
    is_due = or_(is_ready, (col(Claim.stage) != Stage.READY) & (col(Claim.next_action_at) <= now))
    due = _lines(session, (col(Claim.payer_id),), free & is_due)
    held = _lines(session, (col(Claim.hold_reason), col(Claim.hold_owner)), ~free)
    later = free & or_(asked, (col(Claim.stage) != Stage.READY) & (col(Claim.next_action_at) > now))
    return Plan(
        day,
        due={payer or "no payer": line for (payer,), line in due},
        roads={
            payer: Road(profile.connector, cutoff(profile, now), counts_as_received(profile, now))
            for (payer,), _ in due
            if (profile := payers.get(payer))
        },
        held={f"{reason}: {owner}": line for (reason, owner), line in held},
        waiting={stage: line for (stage,), line in _lines(session, (col(Claim.stage),), later)},
        not_enrolled=list(_not_enrolled(session, payers, free & is_due, day)),
        near_limit=sorted(_near(session, payers, day, now), key=lambda each: (each.days_left, each.claim)),
    )


def _not_enrolled(
    session: Session, payers: Payers, which: ColumnElement[bool], day: date
) -> Iterator[NotEnrolled]:
    """What the payers of due claims have not enrolled their billing providers for."""
    query = (
        columns(col(Claim.payer_id), col(Provider.npi), func.count())
        .join(Provider, col(Provider.id) == Claim.billing_id)
        .where(col(Claim.stage).in_(PREPARING), which)
        .group_by(col(Claim.payer_id), col(Provider.npi))
    )
    for payer, npi, claims in session.execute(query.order_by(col(Claim.payer_id), col(Provider.npi))):
        profile = payers.get(payer or "")
        enrolment = profile.enrolment if profile else None
        for kind in enrolment.required if enrolment else ():
            if enrolment and enrolment.lacks(npi or "", kind, day):
                yield NotEnrolled(payer, npi or "", kind, claims, FOLLOWS[kind], enrolment.how)


def _lines(
    session: Session, by: Sequence[Any], which: ColumnElement[bool]
) -> list[tuple[tuple[Any, ...], Line]]:
    query = columns(*by, func.count(), func.sum(col(Claim.charge))).where(
        col(Claim.stage).in_(PREPARING), which
    )
    rows = session.execute(query.group_by(*by).order_by(*by))
    return [(tuple(names), Line(claims, charge)) for *names, claims, charge in rows]


def _near(session: Session, payers: Payers, day: date, now: datetime) -> Iterator[NearLimit]:
    """The claims whose next filing may take no more than the payer's days of warning."""
    for profile in payers.values():
        limits = profile.limits
        shortest = min(limits.filing_days, limits.corrected_days)
        old = day - timedelta(days=shortest - limits.warn_days)
        query = (
            select(Claim)
            .where(
                col(Claim.stage).in_(PREPARING),
                Claim.payer_id == profile.id,
                or_(col(Claim.from_date) <= old, col(Claim.through_date) <= old),
            )
            .execution_options(yield_per=_AT_ONCE)
        )
        for claims in session.exec(query).partitions():
            yield from _near_of(session, claims, payers, day, now)
    yield from _near_later(session, payers, day, now)


def _near_of(
    session: Session, claims: Sequence[Claim], payers: Payers, day: date, now: datetime
) -> Iterator[NearLimit]:
    """How long each claim's next filing may take; one that has none yet will be an original."""
    ids = [claim.id for claim in claims]
    planned = select(Filing).where(col(Filing.submission).in_(_TO_GO), among(col(Filing.claim_id), ids))
    filings = {filing.claim_id: filing for filing in session.exec(planned.order_by(col(Filing.version)))}
    for claim in claims:
        filing = filings.get(claim.id) or _original(claim)
        if filing.sequence == "P":
            yield from _near_one(claim, filing, payers, day, now)


def _original(claim: Claim) -> Filing:
    return Filing(
        claim_id=claim.id,
        payer_id=claim.payer_id or "",
        sequence="P",
        version=1,
        frequency="1",
        pcn=claim.pcn,
    )


def _near_later(session: Session, payers: Payers, day: date, now: datetime) -> Iterator[NearLimit]:
    """The same of what goes to a second or third payer, whose days count from the payment before."""
    query = (
        select(Claim, Filing)
        .join(Filing, col(Filing.claim_id) == col(Claim.id))
        .where(
            col(Claim.stage).in_(PREPARING), col(Filing.submission).in_(_TO_GO), col(Filing.sequence) != "P"
        )
    )
    later = session.exec(query).all()
    paid = paid_before(session, {claim.id: filing.sequence for claim, filing in later})
    for claim, filing in later:
        yield from _near_one(claim, filing, payers, day, now, paid.get(claim.id))


def _near_one(
    claim: Claim, filing: Filing, payers: Payers, day: date, now: datetime, paid: date | None = None
) -> Iterator[NearLimit]:
    profile, left = payers.get(filing.payer_id), days_left(claim, filing, payers, day, paid)
    if profile and left is not None and left <= profile.limits.warn_days:
        yield NearLimit(claim.id, profile.id, left, _waits(claim, now))


def _waits(claim: Claim, now: datetime) -> str:
    if claim.hold_reason:
        return f"{claim.hold_reason}: {claim.hold_owner}"
    if claim.stage is not Stage.READY and claim.next_action_at and claim.next_action_at > now:
        return f"{claim.stage} until {claim.next_action_at:%Y-%m-%d}"
    return ""


def escalate(session: Session, act: Act, near: Sequence[NearLimit]) -> list[WorkItem]:
    """A work item, due at once, for each claim near its limit that does not go today; it is open until the
    claim goes. A second time refreshes what it says."""
    stuck = {each.claim: each for each in near if each.waits}
    is_open = col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN])
    there = session.exec(select(WorkItem.claim_id).where(WorkItem.kind == NEAR_LIMIT, is_open)).all()
    over = [f"claim:{claim_id}" for claim_id in there if claim_id not in stuck]
    work.cancel_all(session, over, act.at.business, "the claim is on its way", [NEAR_LIMIT])
    claims = {id: session.get_one(Claim, id) for id in stuck}
    return [_item(session, act, claims[id], each) for id, each in stuck.items()]


def _item(session: Session, act: Act, claim: Claim, near: NearLimit) -> WorkItem:
    left = f"{near.days_left} days left" if near.days_left >= 0 else f"{-near.days_left} days too late"
    queue = Queue(claim.hold_owner) if claim.hold_owner in set(Queue) else Queue.BILLING
    return work.open_item(
        session,
        act,
        queue=queue,
        kind=NEAR_LIMIT,
        reason=f"{left} to file with {near.payer}, and the claim waits ({near.waits}): decide on it today.",
        subject=f"claim:{claim.id}",
        claim=claim,
        due_at=act.at.business,
    )
