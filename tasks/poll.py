"""Asking payers what became of accepted claims, each payer by its own cadence."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from claims import batch_questions, lifecycle, status
from claims.batch_questions import STATUS, Asked
from claims.bundle import load_bundles
from claims.connect import Connector
from claims.database import reading, transaction
from claims.inquiry import BadQuestion
from claims.model import Filing
from claims.status import DueFiling
from claims.status_inquiry import inquiries
from claims.x12.eligibility import Header27x
from claims.x12.interchange import Outgoing
from claims.x12.status import Inquiry276
from claims.x12.status_read import read_277
from claims.x12.status_write import write_276
from tasks.ask import Answered, Heard, Unasked, ask_all, enrolled, in_waves
from tasks.inquire import Kept, keep, per_file, send_questions
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.step import describe

_Due = Sequence[DueFiling]


@dataclass(frozen=True, slots=True)
class _About:
    """A filing that is asked after in batch; None where nothing can be asked about it."""

    filing: DueFiling
    question: Inquiry276 | None


async def poll(rt: Runtime, run_id: str | None) -> Report:
    """One 276 for as many claims as the connector takes; who does not answer is asked again by Retry.

    What a payer answers in batch is sent off, and its answer comes with the mailbox.
    """
    asked, report = 0, Report("")
    for payer_id, due in await asyncio.to_thread(_due, rt):
        filings = await asyncio.to_thread(enrolled, rt, payer_id, due, attrgetter("claim_id"), "276", run_id)
        if _answers_later(rt, payer_id):
            kept = await asyncio.to_thread(_keep, rt, payer_id, filings, run_id)
            report = report.joined(kept.report(payer_id))
            continue
        unasked = await _ask(rt, payer_id, filings, run_id)
        asked += len(filings) - sum(len(some) for some, _ in unasked)
        report = report.joined(_missed(payer_id, unasked))
    at_once = "" if report.done and not asked else f"{asked} claims asked about"
    return Report(at_once).joined(report).joined(await send_questions(rt, run_id))


def _missed(payer_id: str, unasked: Unasked[DueFiling]) -> Report:
    if not unasked:
        return Report("")
    missed = sum(len(some) for some, _ in unasked)
    why = ", ".join(dict.fromkeys(describe(error) for _, error in unasked))
    told = f"{payer_id} did not answer about {missed} claims ({why}); "
    return Report("", [told + "they stay due and Retry asks about them only"])


def _answers_later(rt: Runtime, payer_id: str) -> bool:
    profile = rt.payers.get(payer_id)
    return profile is not None and profile.questions.status == "batch"


def _keep(rt: Runtime, payer_id: str, filings: _Due, run_id: str | None) -> Kept[_About]:
    """Questions in batch; what is awaited already is left out."""
    now = rt.clock.now().business
    with reading(rt.engine) as session:
        awaited = batch_questions.awaited(session, STATUS, now)
    fresh = [filing for filing in filings if filing.id.upper() not in awaited]

    def files() -> Iterator[list[_About]]:
        for some in per_file(rt, payer_id, fresh):
            questions = {question.trace.number: question for question in _inquiries(rt, some)}
            yield [_About(filing, questions.get(filing.id.upper())) for filing in some]

    def write(reference: str, some: Sequence[_About]) -> Outgoing:
        questions = [about.question for about in some if about.question]
        if len(questions) < len(some):
            raise BadQuestion("The claim has no coverage or no billing provider.", tip="Enter it.")
        return write_276(Header27x(reference=reference, created=now), questions)

    def asked(about: _About) -> list[Asked]:
        filing = about.filing
        return [Asked(STATUS, filing.id, claim_id=filing.claim_id, filing_id=filing.id)]

    return keep(rt, payer_id, "276", files(), write, asked, run_id)


def _due(rt: Runtime) -> list[tuple[str, list[DueFiling]]]:
    with reading(rt.engine) as session:
        due = [f for f in status.due(session, rt.clock.now().business) if _answers(rt, f.payer_id)]
        return [(payer, list(some)) for payer, some in groupby(due, key=lambda filing: filing.payer_id)]


def _answers(rt: Runtime, payer_id: str) -> bool:
    """Whether the payer answers inquiries; of one that does not, people ask when a claim is overdue."""
    profile = rt.payers.get(payer_id)
    return profile is None or profile.asked_through is not None


async def _ask(rt: Runtime, payer_id: str, filings: _Due, run_id: str | None) -> Unasked[DueFiling]:
    async def call(connector: Connector, content: bytes) -> bytes:
        return await connector.status(content)

    async def put(groups: Sequence[_Due]) -> Sequence[Answered | Exception]:
        several = [await asyncio.to_thread(_question, rt, some) for some in groups]
        return await ask_all(rt, payer_id, ("276", "277"), several, call, run_id)

    return await in_waves(rt, payer_id, filings, put, lambda heard: _apply(rt, heard, run_id))


def _question(rt: Runtime, filings: _Due) -> Outgoing:
    header = Header27x(reference=filings[0].id.upper(), created=rt.clock.now().business)
    return write_276(header, _inquiries(rt, filings))


def _inquiries(rt: Runtime, due: _Due) -> list[Inquiry276]:
    with reading(rt.engine) as session:
        bundles = load_bundles(session, [filing.claim_id for filing in due])
        ids = [filing.id for filing in due]
        filings = [session.get_one(Filing, id) for id in ids]  # loaded with their claims
        in_vain = status.searched_in_vain(session, ids)
        return inquiries(bundles, filings, rt.settings.submitter, in_vain)


def _apply(rt: Runtime, heard: Sequence[Heard[DueFiling]], run_id: str | None) -> None:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        for each in heard:
            parsed = [answer for transaction in each.answers for answer in read_277(transaction)]
            current = [session.get_one(Filing, filing.id) for filing in each.about]
            changes = status.apply_answer(session, act, current, parsed, each.exchange_id, rt.payers)
            lifecycle.apply(session, changes, act)
