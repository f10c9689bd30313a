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
from claims.errors import CleanclaimError
from claims.inquiry import BadQuestion
from claims.lifecycle import Change
from claims.model import Claim, ClaimStep, Provider, Stage
from claims.x12.eligibility_read import read_271
from claims.x12.eligibility_write import write_270
from claims.x12.envelope import Transaction
from tasks.ask import Answered, ask_all, portions
from tasks.runtime import Runtime
from tasks.step import Outcome, StepResult, describe, results_of

NAME = "eligibility"
WAVE = 25
"""So many questions are kept together, put side by side, and their answers kept and applied together."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A claim and what has to be asked for it."""

    claim_id: str
    asking: Asking


_Heard = tuple[Sequence[_Waiting], str, list[Transaction]]
"""What was asked together, the exchange's id, and its answer."""


async def check_eligibility(rt: Runtime, claim_ids: Sequence[str], run_id: str | None) -> list[StepResult]:
    """One result a claim, in the order given."""
    results, to_ask = await asyncio.to_thread(_begin, rt, claim_ids, run_id)

    for payer_id, waiting in to_ask.items():
        results |= await _ask_payer(rt, payer_id, waiting, run_id)
    return [results[claim_id] for claim_id in claim_ids]


async def _ask_payer(
    rt: Runtime, payer_id: str, waiting: Sequence[_Waiting], run_id: str | None
) -> dict[str, StepResult]:
    """Wave after wave of questions; one that could not be put comes back in halves, until who is at fault is
    alone."""
    results: dict[str, StepResult] = {}
    rest = portions(rt, payer_id, waiting)
    while rest:
        wave, rest = rest[:WAVE], rest[WAVE:]
        heard: list[_Heard] = []
        for some, answer in zip(wave, await _asked(rt, payer_id, wave, run_id), strict=True):
            if len(some) > 1 and _is_ours(answer):
                rest += [some[: len(some) // 2], some[len(some) // 2 :]]
            elif isinstance(answer, Exception):
                results |= await asyncio.to_thread(_fail, rt, _ids(some), answer)
            else:
                heard.append((some, *answer))
        results |= await _applied(rt, heard, run_id)
    return results


async def _asked(
    rt: Runtime, payer_id: str, wave: Sequence[Sequence[_Waiting]], run_id: str | None
) -> Sequence[Answered | Exception]:
    together = [list({each.asking.trace: each.asking for each in some}.values()) for some in wave]
    try:
        return await questions(rt, payer_id, together, run_id)
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        if len(wave) == 1:
            return [error]
        alone = [await _asked(rt, payer_id, [some], run_id) for some in wave]
        return [answer for answers in alone for answer in answers]


def _is_ours(answer: Answered | Exception) -> bool:
    """Whether the fault lies in what was to be asked, and not with the payer or the way there."""
    return isinstance(answer, BadQuestion) or (
        isinstance(answer, Exception) and not isinstance(answer, CleanclaimError)
    )


async def _applied(rt: Runtime, heard: Sequence[_Heard], run_id: str | None) -> dict[str, StepResult]:
    """All answers of a wave in one transaction; when that fails, each alone: one does not stop the others."""
    try:
        return await asyncio.to_thread(_apply, rt, heard, run_id) if heard else {}
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        if len(heard) > 1:
            alone = [await _applied(rt, [each], run_id) for each in heard]
            return {claim_id: result for results in alone for claim_id, result in results.items()}
        return await asyncio.to_thread(_fail, rt, _ids(heard[0][0]), error)


def _ids(some: Sequence[_Waiting]) -> list[str]:
    return [each.claim_id for each in some]


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


async def question(
    rt: Runtime,
    payer_id: str,
    askings: Sequence[Asking],
    run_id: str | None,
    practice: Provider | None = None,
) -> Answered:
    """Send one 270 about these coverages; raises ConnectError, BadQuestion or BadAnswer."""
    (answer,) = await questions(rt, payer_id, [askings], run_id, practice)
    if isinstance(answer, CleanclaimError):
        raise answer
    return answer


async def questions(
    rt: Runtime,
    payer_id: str,
    together: Sequence[Sequence[Asking]],
    run_id: str | None,
    practice: Provider | None = None,
) -> list[Answered | CleanclaimError]:
    """A 270 about each of these groups of coverages, side by side: what each brought, or why not."""
    now, profile = rt.clock.now().business, rt.profile(payer_id)
    several = [
        write_270(eligibility.header(some[0].trace, now), eligibility.inquiry(some, profile, practice))
        for some in together
    ]

    async def call(connector: Connector, content: bytes) -> bytes:
        return await connector.eligibility(content)

    return await ask_all(rt, payer_id, ("270", "271"), several, call, run_id)


def _apply(rt: Runtime, heard: Sequence[_Heard], run_id: str | None) -> dict[str, StepResult]:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundles = {
            b.claim.id: b for b in load_bundles(session, [id for some, *_ in heard for id in _ids(some)])
        }
        changes: list[Change] = []
        for some, exchange_id, answers in heard:
            parsed = [answer for transaction in answers for answer in read_271(transaction)]
            about = [bundles[claim_id] for claim_id in _ids(some)]
            changes += eligibility.apply_answer(session, act, about, parsed, exchange_id)
        lifecycle.apply(session, changes, act)
        return _results(session, act.at.real, [b.claim for b in bundles.values()], changes)


def _fail(rt: Runtime, ids: Sequence[str], error: Exception) -> dict[str, StepResult]:
    """Each claim's step failed for this reason; the claims stay where they are."""
    now, message = rt.clock.now().real, describe(error)
    with transaction(rt.engine) as session:
        claims = session.exec(select(Claim).where(col(Claim.id).in_(ids))).all()
        for row in _begun(session, ids):
            steps.end(session, row, steps.FAILED, Outcome.FAILED, message, now)
        return {claim.id: StepResult(claim.id, Outcome.FAILED, message, claim.stage) for claim in claims}


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
