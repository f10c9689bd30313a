"""Asking a payer something that is safe to repeat, with both sides of the conversation kept.

Many questions go in waves: one wave is kept together, put side by side, and its answers kept and applied
together. What is at fault in a wave is found by halves, so that one bad patient does not stop the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from claims import enrolment, inquiry
from claims.connect import ConnectError, Connector, NotCarried
from claims.database import reading, transaction
from claims.errors import CleanclaimError
from claims.inquiry import BadAnswer, BadQuestion, Question
from claims.portions import in_portions
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from config.payers import Transaction as EnrolledFor
from tasks.runtime import Runtime

WAVE = 25
"""So many questions are kept together, put side by side, and their answers kept and applied together."""

Call = Callable[[Connector, bytes], Awaitable[bytes]]
Item = TypeVar("Item")
Answered = tuple[str, list[Transaction]]
"""An exchange's id, and the transactions of its answer."""


@dataclass(frozen=True, slots=True)
class Heard(Generic[Item]):
    """What was asked together, the exchange's id, and its answer."""

    about: Sequence[Item]
    exchange_id: str
    answers: list[Transaction]


Put = Callable[[Sequence[Sequence[Item]]], Awaitable[Sequence[Answered | Exception]]]
"""One question about each group: what each brought, or why not."""
Apply = Callable[[Sequence[Heard[Item]]], None]
"""All of them in one transaction, or none; called in a thread."""
Unasked = list[tuple[Sequence[Item], Exception]]
"""What could not be asked about, or whose answer could not be applied, each with why."""


async def in_waves(
    rt: Runtime, payer_id: str, items: Sequence[Item], put: Put[Item], apply: Apply[Item]
) -> Unasked[Item]:
    """Ask about everything; one that cannot be put comes back in halves, until who is at fault is alone."""
    unasked: Unasked[Item] = []
    rest = portions(rt, payer_id, items)
    while rest:
        wave, rest = rest[:WAVE], rest[WAVE:]
        heard: list[Heard[Item]] = []
        for some, answer in zip(wave, await _fenced(put, wave), strict=True):
            if len(some) > 1 and _is_ours(answer):
                rest += [some[: len(some) // 2], some[len(some) // 2 :]]
            elif isinstance(answer, Exception):
                unasked.append((some, answer))
            else:
                heard.append(Heard(some, *answer))
        unasked += await _applied(apply, heard)
    return unasked


def may_ask(
    rt: Runtime,
    payer_id: str,
    items: Sequence[Item],
    npi: Callable[[Item], str],
    kind: EnrolledFor,
    run_id: str | None,
) -> Sequence[Item]:
    """Those whose provider the payer has enrolled for the question; operations hears of the others."""
    profile = rt.profile(payer_id)
    if not profile.wants_enrolment(kind):
        return items
    with transaction(rt.engine) as session:
        return enrolment.may_ask(session, rt.act(run_id), items, npi, kind, profile)


def enrolled(
    rt: Runtime,
    payer_id: str,
    items: Sequence[Item],
    claim_of: Callable[[Item], str],
    kind: EnrolledFor,
    run_id: str | None,
) -> Sequence[Item]:
    """`may_ask` about claims: by the billing provider of each."""
    profile = rt.payers.get(payer_id)
    if profile is None or not profile.wants_enrolment(kind):
        return items
    with reading(rt.engine) as session:
        npis = enrolment.npis(session, [claim_of(item) for item in items])
    return may_ask(rt, payer_id, items, lambda item: npis.get(claim_of(item), ""), kind, run_id)


def portions(rt: Runtime, payer_id: str, items: Sequence[Item]) -> list[Sequence[Item]]:
    """As many at once as the payer's connector takes in one question: one patient, or a hundred."""
    profile = rt.payers.get(payer_id)
    partner = rt.settings.connectors.get((profile and profile.asked_through) or "")
    size = partner.inquiries_at_once if partner else max(len(items), 1)
    return list(in_portions(items, size))


async def _fenced(put: Put[Item], wave: Sequence[Sequence[Item]]) -> Sequence[Answered | Exception]:
    try:
        return await put(wave)
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        if len(wave) == 1:
            return [error]
        alone = [await _fenced(put, [some]) for some in wave]
        return [answer for answers in alone for answer in answers]


def _is_ours(answer: Answered | Exception) -> bool:
    """Whether the fault lies in what was to be asked, and not with the payer or the way there."""
    return isinstance(answer, BadQuestion) or (
        isinstance(answer, Exception) and not isinstance(answer, CleanclaimError)
    )


async def _applied(apply: Apply[Item], heard: Sequence[Heard[Item]]) -> Unasked[Item]:
    """All answers of a wave together; when that fails, each alone: one does not stop the others."""
    if not heard:
        return []
    try:
        await asyncio.to_thread(apply, heard)
    except Exception as error:  # noqa: BLE001 the fence of a step, see tasks.step
        if len(heard) == 1:
            return [(heard[0].about, error)]
        alone = [await _applied(apply, [each]) for each in heard]
        return [unasked for several in alone for unasked in several]
    return []


async def ask(
    rt: Runtime, payer_id: str, kinds: tuple[str, str], outgoing: Outgoing, call: Call, run_id: str | None
) -> Answered:
    """The exchange's id and the answer's transactions; ``kinds`` are those of question and answer.

    Raises ConnectError when nobody answered and BadAnswer when the answer cannot be used; both are kept.
    """
    (answer,) = await ask_all(rt, payer_id, kinds, [outgoing], call, run_id)
    if isinstance(answer, CleanclaimError):
        raise answer
    return answer


async def ask_all(
    rt: Runtime,
    payer_id: str,
    kinds: tuple[str, str],
    several: Sequence[Outgoing],
    call: Call,
    run_id: str | None,
) -> list[Answered | CleanclaimError]:
    """As `ask`, of several questions side by side, as the payer's pace allows: what each brought, or why not.

    All questions are kept in one transaction before any is asked, and all answers in another before any is
    read: one commit a question would take longer than the question.
    """
    name = rt.profile(payer_id).asked_through
    if name is None:
        raise NotCarried("This payer answers no electronic inquiries.", tip="Ask by telephone or portal.")
    asked = await asyncio.to_thread(_keep_questions, rt, payer_id, name, kinds[0], several, run_id)

    async def put(question: Question | BadQuestion) -> bytes | CleanclaimError:
        if isinstance(question, BadQuestion):
            return question
        try:
            async with rt.reach(payer_id, name) as connector:
                return await call(connector, question.content)
        except ConnectError as trouble:
            return trouble

    came = await asyncio.gather(*(put(question) for question in asked))
    await asyncio.to_thread(_keep_answers, rt, asked, came, kinds[1], run_id)
    return [_read(question, content, kinds[1]) for question, content in zip(asked, came, strict=True)]


def _keep_questions(
    rt: Runtime, payer_id: str, name: str, kind: str, several: Sequence[Outgoing], run_id: str | None
) -> list[Question | BadQuestion]:
    envelope = inquiry.envelope_to(rt.connector_settings(name), rt.settings.submitter)
    with transaction(rt.engine) as session:
        return inquiry.keep(session, rt.act(run_id), kind, payer_id, name, envelope, several)


def _keep_answers(
    rt: Runtime,
    asked: Sequence[Question | BadQuestion],
    came: Sequence[bytes | CleanclaimError],
    kind: str,
    run_id: str | None,
) -> None:
    pairs = zip(asked, came, strict=True)
    told = {question.exchange_id: content for question, content in pairs if isinstance(question, Question)}
    with transaction(rt.engine) as session:
        inquiry.ended(session, rt.act(run_id), told, kind)


def _read(
    question: Question | BadQuestion, content: bytes | CleanclaimError, kind: str
) -> Answered | CleanclaimError:
    if isinstance(question, BadQuestion):
        return question
    if isinstance(content, CleanclaimError):
        return content
    try:
        return question.exchange_id, inquiry.read_answer(content, kind)
    except BadAnswer as unusable:
        return unusable
