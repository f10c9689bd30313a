"""Which batches still have to go, and which runs their claims had."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, func, select

from claims import submission
from claims.database import reading
from claims.model import BatchItem, ClaimStep
from tasks.runtime import Runtime


@dataclass(frozen=True, slots=True)
class BatchTicket:
    batch_id: str
    payer_id: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A claim that travels in a batch, with the latest run of its own."""

    claim_id: str
    batch_id: str
    run_id: UUID


async def unsent(rt: Runtime, payer: str | None) -> list[BatchTicket]:
    """Batches without a receipt, the oldest first."""

    def read() -> list[BatchTicket]:
        with reading(rt.engine) as session:
            batches = submission.unsent(session)
            return [BatchTicket(b.id, b.payer_id) for b in batches if payer in (None, b.payer_id)]

    return await asyncio.to_thread(read)


async def carried(rt: Runtime, batch_id: str) -> list[Carried]:
    """Those that had a run of their own; of one that several share, as in the lane of very many, none."""

    def read() -> list[Carried]:
        claims = select(BatchItem.claim_id).where(BatchItem.batch_id == batch_id)
        latest = (
            select(func.max(ClaimStep.id))
            .where(col(ClaimStep.run_id).is_not(None), col(ClaimStep.claim_id).in_(claims))
            .group_by(col(ClaimStep.claim_id))
        )
        query = (
            select(BatchItem.claim_id, ClaimStep.run_id)
            .join(ClaimStep, col(ClaimStep.claim_id) == col(BatchItem.claim_id))
            .where(BatchItem.batch_id == batch_id, col(ClaimStep.id).in_(latest))
        )
        with reading(rt.engine) as session:
            rows = session.exec(query).all()
        shared = Counter(run_id for _, run_id in rows)
        return [
            Carried(claim_id, batch_id, UUID(run_id))
            for claim_id, run_id in rows
            if run_id and shared[run_id] == 1
        ]

    return await asyncio.to_thread(read)
