"""`cleanclaim …` in processes that die by kill -9 at a named moment.

Run as a script it reads a request a line from standard input, ``{"home", "arguments", "moment",
"together"}``, forks so many processes for it, and answers how each ended. Everything is imported once,
before the first fork. The hooks that kill (`deployments.bench.mortal`) are put in place after it.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from claims.connect.core import CoreConnector
from claims.connect.http import HttpConnector
from claims.edits.catalogue import catalogue
from claims.transitions import Event
from deployments.bench.mortal import (
    Arm,
    after,
    after_commit,
    at_commit,
    die,
    instead_of,
    on_the_wire,
    when_written,
)

BEFORE_THE_ATTEMPT: dict[str, Arm] = {
    "the intake is decided and not committed": when_written(Event.INTAKE_COMPLETED, die),
    "the payer has answered about coverage and the answer is not kept": after(HttpConnector, "eligibility"),
    "the scrub is decided and not committed": when_written(Event.SCRUBBED, die),
    "the batch is written and not committed": when_written(Event.QUEUED, at_commit),
    "the batch is committed and no attempt is begun": when_written(Event.QUEUED, after_commit),
}
FROM_THE_ATTEMPT_TO_THE_RECEIPT: dict[str, Arm] = {
    "the attempt is committed and no byte has left": instead_of(HttpConnector, "submit"),
    "the bytes have left and no answer has come": on_the_wire(
        "http11.send_request_body.complete", ("/submissions",)
    ),
    "the receipt has come and nothing is written": after(HttpConnector, "submit"),
    "the receipt is written and not committed": when_written(Event.SENT, at_commit),
    "the receipt is committed and the run has not ended": when_written(Event.SENT, after_commit),
}
ASKING_IN_BATCH: dict[str, Arm] = {
    "one file of questions is committed and the next one is not written": when_written(
        "coverage_awaited", after_commit
    ),
    "the questions have left and no answer has come": on_the_wire(
        "http11.send_request_body.complete", ("/batch/submission",)
    ),
    "their receipt has come and nothing is written": after(CoreConnector, "submit"),
}
IN_A_CHUNK: dict[str, Arm] = {
    "the second chunk's scrub is decided and not committed": when_written(Event.SCRUBBED, die, time=2),
}
MOMENTS = BEFORE_THE_ATTEMPT | FROM_THE_ATTEMPT_TO_THE_RECEIPT | ASKING_IN_BATCH | IN_A_CHUNK


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


def born(request: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        live(request)
        os._exit(0)
    return child


def serve() -> None:
    for heavy in ("deployments.registry", "deployments.running"):
        import_module(heavy)  # once, for all
    configure_mappers()
    catalogue()

    for line in sys.stdin:
        request = json.loads(line)
        children = [born(request) for _ in range(request["together"])]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
