"""How long a claim that one payer forwarded to the next is waited for before it is billed there by us.

The shipped table is ``crossover.toml``, by the line of business of the payer that forwards. A payer's file
overrides it: ``[[crossover]]`` says how long that payer wants to be waited for, whichever side it is on.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Self

from pydantic import Field, model_validator

from config.section import Days, Section


class Crossover(Section):
    """One dated row. The wait counts from the day of the forwarding payer's payment; ``starts`` and ``ends``
    are the first and last day of payment for which the row is in force.
    """

    days: Days | None = Field(default=None, description="calendar days")
    working_days: Days | None = Field(default=None, description="open days of the payer that forwards")
    starts: date | None = None
    ends: date | None = None
    source: str = Field(min_length=1, description="where it is written")

    @model_validator(mode="after")
    def _one_wait(self) -> Self:
        if (self.days is None) == (self.working_days is None):
            raise ValueError("give days or working_days, one of them")
        return self

    def in_force(self, on: date) -> bool:
        return (self.starts or on) <= on <= (self.ends or on)


@cache
def shipped() -> dict[str, tuple[Crossover, ...]]:
    """The rows of each line of business."""
    table = tomllib.loads(files("config.payers").joinpath("crossover.toml").read_text("utf-8"))
    return {kind: tuple(Crossover(**row) for row in rows) for kind, rows in table.items()}
