"""What one payer leaves for the next: billed, or waited for where the payer forwarded the claim itself."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from remits import PAID_ON, clp
from visits import PAYERS

from claims import lifecycle, manage, patients
from claims.bundle import load_bundle
from claims.documents.statement import _told
from claims.errors import NotAllowed
from claims.events import Act
from claims.model import Actor, EventRow, Filing, Queue, Stage
from claims.money import next_payer
from claims.money.settle import after_adjudication
from claims.statements import statement_of
from claims.transitions import Event
from config.payers.crossover import Crossover

LAST = PAID_ON + timedelta(days=30)


@pytest.fixture
def step(session, act, payers):
    """The steps of an adjudicated claim and of one that waits for the next payer, so many days from today."""

    def run(bundle, days: int = 0, payers=payers):
        later = Act(act.actor, replace(act.at, business=act.at.business + timedelta(days=days)))
        for decide in (after_adjudication, next_payer.prepare):
            fresh = load_bundle(session, bundle.claim.id)
            stage = Stage.SECONDARY if decide is next_payer.prepare else fresh.claim.stage
            if fresh.claim.stage is stage:
                lifecycle.apply(session, decide(session, later, [fresh], payers), later)
        session.flush()
        return fresh.claim

    return run


@pytest.fixture
def forwarded(accepted, second, payer, step):
    """A claim that its payer paid in part and forwarded."""
    bundle = accepted()
    second(bundle)
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00", status="19"))
    step(bundle)
    return bundle


def filings(session, bundle):
    return [f.sequence for f in session.query(Filing).filter_by(claim_id=bundle.claim.id)]


def last_event(session, bundle):
    return session.query(EventRow).filter_by(subject=bundle.claim.id).order_by(EventRow.number.desc()).first()


def test_the_next_payer_is_billed_before_the_patient(accepted, payer, second, step, owed, session):
    bundle = accepted()
    second(bundle)
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00"))
    assert step(bundle).stage is Stage.SCRUB
    assert filings(session, bundle) == ["P", "S"]
    assert (owed(bundle).open, owed(bundle).patient) == (Decimal("40.00"), Decimal("0.00"))


def test_without_a_further_coverage_the_front_desk_is_asked(practice, session, act):
    bundle = practice.claim()
    practice.filing(
        bundle, Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED, Event.REMIT_PAID, icn="ICN1"
    )
    practice.advance(bundle.claim, Event.SECONDARY_DUE)
    loaded = load_bundle(session, bundle.claim.id)
    lifecycle.apply(session, next_payer.prepare(session, act, [loaded], PAYERS), act)
    assert (loaded.claim.stage, loaded.claim.hold_owner) == (Stage.SECONDARY, Queue.FRONT_DESK)


def test_a_forwarded_claim_waits_and_is_billed_only_if_no_answer_came(forwarded, step, session):
    claim = load_bundle(session, forwarded.claim.id).claim
    assert (claim.stage, claim.next_action_at.date()) == (Stage.SECONDARY, LAST + timedelta(days=1))
    days = (LAST - PAID_ON).days
    assert step(forwarded, days).stage is Stage.SECONDARY
    assert filings(session, forwarded) == ["P"]
    assert step(forwarded, days + 1).stage is Stage.SCRUB
    assert filings(session, forwarded) == ["P", "S"]
    assert f"no answer came to what was forwarded, by {LAST}" in last_event(session, forwarded).why


def test_whatever_wakes_a_forwarded_claim_it_goes_on_waiting(forwarded, step, session, biller):
    claim = load_bundle(session, forwarded.claim.id).claim
    manage.hold(session, biller, claim, "the patient calls back")
    manage.release(session, biller, claim, "she did")
    assert step(forwarded).next_action_at.date() == LAST + timedelta(days=1)
    assert filings(session, forwarded) == ["P"]


def test_the_answer_to_what_was_forwarded_ends_the_wait(forwarded, payer, step, session):
    payer.say(clp(forwarded, "OA-23 80.00", status="2", icn="M1"), payer="SBXMC")
    assert step(forwarded).stage is Stage.CLOSED
    assert filings(session, forwarded) == ["P", "S"]


def test_a_biller_who_learns_that_it_was_not_forwarded_has_it_billed(forwarded, step, session, act, biller):
    claim = load_bundle(session, forwarded.claim.id).claim
    session.add(Actor(name="otto", roles=["ops"], since=act.at.real))
    session.flush()
    with pytest.raises(NotAllowed):
        next_payer.not_forwarded(session, Act("otto", act.at), claim, "a letter of CMS")
    next_payer.not_forwarded(session, biller, claim, "a letter of CMS")
    assert last_event(session, forwarded).actor == "bea"
    assert step(forwarded).stage is Stage.SCRUB
    with pytest.raises(NotAllowed, match="waits for no crossover"):
        next_payer.not_forwarded(session, biller, claim, "once more")


def test_what_the_first_payer_forwarded_says_nothing_of_the_third(forwarded, second, payer, step, session):
    second(forwarded, "SBXMD", "T")
    payer.say(clp(forwarded, "OA-23 80.00", "PR-2 5.00", status="2", icn="M1"), payer="SBXMC")
    assert step(forwarded).stage is Stage.SCRUB
    assert filings(session, forwarded) == ["P", "S", "T"]


def wait(payers, by: str, to: str, paid: date = PAID_ON) -> next_payer.Awaited:
    return next_payer._wait(payers.get(by), payers.get(to), paid)


def test_medicare_wants_fifteen_work_days_its_holidays_not_counted(payers):
    told = wait(payers, "SBXMC", "SBXCO", date(2026, 5, 11))
    assert (told.last, "SE0909" in told.source) == (date(2026, 6, 2), True)  # Memorial Day is none of them
    assert wait(payers, "SBXMC", "SBXCO", date(2009, 3, 2)).last == date(2009, 4, 1)


def test_the_longer_wait_of_both_payers_holds_from_the_day_it_is_in_force(payers):
    own = Crossover(days=60, starts=date(2026, 3, 2), source="manual")
    both = payers | {"SBXCO": payers["SBXCO"].model_copy(update={"crossover": (own,)})}
    assert wait(both, "SBXMC", "SBXCO").last == PAID_ON + timedelta(days=60)
    assert wait(both, "SBXMC", "SBXCO", date(2026, 3, 1)).last < date(2026, 4, 1)
    assert wait(both, "SBXCO", "SBXMC").source == "manual"
    assert wait(both, "UNKNOWN", "OTHER").last == LAST


@pytest.mark.parametrize("paid", ["10.00", "40.00"])
def test_what_the_patient_has_paid_is_neither_asked_of_the_next_payer_twice_nor_lost(
    accepted, second, payer, step, session, biller, owed, paid
):
    bundle = accepted()
    second(bundle)
    lifecycle.apply(session, patients.pay(session, biller, bundle, Decimal(paid), "R1"), biller)
    payer.say(clp(bundle, "PR-1 40.00", status="19"))
    assert step(bundle).stage is Stage.SECONDARY
    assert (owed(bundle).open, owed(bundle).patient) == (Decimal("40.00"), -Decimal(paid))
    payer.say(clp(bundle, "OA-23 80.00", "PR-2 15.00", status="2", icn="M1"), payer="SBXMC")
    assert step(bundle).stage is Stage.PATIENT
    left = Decimal("15.00") - Decimal(paid)
    assert (owed(bundle).open, owed(bundle).patient) == (Decimal("0.00"), left)


def test_a_statement_after_a_later_payers_word_says_that_word_and_what_was_paid(
    accepted, second, payer, step, session, biller, owed
):
    bundle = accepted()
    second(bundle)
    lifecycle.apply(session, patients.pay(session, biller, bundle, Decimal("10.00"), "R1"), biller)
    payer.say(clp(bundle, "PR-1 40.00", status="19"))
    step(bundle)
    payer.say(clp(bundle, "OA-23 80.00", "PR-2 15.00", status="2", icn="M1"), payer="SBXMC")

    def told() -> tuple[list[list[str]], str]:
        fresh = load_bundle(session, bundle.claim.id)
        statement = statement_of(session, fresh, owed(fresh), number=1, today=PAID_ON)
        return _told(statement)["why"], str(statement.owed)

    assert told() == ([["15.00", "your share of the cost (coinsurance)"]], "5.00")
    payer.say(clp(bundle, "PR-1 40.00", status="22"), clp(bundle, "PR-1 32.00", icn="ICN2"))
    why, left = told()
    assert why == [["7.00", "your share, after a plan changed what it had decided"]]
    assert left == "-3.00"
