"""The run of one batch: a failed transmission has its own Retry button, which asks before it resends."""

from typing import Any

import httpx
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Completed, Failed

from flows.fence import fenced
from flows.life import STEP_TASKS
from flows.server import server
from flows.states import run_id
from tasks.batches import Carried, carried
from tasks.runtime import runtime
from tasks.send import Sending, Sent, send_batch

_ARRIVED = (Sending.SENT, Sending.CONFIRMED)


@task(name="send", task_run_name="send", retries=0, cache_policy=NO_CACHE, persist_result=False)
@fenced
async def send(batch_id: str) -> State[Any]:
    return _state(await send_batch(runtime(), batch_id, run_id()))


@flow(name="submit-batch", flow_run_name="batch-{batch_id}", persist_result=False, retries=0)
@fenced
async def submit_batch(batch_id: str) -> State[Any]:
    """Send one batch, or find out what became of it. It reaches the receiver at most once.

    Args:
        batch_id: The batch's id, as `cleanclaim day closed` shows it.
    """
    state: State[Any] = await send(batch_id, return_state=True)  # type: ignore[misc]
    if not state.is_completed():
        return Failed(message=state.message)
    if state.name in _ARRIVED:
        await _show_on_claim_runs(batch_id, state.message or "")
    return Completed(name=state.name, message=state.message)


def _state(sent: Sent) -> State[Any]:
    if sent.failed:
        return Failed(name=sent.outcome, message=sent.message)
    return Completed(name=sent.outcome, message=sent.message, data=sent)


async def _show_on_claim_runs(batch_id: str, message: str) -> None:
    """Put the submission, with batch and receipt, on the timeline of each claim's own run."""
    rt = runtime()
    travellers = await carried(rt, batch_id)
    if len(travellers) > rt.settings.dispatch.per_claim_runs_up_to:
        return
    async with server() as client:
        for claim in travellers:
            await _show(client, claim, message)


async def _show(client: PrefectClient, claim: Carried, message: str) -> None:
    try:
        await client.create_task_run(
            STEP_TASKS["submission"],
            flow_run_id=claim.run_id,
            dynamic_key=f"submission-{claim.batch_id}",
            name="submission",
            state=Completed(name="Sent", message=message),
        )
    except PrefectHTTPStatusError as refused:
        # Prefect's database has been replaced since and does not know the claim's run: nothing to show it on.
        if refused.response.status_code != httpx.codes.CONFLICT:
            raise
