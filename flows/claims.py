"""Advancing the claims that are due: a run for each, or in chunks when there are very many."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from claims.model import Stage
from flows.chunks import Fill, advance_in_chunks
from flows.dispatch import Ran, Ticket, run_each
from flows.life import claim_lifecycle
from flows.states import words
from tasks.due import DueClaim, due_claims
from tasks.runtime import runtime


@dataclass(slots=True)
class Advanced:
    """How the claims' runs ended: a count of each outcome, and the claims whose run failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, ran: Ran) -> None:
        self.counts[ran.state.name or ran.state.type.value] += 1
        if ran.failed:
            self.failed.append(ran.subject)

    def told(self) -> str:
        counted = [f"{n} {words(name)}" for name, n in sorted((+self.counts).items())]
        return ", ".join([*(counted or ["nothing due"]), *self.problems])


async def advance_due(
    stages: Sequence[Stage], payer: str | None = None, fill: Fill | None = None
) -> Advanced:
    """Every claim that is due in ``stages`` gets as far as it can today; ``fill`` is for very many of them,
    see `flows.chunks`."""
    rt = runtime()
    due = await asyncio.to_thread(due_claims, rt, stages, payer)
    advanced = Advanced()
    if len(due) > rt.settings.dispatch.per_claim_runs_up_to:
        due = await _in_chunks(due, advanced, fill)
    for ran in await run_each(
        claim_lifecycle, [ticket(claim) for claim in due], at_once=rt.settings.dispatch.runs_at_once
    ):
        advanced.add(ran)
    return advanced


async def _in_chunks(due: Sequence[DueClaim], advanced: Advanced, fill: Fill | None) -> list[DueClaim]:
    """Returns the claims that failed and get a run of their own after all.

    When very many did, they did for one reason, such as a payer that is down: the first of them show it, and
    all of them are due again.
    """
    done = await advance_in_chunks(due, fill)
    failed = [claim for claim in due if claim.claim_id in done.failed]
    shown = runtime().settings.dispatch.failed_runs_up_to
    advanced.counts, advanced.problems = done.counts, list(dict.fromkeys(done.problems))
    advanced.failed += [claim.claim_id for claim in failed[shown:]]
    if failed[shown:]:
        advanced.problems.append(f"{len(failed) - shown} more failed as the others did and stay due")
    return failed[:shown]


def ticket(claim: DueClaim) -> Ticket:
    return Ticket(
        subject=claim.claim_id,
        name=f"claim-{claim.claim_id}",
        key=claim.key,
        parameters={"claim_id": claim.claim_id},
        tags=claim.tags,
    )
