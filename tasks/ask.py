"""Asking a payer something that is safe to repeat, with both sides of the conversation kept."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from claims import inquiry
from claims.connect import ConnectError, Connector, NotCarried
from claims.database import transaction
from claims.errors import CleanclaimError
from claims.inquiry import BadAnswer, BadQuestion, Question
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from tasks.runtime import Runtime

Call = Callable[[Connector, bytes], Awaitable[bytes]]
Item = TypeVar("Item")
Answered = tuple[str, list[Transaction]]
"""An exchange's id, and the transactions of its answer."""


@contextmanager
def divided(items: Sequence[Item], waiting: list[Sequence[Item]]) -> Iterator[None]:
    """Around one question about many: where it is unsound, its halves go to the front of ``waiting``.

    So one bad patient is left alone with his fault in a few steps, and does not stop the others.
    """
    try:
        yield
    except BadQuestion:
        if len(items) < 2:
            raise
        middle = len(items) // 2
        waiting[:0] = [items[:middle], items[middle:]]


def portions(rt: Runtime, payer_id: str, items: Sequence[Item]) -> list[Sequence[Item]]:
    """As many at once as the payer's connector takes in one question: one patient, or a hundred."""
    profile = rt.payers.get(payer_id)
    partner = rt.settings.connectors.get((profile and profile.asked_through) or "")
    size = partner.inquiries_at_once if partner else max(len(items), 1)
    return [items[start : start + size] for start in range(0, len(items), size)]


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
    act, kept = rt.act(run_id), list[Question | BadQuestion]()
    with transaction(rt.engine) as session:
        for outgoing in several:
            try:
                kept.append(inquiry.ask(session, act, kind, payer_id, name, envelope, outgoing))
            except BadQuestion as unsound:
                kept.append(unsound)
    return kept


def _keep_answers(
    rt: Runtime,
    asked: Sequence[Question | BadQuestion],
    came: Sequence[bytes | CleanclaimError],
    kind: str,
    run_id: str | None,
) -> None:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        for question, content in zip(asked, came, strict=True):
            if isinstance(question, BadQuestion):
                continue
            if isinstance(content, CleanclaimError):
                inquiry.unanswered(session, question.exchange_id, content.code)
            else:
                inquiry.answered(session, act, question.exchange_id, content, kind)


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
