"""Records that a payer asks for go to it, each at most once whatever the line does, and the claim is paid."""

from datetime import date, timedelta

import pytest
from operations import fault, go_to, run, visits
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


def letters_received(admin) -> list[int]:
    """How often the payer has got each letter."""
    ledger = admin.get("/sandbox/ledger").raise_for_status().json()
    return [1 + letter["repeats"] for letter in ledger["letters"]]


def test_records_that_were_not_taken_go_with_the_next_run(rt, admin, asked):
    fault(admin, ("records", "status:401"))
    failed = run("work-appeals")
    assert failed.failed
    assert "was not sent" in failed.state.message
    assert (of(rt, RecordsRequest).state, letters_received(admin)) == ("approved", [])
    assert run("work-appeals").state.is_completed()
    assert (of(rt, RecordsRequest).state, letters_received(admin)) == ("sent", [1])


@pytest.mark.parametrize(("how", "came"), [("status:503", []), ("close_after_accept", [1])])
def test_records_whose_end_is_not_known_are_asked_after_before_anything_goes_again(
    rt, admin, asked, how, came
):
    fault(admin, ("records", how), ("ask", "status:503"))
    assert "may have arrived" in run("work-appeals").state.message
    assert (of(rt, RecordsRequest).state, letters_received(admin)) == ("unconfirmed", came)
    assert "the payer could not be asked" in run("work-appeals").state.message
    assert letters_received(admin) == came, "nothing goes while the payer cannot be asked"
    assert run("work-appeals").state.is_completed()
    assert (of(rt, RecordsRequest).state, letters_received(admin)) == ("sent", [1])


def test_records_are_sent_and_the_claim_is_paid(rt, admin, asked):
    ran = run("work-appeals")
    assert ran.state.is_completed(), ran.state.message
    assert of(rt, RecordsRequest).state == "sent"
    assert of(rt, Filing).adjudication is Adjudication.PENDING
    go_to(rt, admin, MONDAY + timedelta(days=30))
    run("collect-responses")
    assert of(rt, Filing).adjudication is Adjudication.PAID
