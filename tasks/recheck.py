"""Before the day's batches: the coverage of claims whose confirmation has grown old is asked about again."""

import asyncio
from collections.abc import Sequence

from claims import lifecycle
from claims.bundle import load_bundles
from claims.database import reading, transaction
from claims.eligibility import Asking, askings
from claims.eligibility_recheck import apply_recheck, stale
from claims.errors import CleanclaimError
from claims.x12.eligibility_read import read_271
from claims.x12.envelope import Transaction
from tasks.ask import divided, portions
from tasks.eligibility import question
from tasks.runtime import Runtime


async def recheck(rt: Runtime, payer: str | None, run_id: str | None) -> list[str]:
    """Hold what is not covered any more; returns in plain words which payers did not answer.

    Their claims go with the confirmation that they have. A second time finds today's answers.
    """
    problems = []
    for payer_id, ids in (await asyncio.to_thread(_stale, rt, payer)).items():
        waiting = portions(rt, payer_id, ids)
        while waiting:
            some = waiting.pop(0)
            try:
                with divided(some, waiting):
                    asked = await asyncio.to_thread(_askings, rt, some)
                    exchange_id, answers = await question(rt, payer_id, asked, run_id)
                    await asyncio.to_thread(_apply, rt, some, exchange_id, answers, run_id)
            except CleanclaimError as trouble:
                problems.append(f"{payer_id} did not confirm old coverages again ({trouble.code})")
    return list(dict.fromkeys(problems))


def _stale(rt: Runtime, payer: str | None) -> dict[str, list[str]]:
    with reading(rt.engine) as session:
        return stale(session, rt.clock.now().business, rt.payers, payer)


def _askings(rt: Runtime, ids: Sequence[str]) -> list[Asking]:
    with reading(rt.engine) as session:
        return askings(load_bundles(session, ids))


def _apply(
    rt: Runtime, ids: Sequence[str], exchange_id: str, answers: Sequence[Transaction], run_id: str | None
) -> None:
    act = rt.act(run_id)
    parsed = [answer for transaction in answers for answer in read_271(transaction)]
    with transaction(rt.engine) as session:
        changes = apply_recheck(session, act, load_bundles(session, ids), parsed, exchange_id)
        lifecycle.apply(session, changes, act)
