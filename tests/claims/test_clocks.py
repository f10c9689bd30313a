"""The days left on a claim: one number, the next limit that can still be met."""

from datetime import timedelta

import pytest
from remits import Payer, clp

from claims import appeals, letters, lifecycle
from claims.bundle import load_bundle
from claims.clocks import clocks
from claims.listing import Wanted, list_claims
from claims.model import Payer as PayerRow
from claims.model import Stage
from claims.money import decisions, next_payer
from claims.money.settle import after_adjudication


@pytest.fixture
def left(session, payers, act):
    """What the clock of a claim shows so many days from today."""

    def look(bundle, days: int = 0):
        day = act.at.business.date() + timedelta(days=days)
        clock = clocks(session, [load_bundle(session, bundle.claim.id).claim], payers, day).get(
            bundle.claim.id
        )
        return clock and (clock.limit, clock.last.isoformat(), clock.days_left)

    return look


@pytest.fixture
def denied(accepted, session, act, payers):
    def make(*words: str, **said):
        bundle = accepted()
        Payer(session, act, payers).say(clp(bundle, *words, **said))
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        session.flush()
        return fresh

    return make


def test_before_it_goes_a_claim_has_its_filing_limit(practice, left):
    bundle = practice.claim(stage=Stage.SCRUB)
    assert left(bundle) == ("filing", "2026-08-15", 166)
    assert left(bundle, 170) == ("filing", "2026-08-15", -4)


def test_with_its_payer_it_has_none(accepted, left):
    assert left(accepted()) is None


def test_denied_it_has_the_nearest_limit_that_can_still_be_met(denied, left):
    bundle = denied("CO-252 120.00", remarks=("M127",))
    assert left(bundle) == ("records", "2026-04-16", 45)
    assert left(bundle, 46) == ("appeal", "2026-08-29", 134)
    assert left(bundle, 181) == ("correction", "2027-02-16", 170)
    assert left(bundle, 352) == ("correction", "2027-02-16", -1)


def test_unprocessable_it_has_the_filing_limit_of_a_new_claim(denied, left):
    assert left(denied("CO-16 120.00", moa=("MA130",))) == ("filing", "2026-08-15", 166)


def test_on_appeal_it_has_the_day_to_file_and_then_that_of_the_decision(
    denied, left, session, biller, payers
):
    bundle = denied("CO-50 120.00")
    changes = decisions.decide(session, biller, bundle, "appeal", "so", payers)
    lifecycle.apply(session, changes, biller)
    session.flush()
    assert left(bundle) == ("appeal", "2026-08-29", 180)
    (appeal,) = session.query(appeals.Appeal).all()
    lifecycle.apply(session, appeals.approve(session, biller, appeal), biller)
    letters.start_sending(session, appeal)
    lifecycle.apply(session, letters.sent(session, biller, appeal, "A1"), biller)
    session.flush()
    assert left(bundle) == ("decision", "2026-05-01", 60)


@pytest.fixture
def second_bill(accepted, practice, session, act, payers):
    """A claim whose second payer's filing is written down and not sent yet."""

    def make(**limits: int):
        bundle = accepted()
        session.add(PayerRow(id="SBXMD", name="SANDBOX MEDICAID"))
        session.flush()
        practice.coverage(bundle.patient, payer_id="SBXMD", sequence="S")
        told = payers["SBXMD"].limits.model_copy(update=limits)
        payers["SBXMD"] = payers["SBXMD"].model_copy(update={"limits": told})
        Payer(session, act, payers).say(clp(bundle, "CO-45 20.00", "PR-1 40.00"))
        for decide in (after_adjudication, next_payer.prepare):
            fresh = load_bundle(session, bundle.claim.id)
            lifecycle.apply(session, decide(session, act, [fresh], payers), act)
        session.flush()
        return fresh

    return make


def test_a_second_bill_has_its_payers_days_from_the_first_ones_payment(second_bill, left):
    assert left(second_bill(later_days=60)) == ("filing", "2026-05-01", 60)


def test_a_limit_that_nobody_has_written_down_is_shown_with_who_must(second_bill, session, payers, act):
    bundle = second_bill()
    today = act.at.business.date()
    (listed,) = list_claims(session, Wanted(within_days=0), today, payers)
    told = listed.as_json()["clock"]
    assert (listed.claim.id, told["limit"], told["last"], told["days_left"]) == (
        bundle.claim.id,
        "filing",
        None,
        None,
    )
    assert "an admin sets limits.later_days" in told["unknown"]
    assert str(listed.clock).startswith("filing not known (filing: the file of SBXMD does not say")


def test_the_list_shows_it_and_can_be_narrowed_to_what_is_urgent(denied, practice, session, payers, act):
    denied("CO-50 120.00")
    practice.claim(stage=Stage.SCRUB)
    today = act.at.business.date()
    found = {each.clock.limit for each in list_claims(session, Wanted(), today, payers)}
    assert found == {"appeal", "filing"}
    (urgent,) = list_claims(session, Wanted(within_days=170), today, payers)
    assert urgent.as_json()["clock"] == {"limit": "filing", "last": "2026-08-15", "days_left": 166}
