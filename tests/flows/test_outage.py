"""A payer down for three days: what schedulers see each morning, and that all of it goes once in the end."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from factories import Practice
from operations import Runs, go_to, received, run, stage
from sqlmodel import select

from claims.database import reading, transaction
from claims.day_closed import stored
from claims.model import Stage, WorkItem
from claims.payer_silence import SILENT
from tasks.day import foresee
from tasks.runtime import Runtime

MONDAY = date(2026, 3, 2)


def down(admin: httpx.Client, *places: str) -> None:
    admin.put("/sandbox/faults", json=[{"on": place, "how": "status:503", "times": 99} for place in places])


def morning(rt: Runtime, admin: httpx.Client, day: int) -> tuple[dict[str, Any], dict[str, Any], WorkItem]:
    """The plan before the day's run, the certificate after it, and the item about the payer."""
    go_to(rt, admin, MONDAY + timedelta(days=day))
    with reading(rt.engine) as session:
        plan = foresee(rt, session).as_json()
    run("daily-submission")
    with reading(rt.engine) as session:
        item = session.exec(select(WorkItem).where(WorkItem.kind == SILENT)).one()
        return plan, stored(session), item


@pytest.fixture
def practice(rt: Runtime, admin: httpx.Client) -> Practice:
    go_to(rt, admin, MONDAY)
    with transaction(rt.engine) as session:
        return Practice(session, rt.act())


def visit(rt: Runtime, practice: Practice, member: str) -> str:
    with transaction(rt.engine) as practice.session:
        return practice.claim(coverage={"member_id": member}).claim.id


def test_a_payer_down_for_three_days(
    rt: Runtime, admin: httpx.Client, prefect_url: str, practice: Practice
) -> None:
    first = visit(rt, practice, "PAY1001")
    down(admin, "eligibility", "submissions")
    plan, certificate, item = morning(rt, admin, 1)
    assert plan["due"]["SBXCO"]["claims"] == 1
    assert (certificate["complete"], certificate["ties_out"]) == (True, True)
    assert certificate["silent"]["SBXCO"]["claims"] == 1
    assert "since 2026-03-03: 1 claims for 120.00 wait" in item.reason
    (failed,) = Runs(prefect_url).named(f"claim-{first}")
    assert (failed["state_type"], failed["deployment_id"] is not None) == ("FAILED", True)

    second = visit(rt, practice, "PAY1002")
    plan, certificate, item = morning(rt, admin, 2)
    assert (plan["due"]["SBXCO"]["claims"], certificate["silent"]["SBXCO"]["claims"]) == (2, 2)
    assert ("since 2026-03-03" in item.reason, item.queue) == (True, "operations")

    down(admin, "submissions")  # it answers questions again, and takes no claims yet
    plan, certificate, item = morning(rt, admin, 3)
    (batch,) = certificate["batches"]
    assert (batch["claims"], batch["state"], batch["receipt"]) == (2, "assembled", None)
    assert "was not sent" in certificate["failed"][0]["cause"]
    assert {stage(rt, claim) for claim in (first, second)} == {Stage.READY}

    admin.delete("/sandbox/faults").raise_for_status()
    plan, certificate, item = morning(rt, admin, 4)
    assert plan["due"]["SBXCO"]["claims"] == 2
    assert (certificate["silent"], certificate["failed"], certificate["complete"]) == ({}, [], True)
    assert (certificate["sent"]["claims"], item.state) == (2, "cancelled")
    assert received(admin) == [1, 1]
