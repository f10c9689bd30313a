"""Asking payers what became of accepted claims, each payer by its own cadence."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from claims import batch_questions, lifecycle, status
from claims.batch_questions import STATUS, Asked
from claims.bundle import load_bundles
from claims.connect import Connector
from claims.database import reading, transaction
from claims.enrolment import npi_of
from claims.inquiry import BadQuestion
from claims.model import Filing
from claims.status_inquiry import inquiries
from claims.x12.eligibility import Header27x
from claims.x12.interchange import Outgoing
from claims.x12.status_read import read_277
from claims.x12.status_write import write_276
from tasks.ask import Answered, Heard, Unasked, ask_all, in_waves, may_ask
from tasks.inquire import Kept, keep, send_questions
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.step import describe


async def poll(rt: Runtime, run_id: str | None) -> Report:
    """One 276 for as many claims as the connector takes; who does not answer is asked again by Retry.

    What a payer answers in batch is sent off, and its answer comes with the mailbox.
    """
    asked, report = 0, Report("")
    for payer_id, due in await asyncio.to_thread(_due, rt):
        filings = await asyncio.to_thread(_enrolled, rt, payer_id, due, run_id)
        if _answers_later(rt, payer_id):
            kept = await asyncio.to_thread(_keep, rt, payer_id, filings, run_id)
            report = report.joined(kept.report(payer_id))
            continue
        unasked = await _ask(rt, payer_id, filings, run_id)
        asked += len(filings) - sum(len(some) for some, _ in unasked)
        report = report.joined(_missed(payer_id, unasked))
    at_once = "" if report.done and not asked else f"{asked} claims asked about"
    return Report(at_once).joined(report).joined(await send_questions(rt, run_id))


def _missed(payer_id: str, unasked: Unasked[Filing]) -> Report:
    if not unasked:
        return Report("")
    missed = sum(len(some) for some, _ in unasked)
    why = ", ".join(dict.fromkeys(describe(error) for _, error in unasked))
    told = f"{payer_id} did not answer about {missed} claims ({why}); "
    return Report("", [told + "they stay due and Retry asks about them only"])


def _enrolled(rt: Runtime, payer_id: str, due: Sequence[Filing], run_id: str | None) -> Sequence[Filing]:
    profile = rt.payers.get(payer_id)
    if profile is None or not profile.wants_enrolment("276"):
        return due
    with reading(rt.engine) as session:
        bundles = load_bundles(session, [filing.claim_id for filing in due])
    npis = {bundle.claim.id: npi_of(bundle) for bundle in bundles}
    return may_ask(rt, payer_id, due, lambda filing: npis.get(filing.claim_id, ""), "276", run_id)


def _answers_later(rt: Runtime, payer_id: str) -> bool:
    profile = rt.payers.get(payer_id)
    return profile is not None and profile.questions.status == "batch"


def _keep(rt: Runtime, payer_id: str, filings: Sequence[Filing], run_id: str | None) -> Kept[Filing]:
    """Questions in batch; what is awaited already is left out."""
    now = rt.clock.now().business
    with reading(rt.engine) as session:
        awaited = batch_questions.awaited(session, STATUS, now)
        fresh = [filing for filing in filings if filing.id.upper() not in awaited]
        bundles = load_bundles(session, [filing.claim_id for filing in fresh])
        in_vain = status.searched_in_vain(session, fresh)

    def write(reference: str, some: Sequence[Filing]) -> Outgoing:
        asked = inquiries(bundles, some, rt.settings.submitter, in_vain)
        if len(asked) < len(some):
            raise BadQuestion("The claim has no coverage or no billing provider.", tip="Enter it.")
        return write_276(Header27x(reference=reference, created=now), asked)

    def asked(filing: Filing) -> list[Asked]:
        return [Asked(STATUS, filing.id, claim_id=filing.claim_id, filing_id=filing.id)]

    return keep(rt, payer_id, "276", fresh, write, asked, run_id)


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
