"""Working under a lease: nobody else acts on the claim or batch until the block ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import select

from claims import leases
from claims.database import reading, transaction
from claims.model import Lease
from tasks.process import is_dead, owner
from tasks.runtime import Runtime


@asynccontextmanager
async def leased(rt: Runtime, resource: str, run_id: str | None) -> AsyncIterator[Lease | None]:
    """Yields None when the lease is ours, else the lease that stands in the way: then do nothing.

    The lease is prolonged while the block runs, and given back at its end; after a crash it runs out.
    """
    async with leased_all(rt, [resource], run_id) as standing:
        yield standing.get(resource)


@asynccontextmanager
async def leased_all(
    rt: Runtime, resources: Sequence[str], run_id: str | None
) -> AsyncIterator[dict[str, Lease]]:
    """As `leased`, of many at once: yields the leases that stand in the way; all the others are ours."""
    me = owner()
    acquiring = asyncio.create_task(asyncio.to_thread(_acquire, rt, resources, me, run_id))
    keeper = asyncio.create_task(_keep(rt, me))
    try:
        yield await asyncio.shield(acquiring)
    finally:
        keeper.cancel()
        await acquiring  # its thread goes on when we are cancelled, and would leave the lease behind
        await asyncio.to_thread(_release, rt, me)


async def _keep(rt: Runtime, me: str) -> None:
    """Prolong the lease again and again; a database that does not answer now is asked at the next turn."""
    while True:
        await asyncio.sleep(rt.settings.dispatch.lease_seconds / 3)
        with suppress(OperationalError):
            await asyncio.to_thread(_prolong, rt, me)


def _acquire(rt: Runtime, resources: Sequence[str], me: str, run_id: str | None) -> dict[str, Lease]:
    with transaction(rt.engine) as session:
        return leases.acquire_all(
            session,
            resources,
            owner=me,
            run_id=run_id,
            now=rt.clock.now().real,
            lasts=_lasts(rt),
            is_dead=is_dead,
        )


def _prolong(rt: Runtime, me: str) -> None:
    """Not `_acquire`: this thread may come late, when the lease has been given back already."""
    with transaction(rt.engine) as session:
        leases.prolong(session, me, rt.clock.now().real + _lasts(rt))


def _lasts(rt: Runtime) -> timedelta:
    return timedelta(seconds=rt.settings.dispatch.lease_seconds)


def _release(rt: Runtime, me: str) -> None:
    with transaction(rt.engine) as session:
        leases.release(session, me)


async def abandoned(rt: Runtime, run_id: str, begun_by: str, since: datetime) -> bool:
    """Is nobody at work any more on a run that looks begun? Real time, as with leases.

    Who begun it or holds its lease tells; of a run with neither, that it should have taken one long ago.
    """

    def look() -> bool:
        now = rt.clock.now().real
        with reading(rt.engine) as session:
            lease = session.exec(select(Lease).where(Lease.run_id == run_id)).first()
        if lease is not None:
            return lease.expires_at <= now or is_dead(lease.owner)
        return since + _lasts(rt) <= now if not begun_by else is_dead(begun_by)

    return await asyncio.to_thread(look)


def standing_in_the_way(lease: Lease) -> str:
    """Why nothing was done, in words for the state message."""
    until = f"at the latest until {lease.expires_at:%H:%M:%S} UTC"
    details = f"run {lease.run_id}, {until}" if lease.run_id else until
    return f"nothing was done here: another run works on {lease.resource} ({details})"
