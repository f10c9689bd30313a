"""Which raw documents tell of a claim: what it came from, what was sent for it, and every answer.

A document that travelled in bulk (an import, a batch, a remittance) tells of other claims too.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlmodel import Session, col

from claims.model import (
    Acknowledgement,
    Appeal,
    Authorization,
    Batch,
    BatchItem,
    Claim,
    EligibilityCheck,
    Encounter,
    Exchange,
    Filing,
    RecordsRequest,
    Remittance,
    RemittanceClaim,
    StatusCheck,
)
from claims.model.among import among


@dataclass(frozen=True, slots=True)
class Paper:
    """``what`` the document is to the claim: source, batch, acknowledgement, 270, 271, 276, 277 …"""

    claim_id: str
    document_id: str
    what: str


def papers(session: Session, claim_ids: Collection[str]) -> list[Paper]:
    """Every document of the claims, each once a claim and role; by claim, in the order of a claim's life."""
    ids = list(claim_ids)
    found: dict[Paper, None] = {}
    for what, road in _ROADS:
        rows = session.execute(road.where(among(col(Claim.id), ids)))
        found |= {Paper(claim_id, document, what): None for claim_id, document in rows if document}
    order = {id: place for place, id in enumerate(ids)}
    return sorted(found, key=lambda paper: order[paper.claim_id])


def _road(document: object, *joins: tuple[object, object]) -> Select[tuple[str, str | None]]:
    road = select(col(Claim.id), document)  # type: ignore[call-overload]
    for table, on in joins:
        road = road.join(table, on)
    return road  # type: ignore[no-any-return]


_ENCOUNTER = (Encounter, col(Encounter.id) == col(Claim.encounter_id))
_FILING = (Filing, col(Filing.claim_id) == col(Claim.id))
_ITEM = (BatchItem, col(BatchItem.claim_id) == col(Claim.id))
_BATCH = (Batch, col(Batch.id) == col(BatchItem.batch_id))
_ACK_OF_FILING = (Acknowledgement, col(Acknowledgement.filing_id) == col(Filing.id))
_ACK_OF_BATCH = (
    Acknowledgement,
    (col(Acknowledgement.batch_id) == col(BatchItem.batch_id)) & col(Acknowledgement.filing_id).is_(None),
)
_ELIGIBILITY = (
    EligibilityCheck,
    or_(
        col(EligibilityCheck.claim_id) == col(Claim.id),
        col(EligibilityCheck.claim_id).is_(None)
        & (col(EligibilityCheck.coverage_id) == col(Claim.coverage_id)),
    ),
)
_ASKED_270 = (Exchange, col(Exchange.id) == col(EligibilityCheck.exchange_id))
_AUTHORIZATION = (Authorization, col(Authorization.claim_id) == col(Claim.id))
_ASKED_278 = (Exchange, col(Exchange.id) == col(Authorization.exchange_id))
_STATUS = (StatusCheck, col(StatusCheck.filing_id) == col(Filing.id))
_ASKED_276 = (Exchange, col(Exchange.id) == col(StatusCheck.exchange_id))
_REMITTED = (RemittanceClaim, col(RemittanceClaim.claim_id) == col(Claim.id))
_REMITTANCE = (Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
_APPEAL = (Appeal, col(Appeal.claim_id) == col(Claim.id))
_RECORDS = (RecordsRequest, col(RecordsRequest.claim_id) == col(Claim.id))

_ROADS = (
    ("source", _road(Encounter.document_id, _ENCOUNTER)),
    ("270", _road(Exchange.asked_document_id, _ELIGIBILITY, _ASKED_270)),
    ("271", _road(Exchange.answer_document_id, _ELIGIBILITY, _ASKED_270)),
    ("278", _road(Exchange.asked_document_id, _AUTHORIZATION, _ASKED_278)),
    ("278", _road(Exchange.answer_document_id, _AUTHORIZATION, _ASKED_278)),
    ("batch", _road(Batch.document_id, _ITEM, _BATCH)),
    ("acknowledgement", _road(Acknowledgement.document_id, _ITEM, _ACK_OF_BATCH)),
    ("acknowledgement", _road(Acknowledgement.document_id, _FILING, _ACK_OF_FILING)),
    ("276", _road(Exchange.asked_document_id, _FILING, _STATUS, _ASKED_276)),
    ("277", _road(Exchange.answer_document_id, _FILING, _STATUS, _ASKED_276)),
    ("remittance", _road(Remittance.document_id, _REMITTED, _REMITTANCE)),
    ("records", _road(RecordsRequest.document_id, _RECORDS)),
    ("appeal letter", _road(Appeal.letter_document_id, _APPEAL)),
)
"""How one gets from a claim to each kind of document."""
