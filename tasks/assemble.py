"""Assembling batches: ready claims become interchanges, and each passes the gate before it is stored."""

import asyncio
import os
from collections.abc import Sequence

from claims import assembly, enrolment, submission
from claims.assembly import TYPES, Written
from claims.database import reading, transaction
from claims.errors import CleanclaimError
from claims.portions import in_portions
from claims.submission import Due
from tasks.gate import gate
from tasks.lease import leased, standing_in_the_way
from tasks.runtime import Runtime


async def assemble(rt: Runtime, payer: str | None, run_id: str | None, *, full: bool = False) -> list[str]:
    """Queue every ready claim in a batch, or as many as make ``full`` ones; returns what kept some from it,
    in plain words.

    The second time only claims that became ready since are batched: a claim in a batch is queued, not ready.
    """
    async with leased(rt, "run:assembly", run_id) as other:
        if other is not None:
            return [standing_in_the_way(other)]
        limit = asyncio.Semaphore(os.cpu_count() or 1)  # the gate's work, each in a process

        async def make(due: Due, claim_ids: Sequence[str]) -> str | None:
            async with limit:
                try:
                    if enrolled := await asyncio.to_thread(_enrolled, rt, due, claim_ids, run_id):
                        await _batch(rt, due, enrolled, run_id)
                except CleanclaimError as trouble:
                    return f"{due.payer_id}: no batch of {len(claim_ids)} claims ({trouble})"
            return None

        together = await asyncio.to_thread(_due, rt, payer)
        batches = [(due, claim_ids) for due in together for claim_ids in _batches(rt, due, full)]
        told = await asyncio.gather(*(make(*batch) for batch in batches))
        return [problem for problem in told if problem]


def _due(rt: Runtime, payer: str | None) -> list[Due]:
    now = rt.clock.now().business
    with reading(rt.engine) as session:
        return [due for due in submission.due(session, now) if payer in (None, due.payer_id)]


def _batches(rt: Runtime, due: Due, full: bool) -> list[Sequence[str]]:
    size = min(rt.profile(due.payer_id).claims_per_batch, rt.settings.dispatch.claims_per_batch)
    several = in_portions(due.claim_ids, size)
    return [some for some in several if len(some) == size or not full]


class GateRefused(CleanclaimError):
    """The gate refused a file as a whole: no claim of it may go."""

    code = "gate_refused"


async def _batch(rt: Runtime, due: Due, claim_ids: Sequence[str], run_id: str | None) -> None:
    """Write, have it judged, take out what does not pass, and store what is left as a batch, or as several
    where it is larger than the payer takes."""
    waiting = [claim_ids]
    while waiting:
        some = waiting.pop(0)
        written = await asyncio.to_thread(_write, rt, due, some, run_id)
        if parts := _halves(rt, due, some, written):
            waiting[:0] = parts
            continue
        findings = await gate(written.content) if written.claim_ids else []
        refused, whole = assembly.refusals(written, findings)
        if whole:
            raise GateRefused(f"The gate refused the file: {whole[0]}", tip="Nothing of it was sent.")
        if not refused:
            await asyncio.to_thread(_queue, rt, due, written, run_id)
            continue
        await asyncio.to_thread(_take_out, rt, refused, run_id)
        if left := [claim_id for claim_id in some if claim_id not in refused]:
            waiting.insert(0, left)


def _halves(rt: Runtime, due: Due, claim_ids: Sequence[str], written: Written) -> list[Sequence[str]]:
    """Two parts of what is too large for one file; none where it fits, or is one claim alone."""
    most = rt.profile(due.payer_id).bytes_per_file
    if most is None or len(written.content) <= most or len(claim_ids) < 2:
        return []
    middle = len(claim_ids) // 2
    return [claim_ids[:middle], claim_ids[middle:]]


def _enrolled(rt: Runtime, due: Due, claim_ids: Sequence[str], run_id: str | None) -> list[str]:
    act, profile = rt.act(run_id), rt.profile(due.payer_id)
    today = act.at.day(rt.settings.zone_info)
    with transaction(rt.engine) as session:
        return enrolment.hold_unenrolled(session, act, claim_ids, TYPES[due.form], profile, today)


def _write(rt: Runtime, due: Due, claim_ids: Sequence[str], run_id: str | None) -> Written:
    with transaction(rt.engine) as session:
        return assembly.write(session, rt.act(run_id), due, claim_ids, rt.settings, rt.payers)


def _take_out(rt: Runtime, refused: dict[str, str], run_id: str | None) -> None:
    with transaction(rt.engine) as session:
        assembly.take_out(session, rt.act(run_id), refused)


def _queue(rt: Runtime, due: Due, written: Written, run_id: str | None) -> None:
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        batch = submission.new_batch(
            payer_id=due.payer_id,
            connector=rt.profile(due.payer_id).connector,
            kind=TYPES[due.form],
            day=act.at.day(rt.settings.zone_info),
            control=written.control_number,
            group=str(int(written.control_number)),
            charges=written.charges,
            act=act,
        )
        submission.queue(
            session,
            act,
            written.claim_ids,
            batch=batch,
            interchange=written.content,
            set_numbers=written.set_numbers,
        )
