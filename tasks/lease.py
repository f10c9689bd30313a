"""Working under a lease: nobody else acts on the claim or batch until the block ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from claims import leases
from claims.database import transaction
from claims.model import Lease
from tasks.process import is_dead, owner
from tasks.runtime import Runtime


@asynccontextmanager
async def leased(rt: Runtime, resource: str, run_id: str | None) -> AsyncIterator[Lease | None]:
    """Yields None when the lease is ours, else the lease that stands in the way: then do nothing.

    The lease is prolonged while the block runs, and given back at its end; after a crash it runs out.
    """
    me = owner()
    other = await asyncio.to_thread(_acquire, rt, resource, me, run_id)
    if other is not None:
        yield other
        return
    keeper = asyncio.create_task(_prolong(rt, resource, me, run_id))
    try:
        yield None
    finally:
        keeper.cancel()
        await asyncio.to_thread(_release, rt, resource, me)


async def _prolong(rt: Runtime, resource: str, me: str, run_id: str | None) -> None:
    while True:
        await asyncio.sleep(rt.settings.dispatch.lease_seconds / 3)
        await asyncio.to_thread(_acquire, rt, resource, me, run_id)


def _acquire(rt: Runtime, resource: str, me: str, run_id: str | None) -> Lease | None:
    with transaction(rt.engine) as session:
        return leases.acquire(
            session,
            resource,
            owner=me,
            run_id=run_id,
            now=rt.clock.now().real,
            lasts=timedelta(seconds=rt.settings.dispatch.lease_seconds),
            is_dead=is_dead,
        )


def _release(rt: Runtime, resource: str, me: str) -> None:
    with transaction(rt.engine) as session:
        leases.release(session, resource, me)


def standing_in_the_way(lease: Lease) -> str:
    """Why nothing was done, in words for the state message."""
    run = f" (run {lease.run_id})" if lease.run_id else ""
    until = f"{lease.expires_at:%H:%M:%S} UTC"
    return f"another run{run} works on {lease.resource}, at the latest until {until}; nothing was done here"
