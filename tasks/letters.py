"""Sending letters that a person let go, each at most once: commit, then send; ask, then resend."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlmodel import Session

from claims import letters, lifecycle
from claims.connect import ConnectError, Connector, NotCarried, Receipt, Refused, Unauthorised, Unavailable
from claims.database import reading, transaction
from claims.events import Act
from claims.letters import Letter, Message
from claims.lifecycle import Change
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.send import paused

HAND_OVER: dict[str, Callable[[Connector, Any, str], Awaitable[Receipt]]] = {
    "appeal": lambda connector, message, key: connector.appeal(message, key=key),
    "records": lambda connector, message, key: connector.records(message, key=key),
}
ASK: dict[str, Callable[[Connector, str], Awaitable[Receipt | None]]] = {
    "appeal": lambda connector, key: connector.find_appeal(key),
    "records": lambda connector, key: connector.find_records(key),
}
"""How each kind of letter goes to a trading partner, and how one asks whether it came."""


async def send_letters(rt: Runtime, run_id: str | None) -> Report:
    """First ask about those whose end is not known, then send those that were approved."""
    report = Report("")
    for letter in await asyncio.to_thread(_letters, rt, letters.in_doubt):
        await _settle(rt, letter, run_id, report)
    if (why := await asyncio.to_thread(paused, rt)) is not None:
        report.done, report.attention = "no letter sent", [*report.attention, f"nothing was sent: {why}"]
        return report
    waiting = await asyncio.to_thread(_letters, rt, letters.sendable)
    for letter in filter(letters.by_post, waiting):
        await _to_mail(rt, letter, run_id, report)
    sent = [await _send(rt, each, run_id, report) for each in waiting if not letters.by_post(each)]
    report.done = f"{sum(sent)} letters sent"
    return report


def _letters(rt: Runtime, which: Callable[[Session], Sequence[Letter]]) -> Sequence[Letter]:
    with reading(rt.engine) as session:
        return which(session)


async def _settle(rt: Runtime, letter: Letter, run_id: str | None, report: Report) -> None:
    message = await asyncio.to_thread(_message, rt, letter)
    ask = ASK[letters.kind_of(letter).word]
    try:
        receipt = await ask(_connector(rt, message), letters.key_of(letter))
    except ConnectError as trouble:
        await _in_doubt(rt, letter, run_id, f"the payer could not be asked ({trouble.message})", report)
        return
    if receipt is None:
        await _write(rt, run_id, letter, lambda s, _act, row: letters.not_sent(s, row))
    else:
        await _record(rt, letter, run_id, receipt)


async def _send(rt: Runtime, letter: Letter, run_id: str | None, report: Report) -> bool:
    message = await asyncio.to_thread(_message, rt, letter)
    hand_over = HAND_OVER[letters.kind_of(letter).word]
    await _write(rt, run_id, letter, lambda s, _act, row: letters.start_sending(s, row))
    try:
        receipt = await hand_over(_connector(rt, message), message, letters.key_of(letter))
    except (Unavailable, Unauthorised) as trouble:
        await _write(rt, run_id, letter, lambda s, _act, row: letters.not_sent(s, row))
        report.problems.append(f"{letters.key_of(letter)} was not sent ({trouble.message}); Retry sends it")
        return False
    except NotCarried:
        await _to_mail(rt, letter, run_id, report)
        return False
    except Refused as trouble:
        reason = trouble.message
        await _write(rt, run_id, letter, lambda s, act, row: letters.refused(s, act, row, reason))
        report.attention.append(f"{letters.key_of(letter)} was refused ({reason}); a person looks at it")
        return False
    except ConnectError as trouble:
        await _in_doubt(rt, letter, run_id, trouble.message, report)
        return False
    await _record(rt, letter, run_id, receipt)
    return True


async def _to_mail(rt: Runtime, letter: Letter, run_id: str | None, report: Report) -> None:
    await _write(rt, run_id, letter, lambda s, act, row: letters.to_mail(s, act, row))
    report.attention.append(f"{letters.key_of(letter)} goes by post; a person prints and mails it")


async def _in_doubt(rt: Runtime, letter: Letter, run_id: str | None, reason: str, report: Report) -> None:
    await _write(rt, run_id, letter, lambda s, act, row: letters.unconfirmed(s, act, row, reason))
    told = f"{letters.key_of(letter)} may have arrived: {reason}; Retry asks the payer first"
    report.problems.append(told)


async def _record(rt: Runtime, letter: Letter, run_id: str | None, receipt: Receipt) -> None:
    await _write(rt, run_id, letter, lambda s, act, row: letters.sent(s, act, row, receipt.number))


async def _write(
    rt: Runtime,
    run_id: str | None,
    letter: Letter,
    write: Callable[[Session, Act, Letter], list[Change] | None],
) -> None:
    """One outcome, one transaction, on the row as it is now."""

    def store() -> None:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            changes = write(session, act, letters.again(session, letter))
            lifecycle.apply(session, changes or [], act)

    await asyncio.to_thread(store)


def _message(rt: Runtime, letter: Letter) -> Message:
    with reading(rt.engine) as session:
        return letters.message(session, letter)


def _connector(rt: Runtime, message: Message) -> Connector:
    return rt.connector(rt.profile(message.payer).connector)
