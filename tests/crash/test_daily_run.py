"""The daily run is killed by kill -9, ten times, each time at another moment, and started again."""

import signal
from collections.abc import Iterable
from datetime import datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from crash.mortal import BEFORE_THE_ATTEMPT, FROM_THE_ATTEMPT_TO_THE_RECEIPT
from factories import Practice
from prefect_stack import FIRST_DAY
from sqlmodel import select

from claims import business_clock
from claims.audit.verify import verify
from claims.database import reading, transaction
from claims.model import Batch, BatchState, Claim, Stage
from tasks.runtime import Runtime


@pytest.fixture
def office(rt: Runtime) -> Practice:
    at = datetime.combine(FIRST_DAY, time(7, 0), rt.settings.zone_info)
    with transaction(rt.engine) as session:
        business_clock.move(session, at, rt.act(), sandbox=True)
    with transaction(rt.engine) as session:
        return Practice(session, rt.act())


def visit(rt: Runtime, office: Practice, number: int) -> str:
    """A claim that is due now."""
    with transaction(rt.engine) as office.session:
        return office.claim(coverage={"member_id": f"PAY000000{number}"}).claim.id


def ledger(admin: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = admin.get("/sandbox/ledger").raise_for_status().json()
    return answer


def running(prefect_url: str, since: str) -> list[str]:
    """The runs that Prefect shows as running, of those that began since then."""
    wanted = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}, "start_time": {"after_": since}}}
    answer = httpx.post(f"{prefect_url}/flow_runs/filter", json=wanted).raise_for_status().json()
    return [run["name"] for run in answer]


@pytest.mark.parametrize(
    "moments",
    [BEFORE_THE_ATTEMPT, FROM_THE_ATTEMPT_TO_THE_RECEIPT],
    ids=["before the attempt is committed", "between the committed attempt and the committed receipt"],
)
def test_a_daily_run_killed_five_times(
    moments: Iterable[str],
    office: Practice,
    cleanclaim,
    rt: Runtime,
    admin: httpx.Client,
    home: Path,
    prefect_url: str,
) -> None:
    """…loses no claim and sends none twice: each start goes on where the one before it was killed."""
    begun = rt.clock.now().real.isoformat()
    due = []
    for number, moment in enumerate(moments):
        due.append(visit(rt, office, number))
        assert cleanclaim("run", "daily", moment=moment) == -signal.SIGKILL, moment
    assert cleanclaim("run", "daily") == 0, (home / "run.log").read_text()
    assert cleanclaim("run", "reconcile") == 0, (home / "run.log").read_text()

    received = ledger(admin)
    assert sorted(entry["pcn"] for entry in received["claims"]) == sorted(id.upper() for id in due)
    assert {entry["received"] for entry in received["claims"]} == {1}
    assert (received["duplicates"], received["repeats"]) == (0, 0)
    with reading(rt.engine) as session:
        assert {claim.stage for claim in session.exec(select(Claim))} == {Stage.SUBMITTED}
        assert {batch.state for batch in session.exec(select(Batch))} == {BatchState.SENT}
        assert verify(session).ok
    assert running(prefect_url, begun) == [], "reconcile marks the killed runs as crashed"
