"""What a claim's run costs beside an empty one: the same dispatch, the same number of tasks, in turns."""

import asyncio
import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deployments.bench.stage import stage, take_in
from tasks.runtime import Runtime

if TYPE_CHECKING:
    from flows.dispatch import Ran, Ticket

BAR = 1.25
_WARM = 2
_BLOCK = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that as many claim runs and empty runs took, each of ``tasks`` tasks."""

    claims: int
    tasks: int
    claim_seconds: float
    empty_seconds: float
    outcomes: dict[str, int]

    @property
    def ratio(self) -> float:
        return self.claim_seconds / self.empty_seconds

    def as_json(self) -> dict[str, Any]:
        return {
            "claims": self.claims,
            "tasks_per_run": self.tasks,
            "claim_runs_per_second": round(self.claims / self.claim_seconds, 2),
            "empty_runs_per_second": round(self.claims / self.empty_seconds, 2),
            "ratio": round(self.ratio, 3),
            "bar": BAR,
            "met": self.ratio <= BAR,
            "outcomes": self.outcomes,
        }


def bench_runs(claims: int) -> Measured:
    """Claims from intake to ready, each in its own run with eligibility asked over HTTP, encryption and
    events on, against empty runs; in blocks that take turns, so that a drift of the server meets both."""
    with stage(os.environ) as rt:
        take_in(rt, 1, claims + _WARM)
        return asyncio.run(_measure(rt, claims))


async def _measure(rt: Runtime, claims: int) -> Measured:
    from deployments.bench.empty import empty_life
    from deployments.registry import register
    from flows.claims import ticket
    from flows.life import claim_lifecycle
    from tasks.due import TO_CHECK, due_claims

    await register(rt.settings.zone)
    await (await empty_life.ato_deployment(name=empty_life.name)).aapply()
    due = [ticket(claim) for claim in due_claims(rt, TO_CHECK)]
    warm, due = due[:_WARM], due[_WARM:]
    await _timed(claim_lifecycle, warm)
    tasks = _tasks_of(rt, warm[0].subject)
    await _timed(empty_life, [_empty(ticket, tasks) for ticket in warm])
    seconds: defaultdict[str, float] = defaultdict(float)
    outcomes: Counter[str] = Counter()
    for start in range(0, claims, _BLOCK):
        block = due[start : start + _BLOCK]
        turns: list[tuple[Any, list[Ticket]]] = [
            (claim_lifecycle, block),
            (empty_life, [_empty(ticket, tasks) for ticket in block]),
        ]
        for flow, tickets in turns if start // _BLOCK % 2 else reversed(turns):
            took, ran = await _timed(flow, tickets)
            seconds[flow.name] += took
            if flow is claim_lifecycle:
                outcomes.update(each.state.name or each.state.type.value for each in ran)
    return Measured(claims, tasks, seconds[claim_lifecycle.name], seconds[empty_life.name], dict(outcomes))


def _tasks_of(rt: Runtime, claim_id: str) -> int:
    """How many tasks the claim's run had: the steps that are behind it, and the one where it stands."""
    from tasks.standing import standing

    return len(standing(rt, claim_id).behind) + 1


def _empty(claim: "Ticket", tasks: int) -> "Ticket":
    """The empty run that stands beside a claim's."""
    parameters = {"subject": claim.subject, "tasks": tasks}
    return replace(claim, name=f"empty-{claim.subject}", key=f"empty:{claim.key}", parameters=parameters)


async def _timed(flow: Any, tickets: Sequence["Ticket"]) -> tuple[float, list["Ran"]]:
    from flows.dispatch import run_each

    begun = time.perf_counter()
    ran = await run_each(flow, tickets, at_once=1)
    return time.perf_counter() - begun, ran
