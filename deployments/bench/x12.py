"""What the X12 codec costs beside plain split(), pyx12, x12sdk and oxedi, all in one run.

Rates are claims a second of processor time, the best of several turns that the sides take one after the
other: a neighbour on the machine then slows all of them, or none.
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.bench import x12_claims as made
from deployments.bench.x12_sides import (
    BARS,
    FLOOR,
    MEMORY_BAR,
    OURS,
    READ_835,
    READ_837P,
    SIDES,
    WRITE_837P,
    Side,
)

TURNS = 20
SLOW_TURNS = 2
# CMS takes no more claims in one transaction.
PER_TRANSACTION = 5000
# The others that hold whole transactions as models would need gigabytes for a large file.
FEW = 1000
CONTENT = {
    WRITE_837P: f"25 segments: own subscriber, rendering provider, 2 diagnoses, {made.LINES} lines",
    READ_837P: f"25 segments: own subscriber, rendering provider, 2 diagnoses, {made.LINES} lines",
    READ_835: f"21 segments: patient, rendering provider, {made.LINES} services of 5 segments",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Claims a second of processor time, or None where the library is not installed."""

    work: str
    side: str
    per_second: float | None


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak megabytes above the imports of reading a file of ``claims`` claims."""

    work: str
    side: str
    claims: int
    megabytes: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The whole run."""

    rates: tuple[Rate, ...]
    memory: tuple[Memory, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "claim": CONTENT,
            "rates": [self._rate(each) for each in self.rates],
            "memory": [self._memory(each) for each in self.memory],
            "met": all(each["met"] for each in self._judged()),
        }

    def _judged(self) -> list[dict[str, Any]]:
        rows = [*map(self._rate, self.rates), *map(self._memory, self.memory)]
        return [each for each in rows if "met" in each]

    def _rate(self, rate: Rate) -> dict[str, Any]:
        row: dict[str, Any] = {
            "work": rate.work,
            "side": rate.side,
            "claims_per_second": _whole(rate.per_second),
        }
        ours = next(each.per_second for each in self.rates if (each.work, each.side) == (rate.work, OURS))
        if rate.side == OURS and ours:
            return row | {"bar": BARS[rate.work], "met": ours >= BARS[rate.work]}
        return row | {"ours_to_this": round(ours / rate.per_second, 2) if ours and rate.per_second else None}

    def _memory(self, memory: Memory) -> dict[str, Any]:
        used = memory.megabytes
        row: dict[str, Any] = {"work": memory.work, "side": memory.side, "claims": memory.claims}
        row["megabytes"] = None if used is None else round(used, 1)
        judged = memory.side == OURS and used is not None
        return row | ({"bar": MEMORY_BAR, "met": (used or 0) <= MEMORY_BAR} if judged else {})


def bench_x12(claims: int, file_claims: int) -> Measured:
    """``claims`` in each turn; a file of ``file_claims`` for the memory."""
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder:
        return Measured(_rates(claims), tuple(_memory(Path(folder), file_claims)))


def _rates(claims: int) -> tuple[Rate, ...]:
    there = [side for side in SIDES if side.is_there]
    inputs = [_input(side, claims) for side in there]
    for side, (given, _) in zip(there, inputs, strict=True):
        if side.per_turn <= claims:
            side.run(given)  # maps and models that are loaded once
    gc.collect()
    gc.freeze()  # what the bench itself holds is not the reader's to look through
    best: dict[Side, float] = {}
    for turn in range(TURNS):
        for side, (given, count) in zip(there, inputs, strict=True):
            if turn < SLOW_TURNS or side.per_turn > claims:
                best[side] = max(best.get(side, 0.0), count / _seconds(side.run, given))
    gc.unfreeze()
    return tuple(Rate(side.work, side.name, best.get(side)) for side in SIDES)


def _input(side: Side, claims: int) -> tuple[Any, int]:
    """What the side is given, and how many claims that are."""
    count = min(claims, side.per_turn)
    if side.work == READ_835:
        return made.remittance_written([made.remitted(n) for n in range(count)]), count
    material = [made.claim(n) for n in range(count)]
    if side.name == OURS and side.work == WRITE_837P:
        return material, count
    written = made.claims_written(material)
    if side.work == READ_837P:
        return written, count
    return [[segment.split("*") for segment in written.decode().split("~")]], count


def _seconds(run: Callable[[Any], object], given: Any) -> float:
    begun = time.process_time()
    run(given)
    return time.process_time() - begun


def _memory(folder: Path, claims: int) -> list[Memory]:
    rows = []
    few = min(claims, FEW)
    for side in SIDES:
        if side.work != WRITE_837P:
            count = claims if side.name in (OURS, FLOOR, "oxedi") else few
            path = _file(folder, side.work, count)
            rows.append(Memory(side.work, side.name, count, _peak(side, path) if side.is_there else None))
    return rows


def _file(folder: Path, work: str, claims: int) -> Path:
    """A file of interchanges with up to 5,000 claims each, written once."""
    path = folder / f"{work[:3]}-{claims}.x12"
    if not path.exists():
        with path.open("wb") as file:
            for number, part in enumerate(made.in_parts(claims, PER_TRANSACTION), 1):
                if work == READ_835:
                    file.write(made.remittance_written([made.remitted(n) for n in part], number))
                else:
                    file.write(made.claims_written([made.claim(n) for n in part], number))
    return path


def _peak(side: Side, path: Path) -> float:
    """In a process of its own, where nothing else has been read."""
    command: Sequence[str] = (
        sys.executable,
        "-m",
        "deployments.bench.x12_memory",
        str(SIDES.index(side)),
        str(path),
    )
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def _whole(rate: float | None) -> int | None:
    return None if rate is None else round(rate)
