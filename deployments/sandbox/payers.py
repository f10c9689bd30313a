"""The payers behind the sandbox, read from ``payers.toml``: fees, cost sharing, days and habits."""

import calendar
import tomllib
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

CENT = Decimal("0.01")
WEEKDAYS = [name.lower() for name in calendar.day_name]
SHIPPED = Path(__file__).with_name("payers.toml")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class Payer(BaseModel):
    """One payer's numbers and habits; the comments of ``payers.toml`` say what each means."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    tax_id: str
    icn_prefix: str
    filing_code: str
    pays_by: str
    fee_factor: Decimal
    unlisted_percent: Decimal
    copay: Decimal
    deductible: Decimal
    coinsurance: Decimal
    sequestration: Decimal
    adjudication_days: int
    payment_weekdays: list[str]
    interest_after_days: int
    filing_days: int
    corrected_days: int
    late_can_be_appealed: bool
    takes_replacement: bool
    appeal_days: int
    pend_category: str
    denied_status: str
    remainder_group: str
    other_payer: str

    def pays_on(self, day: date) -> bool:
        return WEEKDAYS[day.weekday()] in self.payment_weekdays

    def next_payment(self, day: date) -> date:
        """The first payment day on or after ``day``."""
        return next(d for n in range(7) if self.pays_on(d := day + timedelta(days=n)))


class Market(NamedTuple):
    """All payers by id, with the fee table they share."""

    payers: dict[str, Payer]
    fees: dict[str, Decimal]
    copay_codes: frozenset[str]
    free_codes: frozenset[str]
    authorization_codes: frozenset[str]

    def allowed(self, payer: Payer, code: str, charge: Decimal, units: Decimal) -> Decimal:
        """What the payer allows for a line: never more than its charge."""
        fee = self.fees.get(code)
        if fee is None:
            return cents(charge * payer.unlisted_percent / 100)
        return min(charge, cents(fee * payer.fee_factor * units))


def load(path: Path = SHIPPED) -> Market:
    raw: dict[str, Any] = tomllib.loads(path.read_text())
    payers = [Payer(**row) for row in raw["payer"]]
    return Market(
        payers={payer.id: payer for payer in payers},
        fees={code: Decimal(fee) for code, fee in raw["fees"].items()},
        copay_codes=frozenset(raw["kinds"]["copay"]),
        free_codes=frozenset(raw["kinds"]["free"]),
        authorization_codes=frozenset(raw["kinds"]["authorization"]),
    )
