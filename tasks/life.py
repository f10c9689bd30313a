"""The steps of a claim's life, by name: each takes a list of claims, and one claim is a list of one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from claims import appeal_delivery, patients, status
from claims.bundle import Bundle, load_bundles
from claims.database import reading
from claims.edits import steps as edits
from claims.intake.completeness import complete
from claims.lifecycle import Change
from claims.money import next_payer
from claims.money.settle import settle
from tasks.authorization import authorize
from tasks.eligibility import check_eligibility
from tasks.runtime import Runtime
from tasks.step import Decide, Outcome, StepResult, decide_step, result_of

StepOf = Callable[[Runtime, Sequence[str], str | None], Awaitable[list[StepResult]]]


def _deciding(name: str, make: Callable[[Runtime], Decide]) -> StepOf:
    """A step that needs nobody outside."""

    async def step(rt: Runtime, claim_ids: Sequence[str], run_id: str | None) -> list[StepResult]:
        return await decide_step(rt, name, claim_ids, run_id, make(rt))

    return step


def _with_payers(rule: Callable[..., list[Change]]) -> Callable[[Runtime], Decide]:
    return lambda rt: lambda session, act, bundles: rule(session, act, bundles, rt.payers)


def _with_settings(rule: Callable[..., list[Change]]) -> Callable[[Runtime], Decide]:
    return lambda rt: lambda session, act, bundles: rule(session, act, bundles, rt.settings, rt.payers)


def _carried(name: str, told: Callable[[Bundle], str]) -> StepOf:
    """A step that a batch carries out: the claim's own run can only say what it waits for."""

    async def step(rt: Runtime, claim_ids: Sequence[str], run_id: str | None) -> list[StepResult]:
        def look() -> list[StepResult]:
            with reading(rt.engine) as session:
                return [_waiting(name, bundle, told(bundle)) for bundle in load_bundles(session, claim_ids)]

        return await asyncio.to_thread(look)

    return step


def _waiting(name: str, bundle: Bundle, told: str) -> StepResult:
    if bundle.claim.hold_reason:
        return result_of(name, bundle.claim, None)
    return StepResult(bundle.claim.id, Outcome.WAITING, told, bundle.claim.stage)


def _for_its_batch(bundle: Bundle) -> str:
    filing = bundle.filing
    if filing is not None and filing.batch_id:
        return f"queued in batch {filing.batch_id}, which has a run of its own"
    return "ready: goes with the next batch"


STEPS: dict[str, StepOf] = {
    "intake": _deciding("intake", _with_payers(complete)),
    "eligibility": check_eligibility,
    "authorization": authorize,
    "coding_review": _deciding("coding_review", _with_settings(edits.coding_review)),
    "scrub": _deciding("scrub", _with_settings(edits.scrub)),
    "submission": _carried("submission", _for_its_batch),
    "status": _deciding("status", lambda _rt: status.alarms),
    "remittance": _carried("remittance", lambda _bundle: "posted with its payment"),
    "denial": _deciding("denial", _with_settings(settle)),
    "secondary": _deciding("secondary", _with_payers(next_payer.prepare)),
    "appeal": _deciding("appeal", lambda _rt: appeal_delivery.alarms),
    "close": _deciding("close", _with_payers(patients.statements)),
}
