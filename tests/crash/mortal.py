"""`cleanclaim …` in processes that die by kill -9 at a named moment.

Run as a script it reads a request a line from standard input, ``{"home", "arguments", "moment"}``, forks a
process for it, and answers how that ended. Everything is imported once, before the first fork. The hooks
that kill are put in place here, in the forked process; the code that is killed knows nothing of them.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from claims import lifecycle
from claims.connect.http import HttpConnector
from claims.transitions import Event

Arm = Callable[[], None]


def die(*_arguments: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def when_written(what: Event, then: Arm) -> Arm:
    """``then``, as soon as an event of that kind is written: inside the transaction that writes it."""

    def arm() -> None:
        apply = lifecycle.apply

        def applied(session: Any, changes: Any, act: Any) -> None:
            apply(session, changes, act)
            if any(change.event is what for change in changes):
                then()

        lifecycle.apply = applied

    return arm


def at_commit() -> None:
    """All is written, and the next thing the database would hear is COMMIT."""
    event.listen(Engine, "commit", die)


def after_commit() -> None:
    event.listen(Session, "after_commit", die)


def instead_of(name: str) -> Arm:
    """Where the connector would be called."""
    return lambda: setattr(HttpConnector, name, die)


def after(name: str) -> Arm:
    """When the connector has the answer, before anybody has heard it."""

    def arm() -> None:
        call = getattr(HttpConnector, name)

        async def called(*arguments: Any, **named: Any) -> None:
            await call(*arguments, **named)
            die()

        setattr(HttpConnector, name, called)

    return arm


def on_the_wire(moment: str) -> Arm:
    """At a moment of the transport's own while a batch is handed over."""

    def arm() -> None:
        send = httpx.AsyncClient.send

        async def trace(name: str, _info: dict[str, Any]) -> None:
            if name == moment:
                die()

        async def traced(client: httpx.AsyncClient, request: httpx.Request, **named: Any) -> httpx.Response:
            if request.url.path == "/submissions":
                request.extensions["trace"] = trace
            return await send(client, request, **named)

        httpx.AsyncClient.send = traced  # type: ignore[method-assign]

    return arm


BEFORE_THE_ATTEMPT: dict[str, Arm] = {
    "the intake is decided and not committed": when_written(Event.INTAKE_COMPLETED, die),
    "the payer has answered about coverage and the answer is not kept": after("eligibility"),
    "the scrub is decided and not committed": when_written(Event.SCRUBBED, die),
    "the batch is written and not committed": when_written(Event.QUEUED, at_commit),
    "the batch is committed and no attempt is begun": when_written(Event.QUEUED, after_commit),
}
FROM_THE_ATTEMPT_TO_THE_RECEIPT: dict[str, Arm] = {
    "the attempt is committed and no byte has left": instead_of("submit"),
    "the bytes have left and no answer has come": on_the_wire("http11.send_request_body.complete"),
    "the receipt has come and nothing is written": after("submit"),
    "the receipt is written and not committed": when_written(Event.SENT, at_commit),
    "the receipt is committed and the run has not ended": when_written(Event.SENT, after_commit),
}
MOMENTS = BEFORE_THE_ATTEMPT | FROM_THE_ATTEMPT_TO_THE_RECEIPT


def live(request: dict[str, Any]) -> None:
    """The forked process: become `cleanclaim <arguments>`, its output in the home's ``run.log``."""
    from deployments.cli import main

    home = Path(request["home"])
    os.environ["CLEANCLAIM_HOME"] = str(home)
    log = os.open(home / "run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if request["moment"] is not None:
        MOMENTS[request["moment"]]()
    sys.argv = ["cleanclaim", *request["arguments"]]
    main()


def serve() -> None:
    for heavy in ("deployments.registry", "deployments.running"):
        import_module(heavy)  # once, for all

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
