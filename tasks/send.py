"""Sending one batch: commit the attempt, send, commit the receipt; ask before anything is sent again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlmodel import Session, func, select

from claims import expected_acks, mailing, restored, submission
from claims.archive import document
from claims.connect import ConnectError, Receipt, Refused, Unauthorised, Unavailable, Unknowable, Unmailed
from claims.database import reading, transaction
from claims.errors import NotFound
from claims.events import Act
from claims.inquiry import ANSWERS
from claims.model import Attempt, Batch, BatchState, EventRow
from config.web_partners import AskedPartner
from tasks.lease import leased, standing_in_the_way
from tasks.runtime import Runtime

_Told = TypeVar("_Told")
_CLOCKS_DIFFER = timedelta(minutes=1)
"""So much the clocks of two machines of ours may differ."""


class Sending(StrEnum):
    """How a try to send a batch ended."""

    SENT = "Sent"
    ALREADY_SENT = "AlreadySent"
    CONFIRMED = "Confirmed"
    REFUSED = "Refused"
    BUSY = "Busy"
    NOT_SENT = "NotSent"
    UNCONFIRMED = "Unconfirmed"
    WAITING = "Waiting"


@dataclass(frozen=True, slots=True)
class Sent:
    """``message`` says whether anything was sent, and whether it was sent again."""

    outcome: Sending
    message: str

    @property
    def failed(self) -> bool:
        return self.outcome in (Sending.NOT_SENT, Sending.UNCONFIRMED)


async def send_batch(rt: Runtime, batch_id: str, run_id: str | None) -> Sent:
    """Bring a batch to its receipt. May be called any number of times: it is sent at most once."""
    async with leased(rt, f"batch:{batch_id}", run_id) as other:
        if other is not None:
            return Sent(Sending.BUSY, standing_in_the_way(other))
        batch = await asyncio.to_thread(_batch, rt, batch_id)
        if batch.state is BatchState.SENT:
            return Sent(Sending.ALREADY_SENT, f"nothing was sent again: receipt {batch.receipt}")
        if batch.state is BatchState.REFUSED:
            return Sent(Sending.REFUSED, f"nothing was sent again: {batch.reason}")
        asked = await _settle_open_attempt(rt, batch, run_id)
        if asked is not None and asked.outcome is not Sending.NOT_SENT:
            return asked
        if (why := await asyncio.to_thread(paused, rt)) is not None:
            return Sent(Sending.WAITING, f"nothing was sent: {why}")
        return await _send(rt, batch, run_id, asked_first=asked is not None)


def paused(rt: Runtime) -> str | None:
    """Why nothing may be sent now, be it a batch or a letter; None when it may."""
    with reading(rt.engine) as session:
        return restored.paused(session)


async def settle(rt: Runtime, batch_id: str, run_id: str | None) -> Sent | None:
    """Find out what became of an open attempt, without sending anything; None when there is none."""
    async with leased(rt, f"batch:{batch_id}", run_id) as other:
        if other is not None:
            return Sent(Sending.BUSY, standing_in_the_way(other))
        batch = await asyncio.to_thread(_batch, rt, batch_id)
        if batch.state not in (BatchState.SENDING, BatchState.UNCONFIRMED):
            return None
        return await _settle_open_attempt(rt, batch, run_id)


async def _settle_open_attempt(rt: Runtime, batch: Batch, run_id: str | None) -> Sent | None:
    """Ask the receiver about an attempt whose end is not known; None when there is none.

    NOT_SENT means that the receiver says it never had it, so that it may be sent now.
    """
    attempt = await asyncio.to_thread(_open_attempt, rt, batch.id)
    if attempt is None:
        return None
    await _store(
        rt, run_id, submission.leave_unconfirmed, batch, attempt, "the end of the attempt is not known"
    )
    return await _ask(rt, batch, attempt, run_id)


async def _ask(rt: Runtime, batch: Batch, attempt: Attempt, run_id: str | None) -> Sent:
    try:
        first_sent = await asyncio.to_thread(_first_sent, rt, batch.id)
        async with rt.reach(batch.payer_id, batch.connector) as connector:
            receipt = await connector.find_submission(batch.control_number, first_sent=first_sent)
    except Unknowable as silence:
        return await _wait(rt, batch, attempt, run_id, silence)
    except ConnectError as trouble:
        reason = f"the receiver could not be asked ({trouble.message})"
        await _store(rt, run_id, submission.leave_unconfirmed, batch, attempt, reason)
        await _store(rt, run_id, submission.ask_a_person, batch, attempt, reason)
        return Sent(Sending.UNCONFIRMED, f"nothing was sent again: {reason}; Retry asks again")
    if receipt is None and (early := _too_early(rt, batch, attempt)):
        await _store(rt, run_id, submission.leave_unconfirmed, batch, attempt, early)
        return Sent(Sending.UNCONFIRMED, f"nothing was sent again: {early}; Retry asks again")
    if receipt is None:
        reason = "the receiver was asked and never had it"
        await _store(rt, run_id, submission.not_taken, batch, attempt, reason)
        return Sent(Sending.NOT_SENT, reason)
    await _store(rt, run_id, _confirm(rt), batch, attempt, receipt)
    message = f"nothing was sent again: the receiver was asked and has it, receipt {receipt.number}"
    return Sent(Sending.CONFIRMED, message)


def _too_early(rt: Runtime, batch: Batch, attempt: Attempt) -> str:
    """Why a receiver's "I have it not" is not believed yet; "" when it is.

    What left us before we were killed or lost our patience may still be on its way, or being taken in.
    """
    settings = rt.connector_settings(batch.connector)
    settle = settings.settle_seconds if isinstance(settings, AskedPartner) else 0
    if rt.clock.now().real - attempt.started_at >= timedelta(seconds=settle):
        return ""
    return f"the receiver has it not yet, which proves nothing within {settle:g} seconds of the send"


async def _wait(rt: Runtime, batch: Batch, attempt: Attempt, run_id: str | None, silence: Unknowable) -> Sent:
    """Nobody can be asked: paper waits for whoever mails it, a file for an answer that proves it."""
    await _store(rt, run_id, submission.leave_unconfirmed, batch, attempt, silence.message)
    if isinstance(silence, Unmailed):
        await _store(rt, run_id, mailing.to_mail, batch, attempt, silence.message)
        return Sent(Sending.WAITING, f"{silence.message} Say when it was mailed: `cleanclaim work done`")
    proof: str | None = await _store(rt, run_id, _wait_for_proof(rt), batch, attempt, silence.message)
    if proof is not None:
        return Sent(Sending.CONFIRMED, f"nothing was sent again: the receiver has it, it answered {proof}")
    message = f"nothing was sent again: {silence.message} Its TA1 or 999 tells; when overdue, a person asks"
    return Sent(Sending.WAITING, message)


def _wait_for_proof(rt: Runtime) -> Callable[[Session, Act, Batch, Attempt, str], str | None]:
    """Any acknowledgement of the batch proves that it arrived; without one until it is due, a person asks."""

    def wait(session: Session, act: Act, batch: Batch, attempt: Attempt, reason: str) -> str | None:
        proof = expected_acks.heard(session, batch.id)
        if proof is not None:
            _confirm(rt)(session, act, batch, attempt, Receipt(proof))
        elif expected_acks.is_overdue(session, batch, rt.profile(batch.payer_id), act.at.business):
            submission.ask_a_person(session, act, batch, attempt, reason)
        return proof

    return wait


async def _send(rt: Runtime, batch: Batch, run_id: str | None, *, asked_first: bool) -> Sent:
    content, attempt = await asyncio.to_thread(_begin, rt, batch, run_id)
    try:
        async with rt.reach(batch.payer_id, batch.connector) as connector:
            key = f"{batch.id}-{batch.control_number}"
            receipt = await connector.submit(content, control_number=batch.control_number, key=key)
    except (Unavailable, Unauthorised) as trouble:
        await _store(rt, run_id, submission.not_taken, batch, attempt, trouble.message)
        return Sent(Sending.NOT_SENT, f"{trouble} Nothing was sent; Retry sends it.")
    except Refused as trouble:
        await _store(rt, run_id, submission.refuse, batch, attempt, trouble)
        asks = batch.kind in ANSWERS
        whose = "Operations mends its questions." if asks else "Its claims wait in the billing queue."
        return Sent(Sending.REFUSED, f"{trouble} {whose}")
    except ConnectError as trouble:
        await _store(rt, run_id, submission.leave_unconfirmed, batch, attempt, trouble.message)
        asked = await _ask(rt, batch, attempt, run_id)
        return Sent(asked.outcome, f"{asked.message} (it began so: {trouble.message})")
    await _store(rt, run_id, _confirm(rt), batch, attempt, receipt)
    return Sent(Sending.SENT, _sent_message(batch, attempt, receipt, asked_first))


def _confirm(rt: Runtime) -> Callable[[Session, Act, Batch, Attempt, Receipt], None]:
    """The receipt, and with it the acknowledgements that should follow."""

    def confirm(session: Session, act: Act, batch: Batch, attempt: Attempt, receipt: Receipt) -> None:
        submission.confirm(session, act, batch, attempt, receipt)
        expected_acks.expect(session, act, batch, rt.profile(batch.payer_id))

    return confirm


def _sent_message(batch: Batch, attempt: Attempt, receipt: Receipt, asked_first: bool) -> str:
    """Whether it was tried before comes first: the Prefect UI shows some seventy letters of a message."""
    what = "questions" if batch.kind in ANSWERS else "claims"
    told = f"{batch.claims} {what} in batch {batch.id}, receipt {receipt.number}"
    if asked_first:
        return f"sent in attempt {attempt.number}, the receiver said that it never had it: {told}"
    if attempt.number > 1:
        return f"sent in attempt {attempt.number}, the earlier ones were never taken: {told}"
    return told


def _begin(rt: Runtime, batch: Batch, run_id: str | None) -> tuple[bytes, Attempt]:
    with transaction(rt.engine) as session:
        attempt = submission.start_attempt(session, rt.act(run_id), session.get_one(Batch, batch.id))
        return document(session, batch.document_id or "").content, attempt


def _batch(rt: Runtime, batch_id: str) -> Batch:
    with reading(rt.engine) as session:
        batch = session.get(Batch, batch_id)
        if batch is None:
            raise NotFound(f"No batch {batch_id}.")
        return batch


def _first_sent(rt: Runtime, batch_id: str) -> datetime | None:
    """When the first attempt began, by real time: receivers keep a key for so long only.

    None where the clock has been set back since: then nobody can say how long ago that was.
    """
    with reading(rt.engine) as session:
        latest = session.exec(select(func.max(EventRow.real_at))).one()
        if latest is not None and latest - rt.clock.now().real > _CLOCKS_DIFFER:
            return None
        return session.exec(select(func.min(Attempt.started_at)).where(Attempt.batch_id == batch_id)).one()


def _open_attempt(rt: Runtime, batch_id: str) -> Attempt | None:
    with reading(rt.engine) as session:
        return submission.open_attempt(session, batch_id)


async def _store(
    rt: Runtime,
    run_id: str | None,
    write: Callable[..., _Told],
    batch: Batch,
    attempt: Attempt,
    value: object,
) -> _Told:
    """One outcome, one transaction, on the rows as they are now."""

    def store() -> _Told:
        with transaction(rt.engine) as session:
            rows = session.get_one(Batch, batch.id), session.get_one(Attempt, attempt.id)
            return write(session, rt.act(run_id), *rows, value)

    return await asyncio.to_thread(store)
