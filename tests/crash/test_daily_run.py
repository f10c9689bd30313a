"""The daily run is killed by kill -9, ten times, each time at another moment, and started again."""

import signal
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from crash.mortal import ASKING_IN_BATCH, BEFORE_THE_ATTEMPT, FROM_THE_ATTEMPT_TO_THE_RECEIPT, IN_A_CHUNK
from factories import Practice
from operations import go_to
from prefect_stack import FIRST_DAY
from sqlmodel import col, select

from claims import business_clock
from claims.audit.verify import verify
from claims.database import reading, transaction
from claims.model import Batch, BatchQuestion, BatchState, Claim, ClaimStep, ExpectedAck, Stage
from config.payers import SHIPPED
from deployments.bench import ways
from deployments.bench.doors import KEY
from tasks.runtime import Runtime

MEMORIAL_DAY = date(2026, 5, 25)


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


def test_a_chunk_that_was_killed_goes_on_at_the_claims_it_was_on(
    office: Practice, cleanclaim, rt: Runtime, admin: httpx.Client, home: Path
) -> None:
    """In chunks of two, killed in the second one: what was done is not done again, and nothing is lost."""
    lane = "per_claim_runs_up_to = 0\nclaims_per_chunk = 2\nchunks_at_once = 1\n"
    settings = home / "cleanclaim.toml"
    settings.write_text(f"{settings.read_text()}\n[dispatch]\n{lane}")
    due = [visit(rt, office, number) for number in range(5)]
    (moment,) = IN_A_CHUNK
    assert cleanclaim("run", "daily", moment=moment) == -signal.SIGKILL
    with reading(rt.engine) as session:
        stages = Counter(claim.stage for claim in session.exec(select(Claim)))
    assert stages == {Stage.READY: 2, Stage.SCRUB: 2, Stage.INTAKE: 1}

    assert cleanclaim("run", "daily") == 0, (home / "run.log").read_text()
    assert [entry["received"] for entry in ledger(admin)["claims"]] == [1] * len(due)
    with reading(rt.engine) as session:
        tried = Counter((step.claim_id, step.step) for step in session.exec(select(ClaimStep)))
        assert set(tried.values()) == {1}
        assert {claim.stage for claim in session.exec(select(Claim))} == {Stage.SUBMITTED}


def test_two_runs_at_once_after_a_missed_day_and_one_on_a_holiday_send_each_claim_once(
    office: Practice, cleanclaim, rt: Runtime, admin: httpx.Client, home: Path
) -> None:
    """Nobody ran on the first day. On the next two runs begin at once; the payer then keeps Memorial Day."""
    due = [visit(rt, office, number) for number in range(2)]
    go_to(rt, admin, FIRST_DAY + timedelta(days=1))
    due.append(visit(rt, office, 2))
    assert cleanclaim("run", "daily", together=2) == 0, (home / "run.log").read_text()
    assert [entry["received"] for entry in ledger(admin)["claims"]] == [1] * len(due)
    assert "another run works on run:daily-submission" in (home / "run.log").read_text()

    go_to(rt, admin, MEMORIAL_DAY)
    due.append(visit(rt, office, 3))
    assert cleanclaim("run", "daily") == 0, (home / "run.log").read_text()
    received = ledger(admin)
    assert sorted(entry["pcn"] for entry in received["claims"]) == sorted(id.upper() for id in due)
    assert (received["duplicates"], received["repeats"]) == (0, 0)
    with reading(rt.engine) as session:
        latest = session.exec(select(Batch).order_by(col(Batch.created_at).desc())).first()
        query = select(ExpectedAck.due_at).where(ExpectedAck.batch_id == latest.id, ExpectedAck.kind == "999")
        days = session.exec(query).one().astimezone(rt.settings.zone_info).date() - MEMORIAL_DAY
    assert days >= timedelta(days=2), "its 999 has the next working day"


def answers_in_batch(home: Path, sandbox: str) -> None:
    """The payer takes two questions in a file and answers later, through CAQH CORE's REST."""
    settings = home / "cleanclaim.toml"
    before, _, rest = settings.read_text().partition("[connectors.sandbox]")
    door = ways.sections("core-rest", sandbox).replace(KEY, "demo")
    settings.write_text(f"{before}{door}attempts = 1\n\n{rest[rest.index('[prefect]') :]}")
    (home / "payers").mkdir()
    for shipped in (SHIPPED / "sandbox").glob("*.toml"):
        asked = f'{shipped.read_text()}\n[questions]\nclaims = "batch"\nper_file = 2\n'
        (home / "payers" / shipped.name).write_text(asked)


def test_questions_in_batch_killed_three_times(
    office: Practice, cleanclaim, rt: Runtime, admin: httpx.Client, home: Path, sandbox: str
) -> None:
    """Each claim's coverage is asked about once, and each claim is sent once, whatever was cut off."""
    answers_in_batch(home, sandbox)
    due = [visit(rt, office, number) for number in range(5)]
    for moment in ASKING_IN_BATCH:
        assert cleanclaim("run", "daily", moment=moment) == -signal.SIGKILL, moment
    assert cleanclaim("run", "daily") == 0, (home / "run.log").read_text()
    with reading(rt.engine) as session:
        asked = session.exec(select(BatchQuestion)).all()
        batches = session.exec(select(Batch)).all()
    assert Counter(question.claim_id for question in asked) == Counter(due)
    assert sorted(batch.claims for batch in batches) == [1, 2, 2]
    assert {batch.state for batch in batches} == {BatchState.SENT}
    waiting = admin.get("/mailbox", headers={"X-Sender": "CLEANCLAIM"}).raise_for_status().json()["files"]
    assert Counter(file["kind"] for file in waiting) == {"999": 3, "271": 3}, "none came twice"

    assert cleanclaim("run", "responses") == 0, (home / "run.log").read_text()
    assert cleanclaim("run", "daily") == 0, (home / "run.log").read_text()
    assert sorted(e["pcn"] for e in ledger(admin)["claims"]) == sorted(id.upper() for id in due)
    assert {entry["received"] for entry in ledger(admin)["claims"]} == {1}
