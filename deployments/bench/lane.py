"""`python -m deployments.bench.lane`: one daily run in a process of its own; prints what it took as JSON.

Where questions went in batch, their answers are collected and a second run takes the claims that waited.

The home says in which lane: `dispatch.per_claim_runs_up_to`.
"""

import asyncio
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from deployments.bench.x12_memory import peak_megabytes

if TYPE_CHECKING:
    from tasks.runtime import Runtime


def _awaits_answers(rt: "Runtime") -> bool:
    from sqlmodel import select

    from claims.database import reading
    from claims.model import BatchQuestion, QuestionState

    with reading(rt.engine) as session:
        is_open = BatchQuestion.state == QuestionState.OPEN
        return session.exec(select(BatchQuestion.id).where(is_open)).first() is not None


async def _measured() -> dict[str, Any]:
    from flows.daily import daily_submission
    from flows.scheduled import collect_responses
    from tasks import gate
    from tasks.runtime import runtime

    rt = runtime()
    before, begun, used = peak_megabytes(), time.perf_counter(), time.process_time()
    state = await daily_submission(return_state=True)
    if await asyncio.to_thread(_awaits_answers, rt):  # of a payer that answers in batch
        await collect_responses(return_state=True)
        state = await daily_submission(return_state=True)
    took, cpu = time.perf_counter() - begun, time.process_time() - used
    await rt.hang_up()
    gate.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": took,
        "cpu_seconds": cpu,
        "gate_cpu_seconds": children.ru_utime + children.ru_stime,
        "peak_mb": peak_megabytes(),
        "peak_mb_before": before,
        "state": state.name,
        "message": state.message,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_measured())) + "\n")
