"""Going on after trouble, without a browser: the same run goes on, nobody acts twice, our record suffices."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from operations import Runs, fault, go_to, received, run, stage, visits
from prefect import get_client
from prefect.states import Pending, Running
from prefect_stack import prefect_server
from sqlmodel import select

from claims.database import reading, transaction
from claims.model import Attempt, Claim, Lease, Outcome, Stage
from tasks.process import owner
from tasks.runtime import Runtime

MONDAY = date(2026, 3, 2)


@pytest.fixture
def runs(prefect_url: str) -> Runs:
    return Runs(prefect_url)


def gone() -> str:
    """A process of this machine that does not live."""
    here, _pid, *rest = owner().split("|")
    return "|".join([here, "999999999", *rest])


@pytest.fixture
def claim(rt: Runtime, admin) -> str:
    """A visit of a member who is insured, on a Monday."""
    go_to(rt, admin, MONDAY)
    (id,) = visits(rt, "PAY1001")
    return id


def begun(rt: Runtime, claim_id: str, *, by: str, running: bool) -> str:
    """A run of the claim's that somebody began: only taken, or running under a lease."""

    async def begin() -> UUID:
        async with get_client() as client:
            deployment = await client.read_deployment_by_name("claim-lifecycle/claim-lifecycle")
            made = await client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"claim_id": claim_id},
                state=Pending(message=by),
                idempotency_key=f"claim:{claim_id}:0",
                name=f"claim-{claim_id}",
            )
            if running:
                await client.set_flow_run_state(made.id, Running())
            return made.id

    run_id = str(asyncio.run(begin()))
    if running:
        expires = rt.clock.now().real + timedelta(minutes=2)
        with transaction(rt.engine) as session:
            session.add(Lease(resource=f"claim:{claim_id}", owner=by, run_id=run_id, expires_at=expires))
    return run_id


def test_the_next_daily_run_goes_on_with_the_run_that_failed(rt, admin, runs, claim):
    fault(admin, ("eligibility", "status:503"))
    run("daily-submission")
    (failed,) = runs.named(f"claim-{claim}")
    assert (failed["state_type"], failed["run_count"]) == ("FAILED", 1)
    assert runs.steps(failed["id"], 1, "eligibility") == {"intake": "Done", "eligibility": "Failed"}

    assert run("daily-submission").state.name == "DayClosed"

    (ended,) = runs.named(f"claim-{claim}")
    assert (ended["id"], ended["state"]["name"], ended["run_count"]) == (failed["id"], "Ready", 2)
    steps = runs.steps(failed["id"], 2, "submission")
    assert (steps["intake"], steps["eligibility"], steps["scrub"]) == ("AlreadyDone", "Done", "Done")
    assert received(admin) == [1]


@pytest.mark.parametrize("running", [False, True], ids=["before it ran", "while it ran"])
def test_the_run_of_a_process_that_died_is_gone_on_with(rt, admin, runs, claim, running):
    died = begun(rt, claim, by=gone(), running=running)

    run("daily-submission")

    (ended,) = runs.named(f"claim-{claim}")
    assert (ended["id"], ended["state"]["name"]) == (died, "Ready")
    assert stage(rt, claim) is Stage.SUBMITTED


def test_a_claim_that_another_process_works_on_is_left_to_it(rt, admin, runs, claim):
    theirs = begun(rt, claim, by=owner(), running=True)

    daily = run("daily-submission")

    other, busy = sorted(runs.named(f"claim-{claim}"), key=lambda found: found["id"] != theirs)
    assert (other["state_type"], busy["state"]["name"]) == ("RUNNING", "Busy")
    why = f"nothing was done here: another run works on claim:{claim} (run {theirs}, "
    assert busy["state"]["message"].startswith(why)
    assert daily.state.message.startswith("1 busy; no batches")
    assert stage(rt, claim) is Stage.INTAKE


def test_a_daily_run_beside_another_does_nothing(rt, admin, claim):
    expires = rt.clock.now().real + timedelta(minutes=2)
    with transaction(rt.engine) as session:
        session.add(Lease(resource="run:daily-submission", owner=owner(), expires_at=expires))

    assert run("daily-submission").state.name == "Busy"
    assert stage(rt, claim) is Stage.INTAKE


def test_without_prefects_database_nothing_about_a_claim_is_lost(
    rt, admin, claim, tmp_path, prefect_database
):
    fault(admin, ("submissions", "close_after_accept"), ("ask", "status:503"))
    run("daily-submission")
    assert received(admin) == [1]

    with prefect_server(tmp_path / "second", prefect_database):
        assert run("daily-submission").state.message.startswith("nothing due; 1 batches confirmed")
        run("collect-responses")

    assert received(admin) == [1]
    assert stage(rt, claim) is Stage.ADJUDICATING
    with reading(rt.engine) as session:
        assert session.exec(select(Claim.id)).all() == [claim]
        assert session.exec(select(Attempt.outcome)).all() == [Outcome.ACCEPTED]
