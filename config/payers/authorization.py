"""Which services a payer wants authorized before they are billed: data of the payer's file."""

from datetime import date
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from config.section import Days, Section


class Need(Section):
    """One rule. Every condition that is given must hold; an entry that ends in * is a prefix.

    ``places`` are places of service or, on an institutional claim, types of bill (2 digits); diagnoses are
    without the dot. ``starts`` and ``ends`` bound the service date, both included.
    """

    codes: tuple[str, ...] = Field(min_length=1)
    places: tuple[str, ...] = ()
    except_places: tuple[str, ...] = Field(default=(), description="such as 23, the emergency room")
    diagnoses: tuple[str, ...] = Field(default=(), description="one of the claim's is one of these")
    except_diagnoses: tuple[str, ...] = Field(default=(), description="with one of these it needs none")
    starts: date | None = None
    ends: date | None = None
    source: str = Field(min_length=1)


class AuthorizationNeed(Section):
    """``codes`` need a number everywhere; ``rules`` say it more closely. ``asks`` lets the payer be asked by
    278 without a person; otherwise the claim waits for one, who may have it asked."""

    codes: tuple[str, ...] = ()
    source: str = ""
    rules: tuple[Need, ...] = ()
    asks: bool = False
    decision_days: Days = Field(default=7, description="a longer review is a person's work")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.codes and not self.source:
            raise ValueError("source: say where the codes are written")
        return self

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        everywhere = (Need(codes=self.codes, source=self.source),) if self.codes else ()
        return (*everywhere, *self.rules)
