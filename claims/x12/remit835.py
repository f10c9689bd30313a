"""The remittance advice, 835 005010X221A1: payment, claims, services, provider-level adjustments.

``segment`` is where the loop began in the file that was read; it does not count in comparisons. ``extra`` and
``kept`` are what the model has no field for (see ``kept``).
"""

from dataclasses import field
from datetime import date as Date
from decimal import Decimal

from claims.findings import Finding
from claims.x12.kept import Kept
from claims.x12.parts import (
    Adjustment,
    Amount,
    Contact,
    Extra,
    Party,
    Period,
    Procedure,
    Quantity,
    Reference,
    Trace,
    amount,
    period,
    reference,
)
from claims.x12.record import record

ZERO = Decimal(0)
# Where MIA and MOA keep remark codes (element numbers).
MIA_REMARKS = (5, 20, 21, 22, 23)
MOA_REMARKS = (3, 4, 5, 6, 7)


@record
class Remark:
    """LQ: ``qualifier`` HE is a RARC."""

    qualifier: str
    code: str


@record
class RemitService:
    """Loop 2110. ``procedure`` is what was adjudicated, ``submitted`` what was billed when it differs."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal
    revenue_code: str = ""
    quantity: Decimal | None = None
    submitted: Procedure | None = None
    submitted_quantity: Decimal | None = None
    dates: tuple[Period, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    remarks: tuple[Remark, ...] = ()
    extra: tuple[Extra, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def control_number(self) -> str:
        """REF*6R, the line control number that we sent."""
        return reference(self.references, "6R")

    @property
    def allowed(self) -> Decimal | None:
        """AMT*B6."""
        return amount(self.amounts, "B6")


@record
class RemitGroup:
    """LX with TS3 and TS2, under which claims stand."""

    number: str = "1"
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)


@record
class RemitClaim:
    """Loop 2100: one adjudication of one claim. ``pcn`` is CLP01, ``status`` CLP02, ``icn`` CLP07.

    ``mia`` and ``moa`` hold the elements of their segments, from element 1 on.
    """

    pcn: str
    status: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal | None = None
    filing_indicator: str = ""
    icn: str = ""
    facility: str = ""
    frequency: str = ""
    more: tuple[str, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    parties: tuple[Party, ...] = ()
    mia: tuple[str, ...] = ()
    moa: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    services: tuple[RemitService, ...] = ()
    group: RemitGroup = RemitGroup()
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def is_reversal(self) -> bool:
        """CLP02 22: the amounts take back an earlier adjudication."""
        return self.status == "22"

    @property
    def crossed_over(self) -> bool:
        """CLP02 19, 20, 21 (processed and forwarded) or 23 (not ours, forwarded)."""
        return self.status in ("19", "20", "21", "23")

    @property
    def remarks(self) -> tuple[str, ...]:
        """The claim-level remark codes of MIA and MOA."""
        return _pick(self.mia, MIA_REMARKS) + _pick(self.moa, MOA_REMARKS)

    def party(self, entity: str) -> Party | None:
        """The first NM1 of that entity: QC patient, IL insured, 74 corrected, 82 rendering, TT crossover."""
        return next((each for each in self.parties if each.entity == entity), None)

    def reference(self, qualifier: str) -> str:
        """The value of the claim's first REF of that qualifier, or an empty string."""
        return reference(self.references, qualifier)

    def date(self, *qualifiers: str) -> Period | None:
        """The claim's first DTM of one of the qualifiers: 232/233 statement, 036 coverage end."""
        return period(self.dates, *qualifiers)


@record
class ProviderAdjustment:
    """One pair of a PLB. A positive amount reduces the payment."""

    provider: str
    fiscal_end: Date | None
    reason: str
    amount: Decimal
    reference: str = ""


@record
class Payment:
    """BPR: ``handling`` I, C, H …; ``method`` ACH, BOP, CHK, FWT, NON; ``banking`` is BPR05 to BPR15."""

    handling: str
    amount: Decimal
    credit_debit: str = "C"
    method: str = "NON"
    banking: tuple[str, ...] = ()
    date: Date | None = None


@record
class Remittance835:
    """One payment: one ST of an 835. ``trace`` is TRN, ``unreadable`` what could not be typed.

    ``kept`` is of what stands above the claims, ``kept_below`` of the provider adjustments and what follows.
    """

    payment: Payment
    trace: Trace
    payer: Party
    payee: Party
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    claims: tuple[RemitClaim, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    kept_below: tuple[Kept, ...] = ()
    unreadable: tuple[Finding, ...] = field(default=(), compare=False)


def _pick(elements: tuple[str, ...], numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(elements[n - 1] for n in numbers if n <= len(elements) and elements[n - 1])
