"""The business clock: dates that decide come from here, and only the sandbox profile can move it.

Leases, time-outs, tokens and circuits use real time instead (`Moment.real`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant, told twice: by the wall and by the business clock. Both carry a zone."""

    real: datetime
    business: datetime

    def day(self, zone: ZoneInfo) -> date:
        """The business date in ``zone``: a day begins at midnight there."""
        return self.business.astimezone(zone).date()


class Clock(Protocol):
    def now(self) -> Moment: ...


class SystemClock:
    """Production: business time is real time."""

    def now(self) -> Moment:
        now = datetime.now(UTC)
        return Moment(now, now)


class ShiftedClock:
    """The sandbox's clock: runs at the wall's pace, ``shift`` away from it."""

    def __init__(self, shift: timedelta) -> None:
        self.shift = shift

    def now(self) -> Moment:
        now = datetime.now(UTC)
        return Moment(now, now + self.shift)


class FixedClock:
    """Stands still until it is moved: for tests and for look-ups as of a date."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> Moment:
        return Moment(self.at, self.at)

    def move(self, by: timedelta) -> None:
        self.at += by
