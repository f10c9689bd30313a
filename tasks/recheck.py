"""Before the day's batches: the coverage of claims whose confirmation has grown old is asked about again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from claims import lifecycle
from claims.batch_questions import RENEWAL
from claims.bundle import load_bundles
from claims.database import reading, transaction
from claims.eligibility import Asking, askings
from claims.eligibility_batch import renewed_since
from claims.eligibility_recheck import apply_recheck, stale
from claims.errors import CleanclaimError
from tasks.ask import Answered, Heard, Unasked, enrolled, in_waves
from tasks.eligibility import questions, told
from tasks.inquire import keep_claims
from tasks.runtime import Runtime
from tasks.step import describe


async def recheck(rt: Runtime, payer: str | None, run_id: str | None) -> list[str]:
    """Hold what is not covered any more; returns in plain words which payers did not answer.

    Their claims go with the confirmation that they have. A second time finds today's answers. Where the payer
    answers in batch, a claim waits once for the answer.
    """
    problems = []
    for payer_id, old in (await asyncio.to_thread(_stale, rt, payer)).items():
        ids = await asyncio.to_thread(enrolled, rt, payer_id, old, str, "270", run_id)
        if rt.profile(payer_id).questions.claims == "batch":
            problems += await asyncio.to_thread(_ask_later, rt, payer_id, ids, run_id)
            continue
        for _, error in await _ask(rt, payer_id, ids, run_id):
            why = error.code if isinstance(error, CleanclaimError) else describe(error)
            problems.append(f"{payer_id} did not confirm old coverages again ({why})")
    return list(dict.fromkeys(problems))


def _ask_later(rt: Runtime, payer_id: str, ids: Sequence[str], run_id: str | None) -> list[str]:
    since = rt.clock.now().business - timedelta(rt.profile(payer_id).eligibility_fresh_days)
    with reading(rt.engine) as session:
        asked = renewed_since(session, since)
    fresh = [claim_id for claim_id in ids if claim_id not in asked]
    return keep_claims(rt, payer_id, fresh, RENEWAL, run_id).report(payer_id).problems


async def _ask(rt: Runtime, payer_id: str, ids: Sequence[str], run_id: str | None) -> Unasked[str]:
    async def put(groups: Sequence[Sequence[str]]) -> Sequence[Answered | Exception]:
        together = [await asyncio.to_thread(_askings, rt, some) for some in groups]
        return await questions(rt, payer_id, together, run_id)

    return await in_waves(rt, payer_id, ids, put, lambda heard: _apply(rt, heard, run_id))


def _stale(rt: Runtime, payer: str | None) -> dict[str, list[str]]:
    with reading(rt.engine) as session:
        return stale(session, rt.clock.now().business, rt.payers, payer)


def _askings(rt: Runtime, ids: Sequence[str]) -> list[Asking]:
    with reading(rt.engine) as session:
        return askings(load_bundles(session, ids))


def _apply(rt: Runtime, heard: Sequence[Heard[str]], run_id: str | None) -> None:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        for each in heard:
            about = load_bundles(session, each.about)
            changes = apply_recheck(session, act, about, told(each.answers), each.exchange_id)
            lifecycle.apply(session, changes, act)
