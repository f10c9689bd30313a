"""What full-size code tables cost: the import, the look-ups of claims, the memory that stays."""

import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from claims.codes import PRACTITIONER, Codes, pair_key
from claims.codes.files import path_of
from claims.codes.importing import import_files
from claims.portions import in_portions
from deployments.bench.ncci import pairs, procedure_codes, write_mue, write_ptp

_DAY = date(2026, 2, 16)
_MUE = 15_000
_PAIRS_A_CLAIM, _CLAIMS_A_BATCH = 20, 200


def bench_codes(count: int, claims: int) -> dict[str, Any]:
    """Import and look-ups in a process each, so that neither's memory counts for the other."""
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder:
        home = Path(folder)
        ptp, mue = (
            home / "practitioner-ptp-edits-2026q1.txt",
            home / "MCR_MUE_PractitionerServices_Eff_01-01-2026.csv",
        )
        write_ptp(ptp, count)
        write_mue(mue, _MUE)
        imported = _apart(_import, home, ptp, mue)
        asked = _apart(_ask, home, count, claims)
    return {"pairs": count, "claims": claims} | imported | asked


def _apart(work: Callable[..., dict[str, Any]], *values: Any) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *values).result()


def _import(home: Path, ptp: Path, mue: Path) -> dict[str, Any]:
    first = _seconds(lambda: import_files(home, "ptp_practitioner", [ptp]))
    again = _seconds(lambda: import_files(home, "ptp_practitioner", [ptp]))
    units = _seconds(lambda: import_files(home, "mue_practitioner", [mue]))
    return {
        "import_pairs_seconds": round(first, 1),
        "again_seconds": round(again, 1),
        "import_mue_seconds": round(units, 2),
        "import_mb": _resident(),
    }


def _ask(home: Path, count: int, claims: int) -> dict[str, Any]:
    codes, claimed = Codes(home), _claims(count, claims)
    begun = time.process_time()
    one = _seconds(lambda: [codes.pairs(PRACTITIONER, claim, _DAY) for claim in claimed[: claims // 2]])
    cpu = time.process_time() - begun
    rest = claimed[claims // 2 :]
    batches = list(in_portions(rest, _CLAIMS_A_BATCH))
    many = _seconds(lambda: _ask_in_batches(codes, batches))
    floor = _seconds(lambda: _raw(path_of(home, "ptp_practitioner"), rest))
    return {
        "claim_us_a_pair": _each(one, claims // 2),
        "claim_cpu_us_a_pair": _each(cpu, claims // 2),
        "batch_us_a_pair": _each(many, len(rest)),
        "floor_us_a_pair": _each(floor, len(rest)),
        "reading_mb": _resident(),
    }


def _claims(count: int, claims: int) -> list[list[tuple[str, str]]]:
    """Half of what each claim asks is a pair of the table; nothing is asked twice on purpose."""
    chance, there = random.Random(11), list(islice(pairs(count), 0, count, max(1, count // (claims * 10))))
    codes = procedure_codes(12_000)
    chance.shuffle(there)
    return [
        there[at * 10 : at * 10 + 10] + [(chance.choice(codes), chance.choice(codes)) for _ in range(10)]
        for at in range(claims)
    ]


def _ask_in_batches(codes: Codes, batches: Sequence[Sequence[list[tuple[str, str]]]]) -> None:
    for batch in batches:
        codes.prepare({"ptp_practitioner": {pair_key(*pair) for claim in batch for pair in claim}})
        for claim in batch:
            codes.pairs(PRACTITIONER, claim, _DAY)


def _raw(path: Path, claimed: list[list[tuple[str, str]]]) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        for claim in claimed:
            for pair in claim:
                db.execute(
                    "SELECT first, last, indicator FROM row WHERE code = ?", (pair_key(*pair),)
                ).fetchall()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _each(seconds: float, claims: int) -> float:
    return round(seconds / max(1, claims * _PAIRS_A_CLAIM) * 1e6, 1)


def _resident() -> int:
    """The most that the process ever had resident, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
