"""The demo's calendar: it goes from one day on which something is due to the next, and skips the others."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import httpx
from sqlalchemy import Select
from sqlmodel import Session, col, func, select

from claims.database import reading
from claims.model import Claim, ExpectedAck, Filing, Submission
from claims.status import UNDECIDED
from deployments.demo.practice import DemoPractice
from tasks.runtime import Runtime

MORNING = time(7, 0)


def days(rt: Runtime, practice: DemoPractice, sandbox: httpx.Client, last: date) -> Iterator[date]:
    """Each day with something to do, from the first delivery to ``last``; ask for the next one only when the
    day's work is done, since that decides what comes next."""
    day = min(practice.delivered.values())
    while day <= last:
        yield day
        day = _next(rt, practice, sandbox, day) or last + timedelta(days=1)
        day = _weekday(day)


def _next(rt: Runtime, practice: DemoPractice, sandbox: httpx.Client, day: date) -> date | None:
    answer = sandbox.get("/sandbox/next-day").raise_for_status().json()["date"]
    candidates = [on for on in practice.delivered.values() if on > day]
    if answer is not None:
        candidates.append(date.fromisoformat(answer))
    with reading(rt.engine) as session:
        zone = rt.settings.zone_info
        candidates += [at.astimezone(zone).date() for at in _our_own(session)]
    return max(min(candidates), day + timedelta(days=1)) if candidates else None


def _our_own(session: Session) -> list[datetime]:
    """When the next claim, status question or overdue acknowledgement of ours is due."""
    queries: tuple[Select[tuple[datetime | None]], ...] = (
        select(func.min(Claim.next_action_at)).where(col(Claim.hold_reason).is_(None)),
        select(func.min(Claim.hold_expires)),
        select(func.min(Filing.status_due_at)).where(
            Filing.submission == Submission.ACCEPTED, col(Filing.adjudication).in_(UNDECIDED)
        ),
        select(func.min(ExpectedAck.due_at)).where(
            col(ExpectedAck.received_at).is_(None), col(ExpectedAck.overdue_since).is_(None)
        ),
    )
    return [at for at in (session.execute(query).scalar() for query in queries) if at is not None]


def _weekday(day: date) -> date:
    """Saturday and Sunday wait for Monday: the practice is closed."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
