"""Sending approved appeals, each at most once: commit, then send; ask, then resend."""

import asyncio
from collections.abc import Callable

from sqlmodel import Session

from claims import appeal_delivery, lifecycle
from claims.connect import AppealMessage, ConnectError, Connector, Receipt, Unauthorised, Unavailable
from claims.database import reading, transaction
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Appeal
from tasks.report import Report
from tasks.runtime import Runtime


async def send_appeals(rt: Runtime, run_id: str | None) -> Report:
    """First ask about those whose end is not known, then send those that were approved."""
    report = Report("appeals")
    doubtful, sendable = await asyncio.to_thread(_waiting, rt)
    for appeal in doubtful:
        await _settle(rt, appeal, run_id, report)
    doubtful, sendable = await asyncio.to_thread(_waiting, rt)
    sent = [await _send(rt, appeal, run_id, report) for appeal in sendable]
    report.done = f"{sum(sent)} appeals sent"
    return report


def _waiting(rt: Runtime) -> tuple[list[Appeal], list[Appeal]]:
    with reading(rt.engine) as session:
        return list(appeal_delivery.in_doubt(session)), list(appeal_delivery.sendable(session))


async def _settle(rt: Runtime, appeal: Appeal, run_id: str | None, report: Report) -> None:
    message = await asyncio.to_thread(_message, rt, appeal.id)
    try:
        receipt = await _connector(rt, message).find_appeal(appeal_delivery.key_of(appeal))
    except ConnectError as trouble:
        await _in_doubt(rt, appeal, run_id, f"the payer could not be asked ({trouble.message})", report)
        return
    if receipt is None:
        await _write(rt, run_id, appeal, lambda s, _act, row: appeal_delivery.not_sent(s, row))
    else:
        await _record(rt, appeal, run_id, receipt)


async def _send(rt: Runtime, appeal: Appeal, run_id: str | None, report: Report) -> bool:
    message = await asyncio.to_thread(_message, rt, appeal.id)
    await _write(rt, run_id, appeal, lambda s, _act, row: appeal_delivery.start_sending(s, row))
    try:
        receipt = await _connector(rt, message).appeal(message, key=appeal_delivery.key_of(appeal))
    except (Unavailable, Unauthorised) as trouble:
        await _write(rt, run_id, appeal, lambda s, _act, row: appeal_delivery.not_sent(s, row))
        report.problems.append(f"appeal {appeal.id} was not sent ({trouble.message}); Retry sends it")
        return False
    except ConnectError as trouble:
        await _in_doubt(rt, appeal, run_id, trouble.message, report)
        return False
    await _record(rt, appeal, run_id, receipt)
    return True


async def _in_doubt(rt: Runtime, appeal: Appeal, run_id: str | None, reason: str, report: Report) -> None:
    await _write(rt, run_id, appeal, lambda s, act, row: appeal_delivery.unconfirmed(s, act, row, reason))
    report.problems.append(f"appeal {appeal.id} may have arrived: {reason}; Retry asks the payer first")


async def _record(rt: Runtime, appeal: Appeal, run_id: str | None, receipt: Receipt) -> None:
    await _write(rt, run_id, appeal, lambda s, act, row: appeal_delivery.sent(s, act, row, receipt.number))


async def _write(
    rt: Runtime,
    run_id: str | None,
    appeal: Appeal,
    write: Callable[[Session, Act, Appeal], list[Change] | None],
) -> None:
    """One outcome, one transaction, on the row as it is now."""

    def store() -> None:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            changes = write(session, act, session.get_one(Appeal, appeal.id))
            lifecycle.apply(session, changes or [], act)

    await asyncio.to_thread(store)


def _message(rt: Runtime, appeal_id: str) -> AppealMessage:
    with reading(rt.engine) as session:
        return appeal_delivery.message(session, session.get_one(Appeal, appeal_id))


def _connector(rt: Runtime, message: AppealMessage) -> Connector:
    return rt.connector(rt.profile(message.payer).connector)
