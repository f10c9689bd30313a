"""The gate's children: kept between batches, replaced when they die, gone with their parent."""

import asyncio
import os
import signal
import time
from threading import Thread

import processes
import psutil
import pytest

from tasks.gate import GateFailed, gate

BROKEN = (
    b"ISA*00*          *00*          *ZZ*PRACTICE       *ZZ*SANDBOX        *260302*1500*^*00501*000000001"
    b"*0*T*:~"
    b"GS*HC*PRACTICE*SANDBOX*20260302*1500*1*X*005010X222A1~ST*837*0001*005010X222A1~SE*2*0001~GE*1*1~"
    b"IEA*1*000000001~"
)
"""An interchange with a claim file that holds nothing."""


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "tasks.gate" in child.cmdline()]


@pytest.fixture(autouse=True)
def no_child_of_other_tests() -> None:
    for child in children():
        child.kill()
        child.wait()


def judged() -> list[str]:
    return [finding.severity for finding in asyncio.run(gate(BROKEN))]


def say_child(say) -> None:
    judged()
    say([child.pid for child in children()])


def test_one_child_judges_one_file_after_another():
    first = judged()
    (kept,) = children()
    assert judged() == first
    assert "error" in first
    assert children() == [kept]


def test_files_at_the_same_moment_have_a_child_each():
    async def both() -> list[int]:
        return [len(findings) for findings in await asyncio.gather(gate(BROKEN), gate(BROKEN))]

    one, other = asyncio.run(both())
    assert one == other > 0
    assert len(children()) == 2


@pytest.mark.crash
def test_a_child_that_died_meanwhile_is_replaced():
    first = judged()
    died = children()
    for child in died:
        child.kill()
        child.wait()
    assert judged() == first
    assert not set(died) & set(children())


@pytest.mark.crash
def test_nothing_passes_when_the_child_dies_over_the_file():
    judged()
    for child in children():
        child.suspend()
    killer = Thread(target=lambda: (time.sleep(0.2), [child.kill() for child in children()]))
    killer.start()
    with pytest.raises(GateFailed):
        judged()
    killer.join()


@pytest.mark.crash
def test_a_child_ends_with_its_killed_parent():
    with processes.waiting(say_child) as (pids, parent):
        (child,) = [psutil.Process(pid) for pid in pids]
        os.kill(parent.pid, signal.SIGKILL)
        psutil.wait_procs([child], timeout=10)
        assert processes.still_running([child]) == []
