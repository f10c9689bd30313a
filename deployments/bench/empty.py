"""The floor: a deployment-backed flow run with tasks in which nothing happens."""

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed


@task(name="nothing", task_run_name="nothing", retries=0, cache_policy=NO_CACHE, persist_result=False)
async def nothing() -> State[Any]:
    return Completed(name="Done", message="nothing")


@flow(name="empty-life", flow_run_name="empty-{subject}", persist_result=False, retries=0)
async def empty_life(subject: str, tasks: int) -> State[Any]:
    """As many empty tasks as a claim's run has steps."""
    for _ in range(tasks):
        await nothing(return_state=True)  # type: ignore[misc]
    return Completed(name="Ready", message="nothing")
