"""The run of one batch: a failed transmission has its own Retry button, which asks before it resends."""

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.states import run_id
from tasks.runtime import runtime
from tasks.send import Sent, send_batch


@task(name="send", task_run_name="send", retries=0, cache_policy=NO_CACHE, persist_result=False)
async def send(batch_id: str) -> State[Any]:
    return _state(await send_batch(runtime(), batch_id, run_id()))


@flow(name="submit-batch", flow_run_name="batch-{batch_id}", persist_result=False, retries=0)
async def submit_batch(batch_id: str) -> State[Any]:
    """Send one batch, or find out what became of it. It reaches the receiver at most once."""
    state: State[Any] = await send(batch_id, return_state=True)  # type: ignore[misc]
    if state.is_completed():
        return Completed(name=state.name, message=state.message)
    return Failed(message=state.message)


def _state(sent: Sent) -> State[Any]:
    if sent.failed:
        return Failed(name=sent.outcome, message=sent.message)
    return Completed(name=sent.outcome, message=sent.message, data=sent)
