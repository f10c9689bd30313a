"""The demo's stage: a home of its own, the local stack, the simulated months, and what is told at the end."""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from claims import audit
from claims.database import reading
from claims.trace import as_text, trace
from deployments.children import Children
from deployments.demo.days import days as working_days
from deployments.demo.outcome import Outcome, outcome
from deployments.demo.practice import DemoPractice, make_practice
from deployments.demo.run import Diary, hire, live
from deployments.home import SANDBOX_SETTINGS, prepare_codes, prepare_home, settings_of
from deployments.ports import free_port
from deployments.stack import Ports, local_stack, until_stopped
from tasks.runtime import Runtime, runtime

HOME = Path(".cleanclaim/demo")


@dataclass(slots=True)
class Ended:
    """What the demo has to show; ``good`` when nothing was lost, doubled or left unexplained."""

    outcome: Outcome
    diary: Diary
    runs: Counter[str]
    ledger: dict[str, Any]
    history: str
    history_ok: bool
    trace: str
    ui: str
    children: Children

    @property
    def duplicates(self) -> int:
        return int(self.ledger["duplicates"])

    @property
    def allowed(self) -> Decimal:
        return sum((Decimal(c["allowed"]) for c in self.ledger["claims"]), Decimal("0.00"))

    @property
    def paid_by_payers(self) -> Decimal:
        return sum((Decimal(c["paid"]) for c in self.ledger["claims"]), Decimal("0.00"))

    @property
    def ties_out(self) -> bool:
        money = self.outcome.money
        return money.charge == money.paid + money.patient + money.adjusted + money.open

    @property
    def agrees(self) -> str:
        theirs, ours = self.paid_by_payers, self.outcome.paid_by_payers
        return f"yes, {ours:,.2f} paid" if theirs == ours else f"NO, they say {theirs:,.2f}, we {ours:,.2f}"

    @property
    def good(self) -> bool:
        agree = self.paid_by_payers == self.outcome.paid_by_payers
        exact = self.outcome.whereabouts.is_exact
        return self.ties_out and exact and agree and not self.duplicates and self.history_ok

    def stay(self) -> None:
        """Keep serving, with the runner that picks up retries, until somebody stops it."""
        self.children.start("runner", "deployments.runner")
        until_stopped(self.children)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.outcome.as_json(),
            "allowed": str(self.allowed),
            "ties_out": self.ties_out,
            "agrees_with_payers": self.paid_by_payers == self.outcome.paid_by_payers,
            "duplicates": self.duplicates,
            "history": self.history,
            "runs": dict(self.runs),
            "days": self.diary.days,
            "failures": self.diary.failures,
        }


@contextmanager
def run_demo(claims: int, days: int, environ: Mapping[str, str], progress: Console | None) -> Iterator[Ended]:
    """Live through it, and keep the stack up until the block ends."""
    ports = Ports(prefect=free_port(), sandbox=free_port())
    home = _fresh_home(ports)
    os.environ["CLEANCLAIM_HOME"] = str(home)
    prepare_codes(prepare_home().home)
    settings = settings_of()
    today = datetime.now(UTC).astimezone(settings.zone_info).date()
    practice = make_practice(claims, today - timedelta(days=days))
    first = min(practice.delivered.values())
    own = {**environ, "CLEANCLAIM_HOME": str(home)}
    with local_stack(settings, ports, own, sandbox=True, runner=False, sandbox_today=first) as up:
        rt = runtime()
        with httpx.Client(base_url=f"http://127.0.0.1:{ports.sandbox}", timeout=60) as sandbox:
            diary = _live_through(rt, practice, sandbox, today, progress, up)
            ledger = sandbox.get("/sandbox/ledger").raise_for_status().json()
        yield _ended(rt, diary, ledger, f"http://127.0.0.1:{ports.prefect}", up)


def _fresh_home(ports: Ports) -> Path:
    """The demo's own folder, emptied: it holds nothing but what an earlier demo made."""
    home = HOME.absolute()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    (home / "cleanclaim.toml").write_text(
        SANDBOX_SETTINGS.format(sandbox=ports.sandbox, prefect=ports.prefect)
    )
    return home


def _live_through(
    rt: Runtime,
    practice: DemoPractice,
    sandbox: httpx.Client,
    last: date,
    progress: Console | None,
    children: Children,
) -> Diary:
    diary = Diary()
    hire(rt, practice)
    first = min(practice.delivered.values())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress, disable=progress is None) as bar:
        task = bar.add_task("starting", total=(last - first).days or 1)
        for day in working_days(rt, practice, sandbox, last):
            bar.update(task, completed=(day - first).days, description=f"{day:%a %d %b %Y}")
            children.check()
            live(rt, practice, sandbox, day, diary)
        bar.update(task, completed=(last - first).days, description="done")
    return diary


def _ended(rt: Runtime, diary: Diary, ledger: dict[str, Any], ui: str, children: Children) -> Ended:
    with reading(rt.engine) as session:
        verified = audit.verify(session)
        ended = outcome(rt, session)
        told = as_text(trace(session, ended.example))
    history = f"{verified.events} events, {'whole' if verified.ok else f'BROKEN: {verified.first_break}'}"
    runs = asyncio.run(_count_runs())
    return Ended(ended, diary, runs, ledger, history, verified.ok, told, ui, children)


async def _count_runs() -> Counter[str]:
    """How many flow runs Prefect has, by flow."""
    from prefect import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    from flows.catalogue import FLOWS

    counts: Counter[str] = Counter()
    async with get_client() as client:
        for name in FLOWS:
            body = {"flows": FlowFilter(name=FlowFilterName(any_=[name])).model_dump(mode="json")}
            response = await client._client.post("/flow_runs/count", json=body)
            counts[name] = int(response.json())
    return counts
