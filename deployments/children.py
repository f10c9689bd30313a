"""Child processes: started in order, waited for until they are healthy, stopped all together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from claims.errors import CleanclaimError

_STOP_WITHIN = 15.0


class ChildFailed(CleanclaimError):
    """A part of the local stack did not come up, or ended by itself."""

    code = "child_failed"


class Stopped(SystemExit):
    """SIGTERM: the parts are ended, and so is this process, unless whoever runs it takes that for its end."""


class Children:
    """The parts of the local stack. Leaving the block stops them, last started first; SIGTERM leaves it.

    Prefect takes SIGTERM for itself while a flow runs and hands it back after; without a handler the process
    would end there, and leave its children behind. What the handler raises is lost when the signal comes
    inside a finalizer (the import system has one for each module), so a stop is noted too: see `check`.
    """

    def __init__(self, logs: Path, environ: Mapping[str, str]) -> None:
        self.logs = logs
        self.environ = dict(environ)
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._before: Any = None
        self._told: int | None = None

    def __enter__(self) -> "Children":
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _handles_signals():
            self._before = signal.signal(signal.SIGTERM, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _stops_held_back():
            self.stop()
        if _handles_signals():
            signal.signal(signal.SIGTERM, self._before)
        if getattr(error, "signal", None) == signal.SIGTERM:  # as Prefect tells it, while a flow runs
            raise Stopped(128 + signal.SIGTERM) from None

    def start(self, name: str, *arguments: str, health: str | None = None, within: float = 90) -> None:
        """Run ``python -m …`` as a group of its own, its output in ``<logs>/<name>.log``."""
        log = os.open(self.logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with _stops_held_back():
                child = subprocess.Popen(
                    [sys.executable, "-m", *arguments],
                    env=self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                self._running.append((name, child))
        finally:
            os.close(log)
        if health is not None:
            self._wait_for(name, child, health, within)

    def _wait_for(self, name: str, child: subprocess.Popen[bytes], health: str, within: float) -> None:
        until = time.monotonic() + within
        while time.monotonic() < until:
            self._heed()
            if child.poll() is not None:
                raise ChildFailed(
                    f"The {name} ended with code {child.returncode} while starting.",
                    tip=f"Its log is {self.logs / name}.log.",
                )
            try:
                if httpx.get(health, timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            time.sleep(0.2)
        raise ChildFailed(
            f"The {name} was not healthy after {within:.0f} s.", tip=f"Its log is {self.logs / name}.log."
        )

    def check(self) -> None:
        """Raises Stopped when SIGTERM has come, and ChildFailed when a part ended by itself."""
        self._heed()
        for name, child in self._running:
            if child.poll() is not None:
                raise ChildFailed(f"The {name} ended by itself.", tip=f"Its log is {self.logs / name}.log.")

    def _stop(self, number: int, _frame: object) -> None:
        self._told = number
        self._heed()

    def _heed(self) -> None:
        if self._told is not None:
            raise Stopped(128 + self._told)

    def stop(self) -> None:
        for _name, child in reversed(self._running):
            _signal(child, signal.SIGTERM)
        until = time.monotonic() + _STOP_WITHIN
        for _name, child in reversed(self._running):
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait()
        self._running.clear()


@contextlib.contextmanager
def _stops_held_back() -> Iterator[None]:
    """A stop that comes while a child is made takes effect when the child is known, and can be ended."""
    if not _handles_signals():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: object) -> None:
        came.append(number)

    before = {each: signal.signal(each, note) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def _handles_signals() -> bool:
    return threading.current_thread() is threading.main_thread()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        os.killpg(child.pid, number)
