"""`python -m deployments.bench.lane`: one daily run in a process of its own; prints what it took as JSON.

The home says in which lane: `dispatch.per_claim_runs_up_to`.
"""

import asyncio
import json
import resource
import sys
import time
from typing import Any

from deployments.bench.x12_memory import peak_megabytes


async def _measured() -> dict[str, Any]:
    from flows.daily import daily_submission
    from tasks import gate
    from tasks.runtime import runtime

    rt = runtime()
    before, begun, used = peak_megabytes(), time.perf_counter(), time.process_time()
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
