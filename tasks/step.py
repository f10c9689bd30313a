"""One step: a unit of work over a list of claims, recorded on each, with one outcome a claim.

The second time a step runs on a claim that has moved past it, it answers `already done` and does nothing.
What goes wrong is fenced here: it is recorded with a code and a place in the code, never with its text,
because an exception's text may hold patient data and Prefect would store it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session

from claims import lifecycle, steps
from claims.bundle import Bundle, load_bundles
from claims.database import transaction
from claims.errors import CleanclaimError
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Claim, Stage
from tasks.runtime import Runtime

Decide = Callable[[Session, Act, list[Bundle]], list[Change]]


class Outcome(StrEnum):
    DONE = "Done"
    ALREADY_DONE = "AlreadyDone"
    HELD = "Held"
    WAITING = "Waiting"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended for one claim; ``message`` is safe to show anywhere."""

    claim_id: str
    outcome: Outcome
    message: str
    stage: Stage

    @property
    def goes_on(self) -> bool:
        return self.outcome in (Outcome.DONE, Outcome.ALREADY_DONE)


class StepFailed(CleanclaimError):
    """A step could not be done; code and place only."""

    code = "step_failed"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a claim's life: its name and the stages at which it acts."""

    name: str
    stages: tuple[Stage, ...]


LIFE = (
    Step("intake", (Stage.INTAKE,)),
    Step("eligibility", (Stage.ELIGIBILITY,)),
    Step("authorization", (Stage.AUTHORIZATION,)),
    Step("coding_review", (Stage.CODING_REVIEW,)),
    Step("scrub", (Stage.SCRUB,)),
    Step("submission", (Stage.READY,)),
    Step("status", (Stage.SUBMITTED, Stage.ACKNOWLEDGED, Stage.ADJUDICATING)),
    Step("remittance", ()),
    Step("denial", (Stage.ADJUDICATED, Stage.DENIAL)),
    Step("secondary", (Stage.SECONDARY,)),
    Step("appeal", (Stage.APPEAL,)),
    Step("close", (Stage.PATIENT, Stage.CLOSED)),
)
STEP_AT = {stage: step.name for step in LIFE for stage in step.stages}
STAGES_OF = {step.name: step.stages for step in LIFE}
ORDER = {step.name: place for place, step in enumerate(LIFE)}


async def decide_step(
    rt: Runtime, name: str, claim_ids: Sequence[str], run_id: str | None, decide: Decide
) -> list[StepResult]:
    """A step that needs nobody outside: load, decide, write, all in one transaction.

    When a list fails, each claim is tried alone, so that one bad claim does not stop the others.
    """
    try:
        return await asyncio.to_thread(_decide, rt, name, claim_ids, run_id, decide)
    except Exception as error:  # noqa: BLE001 the fence: see the module's docstring
        if len(claim_ids) > 1:
            alone = [await decide_step(rt, name, [claim_id], run_id, decide) for claim_id in claim_ids]
            return [result for results in alone for result in results]
        return [await asyncio.to_thread(record_failure, rt, name, claim_ids[0], run_id, error)]


def _decide(
    rt: Runtime, name: str, claim_ids: Sequence[str], run_id: str | None, decide: Decide
) -> list[StepResult]:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundles = load_bundles(session, claim_ids)
        here = [b for b in bundles if b.claim.stage in STAGES_OF[name] and not b.claim.hold_reason]
        changes = decide(session, act, here) if here else []
        lifecycle.apply(session, changes, act)
        results = results_of(name, [bundle.claim for bundle in bundles], changes)
        told = {claim_id: (result.outcome, result.message) for claim_id, result in results.items()}
        steps.record(session, [b.claim for b in here], name, run_id, act.at.real, told)
    return [results[claim_id] for claim_id in claim_ids]


def results_of(name: str, claims: Sequence[Claim], changes: Sequence[Change]) -> dict[str, StepResult]:
    """By the claim's id what became of it in the step that just ran."""
    last = {change.claim.id: change for change in changes}
    return {claim.id: result_of(name, claim, last.get(claim.id)) for claim in claims}


def result_of(name: str, claim: Claim, change: Change | None) -> StepResult:
    """What the claim's position says about the step that just ran on it; ``change`` is the latest one."""
    if claim.hold_reason:
        message = f"{claim.hold_reason}: waits for {claim.hold_owner}"
        return StepResult(claim.id, Outcome.HELD, message, claim.stage)
    if change and claim.stage not in STAGES_OF[name]:
        return StepResult(claim.id, Outcome.DONE, change.story.why, claim.stage)
    if claim.stage in STAGES_OF[name]:
        message = change.story.why if change else f"stays in {claim.stage}"
        return StepResult(claim.id, Outcome.WAITING, message, claim.stage)
    return StepResult(claim.id, Outcome.ALREADY_DONE, f"the claim is in {claim.stage}", claim.stage)


def record_failure(
    rt: Runtime, name: str, claim_id: str, run_id: str | None, error: BaseException
) -> StepResult:
    """Keep what failed and where; the claim stays where it is and is tried again."""
    message = describe(error)
    now = rt.clock.now().real
    with transaction(rt.engine) as session:
        claim = session.get(Claim, claim_id)
        if claim is None:
            return StepResult(claim_id, Outcome.FAILED, "no such claim", Stage.CLOSED)
        (row,) = steps.begin(session, [claim], name, run_id, now)
        steps.end(session, row, steps.FAILED, Outcome.FAILED, message, now)
        return StepResult(claim_id, Outcome.FAILED, message, claim.stage)


def describe(error: BaseException) -> str:
    """Our own errors speak for themselves; of any other only its type and place are safe to tell."""
    if isinstance(error, CleanclaimError):
        return f"{error.code}: {error}"
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(frames[-3:])}"
