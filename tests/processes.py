"""What tests let real processes do: several at the same moment, or one that is killed in the middle.

They are forked, so a test's own function runs in them; each opens its own engine.
"""

import fcntl
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

Answer = TypeVar("Answer")

_FORK = multiprocessing.get_context("fork")
_LONGEST = 60  # seconds; a process that hangs fails its test


@contextmanager
def made_once(folders: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all workers share, one at a time: the second finds what the first has made."""
    base = folders.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def still_running(those: Iterable[psutil.Process]) -> list[psutil.Process]:
    """The ones that live on. One that has ended, and that nobody has asked about yet (a zombie), does not."""
    found = []
    for each in those:
        with suppress(psutil.NoSuchProcess):
            if each.is_running() and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


def together(count: int, work: Callable[[], Answer]) -> list[Answer]:
    """What each of ``count`` processes answered. They begin together, and none ends before all are done."""
    answers = _FORK.Queue()
    gate = _FORK.Barrier(count, timeout=_LONGEST)

    def run() -> None:
        gate.wait()
        try:
            answers.put((work(), None))
        except Exception as error:  # noqa: BLE001 told to the test, which fails of it
            answers.put((None, repr(error)))
        gate.wait()

    started = [_FORK.Process(target=run, daemon=True) for _ in range(count)]
    for process in started:
        process.start()
    try:
        told = [answers.get(timeout=_LONGEST) for _ in started]
    finally:
        _end(started)
    failed = [error for _, error in told if error]
    if failed:
        raise AssertionError(failed)
    return [answer for answer, _ in told]


@contextmanager
def waiting(work: Callable[[Callable[[Any], None]], None]) -> Iterator[tuple[Any, BaseProcess]]:
    """A process in which ``work(say)`` runs until it has said something; there it stays until it is killed.

    Yields what it said and the process; SIGKILL comes at the end of the block at the latest.
    """
    here, there = _FORK.Pipe(duplex=False)

    def say(word: Any) -> None:
        there.send(word)
        signal.pause()

    process = _FORK.Process(target=work, args=(say,), daemon=True)
    process.start()
    try:
        if not here.poll(_LONGEST):
            raise AssertionError("the process said nothing")
        yield here.recv(), process
    finally:
        _end([process], 0)


def _end(processes: list[Any], patience: float = 5) -> None:
    for process in processes:
        process.join(patience)
        process.kill()
        process.join()
