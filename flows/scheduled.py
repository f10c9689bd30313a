"""The other scheduled runs. Each works under a lease of its own name, so that it never overlaps itself."""

from collections.abc import Awaitable, Callable
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.claims import advance_due
from flows.dispatch import mark_crashed
from flows.fence import fenced
from flows.published import publish
from flows.states import run_id
from tasks.due import APPEALS, DENIALS, PATIENTS
from tasks.lease import leased, standing_in_the_way
from tasks.letters import send_letters
from tasks.poll import poll
from tasks.reconcile import find, settle_in_doubt
from tasks.report import Report
from tasks.responses import collect
from tasks.review import review_week
from tasks.runtime import Runtime, runtime
from tasks.sweep import sweep


async def alone(name: str, work: Callable[[Runtime, str | None], Awaitable[Report]]) -> State[Any]:
    """Do the work unless another run of the same name does; what went wrong fails the run, after the rest."""
    rt = runtime()
    async with leased(rt, f"run:{name}", run_id()) as other:
        if other is not None:
            return Completed(name="Busy", message=standing_in_the_way(other))
        report = await work(rt, run_id())
    if report.problems:
        return Failed(message="; ".join([report.done, *report.problems]))
    if report.attention:
        return Completed(name="NeedsAttention", message="; ".join([report.done, *report.attention]))
    return Completed(message=report.done)


@flow(name="sweep-eligibility", persist_result=False, retries=0)
@fenced
async def sweep_eligibility() -> State[Any]:
    """Ask about the coverage of the coming days' appointments; an answer that is fresh is not asked again."""
    return await alone("sweep-eligibility", sweep)


@flow(name="collect-responses", persist_result=False, retries=0)
@fenced
async def collect_responses() -> State[Any]:
    """Fetch every mailbox: archive, read, match, apply. A file that was applied before changes nothing."""
    return await alone("collect-responses", collect)


@flow(name="poll-status", persist_result=False, retries=0)
@fenced
async def poll_status() -> State[Any]:
    """Ask each payer about the accepted claims whose time has come; the second time asks the rest only."""
    return await alone("poll-status", poll)


@flow(name="work-denials", persist_result=False, retries=0)
@fenced
async def work_denials() -> State[Any]:
    """Classify and route what payers decided; claims that were decided get their run."""
    return await alone("work-denials", lambda _rt, _run: _advance(DENIALS))


@flow(name="work-appeals", persist_result=False, retries=0)
@fenced
async def work_appeals() -> State[Any]:
    """Send the appeals and records that a person let go, each at most once, and watch appeals' deadlines."""

    async def work(rt: Runtime, run: str | None) -> Report:
        sent = await send_letters(rt, run)
        return sent.joined(await _advance(APPEALS))

    return await alone("work-appeals", work)


@flow(name="patient-statements", persist_result=False, retries=0)
@fenced
async def patient_statements() -> State[Any]:
    """Bill patients what no payer owes, once a month each."""
    return await alone("patient-statements", lambda _rt, _run: _advance(PATIENTS))


@flow(name="weekly-review", persist_result=False, retries=0)
@fenced
async def weekly_review() -> State[Any]:
    """The week's denials by reason, cause and payer, and the claims drawn for a coding audit."""

    async def work(rt: Runtime, run: str | None) -> Report:
        day, account, report = await review_week(rt, run)
        await publish("weekly-review", day, account)
        return report

    return await alone("weekly-review", work)


@flow(name="reconcile", persist_result=False, retries=0)
@fenced
async def reconcile() -> State[Any]:
    """Find what crashes left behind, ask about unconfirmed sends, raise what is overdue: acks, queries."""

    async def work(rt: Runtime, run: str | None) -> Report:
        found = await find(rt, run)
        await mark_crashed(found.dead_runs)
        settled = await settle_in_doubt(rt, found.in_doubt, run)
        told = (
            f"{len(found.dead_runs)} dead runs, {found.broken_steps} broken steps, {found.released} holds "
            f"released, {found.overdue} acknowledgements overdue, {found.unanswered} queries unanswered"
        )
        return Report(told).joined(settled)

    return await alone("reconcile", work)


async def _advance(stages: Any) -> Report:
    advanced = await advance_due(stages)
    failed = [f"{len(advanced.failed)} claim runs failed and can be retried"] if advanced.failed else []
    return Report(advanced.told(), attention=failed)
