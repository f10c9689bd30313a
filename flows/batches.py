"""Sending what is ready: batches are assembled, and each is submitted in a run of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prefect import get_client
from prefect.states import Completed

from flows.dispatch import Ran, Ticket, run_each
from flows.life import STEP_TASKS
from flows.states import run_id
from flows.submit_batch import submit_batch
from tasks.assemble import assemble
from tasks.batches import BatchTicket, Carried, carried, unsent
from tasks.runtime import runtime


@dataclass(slots=True)
class Submitted:
    """How the batches went, and what kept others from being made."""

    sent: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def told(self) -> str:
        parts = [f"{len(self.sent)} batches sent"]
        if self.failed:
            parts.append(f"{len(self.failed)} batches failed and can be retried")
        return ", ".join([*parts, *self.problems])


async def submit_ready(payer: str | None = None) -> Submitted:
    """Assemble what is ready and submit every batch that has no receipt yet, older ones first."""
    rt = runtime()
    submitted = Submitted(problems=await assemble(rt, payer, run_id()))
    batches = await unsent(rt, payer)
    for ran in await run_each(submit_batch, [_ticket(batch) for batch in batches], at_once=1):
        (submitted.failed if ran.failed else submitted.sent).append(ran.subject)
        if not ran.failed:
            await _show_on_claim_runs(ran)
    return submitted


def _ticket(batch: BatchTicket) -> Ticket:
    return Ticket(
        subject=batch.batch_id,
        name=f"batch-{batch.batch_id}",
        key=f"batch:{batch.batch_id}",
        parameters={"batch_id": batch.batch_id},
        tags=[f"batch:{batch.batch_id}", f"payer:{batch.payer_id}"],
    )


async def _show_on_claim_runs(ran: Ran) -> None:
    """Put the submission, with batch and receipt, on the timeline of each claim's own run."""
    rt = runtime()
    travellers = await carried(rt, ran.subject)
    if len(travellers) > rt.settings.dispatch.per_claim_runs_up_to:
        return
    await _show(travellers, ran.state.message or "")


async def _show(travellers: Sequence[Carried], message: str) -> None:
    async with get_client() as client:
        for claim in travellers:
            await client.create_task_run(
                STEP_TASKS["submission"],
                flow_run_id=claim.run_id,
                dynamic_key=f"submission-{claim.batch_id}",
                name="submission",
                state=Completed(name="Sent", message=message),
            )
