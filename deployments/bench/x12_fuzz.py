"""Does anything break the codec? Broken copies of files through all that a user can reach.

A mutant fails when anything but the codec's own X12Error comes out, when a transaction that was read is not
written again segment by segment, when it takes more than a second,
or when the process grows beyond the bound. Seed and number make it again.
"""

import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claims.x12.check import check
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.kept import lines_of
from claims.x12.show import show
from claims.x12.split import split, split_claims
from claims.x12.syntax import X12Error
from claims.x12.ta1 import read_ta1, write_ta1
from deployments.bench.x12_again import models_of, written
from deployments.bench.x12_claims import CREATED
from deployments.bench.x12_memory import peak_megabytes
from deployments.bench.x12_mutants import mutant

SECONDS = 1.0
GROWTH = 100.0
MOST_FAILURES = 20
ENVELOPE = Envelope("SENDER", "RECEIVER")
TEXT = (
    ".txt",
    ".x12",
    ".edi",
    ".ta1",
    ".999",
    ".270",
    ".271",
    ".276",
    ".277",
    ".278",
    ".835",
    ".837",
    ".837i",
)


class Hung(BaseException):
    """A mutant took more than its second. No Exception, so that nothing on the way takes it for its own."""


class Lost(Exception):
    """What was written again is not what was read."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One mutant that broke something. ``trouble`` names the exception and the line, never data."""

    number: int
    file: str
    what: str
    trouble: str


@dataclass(slots=True)
class Fuzzed:
    """What became of the mutants. ``unreadable`` counts the codec's own refusals by what was run."""

    seed: int
    files: int
    mutants: int = 0
    slowest: float = 0.0
    grown: float = 0.0
    seconds: float = 0.0
    unreadable: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "files": self.files,
            "mutants": self.mutants,
            "seconds": round(self.seconds, 1),
            "slowest_seconds": round(self.slowest, 3),
            "grown_megabytes": round(self.grown, 1),
            "unreadable": dict(self.unreadable),
            "failures": [
                {"number": each.number, "file": each.file, "what": each.what, "trouble": each.trouble}
                for each in self.failures
            ],
        }


def files_below(folder: Path) -> dict[str, bytes]:
    """The X12 files below a folder by their path in it."""
    found = sorted(each for each in folder.rglob("*") if each.suffix.lower() in TEXT and each.is_file())
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


def fuzz(files: dict[str, bytes], *, seed: int, first: int, mutants: int) -> Fuzzed:
    """The mutants from number ``first`` on, up to the twentieth failure or to Ctrl-C."""
    result, begun = Fuzzed(seed, len(files)), time.monotonic()
    try:
        with _alarm():
            _run(files, result, range(first, first + mutants))
    except KeyboardInterrupt:
        pass  # what was done until then is told
    result.seconds = time.monotonic() - begun
    return result


def _run(files: dict[str, bytes], result: Fuzzed, numbers: range) -> None:
    names, contents, grown_from = list(files), list(files.values()), peak_megabytes()
    for number in numbers:
        place, data = mutant(contents, result.seed, number)
        failures = [Failure(number, names[place], *each) for each in _try(data, result)]
        result.mutants += 1
        result.grown = peak_megabytes() - grown_from
        if result.grown > GROWTH:
            failures.append(Failure(number, names[place], "memory", f"{result.grown:.0f} MB"))
            grown_from = peak_megabytes()
        result.failures += failures
        if len(result.failures) >= MOST_FAILURES:
            return


def _try(data: bytes, result: Fuzzed) -> Iterator[tuple[str, str]]:
    """Runs all over one mutant; yields what was run and what came out where it was not the codec's own."""
    for what, run in RUNS.items():
        begun = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            run(data)
        except X12Error:
            result.unreadable[what] += 1
        except (Exception, Hung) as trouble:  # noqa: BLE001 (whatever comes out here is what is looked for)
            yield what, _place(trouble)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        result.slowest = max(result.slowest, time.process_time() - begun)


def _place(trouble: BaseException) -> str:
    """The exception's name and its innermost line in our code; its text may hold data."""
    frames = [
        each for each in traceback.extract_tb(trouble.__traceback__) if f"{os.sep}claims{os.sep}" in each[0]
    ]
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(trouble).__name__}{at}"


@contextmanager
def _alarm() -> Iterator[None]:
    """Processor time, so that a busy machine is no hang."""

    def ring(_: int, __: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _check(data: bytes) -> None:
    check(data, name="mutant").as_json()


def _split(data: bytes) -> None:
    """What is cut out can be read again."""
    for piece in (*split(data), *split_claims(data)):
        read_file(piece)


def _write_again(data: bytes) -> None:
    """Each transaction's reader and writer: nothing is lost, and what is written is X12."""
    file = read_file(data)
    for transaction in file.transactions:
        if models := models_of(transaction):
            outgoing = written(transaction.type, models)
            if outgoing.lines != lines_of(transaction.segments[1:]):
                raise Lost
            read_file(write_interchange(ENVELOPE, [outgoing], created=CREATED, isa13=1))
    for interchange in file.interchanges:
        write_ta1(ENVELOPE, read_ta1(interchange), created=CREATED, isa13=1)


RUNS: dict[str, Callable[[bytes], object]] = {
    "check": _check,
    "show": show,
    "split": _split,
    "read and write": _write_again,
}
