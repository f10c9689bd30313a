"""The claim: the visit it bills, its lines and diagnoses, and each filing of it to a payer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, money, ref, secret, secret_json, serial
from claims.model.states import Adjudication, Stage, Submission


class Encounter(SQLModel, table=True):
    """A visit, planned or finished. A finished one has a claim; a planned one feeds the eligibility sweep."""

    id: str = key()
    source_index: str = Field(unique=True, description="blind index of source system and visit id")
    document_id: str | None = ref("document.id", nullable=True)
    patient_id: str = ref("patient.id")
    rendering_id: str | None = ref("provider.id", nullable=True)
    planned: bool = False
    starts_on: date
    ends_on: date


class Claim(SQLModel, table=True):
    """One bill for one visit. ``stage`` and ``hold_*`` are written by `claims.lifecycle` alone.

    ``charge`` is the sum of the lines. The latest filing tells where the claim stands with its payer.
    """

    id: str = key()
    pcn: str = Field(unique=True, max_length=20, description="patient control number, CLM01")
    encounter_id: str = ref("encounter.id")
    patient_id: str = ref("patient.id")
    coverage_id: str | None = ref("coverage.id", nullable=True)
    payer_id: str | None = ref("payer.id", nullable=True)
    billing_id: str | None = ref("provider.id", nullable=True, index=False)
    rendering_id: str | None = ref("provider.id", nullable=True, index=False)
    referring_id: str | None = ref("provider.id", nullable=True, index=False)
    facility_id: str | None = ref("provider.id", nullable=True, index=False)
    attending_id: str | None = ref("provider.id", nullable=True, index=False)
    form: str = Field(default="P", max_length=1, description="P professional, I institutional")
    facility_code: str | None = Field(
        default=None, max_length=3, description="POS, or type of bill (2 digits)"
    )
    from_date: date
    through_date: date
    charge: Decimal = money()
    authorization_number: str | None = None
    referral_number: str | None = None
    clia: str | None = Field(default=None, max_length=10)
    accident: str | None = Field(default=None, max_length=2, description="AA, EM or OA")
    accident_state: str | None = Field(default=None, max_length=2)
    accident_date: date | None = None
    institutional: dict[str, Any] = clear_json(dict)
    note: str | None = secret("claim.note")
    particulars: dict[str, Any] | None = secret_json("claim.particulars")

    stage: Stage = choice(Stage, default=Stage.INTAKE)
    hold_reason: str | None = Field(default=None, index=True)
    hold_owner: str | None = Field(default=None, description="the queue or actor that must act")
    hold_since: datetime | None = instant(nullable=True)
    hold_expires: datetime | None = instant(nullable=True)
    next_action_at: datetime | None = instant(nullable=True, index=True)
    wake: int = Field(default=0, description="how many runs of its own have ended; part of the run's key")
    version: int = Field(default=0, description="rises with each event; a stale writer is refused")
    event_head: str = Field(default="", description="hash of the claim's latest event")
    created_at: datetime = instant()


class ClaimDiagnosis(SQLModel, table=True):
    __tablename__ = "claim_diagnosis"
    __table_args__ = (UniqueConstraint("claim_id", "position"),)

    id: int | None = serial()
    claim_id: str = ref("claim.id", index=False)
    position: int = Field(description="1-based; line pointers refer to it")
    qualifier: str = Field(default="", max_length=3, description="ABK, ABF, ABJ, APR, ABN: HI's qualifier")
    code: str = Field(description="without the dot")
    present_on_admission: str | None = Field(default=None, max_length=1)


class ClaimLine(SQLModel, table=True):
    """A service line. Its control number (REF*6R) is what a remittance names."""

    __tablename__ = "claim_line"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)

    id: str = key()
    claim_id: str = ref("claim.id", index=False)
    number: int = Field(description="from 1; below 0 once the line was taken off the bill, for its postings")
    procedure_code: str | None = Field(
        default=None, description="CPT or HCPCS; null when the source had none"
    )
    modifiers: list[str] = clear_json(list)
    charge: Decimal | None = money(default=None)
    units: Decimal = Field(default=Decimal(1), max_digits=9, decimal_places=3)
    unit_kind: str = Field(default="UN", max_length=2, description="UN, MJ or DA")
    revenue_code: str | None = Field(default=None, max_length=4)
    place_of_service: str | None = Field(default=None, max_length=2)
    from_date: date
    through_date: date
    pointers: list[int] = clear_json(list)
    ndc: str | None = Field(default=None, max_length=11)
    ndc_units: Decimal | None = Field(default=None, max_digits=12, decimal_places=3)
    ndc_unit_kind: str | None = Field(default=None, max_length=2)
    rendering_id: str | None = ref("provider.id", nullable=True)
    source_system: str | None = Field(
        default=None, description="code system of the source, when not CPT/HCPCS"
    )
    source_code: str | None = None
    particulars: dict[str, Any] | None = secret_json("claim_line.particulars")


class Filing(SQLModel, table=True):
    """One version of the claim to one payer in one turn: "primary paid, secondary pending" is two filings.

    ``submission`` and ``adjudication`` are written by `claims.lifecycle` alone.
    """

    __table_args__ = (UniqueConstraint("claim_id", "sequence", "version"),)

    id: str = key()
    claim_id: str = ref("claim.id", index=False)
    coverage_id: str = ref("coverage.id", index=False)
    payer_id: str = ref("payer.id")
    sequence: str = Field(max_length=1, description="P, S or T")
    version: int = Field(description="1 for the first filing in this sequence")
    frequency: str = Field(max_length=1, description="1 original, 7 replacement, 8 void")
    pcn: str = Field(max_length=20, index=True)
    original_icn: str | None = Field(default=None, description="REF*F8 of a frequency 7 or 8")
    icn: str | None = Field(default=None, index=True, description="the payer's own claim number")
    charge: Decimal = money()
    submission: Submission = choice(Submission, default=Submission.NONE)
    adjudication: Adjudication = choice(Adjudication, default=Adjudication.NONE)
    batch_id: str | None = ref("batch.id", nullable=True)
    sent_at: datetime | None = instant(nullable=True)
    accepted_at: datetime | None = instant(nullable=True)
    received_on: date | None = Field(default=None, description="the payer's receipt date, from its 277CA")
    unprocessable: bool | None = Field(
        default=None, description="the payer said so (MA130): it was never filed, the next one is new"
    )
    status_due_at: datetime | None = instant(nullable=True, index=True)
    created_at: datetime = instant()


class ClaimStep(SQLModel, table=True):
    """One try of one step on one claim; ``wake`` is the run of its own in which it happened."""

    __tablename__ = "claim_step"
    __table_args__ = (UniqueConstraint("claim_id", "wake", "step", "attempt"),)

    id: int | None = serial()
    claim_id: str = ref("claim.id", index=False)
    wake: int
    step: str
    attempt: int
    status: str = Field(description="STARTED, DONE or FAILED")
    outcome: str = ""
    message: str = ""
    run_id: str | None = Field(default=None, index=True)
    started_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)


class Lease(SQLModel, table=True):
    """Who works on a claim or a batch right now. Real time, not business time."""

    resource: str = Field(primary_key=True, description="claim:…, batch:…, run:… or lost:<run>")
    owner: str = Field(description="host, process and its start time: tells a dead owner from a slow one")
    run_id: str | None = None
    expires_at: datetime = instant()
