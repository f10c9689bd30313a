"""Asking about the coverage of planned visits, so that the front desk can act before the patient comes."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from sqlmodel import col, select

from claims import eligibility_sweep
from claims.database import reading, transaction
from claims.eligibility import Asking
from claims.model import Provider, ProviderKind
from tasks.ask import Answered, Heard, Unasked, in_waves, may_ask
from tasks.eligibility import questions, told
from tasks.inquire import keep_visits, send_questions
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.step import describe

AHEAD_DAYS = 5


async def sweep(rt: Runtime, run_id: str | None) -> Report:
    """Ask each payer about its members among the coming days' patients; fresh answers serve again.

    What a payer answers in batch is sent off, and its answer comes with the mailbox.
    """
    report = Report("")
    practice, due = await asyncio.to_thread(_due, rt)
    asked = 0
    for payer_id, planned in due:
        askings = await asyncio.to_thread(_enrolled, rt, payer_id, planned, practice, run_id)
        if rt.profile(payer_id).questions.visits == "batch":
            kept = await asyncio.to_thread(keep_visits, rt, payer_id, askings, practice, run_id)
            report = report.joined(kept.report(payer_id))
            continue
        unasked = await _ask(rt, payer_id, askings, practice, run_id)
        asked += len(askings) - sum(len(some) for some, _ in unasked)
        reasons = dict.fromkeys(describe(error) for _, error in unasked)
        problems = [f"{payer_id} did not answer ({why}); Retry asks again" for why in reasons]
        report = report.joined(Report("", problems))
    at_once = "" if report.done and not asked else f"{asked} coverages asked about"
    return Report(at_once).joined(report).joined(await send_questions(rt, run_id))


async def _ask(
    rt: Runtime, payer_id: str, askings: Sequence[Asking], practice: Provider | None, run_id: str | None
) -> Unasked[Asking]:
    async def put(groups: Sequence[Sequence[Asking]]) -> Sequence[Answered | Exception]:
        return await questions(rt, payer_id, groups, run_id, practice)

    def apply(heard: Sequence[Heard[Asking]]) -> None:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            for each in heard:
                answers = told(each.answers)
                eligibility_sweep.apply_sweep(session, act, each.about, answers, each.exchange_id)

    return await in_waves(rt, payer_id, askings, put, apply)


def _enrolled(
    rt: Runtime, payer_id: str, askings: Sequence[Asking], practice: Provider | None, run_id: str | None
) -> Sequence[Asking]:
    """Those whose provider the payer lets ask; operations hears of the others."""

    def npi(asking: Asking) -> str:
        provider = asking.provider or practice
        return (provider.npi if provider else None) or ""

    return may_ask(rt, payer_id, askings, npi, "270", run_id)


def _due(rt: Runtime) -> tuple[Provider | None, list[tuple[str, list[Asking]]]]:
    day = rt.clock.now().day(rt.settings.zone_info)
    with reading(rt.engine) as session:
        due = eligibility_sweep.due_for_sweep(session, day, AHEAD_DAYS, rt.payers)
        due.sort(key=lambda asking: asking.coverage.payer_id)
        by_payer = groupby(due, key=lambda asking: asking.coverage.payer_id)
        practice = session.exec(
            select(Provider).where(Provider.kind == ProviderKind.ORGANIZATION, col(Provider.npi).is_not(None))
        ).first()
        return practice, [(payer, list(some)) for payer, some in by_payer if payer in rt.payers]
