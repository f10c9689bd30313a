"""Working under a lease: one at a time, kept while the work lasts, given back whatever happens."""

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from claims import leases
from claims.database import reading, transaction
from claims.model import Lease
from tasks import lease as lease_module
from tasks.lease import abandoned, leased, standing_in_the_way
from tasks.process import owner
from tasks.runtime import Runtime

CLAIM = "claim:c1"


def held(rt: Runtime) -> Lease | None:
    with reading(rt.engine) as session:
        return session.get(Lease, CLAIM)


def often(rt: Runtime) -> Runtime:
    """Prolongs its leases every twentieth of a second."""
    dispatch = rt.settings.dispatch.model_copy(update={"lease_seconds": 0.15})
    return Runtime(rt.settings.model_copy(update={"dispatch": dispatch}), rt.engine, rt.payers, rt.clock)


async def test_the_second_is_told_who_works_and_does_nothing(rt: Runtime):
    async with leased(rt, CLAIM, "run-1") as mine, leased(rt, CLAIM, "run-2") as other:
        assert mine is None
        assert other is not None
        assert other.run_id == "run-1"
        told = standing_in_the_way(other)
        assert "run run-1" in told
        assert "at the latest until 15:02:00 UTC" in told
    assert held(rt) is None


async def test_the_lease_is_given_back_when_the_work_fails_or_is_cancelled(rt: Runtime):
    async def work() -> None:
        async with leased(rt, CLAIM, "run-1"):
            raise ValueError("something went wrong")

    with pytest.raises(ValueError):
        await work()
    assert held(rt) is None

    async def endless() -> None:
        async with leased(rt, CLAIM, "run-2"):
            await asyncio.sleep(60)

    task = asyncio.create_task(endless())
    while held(rt) is None:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held(rt) is None


async def test_who_is_cancelled_while_asking_leaves_no_lease_behind(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
):
    asking, cancelled = threading.Event(), threading.Event()
    acquire = lease_module._acquire

    def slowly(*args) -> Lease | None:
        asking.set()
        cancelled.wait(10)
        return acquire(*args)

    async def work() -> None:
        async with leased(rt, CLAIM, "run-1"):
            pytest.fail("it was cancelled before")

    monkeypatch.setattr(lease_module, "_acquire", slowly)
    task = asyncio.create_task(work())
    await asyncio.to_thread(asking.wait, 10)
    task.cancel()
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held(rt) is None


async def test_it_is_prolonged_while_the_work_lasts(rt: Runtime, clock):
    fast = often(rt)
    async with leased(fast, CLAIM, "run-1"):
        before = held(rt)
        clock.move(timedelta(seconds=30))
        for _ in range(100):
            await asyncio.sleep(0.02)
            now = held(rt)
            if now is not None and before is not None and now.expires_at > before.expires_at:
                break
        else:
            pytest.fail("the lease was not prolonged")
    assert held(rt) is None


async def test_a_database_that_does_not_answer_once_does_not_end_the_prolonging(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
):
    tries = []

    def prolong(*_args) -> bool:
        tries.append(1)
        raise OperationalError("", None, Exception("database is locked"))

    monkeypatch.setattr(leases, "prolong", prolong)
    async with leased(often(rt), CLAIM, "run-1"):
        for _ in range(100):
            await asyncio.sleep(0.02)
            if len(tries) > 1:
                break
    assert len(tries) > 1


async def test_a_prolonging_that_comes_too_late_does_not_bring_the_lease_back(rt: Runtime):
    """The thread that prolongs cannot be stopped: it may still run when the work is done."""
    me = owner()
    lease_module._acquire(rt, [CLAIM], me, "run-1")
    lease_module._release(rt, me)
    lease_module._prolong(rt, me)
    assert held(rt) is None


async def test_who_lost_the_lease_meanwhile_leaves_it_to_its_new_owner(rt: Runtime):
    async with leased(rt, CLAIM, "run-1"):
        with transaction(rt.engine) as session:
            session.get_one(Lease, CLAIM).owner = "another"
    now = held(rt)
    assert now is not None
    assert now.owner == "another"


async def test_a_run_is_abandoned_when_who_began_it_or_holds_its_lease_is_gone(rt: Runtime):
    now = rt.clock.now().real
    me, gone = owner(), owner().replace("|", "|9999999", 1)
    assert not await abandoned(rt, "run-1", me, now)
    assert await abandoned(rt, "run-1", gone, now)
    assert not await abandoned(rt, "run-1", "", now)
    assert await abandoned(rt, "run-1", "", now - timedelta(seconds=120))
    async with leased(rt, CLAIM, "run-1"):
        assert not await abandoned(rt, "run-1", gone, now)
