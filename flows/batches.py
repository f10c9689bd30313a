"""Sending what is ready: batches are assembled, and each is submitted in a run of its own."""

from collections import Counter
from dataclasses import dataclass, field

from flows.dispatch import Ran, Ticket, run_each
from flows.states import run_id, words
from flows.submit_batch import submit_batch
from tasks.assemble import assemble
from tasks.batches import BatchTicket, unsent
from tasks.inquire import ask_for_claims
from tasks.recheck import recheck
from tasks.runtime import runtime


@dataclass(slots=True)
class Submitted:
    """How the batches' runs ended: a count of each outcome, and what kept others from being made."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, ran: Ran) -> None:
        if ran.failed:
            self.failed.append(ran.subject)
        else:
            self.counts[ran.state.name or ran.state.type.value] += 1

    def told(self) -> str:
        parts = [f"{count} batches {words(name)}" for name, count in sorted(self.counts.items())]
        if self.failed:
            parts.append(f"{len(self.failed)} batches failed and can be retried")
        return ", ".join([*(parts or ["no batches"]), *self.problems])


async def submit_ready(payer: str | None = None) -> Submitted:
    """Have old confirmations of coverage renewed, ask in batch where the payer answers so, assemble what is
    ready, and submit every batch that has no receipt yet, older ones first."""
    rt = runtime()
    unconfirmed = await recheck(rt, payer, run_id())
    await ask_for_claims(rt, payer, run_id())
    submitted = Submitted(problems=[*unconfirmed, *await assemble(rt, payer, run_id())])
    batches = await unsent(rt, payer)
    for ran in await run_each(submit_batch, [_ticket(batch) for batch in batches], at_once=1):
        submitted.add(ran)
    return submitted


async def fill_batches(payer: str | None) -> list[str]:
    """Batches that are full are made while other claims are still on their way; none is sent yet. Returns
    what kept some from it."""
    rt = runtime()
    unconfirmed = await recheck(rt, payer, run_id())
    return [*unconfirmed, *await assemble(rt, payer, run_id(), full=True)]


def _ticket(batch: BatchTicket) -> Ticket:
    return Ticket(
        subject=batch.batch_id,
        name=f"batch-{batch.batch_id}",
        key=f"batch:{batch.batch_id}",
        parameters={"batch_id": batch.batch_id},
        tags=[f"batch:{batch.batch_id}", f"payer:{batch.payer_id}"],
    )
