"""Claim status questions and answers: 276 and 277, 005010X212. One object per claim asked about."""

from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal

from claims.x12.parts import Amount, Extra, Party, Period, Procedure, Reference, Trace


@dataclass(frozen=True, slots=True)
class StatusCode:
    """One status composite of an STC: category (list 507), code (list 508), entity."""

    category: str
    code: str
    entity: str = ""
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """STC. ``codes`` are STC01, STC10 and STC11; ``action`` STC03 is WQ accept or U reject in a 277CA."""

    codes: tuple[StatusCode, ...]
    date: Date | None = None
    action: str = ""
    charge: Decimal | None = None
    paid: Decimal | None = None
    paid_date: Date | None = None
    method: str = ""
    check_date: Date | None = None
    check_number: str = ""
    text: str = ""

    @property
    def category(self) -> str:
        """The category of the first composite: A2, F1, P2, …"""
        return self.codes[0].category


@dataclass(frozen=True, slots=True)
class StatusLine:
    """Loop 2210 or 2220: one service, asked about (276) or answered (277, 277CA)."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal | None = None
    revenue_code: str = ""
    quantity: Decimal | None = None
    statuses: tuple[Status, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry276:
    """One claim asked about. ``trace`` is ours and comes back in the 277."""

    payer: Party
    receiver: Party
    provider: Party
    subscriber: Party
    trace: Trace
    dependent: Party | None = None
    references: tuple[Reference, ...] = ()
    amounts: tuple[Amount, ...] = ()
    dates: tuple[Period, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer277:
    """The answer on one claim, or on a level above it when the payer stopped there.

    ``level`` says where the statuses stand: 2200B receiver, 2200C provider, 2200D, 2200E.
    """

    payer: Party
    level: str
    trace: Trace | None = None
    receiver: Party | None = None
    provider: Party | None = None
    subscriber: Party | None = None
    dependent: Party | None = None
    statuses: tuple[Status, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    extra: tuple[Extra, ...] = ()
