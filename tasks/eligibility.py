"""The eligibility step: a fresh answer serves again; otherwise the payer is asked, many claims at once.

A claim whose payer cannot be asked fails this step and stays where it is; its retry asks again. Asking
twice harms nobody. One whose payer answers in batch only waits here: `tasks.inquire` asks for it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session, col, select

from claims import eligibility, eligibility_batch, lifecycle, steps
from claims.bundle import Bundle, load_bundles
from claims.connect import Connector
from claims.database import transaction
from claims.eligibility import Asking
from claims.errors import CleanclaimError
from claims.lifecycle import Change
from claims.model import Claim, ClaimStep, Provider, Stage
from claims.model.among import among
from claims.x12.eligibility import Answer271
from claims.x12.eligibility_read import read_271
from claims.x12.eligibility_write import write_270
from claims.x12.envelope import Transaction
from tasks.ask import Answered, Heard, ask_all, in_waves
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

    for payer_id, waiting in to_ask.items():
        results |= await _ask_payer(rt, payer_id, waiting, run_id)
    return [results[claim_id] for claim_id in claim_ids]


async def _ask_payer(
    rt: Runtime, payer_id: str, waiting: Sequence[_Waiting], run_id: str | None
) -> dict[str, StepResult]:
    results: dict[str, StepResult] = {}

    async def put(groups: Sequence[Sequence[_Waiting]]) -> Sequence[Answered | Exception]:
        together = [list({each.asking.trace: each.asking for each in some}.values()) for some in groups]
        return await questions(rt, payer_id, together, run_id)

    def apply(heard: Sequence[Heard[_Waiting]]) -> None:
        results.update(_apply(rt, heard, run_id))

    for some, error in await in_waves(rt, payer_id, waiting, put, apply):
        results |= await asyncio.to_thread(_fail, rt, _ids(some), error)
    return results


def _ids(some: Sequence[_Waiting]) -> list[str]:
    return [each.claim_id for each in some]


def _begin(
    rt: Runtime, claim_ids: Sequence[str], run_id: str | None
) -> tuple[dict[str, StepResult], dict[str, list[_Waiting]]]:
    """Results of those that need no question now, and the others by payer; each has a step that began."""
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundles = load_bundles(session, claim_ids)
        here = [b for b in bundles if b.claim.stage is Stage.ELIGIBILITY and not b.claim.hold_reason]
        steps.begin(session, [b.claim for b in here], NAME, run_id, act.at.real)
        changes = eligibility.from_fresh(session, act, here, rt.payers)
        answered = {change.claim.id for change in changes}
        asked = [bundle for bundle in here if bundle.claim.id not in answered]
        later = [bundle for bundle in asked if _is_answered_later(rt, bundle)]
        awaited, told = eligibility_batch.awaited(session, act, later, rt.payers)
        changes += awaited
        to_ask = _by_payer([bundle for bundle in asked if bundle.claim.id not in told])
        open_ids = {each.claim_id for some in to_ask.values() for each in some}
        lifecycle.apply(session, changes, act)
        ended = [bundle.claim for bundle in bundles if bundle.claim.id not in open_ids]
        return _results(session, act.at.real, ended, changes, told), to_ask


def _is_answered_later(rt: Runtime, bundle: Bundle) -> bool:
    profile = rt.payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    return profile is not None and profile.questions.claims == "batch"


def _by_payer(bundles: Sequence[Bundle]) -> dict[str, list[_Waiting]]:
    found: dict[str, list[_Waiting]] = {}
    for bundle in bundles:
        for asking in eligibility.askings([bundle]):
            found.setdefault(asking.coverage.payer_id, []).append(_Waiting(bundle.claim.id, asking))
    return found


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


def told(answers: Sequence[Transaction]) -> list[Answer271]:
    """What the 271s of one answer say of each patient."""
    return [answer for transaction in answers for answer in read_271(transaction)]


def _apply(rt: Runtime, heard: Sequence[Heard[_Waiting]], run_id: str | None) -> dict[str, StepResult]:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundles = {
            b.claim.id: b for b in load_bundles(session, [id for each in heard for id in _ids(each.about)])
        }
        changes: list[Change] = []
        for each in heard:
            about = [bundles[claim_id] for claim_id in _ids(each.about)]
            changes += eligibility.apply_answer(session, act, about, told(each.answers), each.exchange_id)
        lifecycle.apply(session, changes, act)
        return _results(session, act.at.real, [b.claim for b in bundles.values()], changes)


def _fail(rt: Runtime, ids: Sequence[str], error: Exception) -> dict[str, StepResult]:
    """Each claim's step failed for this reason; the claims stay where they are."""
    now, message = rt.clock.now().real, describe(error)
    with transaction(rt.engine) as session:
        claims = session.exec(select(Claim).where(among(col(Claim.id), ids))).all()
        for row in _begun(session, ids):
            steps.end(session, row, steps.FAILED, Outcome.FAILED, message, now)
        return {claim.id: StepResult(claim.id, Outcome.FAILED, message, claim.stage) for claim in claims}


def _results(
    session: Session,
    now: datetime,
    claims: Sequence[Claim],
    changes: Sequence[Change],
    told: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, StepResult]:
    """What became of each claim; the steps that began for them end with it. ``told`` is said of those that
    wait without a change."""
    results = results_of(NAME, claims, changes)
    changed = {change.claim.id for change in changes}
    for claim_id in told.keys() - changed:
        results[claim_id] = replace(results[claim_id], message=told[claim_id])
    for row in _begun(session, list(results)):
        result = results[row.claim_id]
        steps.end(session, row, steps.DONE, result.outcome, result.message, now)
    return results


def _begun(session: Session, claim_ids: Sequence[str]) -> Sequence[ClaimStep]:
    query = select(ClaimStep).where(
        among(col(ClaimStep.claim_id), claim_ids), ClaimStep.step == NAME, ClaimStep.status == steps.STARTED
    )
    return session.exec(query).all()
