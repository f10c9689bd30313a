"""What went over the wire: raw documents, control numbers, batches and their attempts, answers."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, money, ref, secret, serial
from claims.model.types import EncryptedBytes


class Document(SQLModel, table=True):
    """Raw bytes as they came or went, archived before they were parsed or sent."""

    id: str = key()
    sha256: str = Field(unique=True)
    kind: str = Field(index=True, description="837P, 271, 835, fhir, csv, letter …, or unreadable")
    direction: str = Field(max_length=3, description="in, out or own")
    size: int
    name: str | None = secret("document.name")
    content: bytes = Field(repr=False, sa_column=Column(EncryptedBytes("document.content"), nullable=False))
    archived_at: datetime = instant()


class ImportedFile(SQLModel, table=True):
    """One file that was taken in (or refused), by the hash of its content."""

    __tablename__ = "imported_file"

    document_id: str = Field(primary_key=True, foreign_key="document.id")
    state: str = Field(description="done or refused")
    kind: str
    visits: int = 0
    claims: int = 0
    held: int = 0
    message: str = ""
    imported_at: datetime = instant()


class ControlNumber(SQLModel, table=True):
    """The last number given out, per trading partner and kind (isa, gs); it never goes back."""

    __tablename__ = "control_number"

    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    last: int = 0


class BatchState(StrEnum):
    ASSEMBLED = "assembled"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    REFUSED = "refused"


class Batch(SQLModel, table=True):
    """What travels in one interchange to one payer: filings, or questions (270, 276) that are answered
    later. Its bytes are archived before it is sent."""

    id: str = key()
    payer_id: str = ref("payer.id")
    connector: str
    kind: str = Field(description="837P or 837I; 270 or 276 where it asks")
    business_date: date
    control_number: str = Field(index=True, description="ISA13")
    group_number: str = Field(description="GS06")
    document_id: str | None = ref("document.id", nullable=True)
    claims: int = Field(description="how many claims, or questions")
    charge: Decimal = money()
    state: BatchState = choice(BatchState, default=BatchState.ASSEMBLED)
    receipt: str | None = None
    reason: str = ""
    wake: int = 0
    created_at: datetime = instant()


class BatchItem(SQLModel, table=True):
    __tablename__ = "batch_item"
    __table_args__ = (UniqueConstraint("batch_id", "filing_id"),)

    id: int | None = serial()
    batch_id: str = ref("batch.id", index=False)
    filing_id: str = ref("filing.id")
    claim_id: str = ref("claim.id")
    st_number: str = Field(description="ST02 of the transaction set that carries it")


class QuestionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"


class BatchQuestion(SQLModel, table=True):
    """One question of a batch: about which coverage and day, or which filing. Open until its answer came, or
    it is known that none will."""

    __tablename__ = "batch_question"

    id: int | None = serial()
    batch_id: str = ref("batch.id")
    exchange_id: str = ref("exchange.id", index=False)
    st_number: str = Field(description="ST02 of the transaction set that carries it")
    purpose: str = Field(description="visits, claims or status; renewal of an old confirmation")
    trace: str = Field(index=True, description="TRN02: comes back in the answer")
    coverage_id: str | None = ref("coverage.id", nullable=True, index=False)
    asked_for: date | None = None
    claim_id: str | None = ref("claim.id", nullable=True, index=False)
    filing_id: str | None = ref("filing.id", nullable=True, index=False)
    state: QuestionState = choice(QuestionState, default=QuestionState.OPEN)


class Outcome(StrEnum):
    """How one attempt over the wire ended."""

    STARTED = "started"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNCONFIRMED = "unconfirmed"


class Attempt(SQLModel, table=True):
    """One try to send a batch; the row is committed before the first byte leaves."""

    __table_args__ = (UniqueConstraint("batch_id", "number"),)

    id: int | None = serial()
    batch_id: str = ref("batch.id", index=False)
    number: int
    outcome: Outcome = choice(Outcome, default=Outcome.STARTED)
    receipt: str | None = None
    reason: str = ""
    run_id: str | None = None
    started_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)


class Exchange(SQLModel, table=True):
    """One question (270, 276; a 278, whose row says what may be repeated): what was asked, what came back."""

    id: str = key()
    payer_id: str = ref("payer.id")
    kind: str = Field(description="270, 276 or 278")
    control_number: str
    asked_document_id: str | None = ref("document.id", nullable=True)
    answer_document_id: str | None = ref("document.id", nullable=True)
    outcome: str = ""
    run_id: str | None = None
    at: datetime = instant()


class ExpectedAck(SQLModel, table=True):
    """Each acknowledgement, or answer, that a batch should get, and by when; overdue is work, never a
    rejection."""

    __tablename__ = "expected_ack"
    __table_args__ = (UniqueConstraint("batch_id", "kind"),)

    id: int | None = serial()
    batch_id: str = ref("batch.id", index=False)
    kind: str = Field(
        description="TA1, 999, 277CA, or 277CA:payer where the payer's own is expected; to questions 271, 277"
    )
    due_at: datetime = instant(index=True)
    received_at: datetime | None = instant(nullable=True)
    overdue_since: datetime | None = instant(nullable=True)


class Acknowledgement(SQLModel, table=True):
    """One verdict on a batch or on one filing, as the TA1, 999 or 277CA gave it."""

    __table_args__ = (UniqueConstraint("document_id", "position"),)

    id: int | None = serial()
    document_id: str = ref("document.id", index=False)
    position: int = Field(description="its place among the verdicts of the document")
    kind: str = Field(description="TA1, 999 or 277CA")
    source: str = Field(description="receiver, clearinghouse or payer")
    batch_id: str | None = ref("batch.id", nullable=True)
    filing_id: str | None = ref("filing.id", nullable=True)
    verdict: str = Field(description="A, E, P, R; or the category code of a 277CA")
    status_code: str | None = None
    entity: str | None = None
    icn: str | None = None
    received_on: date | None = None
    state: str = Field(default="applied", description="applied, stale or unmatched")
    at: datetime = instant()


class EligibilityCheck(SQLModel, table=True):
    """One answer about one coverage on one day."""

    __tablename__ = "eligibility_check"

    id: str = key()
    coverage_id: str = ref("coverage.id")
    claim_id: str | None = ref("claim.id", nullable=True)
    exchange_id: str | None = ref("exchange.id", nullable=True)
    asked_for: date
    outcome: str = Field(description="active, inactive, not_found, refused or other_payer")
    reject_code: str | None = Field(default=None, description="AAA03")
    follow_up: str | None = Field(default=None, description="AAA04")
    benefits: list[dict[str, Any]] = clear_json(list)
    at: datetime = instant()


class StatusCheck(SQLModel, table=True):
    """One payer's word on one filing's status (277)."""

    __tablename__ = "status_check"

    id: int | None = serial()
    filing_id: str = ref("filing.id")
    exchange_id: str | None = ref("exchange.id", nullable=True)
    category: str
    status_code: str | None = None
    entity: str | None = None
    at: datetime = instant()


class FetchedFile(SQLModel, table=True):
    """A file of a mailbox: archived first, then processed, then acknowledged to the mailbox."""

    __tablename__ = "fetched_file"
    __table_args__ = (UniqueConstraint("connector", "remote_id"),)

    id: str = key()
    connector: str
    remote_id: str
    document_id: str = ref("document.id")
    state: str = Field(default="archived", index=True, description="archived, applied, queued or unreadable")
    message: str = ""
    remote_done: bool = False
    fetched_at: datetime = instant()


class OutgoingAck(SQLModel, table=True):
    """Our word on a file received: the 999 or TA1 that answers one of its interchanges, and when it went."""

    __tablename__ = "outgoing_ack"
    __table_args__ = (UniqueConstraint("received_id", "position"),)

    id: str = key()
    connector: str
    received_id: str = ref("document.id", index=False)
    position: int = Field(description="its place among the answers to that file")
    document_id: str = ref("document.id", index=False)
    kind: str = Field(description="999 or TA1")
    about: str = Field(description="ISA13 of the interchange that it answers")
    status: str = Field(description="A, E, P or R")
    written_at: datetime = instant()
    sent_at: datetime | None = instant(nullable=True, index=True)
