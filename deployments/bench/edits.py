"""What judging a claim costs: every built-in edit and thirty of an operator's, with full-size code tables."""

import gc
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from claims.bundle import Bundle
from claims.codes.importing import import_files
from claims.edits import Lookups, catalogue, run
from claims.edits.packs import open_packs
from claims.model import (
    Claim,
    ClaimDiagnosis,
    ClaimLine,
    Coverage,
    Patient,
    Payer,
    Provider,
    ProviderKind,
)
from config.payers import load_payers
from config.settings import Settings
from deployments.bench.ncci import pairs, write_mue, write_ptp

BAR, BAR_MB, BAR_MS = 2_000, 300, 5.0
_TODAY, _DAY = date(2026, 3, 2), date(2026, 2, 16)
_PAYERS = ("SBXCO", "SBXMC", "SBXMD")
_DIAGNOSES = ("J069", "I10", "E119", "R509", "Z23", "M5450", "E785", "N390")
_CODES = ("99213", "99214", "80053", "93000", "20610", "36415", "71046", "96372", "85025", "90471")
_OWN = 30
_TURNS, _LOOPS = 20, 1_000_000
_CONDITIONS = (
    ("line", 'line.code == "{code}" && line.ndc == "" && !("59" in line.modifiers) && line.units > 8.0'),
    ("claim", 'claim.charge_cents > {n}00000 && claim.authorization == ""'),
    ("claim", 'diagnoses.exists(d, d.startsWith("C{n}")) && lines.exists(l, l.code == "{code}")'),
    ("line", 'line.place == "{n}" && size(line.diagnoses) == 0'),
    ("claim", 'payer.kind == "medicaid" && patient.age < {n} && coverage.plan == "HMO {n}"'),
    ("claim", 'claim.days_left < {n} && claim.frequency == "7"'),
)


def bench_edits(claims: int, count: int) -> dict[str, Any]:
    """The figures of one process that has judged ``claims``; ``count`` NCCI pairs, 0 for the shipped seed."""
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder:
        home = Path(folder)
        if count:
            _tables(home, count)
        (home / "edits").mkdir()
        (home / "edits" / "bench.toml").write_text(_pack())
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            measured: dict[str, Any] = pool.submit(_measure, home, claims, count).result()
    met = (
        measured["claims_per_second"] >= BAR
        and measured["resident_mb"] <= BAR_MB
        and measured["p99_ms"] <= BAR_MS
    )
    return {"claims": claims, "pairs": count, **measured, "met": met}


def _tables(home: Path, count: int) -> None:
    ptp, mue = home / "practitioner-ptp-edits.txt", home / "MCR_MUE_PractitionerServices_Eff_01-01-2026.csv"
    write_ptp(ptp, count)
    write_mue(mue, 15_000)
    import_files(home, "ptp_practitioner", [ptp])
    import_files(home, "mue_practitioner", [mue])


def _pack() -> str:
    """Thirty edits as an operator may write them: of claims and lines, most of which name no claim."""
    entries = []
    for n in range(_OWN):
        each, condition = _CONDITIONS[n % len(_CONDITIONS)]
        when = condition.format(n=10 + n, code=_CODES[n % len(_CODES)])
        entries.append(
            f"[[edit]]\nid = 'own.n{n}'\ntitle = 'Own {n}'\neach = '{each}'\nwhen = '''{when}'''\n"
        )
    return "\n".join(entries)


def _measure(home: Path, count: int, table: int) -> dict[str, Any]:
    settings = Settings(home=home, profile="sandbox")
    payers = load_payers(settings)
    open_packs(settings, payers)
    lookups = Lookups(payers)
    bundles = _bundles(count, table)
    run(bundles[:50], _TODAY, settings, lookups=lookups)
    gc.collect()
    gc.freeze()  # the claims to judge stay; a step has no more than a few hundred in memory
    found = run(bundles, _TODAY, settings, lookups=lookups)
    size = max(50, count // _TURNS)
    turns = [bundles[at : at + size] for at in range(0, count, size)]
    best = max(len(turn) / _cpu(partial(run, turn, _TODAY, settings, lookups=lookups)) for turn in turns)
    alone = sorted(_alone(bundle, settings, lookups) for bundle in bundles[: min(count, 2_000)])
    return {
        "edits": len(catalogue()),
        "own_edits": _OWN,
        "lines": sum(len(bundle.lines) for bundle in bundles),
        "findings": sum(len(each) for each in found.values()),
        "claims_per_second": round(best),
        "empty_loop_ns": round(_cpu(_empty_loop) * 1e9 / _LOOPS, 1),
        "p50_ms": round(alone[len(alone) // 2] * 1000, 2),
        "p99_ms": round(alone[len(alone) * 99 // 100] * 1000, 2),
        "resident_mb": round(psutil.Process().memory_info().rss / 1e6),
    }


def _alone(bundle: Bundle, settings: Settings, lookups: Lookups) -> float:
    """One claim by itself, as a claim's own run judges it."""
    return _cpu(lambda: run([bundle], _TODAY, settings, lookups=lookups))


def _cpu(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _empty_loop() -> None:
    """What the processor gives right now: some 15 ns a turn on an idle core of 2024, more on a busy one."""
    for _ in range(_LOOPS):
        pass


def _bundles(count: int, table: int) -> list[Bundle]:
    """Office visits of one to five lines; some of their codes are pairs of the table."""
    chance = random.Random(7)
    there = list(islice(pairs(table), 0, table, max(1, table // 2_000))) if table else []
    practice, clinicians = _provider("practice"), [_provider(f"clinician{n}") for n in range(8)]
    return [_bundle(n, chance, there, practice, chance.choice(clinicians)) for n in range(count)]


def _provider(id: str) -> Provider:
    person = id != "practice"
    return Provider(
        id=id, source_key=id, kind=ProviderKind.PERSON if person else ProviderKind.ORGANIZATION,
        name="ADLER" if person else "MAPLE STREET FAMILY MEDICINE", given="RUTH" if person else None,
        npi="1999999984" if person else "1999999992", tax_id=None if person else "310000001",
        taxonomy="207Q00000X", line1="12 MAPLE ST", city="COLUMBUS", state="OH", postal="432150001",
    )  # fmt: skip


def _bundle(
    n: int, chance: random.Random, there: list[Any], practice: Provider, clinician: Provider
) -> Bundle:
    id, payer, day = f"claim{n}", chance.choice(_PAYERS), _DAY - timedelta(chance.randrange(60))
    lines = [_line(id, number, code, chance, day) for number, code in enumerate(_services(chance, there), 1)]
    insured = Coverage(
        id=f"coverage{n}", source_index=str(n), patient_id=f"patient{n}", payer_id=payer,
        member_id="1EG4TE5MK73", filing_indicator={"SBXCO": "CI", "SBXMC": "MB", "SBXMD": "MC"}[payer],
    )  # fmt: skip
    claim = Claim(
        id=id, pcn=f"B{n}", encounter_id=id, patient_id=f"patient{n}", coverage_id=insured.id, payer_id=payer,
        billing_id=practice.id, rendering_id=clinician.id, facility_code="11", from_date=day,
        through_date=day,
        clia="36D1234567", charge=sum((line.charge or Decimal(0) for line in lines), Decimal(0)),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    return Bundle(
        claim, _patient(n, chance), insured, Payer(id=payer, name=payer), [insured], lines,
        [_diagnosis(id, place, code) for place, code in enumerate(chance.sample(_DIAGNOSES, 3), 1)], [],
        {practice.id: practice, clinician.id: clinician},
    )  # fmt: skip


def _services(chance: random.Random, there: list[Any]) -> list[str]:
    codes = chance.sample(_CODES, chance.randint(1, 4))
    if there and chance.random() < 0.2:
        codes += chance.choice(there)[:2]
    return codes


def _line(id: str, number: int, code: str, chance: random.Random, day: date) -> ClaimLine:
    modifiers = chance.choice(([], [], ["25"] if code.startswith("992") else ["59"]))
    return ClaimLine(
        id=f"{id}L{number}", claim_id=id, number=number, procedure_code=code, modifiers=modifiers,
        charge=Decimal(chance.randrange(2_000, 30_000)) / 100, from_date=day, through_date=day,
        pointers=[1, 2],
    )  # fmt: skip


def _patient(n: int, chance: random.Random) -> Patient:
    return Patient(
        id=f"patient{n}", source_index=str(n), family="EXAMPLE", given="PATIENCE",
        birth_date=date(chance.randrange(1935, 2020), 4, 5), sex=chance.choice("FM"), line1="1 TEST LN",
        city="COLUMBUS", state="OH", postal="43215",
    )  # fmt: skip


def _diagnosis(id: str, place: int, code: str) -> ClaimDiagnosis:
    return ClaimDiagnosis(claim_id=id, position=place, qualifier="ABK" if place == 1 else "ABF", code=code)
