"""A person's decision, taken from the Prefect UI's own form: ids go in, nothing about a patient."""

from datetime import date, timedelta

import pytest
from operations import go_to, run, until, visits
from sqlmodel import select

from claims.database import reading, transaction
from claims.model import Actor, EventRow, RecordsRequest, WorkItem
from tasks.runtime import Runtime

pytestmark = pytest.mark.usefixtures("served")

MONDAY = date(2026, 3, 2)


@pytest.fixture
def item(rt: Runtime, admin) -> str:
    """A payer has asked for records; bea, a biller, may let them go."""
    go_to(rt, admin, MONDAY)
    visits(rt, "PND0000001")
    run("daily-submission")
    run("collect-responses")
    go_to(rt, admin, MONDAY + timedelta(days=10))
    run("poll-status")
    with transaction(rt.engine) as session:
        session.add(Actor(name="bea", roles=["biller"], since=rt.clock.now().real))
        return session.exec(select(WorkItem.id).where(WorkItem.kind == "records_requested")).one()


def test_a_work_item_is_decided_from_the_form_of_the_deployment(rt, runs, ui, item):
    ui.open_form(runs.deployment("decide"))
    ui.fills("work_item_id", item)
    ui.fills("option_id", "send_records")
    ui.fills("actor", "bea")
    ui.submits()
    decided = runs.ended(until(lambda: runs.named(f"decide-{item}"), "the run of the form")[0]["id"], 1)

    assert decided["state"]["name"] == "Decided", decided["state"]["message"]
    assert decided["parameters"] == {"work_item_id": item, "option_id": "send_records", "actor": "bea"}
    with reading(rt.engine) as session:
        assert session.exec(select(RecordsRequest.state)).one() == "approved"
        assert session.exec(select(EventRow.actor).where(EventRow.kind == "records_approved")).all() == [
            "bea"
        ]
