"""The sandbox's movable clock: kept in the database, so that every process reads the same day."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from claims import events
from claims.clock import Moment, ShiftedClock
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.model import BusinessClock

_SHIFT = select(col(BusinessClock.shift_seconds))  # built once: every step asks for the time


class StoredClock:
    """Business time as the database has it; for the sandbox profile alone."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def now(self) -> Moment:
        with self.engine.execution_options(read_only=True).connect() as connection:
            shift = connection.scalar(_SHIFT)
        return ShiftedClock(timedelta(seconds=shift or 0)).now()


def move(session: Session, to: datetime, act: Act, *, sandbox: bool) -> None:
    """Set business time to ``to``; only in the sandbox, and after the first time only forward."""
    if not sandbox:
        raise NotAllowed("The business clock moves in the sandbox profile only.", tip="Leave --as-of out.")
    shift = (to - act.at.real).total_seconds()
    row = session.get(BusinessClock, 1)
    if row is not None and shift < row.shift_seconds - 1:
        raise NotAllowed("The business clock cannot go back: deadlines have been decided by it.")
    row = row or BusinessClock(id=1, shift_seconds=shift)
    row.shift_seconds = shift
    session.add(row)
    events.note(session, act, "clock_moved", Story("the sandbox's clock was moved", {"to": to.date()}))
