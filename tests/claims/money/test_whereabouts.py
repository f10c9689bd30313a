"""Every billed dollar is paid, adjusted, owed by a patient, or with somebody who has to do with it."""

from decimal import Decimal

import pytest
from remits import clp

from claims import lifecycle, patients
from claims.bundle import load_bundle
from claims.events import Story
from claims.lifecycle import Change
from claims.money.settle import after_adjudication
from claims.money.whereabouts import whereabouts
from claims.transitions import Event


@pytest.fixture
def go(session, act, payers):
    def on(bundle):
        lifecycle.apply(
            session,
            after_adjudication(session, act, [load_bundle(session, bundle.claim.id)], payers),
            act,
        )
        session.flush()

    return on


def test_each_claim_adds_to_what_became_of_it_and_the_sum_is_exact(
    accepted, payer, go, session, practice, biller
):
    practice.claim()
    _, paid, denied, owing, overpaid = (accepted() for _ in range(5))
    payer.say(clp(paid, "CO-45 20.00"))
    payer.say(clp(denied, "CO-45 20.00", "CO-50 100.00"))
    payer.say(clp(owing, "CO-45 20.00", "PR-1 40.00"))
    payer.say(clp(overpaid, "CO-45 20.00"))
    payer.say(clp(overpaid, "CO-45 20.00", icn="ICN2"))
    for bundle in (paid, denied, owing, overpaid):
        go(bundle)
    ours = load_bundle(session, owing.claim.id)
    lifecycle.apply(session, patients.pay(session, biller, ours, Decimal("15.00"), "R1"), biller)
    session.flush()
    found = whereabouts(session)
    assert found.billed == Decimal("600.00")
    assert (found.paid, found.adjusted) == (Decimal("375.00"), Decimal("100.00"))
    assert found.patients == Decimal("25.00")
    assert found.held == {
        "payer SBXCO": Decimal("120.00"),
        "queue denials": Decimal("100.00"),
        "queue follow_up": Decimal("-120.00"),
    }
    assert found.is_exact


def test_money_that_nobody_has_to_do_with_is_lost_and_told(accepted, payer, session, act):
    bundle = accepted()
    payer.say(clp(bundle, "CO-50 120.00"))
    lifecycle.apply(session, [Change(bundle.claim, Event.CLOSED, Story("a mistake"))], act)
    found = whereabouts(session)
    assert found.lost == [bundle.claim.id]
    assert not found.is_exact
    assert found.as_json()["held"] == {"": "120.00"}


def test_a_patients_credit_needs_a_desk(accepted, payer, go, session, biller, act):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00"))
    go(bundle)
    for amount, receipt in (("40.00", "R1"), ("5.00", "R2")):
        ours = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, patients.pay(session, biller, ours, Decimal(amount), receipt), biller)
    session.flush()
    found = whereabouts(session)
    assert found.held == {"queue billing": Decimal("-5.00")}
    assert found.is_exact
