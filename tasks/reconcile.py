"""Finding what is not as it should be: after crashes, after silence, after time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from claims import events, expected_acks, recovery
from claims.audit.seals import seal
from claims.coding import silence
from claims.database import transaction
from tasks.process import is_dead
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.send import Sending, settle


@dataclass(frozen=True, slots=True)
class Found:
    """What our own record showed; ``dead_runs`` are Prefect runs whose process is gone."""

    dead_runs: list[str]
    broken_steps: int
    released: int
    overdue: int
    unanswered: int
    in_doubt: Sequence[str]


async def find(rt: Runtime, run_id: str | None) -> Found:
    def look() -> Found:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            dead_runs = recovery.clear_dead_leases(session, act, is_dead)
            found = Found(
                dead_runs=dead_runs,
                broken_steps=recovery.end_broken_steps(session, act),
                released=recovery.release_expired_holds(session, act),
                overdue=len(expected_acks.overdue(session, act)),
                unanswered=silence.escalate(session, act),
                in_doubt=recovery.in_doubt(session),
            )
            seal(session, act, events.keyring(session))
            return found

    return await asyncio.to_thread(look)


async def settle_in_doubt(rt: Runtime, batch_ids: Sequence[str], run_id: str | None) -> Report:
    """Ask the receivers about every send whose end is not known; nothing is sent."""
    unknown = []
    for batch_id in batch_ids:
        answer = await settle(rt, batch_id, run_id)
        if answer is not None and answer.outcome is Sending.UNCONFIRMED:
            unknown.append(f"batch {batch_id}: {answer.message}")
    return Report(f"{len(batch_ids)} sends asked about", attention=unknown)
