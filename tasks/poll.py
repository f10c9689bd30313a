"""Asking payers what became of accepted claims, each payer by its own cadence."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from claims import lifecycle, status
from claims.bundle import load_bundles
from claims.connect import Connector
from claims.database import reading, transaction
from claims.model import Filing
from claims.status_inquiry import inquiries
from claims.x12.eligibility import Header27x
from claims.x12.interchange import Outgoing
from claims.x12.status_read import read_277
from claims.x12.status_write import write_276
from tasks.ask import Answered, Heard, Unasked, ask_all, in_waves
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.step import describe


async def poll(rt: Runtime, run_id: str | None) -> Report:
    """One 276 for as many claims as the connector takes; who does not answer is asked again by Retry."""
    asked, problems = 0, []
    for payer_id, filings in await asyncio.to_thread(_due, rt):
        unasked = await _ask(rt, payer_id, filings, run_id)
        missed = sum(len(some) for some, _ in unasked)
        asked += len(filings) - missed
        if unasked:
            why = ", ".join(dict.fromkeys(describe(error) for _, error in unasked))
            problems.append(
                f"{payer_id} did not answer about {missed} claims ({why}); "
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


async def _ask(rt: Runtime, payer_id: str, filings: Sequence[Filing], run_id: str | None) -> Unasked[Filing]:
    async def call(connector: Connector, content: bytes) -> bytes:
        return await connector.status(content)

    async def put(groups: Sequence[Sequence[Filing]]) -> Sequence[Answered | Exception]:
        several = [await asyncio.to_thread(_question, rt, some) for some in groups]
        return await ask_all(rt, payer_id, ("276", "277"), several, call, run_id)

    return await in_waves(rt, payer_id, filings, put, lambda heard: _apply(rt, heard, run_id))


def _question(rt: Runtime, filings: Sequence[Filing]) -> Outgoing:
    with reading(rt.engine) as session:
        bundles = load_bundles(session, [filing.claim_id for filing in filings])
        now = rt.clock.now().business
        header = Header27x(reference=filings[0].id.upper(), created=now)
        in_vain = status.searched_in_vain(session, filings)
        return write_276(header, inquiries(bundles, filings, rt.settings.submitter, in_vain))


def _apply(rt: Runtime, heard: Sequence[Heard[Filing]], run_id: str | None) -> None:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        for each in heard:
            parsed = [answer for transaction in each.answers for answer in read_277(transaction)]
            current = [session.get_one(Filing, filing.id) for filing in each.about]
            changes = status.apply_answer(session, act, current, parsed, each.exchange_id, rt.payers)
            lifecycle.apply(session, changes, act)
