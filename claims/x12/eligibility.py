"""Coverage questions and answers: 270 and 271, 005010X279A1. One object per patient asked about."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from claims.x12.kept import Kept
from claims.x12.parts import Extra, Party, Period, Procedure, Reference, Trace


@dataclass(frozen=True, slots=True)
class Reject:
    """AAA. ``loop`` is where it stood: 2000A, 2100A, 2100B, 2100C, 2100D, 2110C, 2110D."""

    reason: str
    follow_up: str
    loop: str
    valid: str = "N"


@dataclass(frozen=True, slots=True)
class Header27x:
    """BHT of a 270, 271, 276, 277, 277CA or 278: ``reference`` is BHT03.

    ``time`` is BHT05 where it says more than the hours, minutes and seconds of ``created``; ``kept`` is what
    stood in the transaction that was read and has no field in any of its models.
    """

    reference: str
    created: datetime | None
    purpose: str = ""
    kind: str = ""
    time: str = ""
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """EQ: service types asked about, or one procedure; ``level`` EQ03."""

    service_types: tuple[str, ...] = ("30",)
    procedure: Procedure | None = None
    level: str = ""
    diagnosis_pointers: tuple[str, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry270:
    """One patient asked about: ``dependent`` is None when the patient is the subscriber.

    ``relationship`` is INS02 of the dependent, ``dates`` the patient's DTP (291 plan date).
    """

    payer: Party
    provider: Party
    subscriber: Party
    dependent: Party | None = None
    traces: tuple[Trace, ...] = ()
    relationship: str = ""
    dates: tuple[Period, ...] = ()
    questions: tuple[Question, ...] = (Question(),)
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Benefit:
    """Loop 2110: EB and what follows it.

    ``info`` EB01 (1 active, 6 inactive, A co-insurance, B copay, C deductible, …), ``level`` EB02,
    ``service_types`` EB03, ``insurance_type`` EB04, ``plan`` EB05, ``time`` EB06, ``amount`` EB07,
    ``percent`` EB08 (0.2 is 20 %), ``quantity_qualifier``/``quantity`` EB09/EB10, ``authorization`` EB11,
    ``in_network`` EB12. ``parties`` are the NM1 loops between LS and LE.
    """

    info: str
    level: str = ""
    service_types: tuple[str, ...] = ()
    insurance_type: str = ""
    plan: str = ""
    time: str = ""
    amount: Decimal | None = None
    percent: Decimal | None = None
    quantity_qualifier: str = ""
    quantity: Decimal | None = None
    authorization: str = ""
    in_network: str = ""
    procedure: Procedure | None = None
    diagnosis_pointers: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    rejects: tuple[Reject, ...] = ()
    messages: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer271:
    """The answer on one patient, or on a level above when the payer refused there (``rejects``).

    A refusal at 2000A, 2100A or 2100B may leave ``provider`` or ``subscriber`` out.
    """

    payer: Party
    provider: Party | None = None
    subscriber: Party | None = None
    dependent: Party | None = None
    traces: tuple[Trace, ...] = ()
    relationship: str = ""
    rejects: tuple[Reject, ...] = ()
    dates: tuple[Period, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    extra: tuple[Extra, ...] = ()

    @property
    def is_active(self) -> bool:
        """EB01 1 to 5 somewhere, no 6: coverage in force."""
        infos = {benefit.info for benefit in self.benefits}
        return bool(infos & set("12345")) and "6" not in infos

    @property
    def all_rejects(self) -> tuple[Reject, ...]:
        """Every AAA, those under a benefit too."""
        return self.rejects + tuple(each for benefit in self.benefits for each in benefit.rejects)
