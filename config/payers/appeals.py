"""Levels of appeal: who hears each, within what time, over how much; dated data by line of business.

The shipped table is ``appeals.toml``. A payer's file overrides it: ``[[appeals]]`` for whole levels as its
contract has them, or ``limits.appeal_days`` where only the days by level are known.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, model_validator

from config.section import Days, DaysOrNone, Section

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth")


class AtStake(Section):
    """Dollars that must be in controversy for what is filed from a day on, until the next row."""

    starts: date
    dollars: Decimal = Field(ge=0)
    source: str


class AppealLevel(Section):
    """One level. Days count from the day of the notice, and begin ``presumed_days`` later, when it is taken
    as received. ``starts`` and ``ends`` are the first and last day of filing on which the row is in force.
    """

    level: int = Field(ge=1, le=9)
    name: str
    heard_by: str
    days: Days | None = None
    months: int | None = Field(default=None, gt=0, description="calendar months, where the rule counts so")
    presumed_days: DaysOrNone = 0
    at_stake: tuple[AtStake, ...] = Field(default=(), description="none: any amount is heard")
    decision_days: Days = Field(default=60, description="within which its decision should come")
    classes: tuple[str, ...] = Field(default=(), description="denial classes that it hears; none: all")
    way: Literal["payer", "post"] = Field(
        default="payer", description="by the payer's connector where that carries letters, or printed"
    )
    forwarded: bool = Field(
        default=False,
        description="whoever upheld the level before sends it on itself: nothing is filed",
    )
    address: tuple[str, ...] = ()
    advice: str = Field(default="", description="what whoever files it must know")
    starts: date | None = None
    ends: date | None = None
    source: str

    @model_validator(mode="after")
    def _one_limit(self) -> "AppealLevel":
        if (self.days is None) == (self.months is None):
            raise ValueError("give days or months, one of them")
        return self

    def stake_on(self, day: date) -> Decimal:
        """Dollars that must be in controversy for an appeal filed on that day."""
        rows = [each for each in self.at_stake if each.starts <= day]
        return max(rows, key=lambda each: each.starts).dollars if rows else Decimal(0)

    def in_force(self, on: date) -> bool:
        return (self.starts or on) <= on <= (self.ends or on)


def in_order(levels: Sequence[AppealLevel]) -> list[str]:
    """What is wrong with a payer's own levels: they begin with 1 and leave none out."""
    numbers = {each.level for each in levels}
    wanted = set(range(1, len(numbers) + 1))
    return [] if numbers == wanted else ["appeals: levels begin with 1 and leave no number out"]


def by_days(days: Sequence[int], heard_by: str, source: str) -> tuple[AppealLevel, ...]:
    """Levels of which only the days are known."""
    return tuple(
        AppealLevel(level=n, name=f"{ORDINALS[n - 1]} appeal", heard_by=heard_by, days=each, source=source)
        for n, each in enumerate(days, start=1)
    )


@cache
def shipped() -> dict[str, tuple[AppealLevel, ...]]:
    """The levels of each line of business, all their dated rows."""
    table = tomllib.loads(files("config.payers").joinpath("appeals.toml").read_text("utf-8"))
    return {kind: tuple(AppealLevel(**row) for row in rows) for kind, rows in table.items()}
