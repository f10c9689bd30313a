"""What an appeal says of a claim: facts from the claim and its history, each of which the practice can prove.

They name the patient: they go into the packet only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from claims.bundle import Bundle
from claims.model import (
    Acknowledgement,
    Appeal,
    Authorization,
    AuthorizationState,
    Batch,
    BatchItem,
    BatchState,
    Denial,
    Document,
    EligibilityCheck,
    Filing,
    Remittance,
    RemittanceClaim,
)
from claims.money.said import Said, said_of

PROOF = ("A", "E", "A1", "A2", "A5")
"""Verdicts that prove the receipt: 999 accepted (with errors), 277CA received, accepted, split."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One acknowledgement: ``day`` is the payer's receipt date, or that on which it came to us."""

    what: str
    source: str
    day: date
    number: str
    control: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Paid:
    """The remittance that refused: its payment, and what it said of the claim."""

    trace: str
    paid_on: date
    said: Said
    position: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a letter and its exhibits are made of."""

    bundle: Bundle
    filing: Filing
    denials: Sequence[Denial]
    sent: Sequence[tuple[date, str]]
    proofs: Sequence[Proof]
    remittance: Paid
    confirmed: Sequence[date]
    authorizations: Sequence[Authorization]
    earlier: Sequence[Appeal]


def gather(session: Session, bundle: Bundle, filing: Filing, denials: Sequence[Denial]) -> Facts:
    """The facts as they stand now. ``denials`` are those appealed, of one filing."""
    return Facts(
        bundle,
        filing,
        denials,
        _sent(session, filing),
        _proofs(session, filing),
        _remittance(session, denials[0]),
        _confirmed(session, filing, bundle.claim.from_date),
        _authorizations(session, bundle, filing),
        _earlier(session, filing),
    )


def _sent(session: Session, filing: Filing) -> list[tuple[date, str]]:
    """When it was sent, and under which control number."""
    query = (
        select(col(Batch.business_date), col(Batch.control_number))
        .join(BatchItem, col(BatchItem.batch_id) == col(Batch.id))
        .where(BatchItem.filing_id == filing.id, Batch.state == BatchState.SENT)
        .order_by(col(Batch.created_at))
    )
    return list(session.exec(query).all())


def _proofs(session: Session, filing: Filing) -> list[Proof]:
    batches = select(BatchItem.batch_id).where(BatchItem.filing_id == filing.id)
    of_batch = col(Acknowledgement.batch_id).in_(batches) & col(Acknowledgement.filing_id).is_(None)
    query = (
        select(Acknowledgement, Document.sha256, Batch.control_number)
        .join(Document, col(Document.id) == col(Acknowledgement.document_id))
        .join(Batch, col(Batch.id) == col(Acknowledgement.batch_id), isouter=True)
        .where(
            or_(col(Acknowledgement.filing_id) == filing.id, of_batch),
            col(Acknowledgement.verdict).in_(PROOF),
        )
        .order_by(col(Acknowledgement.at), col(Acknowledgement.id))
    )
    return [
        Proof(
            f"{ack.kind} {ack.verdict}",
            ack.source,
            ack.received_on or ack.at.date(),
            ack.icn or "",
            control or "",
            sha256,
        )
        for ack, sha256, control in session.exec(query)
    ]


def _remittance(session: Session, denial: Denial) -> Paid:
    row = session.get_one(RemittanceClaim, denial.remittance_claim_id)
    payment = session.get_one(Remittance, row.remittance_id)
    return Paid(payment.trace, payment.paid_on, said_of(row.body), row.position)


def _confirmed(session: Session, filing: Filing, day: date) -> list[date]:
    """When the payer confirmed the coverage of the day of service."""
    query = select(EligibilityCheck.at).where(
        EligibilityCheck.coverage_id == filing.coverage_id,
        EligibilityCheck.asked_for == day,
        EligibilityCheck.outcome == "active",
    )
    return sorted({at.date() for at in session.exec(query)})


def _authorizations(session: Session, bundle: Bundle, filing: Filing) -> list[Authorization]:
    query = select(Authorization).where(
        Authorization.coverage_id == filing.coverage_id,
        Authorization.claim_id == bundle.claim.id,
        Authorization.state == AuthorizationState.GRANTED,
    )
    return list(session.exec(query))


def _earlier(session: Session, filing: Filing) -> list[Appeal]:
    query = select(Appeal).where(Appeal.filing_id == filing.id, col(Appeal.decided_on).is_not(None))
    return list(session.exec(query.order_by(col(Appeal.level))))
