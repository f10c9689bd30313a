"""Real and business time: told together, and a day begins at midnight where the practice is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from claims.clock import FixedClock, Moment, ShiftedClock, SystemClock

NEW_YORK, HONOLULU = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu")


def test_the_day_is_the_practices_and_not_greenwichs():
    late = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    moment = Moment(late, late)
    assert moment.day(NEW_YORK) == moment.day(HONOLULU) == date(2026, 3, 1)
    assert moment.day(ZoneInfo("UTC")) == date(2026, 3, 2)


def test_the_day_keeps_its_midnight_when_the_clocks_are_put_forward():
    midnight = datetime(2026, 3, 9, 0, 0, tzinfo=NEW_YORK)
    for at, day in ((midnight, date(2026, 3, 9)), (midnight - timedelta(seconds=1), date(2026, 3, 8))):
        assert Moment(at, at).day(NEW_YORK) == day


def test_the_business_day_decides_and_not_the_real_one():
    real = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert Moment(real, real - timedelta(days=40)).day(NEW_YORK) == date(2026, 1, 21)


def test_in_production_business_time_is_real_time():
    now = SystemClock().now()
    assert now.real == now.business
    assert now.real.utcoffset() == timedelta(0)


def test_a_shifted_clock_runs_at_the_walls_pace_and_a_fixed_one_stands_still():
    shifted = ShiftedClock(timedelta(days=-3)).now()
    assert shifted.real - shifted.business == timedelta(days=3)
    clock = FixedClock(shifted.real)
    assert clock.now() == clock.now()
    clock.move(timedelta(hours=1))
    assert clock.now().real == shifted.real + timedelta(hours=1)
