"""Advancing the claims that are due: a run for each, or in chunks when there are very many."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from claims.model import Stage
from flows.dispatch import Ran, Ticket, run_each
from flows.life import STEP_TASKS, claim_lifecycle
from flows.states import words
from tasks.due import DueClaim, due_claims
from tasks.runtime import runtime
from tasks.step import STAGES_OF, STEP_AT, Outcome, StepResult

CHUNK = 200
_Item = TypeVar("_Item")


@dataclass(slots=True)
class Advanced:
    """How the claims' runs ended: a count of each outcome, and the claims whose run failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, ran: Ran) -> None:
        self.counts[ran.state.name or ran.state.type.value] += 1
        if ran.failed:
            self.failed.append(ran.subject)

    def told(self) -> str:
        return ", ".join(f"{n} {words(name)}" for name, n in sorted(self.counts.items())) or "nothing due"


async def advance_due(stages: Sequence[Stage], payer: str | None = None) -> Advanced:
    """Every claim that is due in ``stages`` gets as far as it can today."""
    rt = runtime()
    due = await asyncio.to_thread(due_claims, rt, stages, payer)
    advanced = Advanced()
    if len(due) > rt.settings.dispatch.per_claim_runs_up_to:
        stopped = await _advance_in_chunks(due, advanced)
        due = [claim for claim in due if claim.claim_id in stopped]
    for ran in await run_each(
        claim_lifecycle, [ticket(claim) for claim in due], at_once=rt.settings.dispatch.runs_at_once
    ):
        advanced.add(ran)
    return advanced


def ticket(claim: DueClaim) -> Ticket:
    return Ticket(
        subject=claim.claim_id,
        name=f"claim-{claim.claim_id}",
        key=claim.key,
        parameters={"claim_id": claim.claim_id},
        tags=claim.tags,
    )


async def _advance_in_chunks(due: Sequence[DueClaim], advanced: Advanced) -> set[str]:
    """The happy path without a run a claim; returns the claims that failed, which get one after all."""
    failed: set[str] = set()
    for chunk in _batched([claim.claim_id for claim in due], CHUNK):
        for result in await _advance_chunk(chunk):
            if result.outcome is Outcome.FAILED:
                failed.add(result.claim_id)
            else:
                advanced.counts[result.stage] += 1
    return failed


async def _advance_chunk(claim_ids: Sequence[str]) -> list[StepResult]:
    """One task a step for the claims that stand there; those that move on join the next step."""
    ended: list[StepResult] = []
    here: dict[str, list[str]] = {"intake": list(claim_ids)}
    while here:
        name = next(step for step in STEP_TASKS if step in here)
        for result in await _step(name, here.pop(name)):
            following = STEP_AT[result.stage]
            if result.outcome in (Outcome.DONE, Outcome.ALREADY_DONE) and following != name:
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


def _batched(items: Sequence[_Item], size: int) -> list[list[_Item]]:
    rest = iter(items)
    return list(iter(lambda: list(islice(rest, size)), []))
