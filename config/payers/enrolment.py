"""Which billing providers a payer has enrolled for which transactions: data of the payer's file."""

from datetime import date
from typing import Literal

from pydantic import Field

from config.section import Section

Transaction = Literal["837P", "837I", "837D", "270", "276", "278", "835"]


class Enrolled(Section):
    """A billing provider whom the payer lets use these transactions, from a day on, until another."""

    npi: str = Field(pattern=r"^\d{10}$")
    transactions: tuple[Transaction, ...] = Field(min_length=1)
    starts: date
    ends: date | None = None

    def covers(self, npi: str, transaction: str, on: date) -> bool:
        in_force = self.starts <= on and (self.ends is None or on <= self.ends)
        return in_force and self.npi == npi and transaction in self.transactions


class Enrolment(Section):
    """What the payer wants its providers enrolled for, how that is done, and who is."""

    required: tuple[Transaction, ...] = Field(min_length=1)
    how: str = Field(min_length=1, description="who must do what, for the person who reads it")
    enrolled: tuple[Enrolled, ...] = ()

    def lacks(self, npi: str, transaction: str, on: date) -> bool:
        """Whether that provider may not use that transaction on that day."""
        return transaction in self.required and not any(
            each.covers(npi, transaction, on) for each in self.enrolled
        )
