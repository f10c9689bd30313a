"""The lane of very many claims: no run a claim, but for those that fail; the batch is filled meanwhile."""

from collections import Counter
from datetime import date

import pytest
from operations import Runs, fault, go_to, received, run, stage, visits
from sqlmodel import select

from claims.database import reading, transaction
from claims.model import Batch, Lease, Stage
from tasks.process import owner
from tasks.runtime import Runtime

MEMBERS = [f"PAY100{n}" for n in range(3)]


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two claims are very many here, and a batch and a chunk of two are full."""
    for name, value in {"PER_CLAIM_RUNS_UP_TO": 1, "CLAIMS_PER_CHUNK": 2, "CLAIMS_PER_BATCH": 2}.items():
        monkeypatch.setenv(f"CLEANCLAIM_DISPATCH__{name}", str(value))


@pytest.fixture
def claims(rt: Runtime, admin) -> list[str]:
    go_to(rt, admin, date(2026, 3, 2))
    return visits(rt, *MEMBERS)


def dispatching(monkeypatch: pytest.MonkeyPatch, rt: Runtime, **values: int) -> None:
    """Other settings of the dispatch, for the process's own runtime."""
    dispatch = rt.settings.dispatch.model_copy(update=values)
    monkeypatch.setattr(rt, "settings", rt.settings.model_copy(update={"dispatch": dispatch}))


def own_runs(prefect_url: str, claims: list[str]) -> list[dict]:
    return [found for claim in claims for found in Runs(prefect_url).named(f"claim-{claim}")]


def test_claims_that_fail_in_a_chunk_get_runs_of_their_own_and_the_others_go(
    rt: Runtime, admin, prefect_url: str, claims: list[str]
):
    fault(admin, ("eligibility", "status:503"), ("eligibility", "status:503"), ("eligibility", "status:503"))
    ran = run("daily-submission")
    assert ran.state.name == "NeedsAttention"
    failed = own_runs(prefect_url, claims)
    assert {each["deployment_id"] for each in failed} == {Runs(prefect_url).deployment("claim-lifecycle")}
    states = Counter(each["state_type"] for each in failed)
    assert states == {"FAILED": 1, "COMPLETED": 2}, "the payer failed a third time, and then no more"
    assert Counter(stage(rt, claim) for claim in claims) == {Stage.ELIGIBILITY: 1, Stage.SUBMITTED: 2}

    assert run("daily-submission").state.name == "DayClosed"
    assert received(admin) == [1] * 3
    assert len(own_runs(prefect_url, claims)) == len(failed), "the one that failed goes on in its run"


def test_batches_that_fill_up_at_the_same_time_are_no_trouble(
    rt: Runtime, admin, claims: list[str], monkeypatch: pytest.MonkeyPatch
):
    dispatching(monkeypatch, rt, claims_per_chunk=1, claims_per_batch=1, chunks_at_once=3)
    ran = run("daily-submission")
    assert (ran.state.name, received(admin)) == ("DayClosed", [1] * 3), ran.state.message


def test_a_claim_on_which_somebody_works_is_left_to_them(
    rt: Runtime, admin, prefect_url: str, claims: list[str]
):
    with transaction(rt.engine) as session:
        until = rt.clock.now().real.replace(year=2100)
        session.add(Lease(resource=f"claim:{claims[0]}", owner=owner(), expires_at=until))
    ran = run("daily-submission")
    assert ran.state.name == "DayClosed"
    assert "1 busy, 2 ready" in ran.state.message
    assert own_runs(prefect_url, claims) == []
    assert stage(rt, claims[0]) is Stage.INTAKE
    with reading(rt.engine) as session:
        assert session.exec(select(Batch.claims)).all() == [2]


def test_of_very_many_failures_only_the_first_get_a_run(
    rt: Runtime, admin, prefect_url: str, claims: list[str], monkeypatch: pytest.MonkeyPatch
):
    admin.put("/sandbox/faults", json=[{"on": "eligibility", "how": "status:503", "times": 99}])
    dispatching(monkeypatch, rt, failed_runs_up_to=1)
    ran = run("daily-submission")
    assert "2 more failed as the others did and stay due" in ran.state.message
    assert len(own_runs(prefect_url, claims)) == 1
