"""Asking a payer something that is safe to repeat, with both sides of the conversation kept."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from claims import inquiry
from claims.connect import ConnectError, Connector, NotCarried
from claims.database import transaction
from claims.inquiry import BadQuestion, Question
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from tasks.runtime import Runtime

Call = Callable[[Connector, bytes], Awaitable[bytes]]
Item = TypeVar("Item")


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


async def side_by_side(
    rt: Runtime,
    payer_id: str,
    items: Sequence[Item],
    put: Callable[[str, Sequence[Item], list[Sequence[Item]]], Awaitable[None]],
) -> None:
    """``put`` every portion of ``items`` to the payer, as many at once as its pace allows.

    It is given the payer, the portion, and the list of those that wait, to which it may add halves.
    """
    waiting = portions(rt, payer_id, items)

    async def one_after_another() -> None:
        while waiting:
            await put(payer_id, waiting.pop(0), waiting)

    profile = rt.payers.get(payer_id)
    lines = min(len(waiting), profile.pace.at_once if profile else 1)
    await asyncio.gather(*(one_after_another() for _ in range(lines)))


async def ask(
    rt: Runtime, payer_id: str, kinds: tuple[str, str], outgoing: Outgoing, call: Call, run_id: str | None
) -> tuple[str, list[Transaction]]:
    """The exchange's id and the answer's transactions; ``kinds`` are those of question and answer.

    Raises ConnectError when nobody answered and BadAnswer when the answer cannot be used; both are kept.
    """
    name = rt.profile(payer_id).asked_through
    if name is None:
        raise NotCarried("This payer answers no electronic inquiries.", tip="Ask by telephone or portal.")
    question = await asyncio.to_thread(_question, rt, payer_id, name, kinds[0], outgoing, run_id)
    try:
        async with rt.reach(payer_id, name) as connector:
            content = await call(connector, question.content)
    except ConnectError as trouble:
        await asyncio.to_thread(_unanswered, rt, question.exchange_id, trouble.code)
        raise
    await asyncio.to_thread(_answered, rt, question.exchange_id, content, kinds[1], run_id)
    return question.exchange_id, inquiry.read_answer(content, kinds[1])


def _question(
    rt: Runtime, payer_id: str, name: str, kind: str, outgoing: Outgoing, run_id: str | None
) -> Question:
    envelope = inquiry.envelope_to(rt.connector_settings(name), rt.settings.submitter)
    with transaction(rt.engine) as session:
        return inquiry.ask(session, rt.act(run_id), kind, payer_id, name, envelope, outgoing)


def _answered(rt: Runtime, exchange_id: str, content: bytes, kind: str, run_id: str | None) -> None:
    with transaction(rt.engine) as session:
        inquiry.answered(session, rt.act(run_id), exchange_id, content, kind)


def _unanswered(rt: Runtime, exchange_id: str, reason: str) -> None:
    with transaction(rt.engine) as session:
        inquiry.unanswered(session, exchange_id, reason)
