"""The demo's calendar: from one day on which something is due to the next, skipping the others."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

import httpx
from sqlmodel import Session, col, func, select

from claims import letters, status, submission
from claims.database import reading
from claims.model import Adjudication, Claim, ClinicianQuery, ExpectedAck, Filing, QueryState, Submission
from deployments.demo.practice import DemoPractice
from tasks.due import APPEALS, DENIALS, PATIENTS, TO_CHECK, due_claims
from tasks.runtime import Runtime

FRIDAY = 4
_UNDECIDED = (Adjudication.NONE, Adjudication.PENDING, Adjudication.INFO_REQUESTED)


def days(rt: Runtime, practice: DemoPractice, sandbox: httpx.Client, last: date) -> Iterator[date]:
    """Each weekday with something to do, from the first delivery to ``last``.

    Ask for the next one only when the day's work is done: that decides what comes next.
    """
    day = min(practice.delivered.values())
    while day <= last:
        yield day
        following = _next(rt, practice, sandbox, day)
        day = _weekday(following) if following else last + timedelta(days=1)


def due_runs(rt: Runtime, day: date) -> Iterator[str]:
    """The scheduled runs, in the order of their hours, that have something to do when their turn comes."""
    if due_claims(rt, TO_CHECK, limit=1) or _any(rt, _to_send):
        yield "daily-submission"
    if _any(rt, status.due):
        yield "poll-status"
    if due_claims(rt, DENIALS, limit=1):
        yield "work-denials"
    if due_claims(rt, APPEALS, limit=1) or _any(rt, lambda s, _now: letters.sendable(s)):
        yield "work-appeals"
    if due_claims(rt, PATIENTS, limit=1):
        yield "patient-statements"
    if _any(rt, _overdue):
        yield "reconcile"
    if day.weekday() == FRIDAY:
        yield "weekly-review"


def _any(rt: Runtime, find: Callable[[Session, datetime], Sequence[object]]) -> bool:
    with reading(rt.engine) as session:
        return bool(find(session, rt.clock.now().business))


def _to_send(session: Session, now: datetime) -> Sequence[object]:
    return submission.due(session, now) or submission.unsent(session)


def _overdue(session: Session, now: datetime) -> Sequence[object]:
    """Acknowledgements and answers to queries that have not come, and holds whose time is over."""
    acks = select(ExpectedAck).where(
        ExpectedAck.due_at <= now,
        col(ExpectedAck.received_at).is_(None),
        col(ExpectedAck.overdue_since).is_(None),
    )
    queries = select(ClinicianQuery).where(
        ClinicianQuery.state == QueryState.OPEN, col(ClinicianQuery.due_at) <= now
    )
    holds = select(Claim).where(col(Claim.hold_expires) <= now)
    return [*session.exec(acks), *session.exec(holds), *session.exec(queries)]


def _next(rt: Runtime, practice: DemoPractice, sandbox: httpx.Client, day: date) -> date | None:
    answer = sandbox.get("/sandbox/next-day").raise_for_status().json()["date"]
    candidates = [on for on in practice.delivered.values() if on > day]
    if answer is not None:
        candidates.append(date.fromisoformat(answer))
    with reading(rt.engine) as session:
        candidates += [at.astimezone(rt.settings.zone_info).date() for at in _our_own(session)]
    return max(min(candidates), day + timedelta(days=1)) if candidates else None


def _our_own(session: Session) -> list[datetime]:
    """When the next claim, status question, hold or overdue acknowledgement of ours is due."""
    queries = (
        select(func.min(Claim.next_action_at)).where(col(Claim.hold_reason).is_(None)),
        select(func.min(Claim.hold_expires)),
        select(func.min(ClinicianQuery.due_at)).where(ClinicianQuery.state == QueryState.OPEN),
        select(func.min(Filing.status_due_at)).where(
            Filing.submission == Submission.ACCEPTED, col(Filing.adjudication).in_(_UNDECIDED)
        ),
        select(func.min(ExpectedAck.due_at)).where(
            col(ExpectedAck.received_at).is_(None), col(ExpectedAck.overdue_since).is_(None)
        ),
    )
    return [at for at in (session.scalar(query) for query in queries) if at is not None]


def _weekday(day: date) -> date:
    """Saturday and Sunday wait for Monday: the practice is closed."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > FRIDAY else 0)
