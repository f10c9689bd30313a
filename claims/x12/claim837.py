"""The claim as the 837 carries it: professional 005010X222A1, institutional X223A2, dental X224A2.

One ``Claim837`` is complete in itself: the loops above the claim (billing provider, subscriber, payer,
patient) hang on it, shared between the claims that stood under the same HL. The writer builds the tree back.
``segment`` is where the loop began in the file that was read; it does not count in comparisons. ``extra`` and
``kept`` are what the model has no field for (see ``kept``).
"""

from dataclasses import field
from datetime import date, datetime
from decimal import Decimal

from claims.x12.certificates import Ambulance, Condition
from claims.x12.dental import DentalClaim, DentalService
from claims.x12.kept import Kept
from claims.x12.parts import (
    Adjustment,
    Amount,
    Attachment,
    Extra,
    HealthCode,
    Note,
    Party,
    Period,
    Procedure,
    Quantity,
    Reference,
    amount,
    period,
    reference,
)
from claims.x12.record import record

ZERO = Decimal(0)
# HI qualifiers of diagnoses: ICD-10, then ICD-9, the first of each pair the principal one; SNODENT.
DIAGNOSES = ("ABK", "ABF", "BK", "BF", "TQ")


@record
class Header837:
    """BHT, submitter (1000A, NM1*41 with its PER) and receiver (1000B, NM1*40).

    ``time`` is BHT05 where it says more than the hours, minutes and seconds of ``created``.
    """

    submitter: Party
    receiver: Party
    reference: str
    created: datetime | None
    purpose: str = "00"
    kind: str = "CH"
    time: str = ""
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()


@record
class Billing:
    """Loop 2000A: the billing provider (NM1*85), its pay-to address (87) and pay-to plan (PE)."""

    provider: Party
    taxonomy: str = ""
    currency: str = ""
    pay_to: Party | None = None
    pay_to_plan: Party | None = None
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def is_absent(self) -> bool:
        """The claim was read without such a level."""
        return not self.segment and not self.provider.entity


@record
class Coverage:
    """SBR: ``sequence`` P, S, T …; ``relationship`` 18 when the patient is the subscriber."""

    sequence: str
    relationship: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_indicator: str = ""


@record
class PatientInfo:
    """PAT: relationship (only under 2000C), date of death, weight in pounds, pregnancy."""

    relationship: str = ""
    death_date: date | None = None
    weight: Decimal | None = None
    pregnant: str = ""


@record
class Subscriber:
    """Loop 2000B: the coverage this claim is filed under and the person who holds it (NM1*IL)."""

    coverage: Coverage
    person: Party
    info: PatientInfo | None = None
    others: tuple[Party, ...] = ()
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def is_absent(self) -> bool:
        """The claim was read without such a level."""
        return not self.segment and not self.coverage.sequence and not self.person.entity


@record
class Patient:
    """Loop 2000C: the patient (NM1*QC) when not the subscriber."""

    info: PatientInfo
    person: Party
    others: tuple[Party, ...] = ()
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)


@record
class Drug:
    """Loop 2410: LIN and CTP, with REF*XZ or VY."""

    ndc: str
    quantity: Decimal | None = None
    unit: str = ""
    qualifier: str = "N4"
    references: tuple[Reference, ...] = ()
    extra: tuple[Extra, ...] = ()


@record
class LineAdjudication:
    """Loop 2430: what another payer decided on the line (SVD, CAS, DTP*573, AMT*EAF)."""

    payer_id: str
    paid: Decimal
    procedure: Procedure | None = None
    revenue_code: str = ""
    quantity: Decimal | None = None
    bundled_line: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    dates: tuple[Period, ...] = ()
    amounts: tuple[Amount, ...] = ()
    extra: tuple[Extra, ...] = ()


@record
class OtherPayer:
    """Loop 2320 with 2330: another payer's coverage, what it decided, who holds it."""

    coverage: Coverage
    payer: Party | None = None
    subscriber: Party | None = None
    adjustments: tuple[Adjustment, ...] = ()
    amounts: tuple[Amount, ...] = ()
    benefits_assigned: str = ""
    patient_signature: str = ""
    release: str = ""
    inpatient: tuple[str, ...] = ()
    outpatient: tuple[str, ...] = ()
    providers: tuple[Party, ...] = ()
    extra: tuple[Extra, ...] = ()

    @property
    def paid(self) -> Decimal | None:
        """AMT*D, what this payer paid on the claim."""
        return amount(self.amounts, "D")


@record
class ServiceLine:
    """Loop 2400 with 2410, 2420 and 2430: SV1 (professional), SV2 (institutional) or SV3 (dental)."""

    number: int
    charge: Decimal = ZERO
    procedure: Procedure | None = None
    unit: str = "UN"
    quantity: Decimal | None = None
    place_of_service: str = ""
    pointers: tuple[str, ...] = ()
    emergency: str = ""
    epsdt: str = ""
    family_planning: str = ""
    copay_exempt: str = ""
    revenue_code: str = ""
    noncovered: Decimal | None = None
    dates: tuple[Period, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ambulance: Ambulance | None = None
    conditions: tuple[Condition, ...] = ()
    notes: tuple[Note, ...] = ()
    drug: Drug | None = None
    providers: tuple[Party, ...] = ()
    adjudications: tuple[LineAdjudication, ...] = ()
    dental: DentalService | None = None
    extra: tuple[Extra, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def control_number(self) -> str:
        """REF*6R, the key by which an 835 names this line."""
        return reference(self.references, "6R")

    @property
    def service(self) -> Period | None:
        """DTP*472."""
        return period(self.dates, "472")


@record
class Claim837:
    """Loop 2300 and all that belongs to it. ``pcn`` is CLM01, ``frequency`` CLM05-3.

    ``dental`` stands on a dental claim and on no other.
    """

    billing: Billing
    subscriber: Subscriber
    payer: Party
    pcn: str
    charge: Decimal
    place_of_service: str
    frequency: str = "1"
    patient: Patient | None = None
    facility_qualifier: str = "B"
    signature: str = "Y"
    assignment: str = "A"
    benefits_assigned: str = "Y"
    release: str = "Y"
    patient_signature: str = ""
    related_causes: tuple[str, ...] = ()
    accident_state: str = ""
    accident_country: str = ""
    special_program: str = ""
    delay_reason: str = ""
    admission_type: str = ""
    admission_source: str = ""
    patient_status: str = ""
    dates: tuple[Period, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ambulance: Ambulance | None = None
    conditions: tuple[Condition, ...] = ()
    amounts: tuple[Amount, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    codes: tuple[HealthCode, ...] = ()
    providers: tuple[Party, ...] = ()
    other_payers: tuple[OtherPayer, ...] = ()
    lines: tuple[ServiceLine, ...] = ()
    institutional: bool = False
    dental: DentalClaim | None = None
    extra: tuple[Extra, ...] = ()
    kept: tuple[Kept, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def diagnoses(self) -> tuple[HealthCode, ...]:
        """ABK and ABF (BK and BF of ICD-9), in the order that the lines' pointers count."""
        return tuple(code for code in self.codes if code.qualifier in DIAGNOSES)

    @property
    def person(self) -> Party:
        """The patient, whether a dependent or the subscriber."""
        return self.patient.person if self.patient else self.subscriber.person

    def reference(self, qualifier: str) -> str:
        """The value of the claim's first REF of that qualifier, or an empty string."""
        return reference(self.references, qualifier)

    def date(self, qualifier: str) -> Period | None:
        """The claim's first DTP of that qualifier."""
        return period(self.dates, qualifier)

    def provider(self, entity: str) -> Party | None:
        """The first provider of 2310 with that entity code: 82 rendering, DN referring, 71 attending."""
        return next((each for each in self.providers if each.entity == entity), None)
