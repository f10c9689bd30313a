"""What tests of whole runs do and look at: days, visits, runs, and what Prefect and the sandbox tell."""

import asyncio
import time as real_time
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import httpx
from factories import Practice
from sqlmodel import select

from claims import business_clock
from claims.database import reading, transaction
from claims.model import Claim, Payer, Stage
from claims.model.types import new_id
from tasks.runtime import Runtime, runtime

LONGEST = 120  # seconds; a process of its own for a run takes half a minute where the machine is busy

OVER = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def go_to(rt: Runtime, admin: httpx.Client, day: date) -> None:
    """Both sides live on ``day``, seven in the morning."""
    admin.put("/sandbox/clock", json={"today": day.isoformat()}).raise_for_status()
    at = datetime.combine(day, time(7, 0), rt.settings.zone_info)
    with transaction(rt.engine) as session:
        business_clock.move(session, at, rt.act(), sandbox=True)


def visits(rt: Runtime, *members: str, payers: tuple[str, ...] = ()) -> list[str]:
    """A claim for each member id; they are the first payer's, or by turns those of ``payers``."""
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        session.add_all(Payer(id=payer, name=payer) for payer in payers if payer != practice.payer.id)
        session.flush()
        turns = payers or (practice.payer.id,)
        insured = [
            {"member_id": member, "payer_id": turns[n % len(turns)]} for n, member in enumerate(members)
        ]
        return [practice.claim(coverage=coverage).claim.id for coverage in insured]


def run(name: str, **parameters: Any) -> Any:
    """The flow as a schedule runs it, to its end in this process; see `flows.dispatch.Ran`."""
    from flows.catalogue import FLOWS
    from flows.dispatch import Ticket, run_each

    async def to_its_end() -> Any:
        ticket = Ticket(name, f"{name}-{new_id()}", f"{name}:{uuid4()}", parameters, [])
        (ran,) = await run_each(FLOWS[name], [ticket], at_once=1)
        await runtime().hang_up()
        return ran

    return asyncio.run(to_its_end())


def stage(rt: Runtime, claim_id: str) -> Stage:
    with reading(rt.engine) as session:
        return session.exec(select(Claim).where(Claim.id == claim_id)).one().stage


def fault(admin: httpx.Client, *faults: tuple[str, str]) -> None:
    """The sandbox suffers these instead of any before, each once: (place, way)."""
    rows = [{"on": place, "how": how, "times": 1} for place, how in faults]
    admin.put("/sandbox/faults", json=rows).raise_for_status()


def received(admin: httpx.Client) -> list[int]:
    """How often the sandbox received each claim, by its ledger, resends included."""
    ledger = admin.get("/sandbox/ledger").raise_for_status().json()
    return [claim["received"] + claim["resent"] for claim in ledger["claims"]]


def until(find: Callable[[], Any], what: str) -> Any:
    """What ``find`` finds, asked again until it finds something."""
    end = real_time.monotonic() + LONGEST
    while real_time.monotonic() < end:
        if found := find():
            return found
        real_time.sleep(0.2)
    raise AssertionError(f"waited in vain for {what}")


class Runs:
    """The runs as Prefect's own API tells of them."""

    def __init__(self, api_url: str) -> None:
        self.url = api_url

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        with closing(httpx.Client(base_url=self.url, timeout=30)) as api:
            answer = api.request(method, path, **content).raise_for_status()
            return answer.json() if answer.content else None

    def named(self, name: str) -> list[dict[str, Any]]:
        """The runs of that name, the first begun first."""
        filters = {"flow_runs": {"name": {"any_": [name]}}, "sort": "START_TIME_ASC"}
        found: list[dict[str, Any]] = self._ask("POST", "/flow_runs/filter", json=filters)
        return found

    def deployment(self, name: str) -> str:
        """The id of the flow's deployment."""
        found: str = self._ask("GET", f"/deployments/name/{name}/{name}")["id"]
        return found

    def planned(self, deployments: list[str]) -> list[dict[str, Any]]:
        """The runs that the server planned for schedules of these deployments, the next one first."""
        filters = {
            "flow_runs": {"tags": {"all_": ["auto-scheduled"]}},
            "deployments": {"id": {"any_": deployments}},
            "sort": "EXPECTED_START_TIME_ASC",
        }
        found: list[dict[str, Any]] = self._ask("POST", "/flow_runs/filter", json=filters)
        return found

    def run(self, id: str | UUID) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/flow_runs/{id}")
        return found

    def steps(self, id: str | UUID, attempt: int, last: str) -> dict[str, str]:
        """The steps of one attempt of a run, by name: the state in which each ended.

        Prefect records them a moment later than they happen, each by itself (a row may be there before
        its state is), so the end of ``last`` is waited for, and a state of every other.
        """

        def look() -> dict[str, str] | None:
            rows = [row for row in self._task_runs(id) if row["flow_run_run_count"] == attempt]
            over = {row["name"] for row in rows if row["state_type"] in OVER}
            told = last in over and all(row["state"] for row in rows)
            return {row["name"]: row["state"]["name"] for row in rows} if told else None

        found: dict[str, str] = until(look, f"step {last} of attempt {attempt} of run {id}")
        return found

    def shows(self, id: str | UUID, step: str, state: str) -> bool:
        """Is there such a step on the run's timeline?"""
        shown = [(row["name"], row["state"]["name"]) for row in self._task_runs(id) if row["state"]]
        return (step, state) in shown

    def _task_runs(self, id: str | UUID) -> list[dict[str, Any]]:
        filters = {"flow_runs": {"id": {"any_": [str(id)]}}, "sort": "EXPECTED_START_TIME_ASC"}
        found: list[dict[str, Any]] = self._ask("POST", "/task_runs/filter", json=filters)
        return found

    def are_served(self) -> bool:
        """Has a runner looked for work for the deployments?"""
        return all(deployment["status"] == "READY" for deployment in self._deployments())

    def rest_schedules(self) -> None:
        for deployment in self._deployments():
            self._ask("POST", f"/deployments/{deployment['id']}/pause_deployment")

    def _deployments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("POST", "/deployments/filter", json={})
        return found

    def retry(self, id: str | UUID) -> None:
        """What the Retry button sends."""
        state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
        self._ask("POST", f"/flow_runs/{id}/set_state", json={"state": state, "force": True})

    def ended(self, id: str | UUID, count: int) -> dict[str, Any]:
        """The run once it has ended for the ``count``-th time."""

        def look() -> dict[str, Any] | None:
            run = self.run(id)
            return run if run["state_type"] in OVER and run["run_count"] == count else None

        found: dict[str, Any] = until(look, f"the end of attempt {count} of run {id}")
        return found
