"""What operations staff do when a step failed: open the run in the Prefect UI, click Retry, read on."""

from datetime import date
from pathlib import Path

import pytest
from operations import fault, go_to, received, run, stage, until, visits
from sqlmodel import select

from claims.database import reading
from claims.model import Attempt, BatchItem, Exchange, Outcome, Stage
from tasks.runtime import Runtime

pytestmark = pytest.mark.usefixtures("served")

MONDAY, NEXT_TUESDAY = date(2026, 3, 2), date(2026, 3, 10)
BEFORE = ("intake",)
AFTER = ("authorization", "coding_review", "scrub")


@pytest.fixture
def patient(home: Path) -> None:
    """The practice waits longer for an answer than the others."""
    settings = home / "cleanclaim.toml"
    settings.write_text(settings.read_text().replace("timeout_seconds = 5", "timeout_seconds = 30"))


def asked(rt: Runtime, kind: str) -> list[tuple[str, bool]]:
    """Our questions to payers, in order: the payer, and whether an answer came."""
    with reading(rt.engine) as session:
        rows = session.exec(select(Exchange).where(Exchange.kind == kind).order_by(Exchange.control_number))
        return [(row.payer_id, row.answer_document_id is not None) for row in rows]


def attempts(rt: Runtime) -> list[Outcome]:
    with reading(rt.engine) as session:
        return [row.outcome for row in session.exec(select(Attempt).order_by(Attempt.number))]


def the_batch_run(rt: Runtime, runs, claim_id: str) -> dict:
    """The run of the batch that carries the claim."""
    with reading(rt.engine) as session:
        batch = session.exec(select(BatchItem.batch_id).where(BatchItem.claim_id == claim_id)).one()
    (found,) = runs.named(f"batch-{batch}")
    return found


def test_a_claim_whose_payer_did_not_answer_goes_on_from_eligibility(rt, admin, runs, ui):
    go_to(rt, admin, MONDAY)
    (claim,) = visits(rt, "PAY1001")
    fault(admin, ("eligibility", "status:503"))
    assert run("daily-submission").state.name == "NeedsAttention"
    (failed,) = runs.named(f"claim-{claim}")
    assert failed["state"]["message"] == "unavailable: The other side answered 503."

    ui.open_run(failed["id"])
    ui.sees(f"claim-{claim}", "Failed", "2 Task runs")
    ui.ask_for_retry()
    ui.confirm()
    ended = runs.ended(failed["id"], 2)

    assert ended["state"]["name"] == "Ready"
    assert runs.named(f"claim-{claim}") == [ended], "the same run"
    steps = runs.steps(failed["id"], 2, "submission")
    assert {name: steps.pop(name) for name in BEFORE} == dict.fromkeys(BEFORE, "AlreadyDone")
    assert steps.pop("submission") == "Waiting"
    assert steps == dict.fromkeys(("eligibility", *AFTER), "Done")
    assert asked(rt, "270") == [("SBXCO", False), ("SBXCO", True)]
    ui.open_run(failed["id"])
    ui.sees_under("Task Runs", "AlreadyDone", "coding_review")
    ui.sees_under("Details", "ready: goes with the next batch")


def test_a_batch_that_did_not_arrive_is_sent_once_by_its_retry(rt, admin, runs, ui):
    go_to(rt, admin, MONDAY)
    (claim,) = visits(rt, "PAY1001")
    fault(admin, ("submissions", "status:503"))
    run("daily-submission")
    failed = the_batch_run(rt, runs, claim)
    assert (failed["state_type"], received(admin)) == ("FAILED", [])

    ui.open_run(failed["id"])
    ui.ask_for_retry()
    ui.confirm()
    ended = runs.ended(failed["id"], 2)

    assert ended["state"]["name"] == "Sent"
    why = "sent in attempt 2, the earlier ones were never taken"
    assert ended["state"]["message"].startswith(f"{why}: 1 claims in batch")
    assert attempts(rt) == [Outcome.NOT_SENT, Outcome.ACCEPTED]
    assert received(admin) == [1]
    (life,) = runs.named(f"claim-{claim}")
    until(lambda: runs.shows(life["id"], "submission", "Sent"), "the submission on the claim's own run")
    ui.open_run(failed["id"])
    ui.sees_under("Details", why)


def test_a_batch_whose_receipt_was_lost_is_asked_after_and_not_sent_again(rt, admin, runs):
    go_to(rt, admin, MONDAY)
    (claim,) = visits(rt, "PAY1001")
    fault(admin, ("submissions", "close_after_accept"), ("ask", "status:503"))
    run("daily-submission")
    failed = the_batch_run(rt, runs, claim)
    assert (failed["state_type"], received(admin)) == ("FAILED", [1])

    runs.retry(failed["id"])
    ended = runs.ended(failed["id"], 2)

    assert ended["state"]["name"] == "Confirmed"
    assert ended["state"]["message"].startswith("nothing was sent again: the receiver was asked and has it")
    assert attempts(rt) == [Outcome.ACCEPTED]
    assert received(admin) == [1]
    assert stage(rt, claim) is Stage.SUBMITTED


def test_a_retried_poll_asks_only_the_payer_that_did_not_answer(rt, admin, runs, ui):
    go_to(rt, admin, MONDAY)
    claims = visits(rt, "SLO1001", "SLO1002", payers=("SBXCO", "SBXMD"))
    run("daily-submission")
    run("collect-responses")
    go_to(rt, admin, NEXT_TUESDAY)
    fault(admin, ("status", "status:503"))
    failed = run("poll-status")
    assert failed.failed
    assert "SBXCO did not answer about 1 claims (unavailable: The other side answered 503.)" in (
        failed.state.message
    )

    ui.open_run(failed.run_id)
    ui.ask_for_retry()
    ui.confirm()
    ended = runs.ended(failed.run_id, 2)

    assert ended["state"]["message"] == "1 claims asked about"
    assert asked(rt, "276") == [("SBXCO", False), ("SBXMD", True), ("SBXCO", True)]
    assert [stage(rt, claim) for claim in claims] == [Stage.ADJUDICATING] * 2


def test_of_a_retry_and_the_daily_run_at_the_same_moment_one_acts(rt, admin, runs, ui, patient):
    go_to(rt, admin, MONDAY)
    (claim,) = visits(rt, "PAY1001")
    fault(admin, ("eligibility", "status:503"))
    run("daily-submission")
    (failed,) = runs.named(f"claim-{claim}")

    fault(admin, ("eligibility", "slow:8"))
    ui.open_run(failed["id"])
    ui.ask_for_retry()
    ui.confirm()
    until(lambda: len(asked(rt, "270")) == 2, "the retry's question to the payer")
    daily = run("daily-submission")

    acted, busy = runs.named(f"claim-{claim}")
    assert busy["state"]["name"] == "Busy"
    why = f"nothing was done here: another run works on claim:{claim}"
    assert busy["state"]["message"].startswith(f"{why} (run {failed['id']}, ")
    assert "1 busy" in daily.state.message
    assert acted["id"] == failed["id"]
    assert runs.ended(failed["id"], 2)["state"]["name"] == "Ready"
    assert asked(rt, "270") == [("SBXCO", False), ("SBXCO", True)]
    ui.open_run(busy["id"])
    ui.sees("Busy")
    ui.sees_under("Details", why)
