"""How a payer's contract prices what its rates alone do not say: several procedures, two sides, assistants.

The rates themselves are the code set ``contract`` (``cleanclaim codes import contract FILE``), dated by row.
The defaults are Medicare's (Claims Processing Manual, chapter 12, sections 20.4.3, 40.6 to 40.8); a payer's
file that says otherwise names where it is written.
"""

from decimal import Decimal

from pydantic import Field

from config.section import Section

_HUNDRED, _HALF = Decimal(100), Decimal(50)


class Contract(Section):
    """Percents of the rate, and what the payer takes off its payment."""

    source: str = "Medicare Claims Processing Manual, chapter 12"
    lesser_of_charge: bool = Field(default=True, description="never more than was billed")
    multiple: tuple[Decimal, ...] = Field(
        default=(_HUNDRED, _HALF, _HALF, _HALF, _HALF),
        min_length=1,
        description="percent by rank of one day's procedures; the last one holds for all further ones",
    )
    bilateral: Decimal = Decimal(150)
    assistant: Decimal = Field(default=Decimal(16), description="modifiers 80, 81, 82")
    assistant_not_physician: Decimal = Field(default=Decimal("13.6"), description="modifier AS")
    cosurgeon: Decimal = Field(default=Decimal("62.5"), description="modifier 62, each surgeon")
    imaging_technical: Decimal = Field(
        default=_HALF, description="TC of every imaging of a session but the dearest"
    )
    imaging_professional: Decimal = Field(default=Decimal(95), description="26 of the same")
    cardiovascular_technical: Decimal = Decimal(75)
    ophthalmology_technical: Decimal = Decimal(80)
    therapy: Decimal = Field(
        default=_HALF, ge=0, le=100, description="of the practice expense of a day's further therapy units"
    )
    therapy_assistant: Decimal = Field(default=Decimal(85), description="modifiers CQ, CO")
    sequestration: Decimal | None = Field(
        default=None, description="percent off the payment; where it is not said, Medicare 2, others 0"
    )
    tolerance: Decimal = Field(default=Decimal("0.05"), ge=0, description="dollars a line that nobody minds")
    refund_days: int | None = Field(
        default=None, gt=0, description="days to give an overpayment back; government payers: 60 by law"
    )

    def tests(self, indicator: str) -> dict[str, Decimal]:
        """Percents by part (TC, 26) of a session's further tests, by the fee schedule's indicator."""
        return {
            "4": {"TC": self.imaging_technical, "26": self.imaging_professional},
            "6": {"TC": self.cardiovascular_technical},
            "7": {"TC": self.ophthalmology_technical},
        }[indicator]
