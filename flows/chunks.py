"""The lane of very many claims: a task a step and chunk, and no run for a claim that goes its way.

Each claim has its own steps and events in our database all the same, so that a run that was killed goes on
at the claims that it was on.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from claims.portions import in_portions
from flows.life import STEP_TASKS, title
from flows.states import run_id
from tasks.due import DueClaim
from tasks.lease import leased_all
from tasks.runtime import runtime
from tasks.standing import CARRIED
from tasks.step import STAGES_OF, STEP_AT, Outcome, StepResult

Fill = Callable[[], Awaitable[list[str]]]


@dataclass(slots=True)
class Chunked:
    """How the chunks ended: a count of each outcome, the claims that failed, what ``fill`` could not do."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    ready: int = 0

    def add(self, result: StepResult) -> None:
        if result.outcome is Outcome.FAILED:
            self.failed.add(result.claim_id)
            return
        self.counts[title(result)] += 1
        self.ready += STEP_AT[result.stage] in CARRIED and result.outcome is not Outcome.HELD


async def advance_in_chunks(due: Sequence[DueClaim], fill: Fill | None) -> Chunked:
    """Each claim as far as it can get. ``fill`` is called when a batch's worth has become ready: what the
    gate takes to judge it is spent on the next chunks."""
    dispatch, done = runtime().settings.dispatch, Chunked()
    waiting = in_portions(due, dispatch.claims_per_chunk)
    filling = asyncio.Lock()

    async def one_after_another() -> None:
        for chunk in waiting:  # all of them take from the same
            for result in await _chunk(chunk, done):
                done.add(result)
            if fill is not None and done.ready >= dispatch.claims_per_batch and not filling.locked():
                async with filling:  # who becomes ready meanwhile waits for the next time
                    done.ready = 0
                    done.problems += await fill()

    await asyncio.gather(*(one_after_another() for _ in range(dispatch.chunks_at_once)))
    return done


async def _chunk(chunk: Sequence[DueClaim], done: Chunked) -> list[StepResult]:
    """Nobody else works on the chunk's claims meanwhile; those on which somebody does are left to them."""
    resources = [f"claim:{claim.claim_id}" for claim in chunk]
    async with leased_all(runtime(), resources, run_id()) as standing:
        done.counts["Busy"] += len(standing)
        return await _advance([each for each in chunk if f"claim:{each.claim_id}" not in standing])


async def _advance(chunk: Sequence[DueClaim]) -> list[StepResult]:
    """One task a step for the claims that stand there; those that move on join the next step."""
    ended: list[StepResult] = []
    here: dict[str, list[str]] = {}
    for claim in chunk:
        here.setdefault(STEP_AT[claim.stage], []).append(claim.claim_id)
    while here:
        name = next(step for step in STEP_TASKS if step in here)
        for result in await _step(name, here.pop(name)):
            following = STEP_AT[result.stage]
            if result.goes_on and following != name and following not in CARRIED:
                here.setdefault(following, []).append(result.claim_id)
            else:
                ended.append(result)
    return ended


async def _step(name: str, claim_ids: list[str]) -> list[StepResult]:
    """Each claim's result; when the task itself broke, each has failed and gets a run of its own."""
    state = await STEP_TASKS[name](claim_ids, return_state=True)
    data = await state.aresult(raise_on_failure=False)
    if isinstance(data, list):
        return data
    message, stage = state.message or "the step did not answer", STAGES_OF[name][0]
    return [StepResult(claim_id, Outcome.FAILED, message, stage) for claim_id in claim_ids]
