"""The money: remittances as they came, postings that only add up, denials and appeals."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from claims.model.claim import Claim, ClaimLine
from claims.model.fields import choice, clear_json, instant, key, money, ref, secret, serial
from claims.model.types import Json


class Account(StrEnum):
    """The accounts between which a claim's money moves; each posting takes from one and gives to another."""

    CHARGES = "charges"
    PAYER = "payer"
    PATIENT = "patient"
    PAID_BY_PAYER = "paid_by_payer"
    PAID_BY_PATIENT = "paid_by_patient"
    CONTRACTUAL = "contractual"
    WRITTEN_OFF = "written_off"
    # Beside what a claim owes: what a payment brings or keeps for other reasons (PLB), against the payment.
    PAYMENT = "payment"
    RECOUPED = "recouped"
    FORWARDED = "forwarded"
    RETURNED = "returned"
    INTEREST = "interest"
    SETTLED = "settled"
    CAPITAL = "capital"
    CAPITATION = "capitation"
    ADVANCED = "advanced"
    WITHHELD = "withheld"
    PENALTY = "penalty"


class Remittance(SQLModel, table=True):
    """One payment of an 835. What tells it from others guards it against being posted twice."""

    __table_args__ = (UniqueConstraint("payer_id", "trace", "paid_on", "amount", "apart"),)

    id: str = key()
    document_id: str = ref("document.id")
    payer_id: str = ref("payer.id", index=False)
    trace: str = Field(description="TRN02")
    paid_on: date
    method: str
    amount: Decimal = money()
    content: str = Field(default="", max_length=16, description="which claims it speaks of, as a hash")
    apart: str = Field(
        default="", max_length=16, description="the same, where number, day and amount tell it from no other"
    )
    state: str = Field(
        index=True, description="posted, queued, not_ours, or posting until all its claims are posted"
    )
    reason: str = ""
    at: datetime = instant()


class RemittanceClaim(SQLModel, table=True):
    """One CLP of a remittance, by its position."""

    __tablename__ = "remittance_claim"
    __table_args__ = (UniqueConstraint("remittance_id", "position"),)

    id: str = key()
    remittance_id: str = ref("remittance.id", index=False)
    position: int
    pcn: str
    status: str = Field(description="CLP02")
    icn: str
    charge: Decimal = money()
    paid: Decimal = money()
    patient: Decimal = money()
    claim_id: str | None = ref("claim.id", nullable=True)
    filing_id: str | None = ref("filing.id", nullable=True)
    state: str = Field(description="posted, unmatched or noted (tells of no money: CLP02 23, 25)")
    matched_by: str = ""
    outcome: str = Field(default="", description="paid, partially_paid, denied, zero_paid, reversed or empty")
    crossed_over: bool = Field(default=False, description="the payer sent it on to the next one itself")
    undone_by: str | None = Field(
        default=None, max_length=20, description="the CLP that reversed or superseded it"
    )
    body: dict[str, Any] = clear_json(dict)


class ProviderAdjustment(SQLModel, table=True):
    """One PLB entry; a positive amount reduces the payment."""

    __tablename__ = "provider_adjustment"

    id: int | None = serial()
    remittance_id: str = ref("remittance.id")
    reason: str
    reference: str | None = None
    claim_id: str | None = ref("claim.id", nullable=True)
    amount: Decimal = money()


class Posting(SQLModel, table=True):
    """A movement of money on one claim. Never changed, never deleted: a reversal goes the other way.

    Its claim is there, and line and CLP are that claim's own: a trigger sees to it (`claims.model.triggers`).
    """

    id: int | None = serial()
    claim_id: str = Field(max_length=20, index=True)
    line_id: str | None = Field(default=None, max_length=20)
    debit: Account = choice(Account, description="the account that receives", index=False)
    credit: Account = choice(Account, description="the account that gives", index=False)
    amount: Decimal = money()
    kind: str = Field(description="charge, payment, contractual, deductible, coinsurance, copay, write_off …")
    group_code: str | None = Field(default=None, max_length=2)
    reason_code: str | None = Field(default=None, max_length=5, description="CARC")
    remittance_claim_id: str | None = Field(default=None, max_length=20, index=True)
    position: str = Field(default="", description="where the 835 says so, e.g. CLP 3 SVC 1 CAS CO 45")
    actor: str
    business_date: date = Field(index=True)
    at: datetime = instant()


_NAMED: tuple[Any, ...] = (Claim, ClaimLine, RemittanceClaim)
for _named in _NAMED:  # no foreign key tells in which order a copy is restored
    Posting.__table__.add_is_dependent_on(_named.__table__)  # type: ignore[attr-defined]


class Denial(SQLModel, table=True):
    """A line, or a part of it, that a payer did not pay for a reason that is not the contract's."""

    __table_args__ = (UniqueConstraint("remittance_claim_id", "line_id", "group_code", "reason_code"),)

    id: str = key()
    claim_id: str = ref("claim.id")
    filing_id: str = ref("filing.id")
    remittance_claim_id: str = ref("remittance_claim.id", index=False)
    line_id: str | None = ref("claim_line.id", nullable=True)
    group_code: str = Field(max_length=2)
    reason_code: str = Field(max_length=5)
    remarks: list[str] = clear_json(list)
    amount: Decimal = money()
    denial_class: str
    root_cause: str = Field(description="coding, billing or front desk")
    action: str
    appealable: bool
    appeal_by: date | None = Field(default=None, description="the last day of the first level")
    due_on: date | None = Field(default=None, description="the last day for the action, where it has its own")
    queue: str | None = Field(default=None, description="the desk that it belongs to")
    words: str | None = Field(default=None, description="what the payer means, in our words")
    rule: str | None = Field(default=None, max_length=20, description="the operator's row that classified it")
    state: str = Field(
        default="open", index=True, description="open, corrected, appealed, records, overturned, ended"
    )
    at: datetime = instant()


class DenialRule(SQLModel, table=True):
    """A row of the denial table that comes from this office: proposed by a decision, in force once adopted.

    The conditions may be ``*``, any. Adopted rows stand before shipped ones that say equally much.
    """

    __tablename__ = "denial_rule"

    id: str = key()
    group_code: str = Field(max_length=2)
    carc: str = Field(max_length=5)
    rarc: str = Field(max_length=60, description="of several remarks all, with blanks between")
    payer_kind: str
    payer: str
    denial_class: str
    root_cause: str
    appealable: bool
    action: str
    queue: str
    days: int | None = None
    words: str
    state: str = Field(index=True, description="proposed, adopted or withdrawn")
    decisions: int = Field(default=1, description="how many decisions it was proposed from")
    claim_id: str | None = ref("claim.id", nullable=True)
    proposed_by: str
    decided_by: str | None = None
    decided_at: datetime | None = instant(nullable=True)
    at: datetime = instant()


class Appeal(SQLModel, table=True):
    """One level of appeal of one filing. A person approves it before it goes."""

    __table_args__ = (UniqueConstraint("filing_id", "level"),)

    id: str = key()
    claim_id: str = ref("claim.id")
    filing_id: str = ref("filing.id", index=False)
    level: int
    state: str = Field(
        index=True,
        description="drafted, approved, sending, unconfirmed, refused, to_mail, sent, won, lost, dropped",
    )
    name: str | None = Field(default=None, description="what the level is called")
    heard_by: str | None = None
    way: str | None = Field(
        default=None,
        description="payer: by its connector; post: by mail; forwarded: by who upheld the last one",
    )
    decision_days: int | None = Field(default=None, description="how long whoever hears it may take")
    amount: Decimal = money()
    letter_document_id: str | None = ref("document.id", nullable=True)
    enclosed: list[str] | None = Field(
        default=None, sa_column=Column(Json(), nullable=True), description="ids of the documents behind it"
    )
    file_by: date
    approved_by: str | None = None
    receipt: str | None = None
    sent_at: datetime | None = instant(nullable=True)
    decided_on: date | None = None
    outcome: str | None = Field(default=None, description="overturned, partly, upheld or dismissed")
    note: str | None = secret("appeal.note")
    at: datetime = instant()


class PaymentPlan(SQLModel, table=True):
    """What a patient and the practice agreed on: monthly installments over what is owed for some claims."""

    __tablename__ = "payment_plan"

    id: str = key()
    patient_id: str = ref("patient.id")
    claim_ids: list[str] = clear_json(list)
    amount: Decimal = money()
    installment: Decimal = money()
    first_due: date
    state: str = Field(default="active", index=True, description="active, kept or cancelled")
    agreed_by: str
    at: datetime = instant()


class RecordsRequest(SQLModel, table=True):
    """What a payer gets that asked for records before it decides. A person lets it go."""

    __tablename__ = "records_request"

    id: str = key()
    claim_id: str = ref("claim.id")
    filing_id: str = ref("filing.id")
    document_id: str = ref("document.id")
    state: str = Field(index=True, description="approved, sending, unconfirmed, refused or sent")
    approved_by: str
    receipt: str | None = None
    sent_at: datetime | None = instant(nullable=True)
    at: datetime = instant()
