"""What follows from an adjudication, and what a person may decide on a denial."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from remits import clp

from claims import lifecycle, patients
from claims.bundle import load_bundle
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Actor, Denial, Document, EventRow, Queue, Stage
from claims.money import decisions
from claims.transitions import Event


@pytest.fixture
def decide(session, biller, payers):
    def run(bundle, option, reason="as discussed", by=biller):
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, decisions.decide(session, by, fresh, option, reason, payers), by)
        session.flush()
        return fresh.claim

    return run


def test_a_claim_paid_in_full_is_closed(accepted, payer, settle):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    assert settle(bundle).stage is Stage.CLOSED


def test_the_patients_share_goes_to_the_patient(accepted, payer, settle, act):
    bundle = accepted()
    payer.say(clp(bundle, "PR-2 24.00"))
    claim = settle(bundle)
    assert (claim.stage, claim.next_action_at) == (Stage.PATIENT, act.at.business)


def test_a_denial_is_held_at_the_desk_that_can_mend_it(accepted, payer, settle, open_work, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-197 120.00"))
    claim = settle(bundle)
    assert (claim.stage, claim.hold_reason, claim.hold_owner) == (Stage.DENIAL, "denial", Queue.AUTHORIZATION)
    assert kinds(bundle) == [Event.REMIT_DENIED, Event.DENIAL_OPENED, Event.HELD]
    item = open_work("denial")[0]
    assert item.reason == "Denied 120.00: CO-197 authorization missing (120.00)."
    assert [(o["id"], o["recommended"]) for o in item.options] == [
        ("correct", True),
        ("appeal", False),
        ("write_off", False),
    ]


def test_settling_twice_changes_nothing(accepted, payer, settle, open_work):
    bundle = accepted()
    payer.say(clp(bundle, "CO-197 120.00"))
    version = settle(bundle).version
    assert settle(bundle).version == version
    assert len(open_work("denial")) == 1


def test_a_denial_that_is_released_without_a_decision_gets_its_work_item_again(
    accepted, payer, settle, session, act, open_work
):
    bundle = accepted()
    payer.say(clp(bundle, "CO-197 120.00"))
    claim = settle(bundle)
    lifecycle.apply(session, [Change(claim, Event.RELEASED, Story("by hand"))], act)
    assert settle(bundle).hold_reason == "denial"
    assert len(open_work("denial")) == 1


def test_an_unprocessable_claim_has_no_appeal_and_wants_a_new_claim(accepted, payer, settle, open_work):
    bundle = accepted()
    payer.say(clp(bundle, "CO-16 120.00", remarks=("N286",), moa=("MA130",)))
    settle(bundle)
    item = open_work("denial")[0]
    assert item.options[0]["title"] == "Correct it and send it as a new claim"
    assert "appeal" not in [option["id"] for option in item.options]
    assert "It cannot be appealed: it was not decided, only called unprocessable" in item.reason
    assert "as a new claim" in item.options[0]["effect"]


def test_what_the_group_puts_on_the_patient_is_billed_without_asking(accepted, payer, settle, session):
    bundle = accepted()
    payer.say(clp(bundle, "PR-204 120.00"))
    assert settle(bundle).stage is Stage.PATIENT
    assert session.query(Denial).one().state == "ended"


def test_a_claim_taken_back_waits_for_the_correction_with_an_owner(accepted, payer, settle, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 20.00", status="22"))
    claim = settle(bundle)
    assert (claim.stage, claim.hold_reason) == (Stage.ADJUDICATED, "reversed")
    payer.say(clp(bundle, "CO-45 30.00"))
    assert kinds(bundle)[-3:] == [Event.HELD, Event.RELEASED, Event.REMIT_PAID]
    assert settle(bundle).stage is Stage.CLOSED


def test_paid_twice_is_a_credit_that_a_person_gives_back(accepted, payer, settle, open_work):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 20.00"))
    assert settle(bundle).hold_reason == "credit_balance"
    assert "Paid 120.00 more" in open_work("credit_balance")[0].reason


def test_an_answer_that_does_not_speak_of_the_whole_bill_is_asked_about(accepted, payer, settle):
    bundle = accepted(lines=({}, {"charge": Decimal("30.00")}))
    payer.say(clp(bundle, "CO-45 20.00"))
    assert settle(bundle).hold_reason == "unexplained_balance"


def test_a_write_off_ends_a_denial_and_names_who_and_why(accepted, payer, settle, decide, owed, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-29 120.00"))
    settle(bundle)
    claim = decide(bundle, "write_off", "no proof of filing to be had")
    assert (claim.stage, claim.hold_reason, owed(bundle).adjusted) == (Stage.CLOSED, None, Decimal("120.00"))
    assert kinds(bundle)[-3:] == [Event.RELEASED, Event.WRITTEN_OFF, Event.CLOSED]


def test_the_patients_share_is_billed_after_the_denied_rest_is_written_off(accepted, payer, settle, decide):
    bundle = accepted()
    payer.say(clp(bundle, "CO-151 60.00", "PR-1 30.00"))
    settle(bundle)
    assert decide(bundle, "write_off").stage is Stage.PATIENT


def test_contractual_amounts_are_never_billed_to_the_patient(accepted, payer, settle, decide):
    bundle = accepted()
    payer.say(clp(bundle, "CO-50 120.00"))
    settle(bundle)
    with pytest.raises(NotAllowed, match="never billed to the patient"):
        decide(bundle, "bill_patient")


def test_a_refusal_that_is_nobodys_by_contract_may_be_billed_to_the_patient(
    accepted, payer, settle, decide, owed
):
    bundle = accepted()
    payer.say(clp(bundle, "OA-96 120.00"))
    settle(bundle)
    assert decide(bundle, "bill_patient").stage is Stage.PATIENT
    assert owed(bundle).patient == Decimal("120.00")


def test_a_corrected_claim_goes_through_every_check_again(accepted, payer, settle, decide, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-4 120.00"))
    settle(bundle)
    claim = decide(bundle, "correct")
    assert (claim.stage, claim.hold_reason) == (Stage.INTAKE, None)
    assert session.query(Denial).one().state == "corrected"


def test_a_denied_claim_can_go_to_the_next_payer(accepted, payer, settle, decide, second):
    bundle = accepted()
    second(bundle)
    payer.say(clp(bundle, "CO-22 120.00"))
    settle(bundle)
    assert decide(bundle, "bill_next_payer").stage is Stage.SECONDARY


def test_nobody_in_particular_decides_nothing(accepted, payer, settle, decide, act, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-50 120.00"))
    settle(bundle)
    session.add(Actor(name="ann", roles=["auditor"], since=act.at.real))
    session.flush()
    for actor in (act, Act("ann", act.at), Act("prefect-ui, unattributed", act.at)):
        with pytest.raises(NotAllowed):
            decide(bundle, "write_off", by=actor)


def test_a_payment_for_a_claim_that_is_being_corrected_stops_it(accepted, payer, settle, decide, owed):
    bundle = accepted()
    payer.say(clp(bundle, "CO-4 120.00"))
    settle(bundle)
    decide(bundle, "correct")
    payer.say(clp(bundle, "CO-45 20.00"))
    claim = settle(bundle)
    assert (claim.stage, claim.hold_reason) == (Stage.INTAKE, "paid_meanwhile")
    assert owed(bundle).paid == Decimal("100.00")


@pytest.fixture
def bill(session, act, payers):
    def run(bundle, later=timedelta(0)):
        moment = replace(act.at, business=act.at.business + later)
        at = Act("system", moment)
        fresh = load_bundle(session, bundle.claim.id)
        changes = patients.statements(session, at, [fresh], payers)
        lifecycle.apply(session, changes, at)
        session.flush()
        return [change.event for change in changes]

    return run


def test_a_patient_gets_a_statement_every_thirty_days_and_then_a_person_looks(accepted, payer, settle, bill):
    bundle = accepted()
    payer.say(clp(bundle, "PR-1 40.00"))
    settle(bundle)
    days = [bill(bundle, timedelta(days=day)) for day in (0, 1, 29, 30, 60, 90, 91)]
    sent = [Event.STATEMENT_SENT]
    assert days == [sent, [], [], sent, sent, [Event.HELD], []]


def test_a_statement_says_in_plain_words_what_is_owed_and_why(accepted, payer, settle, bill, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00"))
    settle(bundle)
    bill(bundle)
    paper = session.query(Document).filter_by(kind="statement").one().content
    text = " ".join(PdfReader(BytesIO(paper)).pages[0].extract_text().split())
    assert "PATIENCE EXAMPLE 1 TEST LN COLUMBUS, OH 43215" in text
    assert "February 16, 2026 Visit (99213) 120.00 20.00 60.00 40.00" in text
    assert "$40.00: your plan's deductible" in text
    assert "Please pay $40.00 by March 23, 2026" in text
    assert "call MAPLE STREET FAMILY MEDICINE at (614) 555-0100" in text


def test_a_small_balance_is_not_billed_and_the_rule_is_named(accepted, payer, settle, bill, owed, session):
    bundle = accepted()
    payer.say(clp(bundle, "PR-3 4.00"))
    settle(bundle)
    assert bill(bundle) == [Event.CLOSED]
    event = session.query(EventRow).filter_by(subject=bundle.claim.id, kind="closed").one()
    assert event.facts["rule"] == "small_balance"
    assert owed(bundle).patient == Decimal("4.00")


def test_a_payment_closes_the_claim_when_nothing_is_owed_any_more(accepted, payer, settle, session, biller):
    bundle = accepted()
    payer.say(clp(bundle, "PR-1 40.00"))
    settle(bundle)
    for amount, receipt, stage in (("15.00", "R1", Stage.PATIENT), ("15.00", "R1", Stage.PATIENT),
                                   ("25.00", "R2", Stage.CLOSED)):  # fmt: skip
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, patients.pay(session, biller, fresh, Decimal(amount), receipt), biller)
        assert fresh.claim.stage is stage


def test_a_copay_at_the_visit_counts_when_the_payer_has_answered(accepted, payer, settle, session, biller):
    bundle = accepted()
    lifecycle.apply(session, patients.pay(session, biller, bundle, Decimal("25.00"), "R9"), biller)
    payer.say(clp(bundle, "CO-45 20.00", "PR-3 25.00"))
    assert settle(bundle).stage is Stage.CLOSED
