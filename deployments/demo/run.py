"""`cleanclaim demo`: a month of a small practice, then sixty days of scheduled runs, and where it all ended.

Each simulated day both clocks move, the day's files are taken in, the staff work their queues, and the
runs that have something to do are executed: the same deployment-backed runs that the schedules start.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time

import httpx

from claims import business_clock, users
from claims.database import transaction
from claims.intake.charge_map import load_charge_map
from claims.intake.importer import import_file
from claims.model import Role
from deployments.demo.days import due_runs
from deployments.demo.practice import DemoPractice
from deployments.demo.staff import work_the_queues
from deployments.running import run_registered
from tasks.runtime import Runtime

MORNING = time(7, 0)


@dataclass(slots=True)
class Diary:
    """What happened in the simulated days: how many were worked, runs by name, items done, failed runs."""

    days: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    items: int = 0
    failures: list[str] = field(default_factory=list)


def hire(rt: Runtime, practice: DemoPractice) -> None:
    """The practice's people become users; whoever manages them comes last."""
    with transaction(rt.engine) as session:
        everybody = sorted(practice.staff.items(), key=lambda pair: Role.ADMIN in pair[1])
        for name, roles in everybody:
            users.add(session, rt.act(), name, roles)


def live(rt: Runtime, practice: DemoPractice, sandbox: httpx.Client, day: date, diary: Diary) -> None:
    """One day of the practice."""
    move_clocks(rt, sandbox, day)
    deliver(rt, practice, day)
    diary.items += work_the_queues(rt, practice)
    if sandbox.get("/mailbox").raise_for_status().json()["files"]:
        _run("collect-responses", day, diary)
    for name in due_runs(rt, day):
        _run(name, day, diary)
    diary.items += work_the_queues(rt, practice)
    diary.days += 1


def _run(name: str, day: date, diary: Diary) -> None:
    ran = asyncio.run(run_registered(name, {}))
    diary.runs[name] += 1
    if not ran.ok:
        diary.failures.append(f"{day} {name}: {ran.message}")


def move_clocks(rt: Runtime, sandbox: httpx.Client, day: date) -> None:
    """The payer's day first, so that what it decides in the night is in the mailbox in the morning."""
    sandbox.put("/sandbox/clock", json={"today": day.isoformat()}).raise_for_status()
    with transaction(rt.engine) as session:
        at = datetime.combine(day, MORNING, rt.settings.zone_info)
        business_clock.move(session, at, rt.act(), sandbox=rt.settings.sandbox)


def deliver(rt: Runtime, practice: DemoPractice, day: date) -> None:
    """Take in the files that arrive today."""
    charge_map = load_charge_map(practice.charge_map, "charge_map.csv")
    for name, content in practice.files.items():
        if practice.delivered[name] == day:
            with transaction(rt.engine) as session:
                import_file(
                    session,
                    content,
                    name=name,
                    act=rt.act(),
                    settings=rt.settings,
                    charge_map=charge_map,
                    payers=rt.payers,
                )
