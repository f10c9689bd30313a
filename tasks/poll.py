"""Asking payers what became of accepted claims, each payer by its own cadence."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from claims import lifecycle, status
from claims.bundle import load_bundles
from claims.connect import Connector
from claims.database import reading, transaction
from claims.errors import CleanclaimError
from claims.model import Filing
from claims.status_inquiry import inquiries
from claims.x12.eligibility import Header27x
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from claims.x12.status_read import read_277
from claims.x12.status_write import write_276
from tasks.ask import ask, divided, portions
from tasks.report import Report
from tasks.runtime import Runtime


async def poll(rt: Runtime, run_id: str | None) -> Report:
    """One 276 for as many claims as the connector takes; who does not answer is asked again by Retry."""
    asked, problems = 0, []
    for payer_id, filings in await asyncio.to_thread(_due, rt):
        waiting = portions(rt, payer_id, filings)
        while waiting:
            some = waiting.pop(0)
            try:
                with divided(some, waiting):
                    await _ask(rt, payer_id, some, run_id)
                    asked += len(some)
            except CleanclaimError as trouble:
                why = f"{trouble.code}: {trouble.message}"
                problems.append(
                    f"{payer_id} did not answer about {len(some)} claims ({why}); "
                    "they stay due and Retry asks about them only"
                )
    return Report(f"{asked} claims asked about", problems)


def _due(rt: Runtime) -> list[tuple[str, list[Filing]]]:
    with reading(rt.engine) as session:
        due = [f for f in status.due(session, rt.clock.now().business) if _answers(rt, f.payer_id)]
        return [(payer, list(some)) for payer, some in groupby(due, key=lambda filing: filing.payer_id)]


def _answers(rt: Runtime, payer_id: str) -> bool:
    """Whether the payer answers inquiries; of one that does not, people ask when a claim is overdue."""
    profile = rt.payers.get(payer_id)
    return profile is None or profile.asked_through is not None


async def _ask(rt: Runtime, payer_id: str, filings: Sequence[Filing], run_id: str | None) -> None:
    outgoing = await asyncio.to_thread(_question, rt, filings)

    async def call(connector: Connector, content: bytes) -> bytes:
        return await connector.status(content)

    exchange_id, answers = await ask(rt, payer_id, ("276", "277"), outgoing, call, run_id)
    await asyncio.to_thread(_apply, rt, filings, exchange_id, answers, run_id)


def _question(rt: Runtime, filings: Sequence[Filing]) -> Outgoing:
    with reading(rt.engine) as session:
        bundles = load_bundles(session, [filing.claim_id for filing in filings])
        now = rt.clock.now().business
        header = Header27x(reference=filings[0].id.upper(), created=now)
        in_vain = status.searched_in_vain(session, filings)
        return write_276(header, inquiries(bundles, filings, rt.settings.submitter, in_vain))


def _apply(
    rt: Runtime,
    filings: Sequence[Filing],
    exchange_id: str,
    answers: Sequence[Transaction],
    run_id: str | None,
) -> None:
    act = rt.act(run_id)
    parsed = [answer for transaction in answers for answer in read_277(transaction)]
    with transaction(rt.engine) as session:
        current = [session.get_one(Filing, filing.id) for filing in filings]
        changes = status.apply_answer(session, act, current, parsed, exchange_id, rt.payers)
        lifecycle.apply(session, changes, act)
