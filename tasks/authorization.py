"""The authorization step: what is on record decides; where it does not, the payer is asked (278).

Each request is committed as asked before it is sent. One that got no answer is asked after (X215) the next
time, and sent again only where the payer says that it never had it, or where it surely never left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from claims import authorization, lifecycle, steps
from claims import authorization_request as request
from claims.authorization_request import Later
from claims.bundle import load_bundle
from claims.connect import Connector, NotCarried, Refused, Reviewing, Unauthorised, Unavailable
from claims.database import reading, transaction
from claims.events import Act, Story
from claims.inquiry import BadQuestion
from claims.lifecycle import Change
from claims.model import Authorization, AuthorizationState, Claim, ClaimStep
from claims.x12.eligibility import Header27x
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from claims.x12.review278_read import read_278
from claims.x12.review278_write import INQUIRY, INQUIRY_GUIDE, REQUEST, write_278
from tasks.ask import ask
from tasks.runtime import Runtime
from tasks.step import Outcome, StepResult, decide_step, describe, record_failure, result_of

NAME = "authorization"

_NEVER_LEFT = (BadQuestion, Unavailable, Unauthorised)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One request on its way; an ``inquiry`` asks after one that was sent before."""

    claim_id: str
    row_id: str
    payer_id: str
    inquiry: bool
    outgoing: Outgoing
    step_id: int | None


async def authorize(rt: Runtime, claim_ids: Sequence[str], run_id: str | None) -> list[StepResult]:
    """One result a claim, in the order given. A second time finds the number, or asks after the request."""
    decided = await decide_step(
        rt,
        NAME,
        claim_ids,
        run_id,
        lambda session, act, bundles: authorization.check(session, act, bundles, rt.payers),
    )
    results = {result.claim_id: result for result in decided}
    waiting = [result.claim_id for result in decided if result.outcome is Outcome.WAITING]
    for claim_id, row_id in (await asyncio.to_thread(_open, rt, waiting)).items():
        results[claim_id] = await _request(rt, claim_id, row_id, run_id)
    return [results[claim_id] for claim_id in claim_ids]


def _open(rt: Runtime, claim_ids: Sequence[str]) -> dict[str, str]:
    if not claim_ids:
        return {}
    with reading(rt.engine) as session:
        return request.open_requests(session, claim_ids)


async def _request(rt: Runtime, claim_id: str, row_id: str, run_id: str | None) -> StepResult:
    """Ask about one claim. What fails is recorded, and the request stays as it surely is."""
    try:
        asking = await asyncio.to_thread(_begin, rt, claim_id, row_id, run_id)
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        return await asyncio.to_thread(record_failure, rt, NAME, claim_id, run_id, error)
    try:
        exchange_id, answers = await _send(rt, asking, run_id)
        result = await asyncio.to_thread(_apply, rt, asking, exchange_id, answers, run_id)
    except Refused as refused:
        return await asyncio.to_thread(_refused, rt, asking, refused, run_id)
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        return await asyncio.to_thread(_fail, rt, asking, error)
    if asking.inquiry and await asyncio.to_thread(_never_had, rt, row_id):
        return await _request(rt, claim_id, row_id, run_id)
    return result


def _never_had(rt: Runtime, row_id: str) -> bool:
    """Whether the payer said so: then the request goes again, at once."""
    with reading(rt.engine) as session:
        return session.get_one(Authorization, row_id).state is AuthorizationState.WANTED


def _begin(rt: Runtime, claim_id: str, row_id: str, run_id: str | None) -> _Asking:
    """The request as it will be sent; that it may be at the payer from now on is committed with it."""
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundle, row = load_bundle(session, claim_id), session.get_one(Authorization, row_id)
        inquiry = row.state is not AuthorizationState.WANTED
        asked = request.review(row, bundle, rt.profile(row.payer_id), inquiry=inquiry)
        (step,) = steps.begin(session, [bundle.claim], NAME, run_id, act.at.real)
        if not inquiry:
            row.state, row.asked_at = AuthorizationState.ASKED, act.at.business
            session.add(row)
        purpose, guide = (INQUIRY, INQUIRY_GUIDE) if inquiry else (REQUEST, "")
        outgoing = write_278(Header27x(row.trace, act.at.business, purpose), [asked], guide)
        return _Asking(claim_id, row.id, row.payer_id, inquiry, outgoing, step.id)


async def _send(rt: Runtime, asking: _Asking, run_id: str | None) -> tuple[str, list[Transaction]]:
    async def call(connector: Connector, content: bytes) -> bytes:
        if not isinstance(connector, Reviewing):
            raise NotCarried("No authorizations (278) go this way.", tip="Ask by telephone or portal.")
        return await connector.review(content, inquiry=asking.inquiry)

    return await ask(rt, asking.payer_id, ("278", "278"), asking.outgoing, call, run_id)


def _apply(
    rt: Runtime, asking: _Asking, exchange_id: str, answers: Sequence[Transaction], run_id: str | None
) -> StepResult:
    """The payer's word goes on record; then the claim is judged by the record, like any other."""
    act = rt.act(run_id)
    reviews = [found for transaction in answers for found in read_278(transaction)]
    with transaction(rt.engine) as session:
        bundle, row = load_bundle(session, asking.claim_id), session.get_one(Authorization, asking.row_id)
        profile = rt.profile(row.payer_id)
        row.exchange_id = exchange_id
        later = request.answer(row, reviews, act, profile, inquiry=asking.inquiry)
        session.add(row)
        session.flush()
        if later is not None:
            change = _later(act, bundle.claim, row, later)
        else:
            change = authorization.judged(session, act, bundle, rt.payers, row)
        return _done(session, act, asking, change)


def _done(session: Session, act: Act, asking: _Asking, change: Change) -> StepResult:
    lifecycle.apply(session, [change], act)
    result = result_of(NAME, change.claim, change)
    step = session.get_one(ClaimStep, asking.step_id)
    steps.end(session, step, steps.DONE, result.outcome, result.message, act.at.real)
    return result


def _later(act: Act, claim: Claim, row: Authorization, later: Later) -> Change:
    claim.next_action_at = act.at.business + later.pause
    story = Story(later.why, {"authorization": row.id, "state": row.state, "codes": row.codes})
    return Change(claim, "authorization_awaited", story, next_action_at=claim.next_action_at)


def _refused(rt: Runtime, asking: _Asking, refused: Refused, run_id: str | None) -> StepResult:
    """The way there does not take it: a person asks otherwise. What was asked before stays as it is."""
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        bundle, row = load_bundle(session, asking.claim_id), session.get_one(Authorization, asking.row_id)
        if not asking.inquiry:
            row.state, row.reasons = AuthorizationState.REFUSED, [refused.code]
            session.add(row)
            session.flush()
        change = authorization.judged(session, act, bundle, rt.payers, row)
        return _done(session, act, asking, change)


def _fail(rt: Runtime, asking: _Asking, error: BaseException) -> StepResult:
    message = describe(error)
    with transaction(rt.engine) as session:
        if isinstance(error, _NEVER_LEFT) and not asking.inquiry:
            row = session.get_one(Authorization, asking.row_id)
            row.state = AuthorizationState.WANTED
            session.add(row)
        step = session.get_one(ClaimStep, asking.step_id)
        steps.end(session, step, steps.FAILED, Outcome.FAILED, message, rt.clock.now().real)
        claim = session.get_one(Claim, asking.claim_id)
        return StepResult(claim.id, Outcome.FAILED, message, claim.stage)
