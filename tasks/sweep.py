"""Asking about the coverage of planned visits, so that the front desk can act before the patient comes."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from sqlmodel import col, select

from claims import eligibility_sweep
from claims.database import reading, transaction
from claims.eligibility import Asking
from claims.errors import CleanclaimError
from claims.model import Provider, ProviderKind
from claims.x12.eligibility_read import read_271
from claims.x12.envelope import Transaction
from tasks.ask import divided, portions
from tasks.eligibility import question
from tasks.report import Report
from tasks.runtime import Runtime

AHEAD_DAYS = 5


async def sweep(rt: Runtime, run_id: str | None) -> Report:
    """Ask each payer about its members among the coming days' patients; fresh answers serve again."""
    asked, problems = 0, []
    practice, due = await asyncio.to_thread(_due, rt)
    for payer_id, askings in due:
        waiting = portions(rt, payer_id, askings)
        while waiting:
            some = waiting.pop(0)
            try:
                with divided(some, waiting):
                    exchange_id, answers = await question(rt, payer_id, some, run_id, practice)
                    await asyncio.to_thread(_apply, rt, some, exchange_id, answers, run_id)
                    asked += len(some)
            except CleanclaimError as trouble:
                why = f"{trouble.code}: {trouble.message}"
                problems.append(f"{payer_id} did not answer ({why}); Retry asks again")
    return Report(f"{asked} coverages asked about", problems)


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


def _apply(
    rt: Runtime,
    askings: Sequence[Asking],
    exchange_id: str,
    answers: Sequence[Transaction],
    run_id: str | None,
) -> None:
    parsed = [answer for transaction in answers for answer in read_271(transaction)]
    with transaction(rt.engine) as session:
        eligibility_sweep.apply_sweep(session, rt.act(run_id), askings, parsed, exchange_id)
