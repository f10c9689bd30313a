"""The eligibility step: a fresh answer serves again; otherwise the payer is asked, many claims at once.

A claim whose payer cannot be asked fails this step and stays where it is; its retry asks again. Asking
twice harms nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from claims import eligibility, lifecycle, steps
from claims.bundle import load_bundles
from claims.connect import Connector
from claims.database import transaction
from claims.eligibility import Asking
from claims.lifecycle import Change
from claims.model import Claim, ClaimStep, Provider, Stage
from claims.x12.eligibility_read import read_271
from claims.x12.eligibility_write import write_270
from claims.x12.envelope import Transaction
from tasks.ask import ask, divided, side_by_side
from tasks.runtime import Runtime
from tasks.step import Outcome, StepResult, describe, results_of

NAME = "eligibility"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A claim and what has to be asked for it."""

    claim_id: str
    asking: Asking


async def check_eligibility(rt: Runtime, claim_ids: Sequence[str], run_id: str | None) -> list[StepResult]:
    """One result a claim, in the order given."""
    results, to_ask = await asyncio.to_thread(_begin, rt, claim_ids, run_id)

    async def ask(payer_id: str, some: Sequence[_Waiting], others: list[Sequence[_Waiting]]) -> None:
        asked: list[StepResult] = []
        try:
            with divided(some, others):
                asked = await _ask(rt, payer_id, some, run_id)
        except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
            asked = await asyncio.to_thread(_fail, rt, [each.claim_id for each in some], describe(error))
        results.update({result.claim_id: result for result in asked})

    for payer_id, waiting in to_ask.items():
        await side_by_side(rt, payer_id, waiting, ask)
    return [results[claim_id] for claim_id in claim_ids]


def _begin(
    rt: Runtime, claim_ids: Sequence[str], run_id: str | None
) -> tuple[dict[str, StepResult], dict[str, list[_Waiting]]]:
    """Results of those that need no question, and the others by payer; each has a step that began."""
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundles = load_bundles(session, claim_ids)
        here = [b for b in bundles if b.claim.stage is Stage.ELIGIBILITY and not b.claim.hold_reason]
        steps.begin(session, [b.claim for b in here], NAME, run_id, act.at.real)
        changes = eligibility.from_fresh(session, act, here, rt.payers)
        answered = {change.claim.id for change in changes}
        to_ask: dict[str, list[_Waiting]] = {}
        for bundle in here:
            if bundle.claim.id not in answered:
                for asking in eligibility.askings([bundle]):
                    waiting = _Waiting(bundle.claim.id, asking)
                    to_ask.setdefault(asking.coverage.payer_id, []).append(waiting)
        open_ids = {each.claim_id for waiting in to_ask.values() for each in waiting}
        lifecycle.apply(session, changes, act)
        ended = [bundle.claim for bundle in bundles if bundle.claim.id not in open_ids]
        return _results(session, act.at.real, ended, changes), to_ask


async def _ask(rt: Runtime, payer_id: str, some: Sequence[_Waiting], run_id: str | None) -> list[StepResult]:
    askings = list({each.asking.trace: each.asking for each in some}.values())
    exchange_id, answers = await question(rt, payer_id, askings, run_id)
    ids = [each.claim_id for each in some]
    return await asyncio.to_thread(_apply, rt, ids, exchange_id, answers, run_id)


async def question(
    rt: Runtime,
    payer_id: str,
    askings: Sequence[Asking],
    run_id: str | None,
    practice: Provider | None = None,
) -> tuple[str, list[Transaction]]:
    """Send one 270 about these coverages; raises ConnectError or BadAnswer."""
    header = eligibility.header(askings[0].trace, rt.clock.now().business)
    outgoing = write_270(header, eligibility.inquiry(askings, rt.profile(payer_id), practice))

    async def call(connector: Connector, content: bytes) -> bytes:
        return await connector.eligibility(content)

    return await ask(rt, payer_id, ("270", "271"), outgoing, call, run_id)


def _apply(
    rt: Runtime, ids: Sequence[str], exchange_id: str, answers: Sequence[Transaction], run_id: str | None
) -> list[StepResult]:
    act = rt.act(run_id)
    parsed = [answer for transaction in answers for answer in read_271(transaction)]
    with transaction(rt.engine) as session:
        bundles = load_bundles(session, ids)
        changes = eligibility.apply_answer(session, act, bundles, parsed, exchange_id)
        lifecycle.apply(session, changes, act)
        claims = [bundle.claim for bundle in bundles]
        return list(_results(session, act.at.real, claims, changes).values())


def _fail(rt: Runtime, ids: Sequence[str], message: str) -> list[StepResult]:
    """Each claim's step failed for this reason; the claims stay where they are."""
    now = rt.clock.now().real
    with transaction(rt.engine) as session:
        claims = session.exec(select(Claim).where(col(Claim.id).in_(ids))).all()
        for row in _begun(session, ids):
            steps.end(session, row, steps.FAILED, Outcome.FAILED, message, now)
        return [StepResult(claim.id, Outcome.FAILED, message, claim.stage) for claim in claims]


def _results(
    session: Session, now: datetime, claims: Sequence[Claim], changes: Sequence[Change]
) -> dict[str, StepResult]:
    """What became of each claim; the steps that began for them end with it."""
    results = results_of(NAME, claims, changes)
    for row in _begun(session, list(results)):
        result = results[row.claim_id]
        steps.end(session, row, steps.DONE, result.outcome, result.message, now)
    return results


def _begun(session: Session, claim_ids: Sequence[str]) -> Sequence[ClaimStep]:
    query = select(ClaimStep).where(
        col(ClaimStep.claim_id).in_(claim_ids), ClaimStep.step == NAME, ClaimStep.status == steps.STARTED
    )
    return session.exec(query).all()
