"""The steps of a claim's life as Prefect tasks, and the flow that takes one claim through them."""

import asyncio
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.fence import fenced
from flows.states import run_id, step_state
from tasks.lease import leased, standing_in_the_way
from tasks.life import STEPS
from tasks.runtime import runtime
from tasks.standing import close_wake, standing
from tasks.step import LIFE, STEP_AT, Outcome, StepResult


def _step_task(name: str) -> Any:
    @task(name=name, task_run_name=name, retries=0, cache_policy=NO_CACHE, persist_result=False)
    @fenced
    async def step(claim_ids: list[str], behind: str | None = None) -> State[Any]:
        if behind is not None:
            return Completed(name=Outcome.ALREADY_DONE, message=behind)
        return step_state(await STEPS[name](runtime(), claim_ids, run_id()))

    return step


STEP_TASKS = {step.name: _step_task(step.name) for step in LIFE}


@flow(name="claim-lifecycle", flow_run_name="claim-{claim_id}", persist_result=False, retries=0)
@fenced
async def claim_lifecycle(claim_id: str) -> State[Any]:
    """Advance one claim from where it stands until it must wait.

    The second time, the finished steps answer AlreadyDone and only what failed, and what follows, acts.

    Args:
        claim_id: The claim's id, as `cleanclaim claims list` shows it.
    """
    rt = runtime()
    async with leased(rt, f"claim:{claim_id}", run_id()) as other:
        if other is not None:
            return Completed(name="Busy", message=standing_in_the_way(other))
        last = await _live(claim_id)
        if last.outcome is Outcome.FAILED:
            return Failed(message=last.message)
        await asyncio.to_thread(close_wake, rt, claim_id)
        return Completed(name=title(last), message=last.message)


async def _live(claim_id: str) -> StepResult:
    here = await asyncio.to_thread(standing, runtime(), claim_id)
    for name, told in here.behind.items():
        await STEP_TASKS[name]([claim_id], behind=told, return_state=True)
    name = here.next_step
    while True:
        state = await STEP_TASKS[name]([claim_id], return_state=True)
        result = await _result(state, claim_id)
        if not result.goes_on or STEP_AT[result.stage] == name:
            return result
        name = STEP_AT[result.stage]


async def _result(state: State[Any], claim_id: str) -> StepResult:
    """The step's own result; when the task itself broke, a failure that tells what the fence let through."""
    data = await state.aresult(raise_on_failure=False)
    if isinstance(data, list) and isinstance(data[0], StepResult):
        return data[0]
    here = await asyncio.to_thread(standing, runtime(), claim_id)
    stage = next(stage for step in LIFE if step.name == here.next_step for stage in step.stages)
    return StepResult(claim_id, Outcome.FAILED, state.message or "the step did not answer", stage)


def title(last: StepResult) -> str:
    """What operations staff read beside the run: held, or the stage in which the claim waits."""
    return "Held" if last.outcome is Outcome.HELD else last.stage.replace("_", " ").title()
