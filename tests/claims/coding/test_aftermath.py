"""What follows from an audit that disagrees, wherever the claim stands by then."""

from datetime import date
from decimal import Decimal

import pytest
from remits import Payer, clp
from visits import PAYERS, SETTINGS

from claims import decisions, lifecycle
from claims.bundle import load_bundle
from claims.coding import audits
from claims.edits import scrub
from claims.errors import BadInput, NotAllowed
from claims.model import Adjudication, Filing, Stage, Submission
from claims.model import Payer as PayerRow
from claims.money.ledger import balance
from claims.money.settle import after_adjudication
from claims.transitions import Event

TOO_HIGH, TOO_LOW = {"line.1.procedure_code": "99212"}, {"line.1.procedure_code": "99214"}


@pytest.fixture
def payer(session, act):
    return Payer(session, act, PAYERS)


@pytest.fixture
def audited(session, act, people, accepted, payer, item_of):
    """A filed claim, answered by ``words`` of an 835, that an audit found coded otherwise; its work item."""

    def make(*words, right=TOO_HIGH, **fields):
        bundle = accepted(**fields)
        if words:
            payer.say(clp(bundle, *words), payer=bundle.claim.payer_id)
            fresh = load_bundle(session, bundle.claim.id)
            lifecycle.apply(session, after_adjudication(session, act, [fresh], PAYERS), act)
        audit = audits.open_audit(session, act, date(2026, 3, 2), bundle, "corin", "sample")
        audits.disagree(session, people["audra"], audit.id, right, "one problem", PAYERS)
        return load_bundle(session, bundle.claim.id), item_of(bundle, "audit_disagreed")

    return make


@pytest.fixture
def medicare(session):
    session.add(PayerRow(id="SBXMC", name="SANDBOX MEDICARE"))
    session.flush()
    return {"payer_id": "SBXMC"}


def decide(session, by, item, option, value=None):
    return decisions.decide(session, by, item.id, option, "cheque 12", PAYERS, value)


def test_a_paid_claim_is_corrected_by_a_replacement_that_names_the_payers_number(
    session, act, people, audited, practice
):
    bundle, item = audited("CO-45 20.00")
    assert bundle.claim.stage is Stage.CLOSED
    decide(session, people["corin"], item, "correct")
    fresh = load_bundle(session, bundle.claim.id)
    assert (fresh.claim.stage, fresh.lines[0].procedure_code) == (Stage.INTAKE, "99212")
    practice.advance(
        fresh.claim, Event.INTAKE_COMPLETED, Event.COVERAGE_CONFIRMED, Event.AUTHORIZATION_CLEARED,
        Event.CODING_CLEARED,
    )  # fmt: skip
    lifecycle.apply(session, scrub(session, act, [fresh], SETTINGS, PAYERS), act)
    replacement = load_bundle(session, bundle.claim.id).filing
    assert (fresh.claim.stage, replacement.frequency, replacement.original_icn) == (Stage.READY, "7", "ICN1")


def test_what_the_payer_answers_to_the_replacement_is_what_counts(session, act, people, audited, payer):
    bundle, item = audited("CO-45 20.00")
    before = balance(session, bundle.claim.id)
    decide(session, people["corin"], item, "correct")
    payer.say(clp(bundle, "CO-45 20.00", status="22"), clp(bundle, "CO-45 50.00"))
    after = balance(session, bundle.claim.id)
    assert before.paid - after.paid == Decimal("30.00")
    assert after.open == 0


def test_a_claim_that_its_payer_has_not_decided_waits_and_its_item_stays_open(
    session, people, audited, payer
):
    bundle, item = audited()
    with pytest.raises(NotAllowed, match="cannot be corrected"), session.begin_nested():
        decide(session, people["corin"], item, "correct")
    session.refresh(item)
    assert item.state == "open"
    payer.say(clp(bundle, "CO-45 20.00"))
    decide(session, people["corin"], item, "correct")
    assert load_bundle(session, bundle.claim.id).claim.stage is Stage.INTAKE


def test_a_payer_that_takes_no_replacement_gets_its_money_back_by_the_sixtieth_day(
    session, people, audited, medicare
):
    bundle, item = audited("CO-45 20.00", coverage=medicare)
    assert "given back by 2026-05-01, 60 days" in item.reason
    (refund,) = [option for option in item.options if option["id"] == "refund_part"]
    assert f"paid {balance(session, bundle.claim.id).paid} for line 1" in refund["effect"]
    with pytest.raises(NotAllowed, match="takes no corrected claim"), session.begin_nested():
        decide(session, people["corin"], item, "correct")
    with pytest.raises(NotAllowed, match="biller"), session.begin_nested():
        decide(session, people["corin"], item, "refund_part", "30.00")
    decide(session, people["bela"], item, "refund_part", "30.00")
    before, after = Decimal("100.00"), balance(session, bundle.claim.id)
    assert (after.paid, after.open) == (before - 30, 0)
    assert after.charge == after.paid + after.patient + after.adjusted


@pytest.mark.parametrize("value", [None, "much", "-1", "0", "1.005", "NaN", "Infinity"])
def test_a_refund_needs_an_amount(session, people, audited, value):
    _bundle, item = audited("CO-45 20.00")
    with pytest.raises(BadInput, match="How much"):
        decide(session, people["bela"], item, "refund_part", value)


def test_no_more_is_given_back_than_was_paid(session, people, audited):
    _bundle, item = audited("CO-45 20.00")
    with pytest.raises(NotAllowed, match="have paid"):
        decide(session, people["bela"], item, "refund_part", "100000.00")


def test_what_was_coded_too_low_offers_no_refund(session, audited):
    _bundle, item = audited("CO-45 20.00", right=TOO_LOW)
    assert [option["id"] for option in item.options] == ["correct", "void", "settled"]
    assert "given back" not in item.reason


def test_a_claim_that_two_payers_have_decided_is_settled_by_hand(session, people, audited):
    bundle, item = audited("CO-45 20.00")
    copied = {"claim_id", "coverage_id", "payer_id", "pcn", "charge", "created_at", "icn"}
    second = Filing(
        **bundle.filing.model_dump(include=copied), sequence="S", version=1, frequency="1",
        submission=Submission.ACCEPTED, adjudication=Adjudication.PAID,
    )  # fmt: skip
    session.add(second)
    session.flush()
    with pytest.raises(NotAllowed, match="More than one payer"):
        decide(session, people["corin"], item, "correct")
