"""Which level of appeal comes next, until when, and why there is none. Pure; the levels are data.

Sources: ``config/payers/appeals.toml`` (42 CFR 405 subpart I and others), a payer's own file before it.
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from config.payers import AppealLevel, PayerProfile


@dataclass(frozen=True, slots=True)
class Prospect:
    """The next level and its last day; ``closed`` says why it cannot be had, "" where it can."""

    level: AppealLevel | None = None
    file_by: date | None = None
    closed: str = ""

    @property
    def is_open(self) -> bool:
        return not self.closed

    def told(self) -> str:
        """For example: level 2, Reconsideration, is open until 2026-09-21 (42 CFR 405.962)."""
        if self.level is None or self.closed:
            return self.closed
        return (
            f"level {self.level.level}, {self.level.name}, is open until {self.file_by} ({self.level.source})"
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an appeal stands: levels already decided, the day of the last notice, what was refused."""

    decided: int
    noticed: date
    amount: Decimal
    classes: frozenset[str]


def last_day(level: AppealLevel, noticed: date) -> date:
    """The last day to file it, counted from the day of the notice."""
    received = noticed + timedelta(days=level.presumed_days)
    if level.days is not None:
        return received + timedelta(days=level.days)
    return _months_later(received, level.months or 0)


def prospect(profile: PayerProfile | None, where: Standing, today: date) -> Prospect:
    """The next level that hears such a denial. A level that does not hear its class is passed over."""
    if profile is None:
        return Prospect(closed="the payer has no file of its own with levels of appeal: an admin adds one")
    levels = profile.appeal_levels(today)
    further = [each for each in levels if each.level > where.decided and _hears(each, where.classes)]
    if not further:
        return Prospect(closed=f"level {where.decided} was the last" if where.decided else "it hears none")
    level, file_by = further[0], last_day(further[0], where.noticed)
    if file_by < today:
        return Prospect(level, file_by, f"the last day to appeal was {file_by}")
    if where.amount < level.stake_on(today):
        return Prospect(level, file_by, _too_little(level, where.amount, today))
    return Prospect(level, file_by)


def _hears(level: AppealLevel, classes: Collection[str]) -> bool:
    return not level.classes or any(each in level.classes for each in classes)


def _too_little(level: AppealLevel, amount: Decimal, today: date) -> str:
    wanted = level.stake_on(today)
    return (
        f"level {level.level}, {level.name}, hears {wanted} or more and {amount} is at stake: "
        "it can be reached together with other claims only"
    )


def _months_later(day: date, months: int) -> date:
    """The same day of the month, or its last one where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
