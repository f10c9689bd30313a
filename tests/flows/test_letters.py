"""Records that a payer asks for go to it, and the claim is paid."""

from datetime import date, timedelta

import pytest
from operations import go_to, run, visits
from sqlmodel import select

from claims import decisions
from claims.database import reading, transaction
from claims.model import Actor, Adjudication, Filing, RecordsRequest, WorkItem

MONDAY = date(2026, 3, 2)


@pytest.fixture
def asked(rt, admin) -> str:
    """A claim whose payer has asked for records; the biller has let them go."""
    go_to(rt, admin, MONDAY)
    (claim,) = visits(rt, "PND0000001")
    run("daily-submission")
    run("collect-responses")
    go_to(rt, admin, MONDAY + timedelta(days=10))
    run("poll-status")
    with transaction(rt.engine) as session:
        session.add(Actor(name="bea", roles=["biller"], since=rt.clock.now().real))
        session.flush()
        item = session.exec(select(WorkItem).where(WorkItem.kind == "records_requested")).one()
        decisions.decide(session, rt.act(actor="bea"), item.id, "send_records", "two pages", rt.payers)
    return claim


def of(rt, table):
    with reading(rt.engine) as session:
        return session.exec(select(table)).one()


def test_records_are_sent_and_the_claim_is_paid(rt, admin, asked):
    ran = run("work-appeals")
    assert ran.state.is_completed(), ran.state.message
    assert of(rt, RecordsRequest).state == "sent"
    assert of(rt, Filing).adjudication is Adjudication.PENDING
    go_to(rt, admin, MONDAY + timedelta(days=30))
    run("collect-responses")
    assert of(rt, Filing).adjudication is Adjudication.PAID
