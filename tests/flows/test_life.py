"""A claim goes all the way: through real Prefect runs, against the real sandbox payer."""

import asyncio
from datetime import date, datetime, time
from uuid import uuid4

import httpx
from factories import Practice
from sqlmodel import select

from claims import business_clock
from claims.database import reading, transaction
from claims.model import Claim, Stage
from flows.catalogue import FLOWS
from flows.dispatch import Ran, Ticket, run_each
from tasks.runtime import Runtime


def go_to(rt: Runtime, admin: httpx.Client, day: date) -> None:
    """Both sides live on ``day``, seven in the morning."""
    admin.put("/sandbox/clock", json={"today": day.isoformat()}).raise_for_status()
    at = datetime.combine(day, time(7, 0), rt.settings.zone_info)
    with transaction(rt.engine) as session:
        business_clock.move(session, at, rt.act(), sandbox=True)


def run(name: str, **parameters) -> Ran:
    ticket = Ticket(name, name, f"{name}:{uuid4()}", parameters, [])
    (ran,) = asyncio.run(run_each(FLOWS[name], [ticket], at_once=1))
    return ran


def visit(rt: Runtime, member_id: str = "PAY0000001", **fields) -> str:
    with transaction(rt.engine) as session:
        bundle = Practice(session, rt.act()).claim(coverage={"member_id": member_id}, **fields)
        return bundle.claim.id


def stage(rt: Runtime, claim_id: str) -> Stage:
    with reading(rt.engine) as session:
        return session.exec(select(Claim).where(Claim.id == claim_id)).one().stage


def test_a_visit_becomes_a_paid_claim(rt, admin):
    go_to(rt, admin, date(2026, 3, 2))
    claim = visit(rt)
    ran = run("daily-submission")
    assert ran.state.name == "DayClosed"
    assert stage(rt, claim) is Stage.SUBMITTED
    run("collect-responses")
    assert stage(rt, claim) is Stage.ADJUDICATING
