"""A payer's working days and cutoff: by when a file must be there to count as received that day. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.payers import PayerProfile

ONE_DAY = timedelta(1)


def is_open(profile: PayerProfile, day: date) -> bool:
    """Monday to Friday, but for federal holidays (where the payer keeps them) and its own closed days."""
    if day.weekday() >= 5 or day in profile.closed_on:
        return False
    return not (profile.federal_holidays and day in _federal_holidays(day.year))


def counts_as_received(profile: PayerProfile, at: datetime) -> date:
    """The payer's day of receipt of what reaches it at ``at``: that day up to the cutoff, else the next one
    on which it is open."""
    return _cutoff_day(profile, at)


def cutoff(profile: PayerProfile, at: datetime) -> datetime:
    """The next cutoff from ``at`` on, in the payer's own zone."""
    return datetime.combine(_cutoff_day(profile, at), profile.cutoff, ZoneInfo(profile.zone))


def _cutoff_day(profile: PayerProfile, at: datetime) -> date:
    here = at.astimezone(ZoneInfo(profile.zone))
    day = here.date() if here.time() <= profile.cutoff else here.date() + ONE_DAY
    while not is_open(profile, day):
        day += ONE_DAY
    return day


def open_days_later(profile: PayerProfile, day: date, days: int) -> date:
    """The day on which so many of the payer's open days have followed ``day``."""
    while days:
        day += ONE_DAY
        days -= is_open(profile, day)
    return day


def hours_later(profile: PayerProfile, at: datetime, hours: int) -> datetime:
    """When so many hours of the payer's open days have gone by since ``at``; days begin as in its zone.

    What it owes on a Friday evening "within 24 hours" is not overdue on Saturday.
    """
    left, here = timedelta(hours=hours), at.astimezone(ZoneInfo(profile.zone))
    while True:
        midnight = datetime.combine(here.date() + ONE_DAY, time(0), ZoneInfo(profile.zone))
        if is_open(profile, here.date()):
            until = midnight.astimezone(UTC) - here.astimezone(UTC)
            if left <= until:
                return (here.astimezone(UTC) + left).astimezone(at.tzinfo)
            left -= until
        here = midnight


@lru_cache(maxsize=32)
def _federal_holidays(year: int) -> frozenset[date]:
    """5 U.S.C. 6103 with the days on which they are observed; one of the next year may fall into this."""
    import holidays  # takes a moment, and few commands ask

    return frozenset(
        day for day in holidays.country_holidays("US", years=[year, year + 1]) if day.year == year
    )
