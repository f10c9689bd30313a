"""What a trace tells beside the events: one table a subject, each a query by the claim and its columns.

``secrets`` are the encrypted columns, told only to those who asked for patient data.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlmodel import Session, col

from claims.model import (
    Acknowledgement,
    Appeal,
    Attempt,
    Authorization,
    Batch,
    BatchItem,
    Claim,
    ClaimDiagnosis,
    ClaimLine,
    ClaimStep,
    Denial,
    Document,
    EligibilityCheck,
    Filing,
    Posting,
    RecordsRequest,
    Remittance,
    RemittanceClaim,
    StatusCheck,
    WorkItem,
)

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    title: str
    statement: Select[Any]
    claim_id: Any
    secrets: tuple[Any, ...] = ()

    def rows(self, session: Session, claim_id: str, phi: bool) -> Rows:
        statement = self.statement.add_columns(*self.secrets) if phi else self.statement
        found = session.execute(statement.where(self.claim_id == claim_id))
        return [dict(row._mapping) for row in found]


def _of(table: type[Any], names: str) -> list[Any]:
    return [getattr(table, name) for name in names.split()]


_FILINGS = select(col(Filing.id)).where(col(Filing.claim_id) == col(Claim.id)).correlate(Claim)
_BATCHES = select(col(BatchItem.batch_id)).where(col(BatchItem.claim_id) == col(Claim.id)).correlate(Claim)
_VERDICT_ON_CLAIM = or_(
    col(Acknowledgement.filing_id).in_(_FILINGS),
    and_(col(Acknowledgement.filing_id).is_(None), col(Acknowledgement.batch_id).in_(_BATCHES)),
)
"""A verdict without a filing is one on the whole batch and so on every filing in it."""

_CHECK_OF_CLAIM = or_(
    col(EligibilityCheck.claim_id) == col(Claim.id),
    and_(
        col(EligibilityCheck.claim_id).is_(None),
        col(EligibilityCheck.coverage_id) == col(Claim.coverage_id),
    ),
)

SECTIONS = (
    Section(
        "lines",
        "Service lines",
        select(
            *_of(ClaimLine, "number procedure_code modifiers units unit_kind charge revenue_code"),
            *_of(ClaimLine, "place_of_service from_date through_date pointers ndc"),
        ).order_by(col(ClaimLine.number)),
        ClaimLine.claim_id,
    ),
    Section(
        "diagnoses",
        "Diagnoses",
        select(*_of(ClaimDiagnosis, "position qualifier code present_on_admission")).order_by(
            col(ClaimDiagnosis.position)
        ),
        ClaimDiagnosis.claim_id,
    ),
    Section(
        "eligibility",
        "Eligibility answers",
        select(*_of(EligibilityCheck, "asked_for outcome reject_code follow_up exchange_id at"))
        .join(Claim, _CHECK_OF_CLAIM)
        .order_by(col(EligibilityCheck.at)),
        Claim.id,
    ),
    Section(
        "authorizations",
        "Authorizations",
        select(
            *_of(Authorization, "opened_at state codes number reference units valid_from valid_to"),
            *_of(Authorization, "reasons entered_by asked_at answered_at exchange_id id"),
        ).order_by(col(Authorization.opened_at)),
        Authorization.claim_id,
    ),
    Section(
        "filings",
        "Filings",
        select(
            *_of(Filing, "sequence version frequency payer_id pcn charge submission adjudication icn"),
            *_of(Filing, "original_icn batch_id sent_at accepted_at received_on status_due_at id"),
        ).order_by(col(Filing.created_at), col(Filing.sequence), col(Filing.version)),
        Filing.claim_id,
    ),
    Section(
        "batches",
        "Batches",
        select(
            *_of(Batch, "id business_date connector kind control_number group_number"),
            col(BatchItem.st_number),
            *_of(Batch, "claims charge state receipt reason created_at"),
        )
        .join(BatchItem, col(BatchItem.batch_id) == col(Batch.id))
        .order_by(col(Batch.created_at)),
        BatchItem.claim_id,
    ),
    Section(
        "attempts",
        "Attempts to send",
        select(*_of(Attempt, "batch_id number outcome receipt reason run_id started_at ended_at"))
        .join(BatchItem, col(BatchItem.batch_id) == col(Attempt.batch_id))
        .order_by(col(Attempt.id)),
        BatchItem.claim_id,
    ),
    Section(
        "acknowledgements",
        "Acknowledgements",
        select(
            *_of(Acknowledgement, "at kind source verdict status_code entity icn received_on state"),
            *_of(Acknowledgement, "batch_id filing_id"),
        )
        .join(Claim, _VERDICT_ON_CLAIM)
        .order_by(col(Acknowledgement.id)),
        Claim.id,
    ),
    Section(
        "status_checks",
        "Answers about the status",
        select(*_of(StatusCheck, "at category status_code entity filing_id exchange_id"))
        .join(Filing, col(Filing.id) == col(StatusCheck.filing_id))
        .order_by(col(StatusCheck.id)),
        Filing.claim_id,
    ),
    Section(
        "remittances",
        "Remittances",
        select(
            *_of(Remittance, "paid_on trace method"),
            col(Remittance.amount).label("payment"),
            *_of(RemittanceClaim, "position status icn charge paid patient state matched_by filing_id"),
        )
        .join(RemittanceClaim, col(RemittanceClaim.remittance_id) == col(Remittance.id))
        .order_by(col(Remittance.at), col(RemittanceClaim.position)),
        RemittanceClaim.claim_id,
    ),
    Section(
        "postings",
        "Postings",
        select(
            *_of(Posting, "business_date kind"),
            col(ClaimLine.number).label("line"),
            *_of(Posting, "debit credit amount group_code reason_code position actor at"),
        )
        .outerjoin(ClaimLine, col(ClaimLine.id) == col(Posting.line_id))
        .order_by(col(Posting.id)),
        Posting.claim_id,
    ),
    Section(
        "records",
        "Records sent to payers",
        select(
            *_of(RecordsRequest, "at state approved_by receipt sent_at filing_id"),
            col(Document.sha256).label("sha256"),
        )
        .join(Document, col(Document.id) == col(RecordsRequest.document_id))
        .order_by(col(RecordsRequest.at)),
        RecordsRequest.claim_id,
    ),
    Section(
        "denials",
        "Denials",
        select(
            *_of(Denial, "at group_code reason_code remarks amount denial_class root_cause action"),
            *_of(Denial, "appealable appeal_by state filing_id"),
        ).order_by(col(Denial.at)),
        Denial.claim_id,
    ),
    Section(
        "appeals",
        "Appeals",
        select(
            *_of(Appeal, "at level state amount file_by approved_by receipt sent_at decided_on filing_id")
        ).order_by(col(Appeal.at)),
        Appeal.claim_id,
        (Appeal.note,),
    ),
    Section(
        "work_items",
        "Work of people",
        select(
            *_of(WorkItem, "created_at queue kind reason fields state owner resolution due_at closed_at id")
        ).order_by(col(WorkItem.created_at)),
        WorkItem.claim_id,
        (WorkItem.note,),
    ),
    Section(
        "steps",
        "Steps of the runs",
        select(
            *_of(ClaimStep, "wake step attempt status outcome message run_id started_at ended_at")
        ).order_by(col(ClaimStep.id)),
        ClaimStep.claim_id,
    ),
)

TITLES = {section.name: section.title for section in SECTIONS} | {"documents": "Documents"}
