"""The daily submission run: plan, advance what is due, send what is ready, account for the day."""

from datetime import date
from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from claims.day_shown import tables
from claims.run_plan import Plan
from flows.batches import fill_batches, submit_ready
from flows.claims import advance_due
from flows.fence import fenced
from flows.published import publish_tables
from flows.states import run_id
from tasks.day import close_day, keep_plan, plan_day
from tasks.due import TO_CHECK
from tasks.lease import leased, standing_in_the_way
from tasks.runtime import runtime


@flow(name="daily-submission", persist_result=False, retries=0)
@fenced
async def daily_submission(
    as_of: date | None = None, payer: str | None = None, dry_run: bool = False
) -> State[Any]:
    """Send every claim that is due and can go; say of each other one why it did not.

    The second time on a day it finds less to do; after a crash it goes on where it was. ``as_of`` names the
    business date that is expected, and the run declines to work on any other.

    Args:
        as_of: The business date that you expect; on any other day the run does nothing. Empty: today.
        payer: Only this payer's claims, by its id. Empty: every payer's.
        dry_run: Say what would go, and send nothing.
    """
    rt = runtime()
    if payer is not None:
        rt.profile(payer)
    async with leased(rt, "run:daily-submission", run_id()) as other:
        if other is not None:
            return Completed(name="Busy", message=standing_in_the_way(other))
        plan = await plan_day(rt)
        if as_of is not None and as_of != plan.day:
            return Completed(name="OtherDay", message=f"It is {plan.day} by the business clock, not {as_of}.")
        await publish_tables("run-plan", plan.day, plan.tables())
        if dry_run:
            return Completed(name="Planned", message=plan.told())
        return await _work_the_day(plan, payer)


async def _work_the_day(plan: Plan, payer: str | None) -> State[Any]:
    rt = runtime()
    begun = rt.clock.now().real
    await keep_plan(rt, plan, run_id())
    advanced = await advance_due(TO_CHECK, payer, partial(fill_batches, payer))
    sent = await submit_ready(payer)
    certificate = await close_day(rt, begun, run_id(), payer)
    await publish_tables("day-closed", plan.day, tables(certificate.as_json()))
    attention = advanced.failed or advanced.problems or sent.failed or sent.problems
    sound = certificate.ties_out and certificate.complete and not attention
    return Completed(
        name="DayClosed" if sound else "NeedsAttention",
        message=f"{advanced.told()}; {sent.told()}; {certificate.told()}",
    )
