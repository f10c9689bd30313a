"""Processes that die by kill -9 at a chosen moment. The hooks that kill are put in place in the forked
process alone; the code that is killed knows nothing of them.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from types import CodeType, FrameType
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from claims import lifecycle
from claims.transitions import Event

Arm = Callable[[], None]
"""Puts the hooks in place, in the process that is to die."""


def die(*_arguments: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(work: Callable[[], object], log: str = os.devnull) -> int:
    """Fork, do the work there, and tell how it ended: 0, 1 after an exception, or minus the signal's number.

    Call it where no other thread of this process holds a lock that the work wants.
    """
    child = os.fork()
    if child == 0:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 whatever it is, this process ends here
            sys.excepthook(*sys.exc_info())
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def when_written(what: Event | str, then: Arm, time: int = 1) -> Arm:
    """``then``, as soon as an event of that kind is written: inside the transaction that writes it.

    ``time`` counts the transactions that do.
    """

    def arm() -> None:
        apply = lifecycle.apply
        times = count(1)

        def applied(session: Any, changes: Any, act: Any) -> None:
            apply(session, changes, act)
            if any(change.event == what for change in changes) and next(times) == time:
                then()

        lifecycle.apply = applied

    return arm


def at_commit() -> None:
    """All is written, and the next thing the database would hear is COMMIT."""
    event.listen(Engine, "commit", die)


def after_commit() -> None:
    event.listen(Session, "after_commit", die)


def instead_of(owner: Any, name: str) -> Arm:
    """Where it would be called."""
    return lambda: setattr(owner, name, die)


def after(owner: Any, name: str) -> Arm:
    """When the call is over, well or not, before anybody has heard of it."""

    def arm() -> None:
        call = getattr(owner, name)

        async def called(*arguments: Any, **named: Any) -> None:
            try:
                await call(*arguments, **named)
            finally:
                die()

        setattr(owner, name, called)

    return arm


def after_plain(owner: Any, name: str) -> Arm:
    """The same for a function that is not awaited."""

    def arm() -> None:
        call = getattr(owner, name)

        def called(*arguments: Any, **named: Any) -> None:
            try:
                call(*arguments, **named)
            finally:
                die()

        setattr(owner, name, called)

    return arm


def on_the_wire(moment: str, paths: tuple[str, ...] = ("",)) -> Arm:
    """At a moment of the transport's own (httpcore names it) in a POST to an address that ends so."""

    def arm() -> None:
        send = httpx.AsyncClient.send

        async def trace(name: str, _info: dict[str, Any]) -> None:
            if name == moment:
                die()

        async def traced(client: httpx.AsyncClient, request: httpx.Request, **named: Any) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith(paths):
                request.extensions["trace"] = trace
            return await send(client, request, **named)

        httpx.AsyncClient.send = traced  # type: ignore[method-assign, assignment]

    return arm


class Lines:
    """Counts the lines of ours that run from the commit of one event to the commit of another, in all
    threads, and lets the process die at the ``fatal``-th. ``counted`` is told of them at the second one."""

    def __init__(
        self, first: Event, last: Event, rooms: tuple[str, ...], counted: Callable[[int], None]
    ) -> None:
        self._first, self._last, self._rooms, self._counted = first, last, rooms, counted
        self.fatal = 0
        self.count = 0
        self._on = False
        self._ours: dict[CodeType, bool] = {}

    def arm(self) -> None:
        when_written(self._first, lambda: event.listen(Session, "after_commit", self._begin, once=True))()
        when_written(self._last, lambda: event.listen(Session, "after_commit", self._end, once=True))()
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def _begin(self, _session: Session) -> None:
        self._on = True

    def _end(self, _session: Session) -> None:
        self._on = False
        self._counted(self.count)

    def _trace(self, frame: FrameType, what: str, _argument: Any) -> Any:
        """Only frames of ours are followed line by line; all others cost one look-up."""
        code = frame.f_code
        if code not in self._ours:
            self._ours[code] = code.co_filename.startswith(self._rooms)
        if not self._ours[code]:
            return None
        if what == "line" and self._on:
            self.count += 1
            if self.count == self.fatal:
                die()
        return self._trace
