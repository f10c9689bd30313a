"""What the payer's side keeps of a claim and of its decisions: plain values that fit in a JSON column."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel

ZERO = Decimal("0.00")


class Adjustment(BaseModel):
    """One CAS triplet without its quantity."""

    group: str
    reason: str
    amount: Decimal


class Prior(BaseModel):
    """What an earlier payer says it did with a line (2430) or, by AMT and CAS, with the claim (2320)."""

    payer: str = ""
    sequence: str = ""
    paid: Decimal | None = None
    adjustments: list[Adjustment] = []


class Line(BaseModel):
    number: str
    qualifier: str = "HC"
    code: str = ""
    modifiers: list[str] = []
    revenue: str = ""
    charge: Decimal = ZERO
    units: Decimal = Decimal(1)
    pointers: list[str] = []
    first: date | None = None
    last: date | None = None
    control: str = ""
    authorization: str = ""
    prior: list[Prior] = []


class Person(BaseModel):
    last: str = ""
    first: str = ""
    born: str = ""
    member: str = ""


class Claim(BaseModel):
    """One CLM with what it inherits from the loops above it."""

    payer: str = ""
    group: str = ""
    set_control: str = ""
    batch: str = ""
    provider: str = ""
    provider_name: str = ""
    tax_id: str = ""
    sequence: str = "P"
    subscriber: Person = Person()
    patient: Person | None = None
    pcn: str = ""
    charge: Decimal = ZERO
    place: str = ""
    frequency: str = "1"
    refs: dict[str, str] = {}
    diagnoses: list[str] = []
    referring: str = ""
    first: date | None = None
    last: date | None = None
    lines: list[Line] = []
    others: list[Prior] = []
    version: str = ""

    @property
    def who(self) -> Person:
        return self.patient or self.subscriber

    @property
    def member(self) -> str:
        return self.subscriber.member

    @property
    def content(self) -> str:
        """What makes two claims the same service: patient, dates, codes with modifiers, charges."""
        who = self.who
        lines = sorted(f"{x.code}{x.modifiers}{x.first}{x.charge}" for x in self.lines)
        return "|".join([self.member, who.last, who.first, str(self.first), *lines])


class Result(StrEnum):
    PAID = "paid"
    PARTLY = "partly_paid"
    ZERO = "zero_paid"
    DENIED = "denied"


class LineResult(BaseModel):
    """One adjudicated line: charge = paid + the sum of its adjustments."""

    line: Line
    allowed: Decimal = ZERO
    paid: Decimal = ZERO
    adjustments: list[Adjustment] = []
    remarks: list[str] = []
    denied: bool = False

    def sum_of(self, group: str, *reasons: str) -> Decimal:
        rows = (a for a in self.adjustments if a.group == group)
        return sum((a.amount for a in rows if not reasons or a.reason in reasons), ZERO)


class Outcome(BaseModel):
    """What the payer decided: the content of one CLP. A reversal is the same with the signs turned."""

    status: str
    lines: list[LineResult]
    remarks: list[str] = []
    interest: Decimal = ZERO

    @property
    def charge(self) -> Decimal:
        return sum((x.line.charge for x in self.lines), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((x.paid for x in self.lines), ZERO)

    @property
    def allowed(self) -> Decimal:
        return sum((x.allowed for x in self.lines), ZERO)

    @property
    def patient(self) -> Decimal:
        return sum((x.sum_of("PR") for x in self.lines), ZERO)

    @property
    def deductible(self) -> Decimal:
        return sum((x.sum_of("PR", "1") for x in self.lines), ZERO)

    @property
    def result(self) -> Result:
        if all(x.denied for x in self.lines) and not self.paid:
            return Result.DENIED
        if not self.paid:
            return Result.ZERO
        return Result.PARTLY if any(x.denied for x in self.lines) else Result.PAID

    def reversed(self) -> "Outcome":
        """The same amounts with the signs turned, group codes kept, as CLP02 = 22 wants it."""
        return Outcome(status="22", lines=[_turned(x) for x in self.lines], remarks=self.remarks)


def _turned(result: LineResult) -> LineResult:
    line = result.line.model_copy(update={"charge": -result.line.charge})
    flipped = [a.model_copy(update={"amount": -a.amount}) for a in result.adjustments]
    amounts = {"line": line, "allowed": -result.allowed, "paid": -result.paid, "adjustments": flipped}
    return result.model_copy(update=amounts)
