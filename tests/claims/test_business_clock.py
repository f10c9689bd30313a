"""The sandbox's clock: kept in the database, moved forward, and never in production."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from claims import business_clock
from claims.business_clock import StoredClock
from claims.clock import SystemClock
from claims.database import transaction
from claims.errors import NotAllowed
from claims.events import Act
from claims.model import BusinessClock, EventRow

SECOND = timedelta(seconds=1)


def move(engine: Engine, by: timedelta, *, sandbox: bool = True) -> None:
    with transaction(engine) as session:
        now = SystemClock().now()
        business_clock.move(session, now.real + by, Act("system", now), sandbox=sandbox)


def shift_of(engine: Engine) -> timedelta:
    now = StoredClock(engine).now()
    return now.business - now.real


def test_it_tells_real_time_until_it_is_moved(any_engine: Engine):
    assert shift_of(any_engine) == timedelta(0)
    move(any_engine, timedelta(days=30))
    assert abs(shift_of(any_engine) - timedelta(days=30)) < SECOND
    now = StoredClock(any_engine).now()
    assert abs(now.real - datetime.now(UTC)) < SECOND


def test_it_may_begin_in_the_past_and_then_goes_forward_only(engine: Engine):
    move(engine, timedelta(days=-60))
    move(engine, timedelta(days=-59))
    with pytest.raises(NotAllowed, match="cannot go back"):
        move(engine, timedelta(days=-60))
    assert abs(shift_of(engine) - timedelta(days=-59)) < SECOND


def test_once_it_came_to_today_it_does_not_go_back_either(engine: Engine):
    move(engine, timedelta(days=-1))
    move(engine, timedelta(0))
    with pytest.raises(NotAllowed, match="cannot go back"):
        move(engine, timedelta(days=-1))


def test_outside_the_sandbox_nobody_moves_it(engine: Engine):
    with pytest.raises(NotAllowed, match="sandbox"):
        move(engine, timedelta(days=1), sandbox=False)
    with transaction(engine) as session:
        assert session.get(BusinessClock, 1) is None


def test_each_move_is_on_record_with_the_day_it_went_to(session: Session, act: Act):
    business_clock.move(session, act.at.real + timedelta(days=3), act, sandbox=True)
    (row,) = session.exec(select(EventRow)).all()
    assert (row.kind, row.facts) == ("clock_moved", {"to": "2026-03-05"})


def test_the_move_is_counted_from_the_moment_of_the_act(session: Session, act: Act):
    business_clock.move(session, act.at.real + timedelta(days=3), act, sandbox=True)
    session.flush()
    assert session.get_one(BusinessClock, 1).shift_seconds == timedelta(days=3).total_seconds()
