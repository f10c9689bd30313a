"""What no row of the denial table knows goes to a person; their decision becomes a row to be adopted."""

from dataclasses import replace

import pytest
from remits import clp
from sqlmodel import select

from claims import decisions, lifecycle
from claims.bundle import load_bundle
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import Act
from claims.model import Actor, Denial, DenialRule, EventRow, Queue, Role
from claims.money.classify import Row, classify
from claims.money.denial_rules import Answers, adopt, adopted, listed, withdraw
from claims.money.reclassify import reclassify
from claims.money.settle import after_adjudication

KNOWN = Answers("coding", "coding", words="the payer's own bundling rule", queue="coding")


@pytest.fixture
def admin(session, act):
    session.add(Actor(name="ada", roles=[Role.ADMIN], since=act.at.real))
    session.flush()
    return Act("ada", act.at)


@pytest.fixture
def denied(accepted, payer, session, act, payers):
    def make(*words: str, remarks=("N999",)):
        bundle = accepted()
        payer.say(clp(bundle, *words, remarks=remarks))
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        return bundle.claim

    return make


@pytest.fixture
def decide(session, biller, payers, open_work):
    def one(claim, option):
        (item,) = [each for each in open_work("denial") if each.claim_id == claim.id]
        decisions.decide(session, biller, item.id, option, "their clerk said so", payers)
        session.flush()

    return one


def test_a_combination_that_nobody_knows_waits_for_a_person(denied, open_work):
    denied("CO-999 120.00")
    (item,) = open_work("denial")
    assert item.queue is Queue.DENIALS
    assert not any(option["recommended"] for option in item.options)


def test_the_decision_on_it_becomes_a_proposed_row_and_its_repetition_counts(denied, decide, session, kinds):
    for _ in range(3):
        claim = denied("CO-999 120.00")
        decide(claim, "correct")
    decide(denied("CO-999 120.00"), "write_off")
    rows = [(r.payer, r.carc, r.rarc, r.action, r.decisions, r.proposed_by) for r in listed(session)]
    assert rows == [
        ("SBXCO", "999", "N999", "correct", 3, "bea"),
        ("SBXCO", "999", "N999", "write_off", 1, "bea"),
    ]
    assert adopted(session) == ()
    kinds_of = session.exec(select(EventRow.kind).where(EventRow.subject == claim.id)).all()
    assert "denial_rule_proposed" in kinds_of


def test_all_remarks_together_make_the_combination_whatever_their_order(denied, decide, session, admin):
    decide(denied("CO-999 120.00", remarks=("N999", "M998")), "correct")
    decide(denied("CO-999 120.00", remarks=("M998", "N999")), "correct")
    decide(denied("CO-999 120.00"), "correct")
    together, alone = listed(session)
    assert [(r.rarc, r.decisions) for r in (together, alone)] == [("M998 N999", 2), ("N999", 1)]
    adopt(session, admin, together.id, KNOWN)
    adopt(session, admin, alone.id, replace(KNOWN, denial_class="billing"), wider=("payer",))
    own = adopted(session)

    def classed(payer, *remarks):
        return classify("CO", "999", remarks, "commercial", payer, own).denial_class

    assert classed("SBXCO", "N999", "M998", "N1") == "coding"
    assert classed("SBXCO", "N999") == classed("SBXMC", "M998", "N999") == "billing"
    assert classed("SBXCO", "M998") == "unknown"


def test_a_decision_on_what_is_known_proposes_nothing(denied, decide, session):
    decide(denied("CO-16 120.00", remarks=("N290",)), "correct")
    assert listed(session) == []


def test_an_adopted_row_classifies_what_comes_and_what_waits(
    denied, decide, session, admin, payers, open_work
):
    decide(denied("CO-999 120.00"), "correct")
    waiting = denied("CO-999 120.00")
    row = adopt(session, admin, listed(session)[0].id, KNOWN)
    lifecycle.apply(session, reclassify(session, admin, payers), admin)
    later = denied("CO-999 120.00")
    for claim in (waiting, later):
        (item,) = [each for each in open_work("denial") if each.claim_id == claim.id]
        assert (item.queue, item.options[0]["id"]) == (Queue.CODING, "correct")
        assert "the payer's own bundling rule" in item.reason
        denial = session.exec(select(Denial).where(Denial.claim_id == claim.id)).one()
        assert (denial.denial_class, denial.root_cause, denial.rule) == ("coding", "coding", row.id)
    assert reclassify(session, admin, payers) == []


def test_a_withdrawn_row_classifies_nothing_any_more(denied, decide, session, admin, open_work):
    decide(denied("CO-999 120.00"), "correct")
    row = adopt(session, admin, listed(session)[0].id, KNOWN)
    withdraw(session, admin, row.id)
    denied("CO-999 120.00")
    assert open_work("denial")[0].queue is Queue.DENIALS
    with pytest.raises(NotAllowed, match="was withdrawn"):
        adopt(session, admin, row.id, KNOWN)


def test_only_an_admin_adopts_and_the_row_must_be_complete(denied, decide, session, admin, biller):
    decide(denied("CO-999 120.00"), "correct")
    (row,) = listed(session)
    with pytest.raises(NotAllowed):
        adopt(session, biller, row.id, KNOWN)
    for answers, told in (
        (Answers(), "its class"),
        (Answers("coding", "nobody", words="x"), "its root cause"),
        (Answers("coding", "coding"), "its words"),
        (Answers("coding", "coding", "pray", words="x"), "its action"),
        (Answers("coding", "coding", words="x", days=0), "one day or more"),
    ):
        with pytest.raises(BadInput, match=told):
            adopt(session, admin, row.id, answers)
    with pytest.raises(NotFound):
        adopt(session, admin, "nothing", KNOWN)
    assert session.get(DenialRule, row.id).state == "proposed"


def test_an_own_row_stands_before_a_shipped_one_that_says_as_much():
    answers = ("credentialing", "billing", "correct", "billing", "", "ours")
    own = (Row(("*", "*", "N290", "16", "*"), answers, "yes", "r1"),)
    assert classify("CO", "16", ["N290"], own=own).denial_class == "credentialing"
    assert classify("CO", "16", ["N290"]).denial_class == "billing"
    assert not classify("CO", "16", ["N290", "MA130"], own=own).appealable
