"""Remittances: posted once and whole, by their adjustments; reversals as contra entries."""

from dataclasses import replace
from decimal import Decimal

import pytest
from remits import clp
from sqlmodel import select

from claims.bundle import load_bundle
from claims.model import (
    Adjudication,
    Coverage,
    Denial,
    Filing,
    Payer,
    Posting,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    Stage,
    Submission,
)
from claims.money import unmatched
from claims.money.ledger import Balance
from claims.money.prior import prior_payment
from claims.transitions import Event
from claims.x12.parts import Reference
from claims.x12.remit835 import ProviderAdjustment as Plb


def test_a_paid_claim_is_split_between_payer_contract_and_patient(accepted, payer, owed, session):
    bundle = accepted()
    posted = payer.say(clp(bundle, "CO-45 30.00", "PR-1 10.00", "PR-2 16.00"))
    assert owed(bundle) == Balance(
        charge=Decimal("120.00"),
        paid=Decimal("64.00"),
        patient=Decimal("26.00"),
        adjusted=Decimal("30.00"),
        open=Decimal("0.00"),
    )
    assert posted.state == "posted"
    assert bundle.claim.stage is Stage.ADJUDICATED
    filing = session.get(Filing, bundle.filing.id)
    assert (filing.adjudication, filing.icn) == (Adjudication.PAID, "ICN1")
    kinds = session.exec(select(Posting.kind).order_by(Posting.id)).all()
    assert kinds == ["charge", "payment", "contractual", "deductible", "coinsurance"]


@pytest.mark.parametrize(
    ("words", "event"),
    [
        (("CO-45 20.00",), Event.REMIT_PAID),
        (("CO-45 20.00", "PR-1 100.00"), Event.REMIT_ZERO_PAID),
        (("CO-24 120.00",), Event.REMIT_ZERO_PAID),
        (("CO-197 120.00",), Event.REMIT_DENIED),
        (("CO-45 20.00", "CO-50 100.00"), Event.REMIT_DENIED),
        (("PR-204 120.00",), Event.REMIT_DENIED),
        (("CO-151 60.00",), Event.REMIT_PARTIALLY_PAID),
        (("CO-151 60.00", "PR-1 60.00"), Event.REMIT_PARTIALLY_PAID),
        (("OA-23 90.00", "PR-2 30.00"), Event.REMIT_ZERO_PAID),
    ],
)
def test_the_adjustments_decide_what_happened_not_the_paid_amount(accepted, payer, kinds, words, event):
    bundle = accepted()
    payer.say(clp(bundle, *words))
    assert kinds(bundle) == [event]


def test_what_is_denied_stays_open_and_leaves_a_denial_with_its_class(accepted, payer, owed, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", "CO-197 100.00", remarks=("N54",)))
    assert (owed(bundle).open, owed(bundle).adjusted) == (Decimal("100.00"), Decimal("20.00"))
    denial = session.exec(select(Denial)).one()
    assert (denial.denial_class, denial.root_cause, denial.amount) == (
        "authorization",
        "front desk",
        Decimal("100.00"),
    )
    assert denial.line_id == bundle.lines[0].id
    assert denial.remarks == ["N54"]
    assert str(denial.appeal_by) == "2026-08-29"


def test_the_same_payment_twice_posts_once_even_under_another_set_number(accepted, payer, owed, session):
    bundle = accepted()
    payment = payer.payment(clp(bundle, "CO-45 20.00"))
    payer.receive(payment)
    again = payer.receive(replace(payment, references=(Reference("EV", "RESENT"),)))
    assert again.state == "repeated"
    assert not again.changes
    assert owed(bundle).paid == Decimal("100.00")
    assert len(session.exec(select(RemittanceClaim)).all()) == 1


def test_pay_take_back_and_pay_again_with_the_same_amounts_all_post(accepted, payer, owed, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 20.00", status="22"))
    assert owed(bundle) == Balance(charge=Decimal("120.00"), open=Decimal("120.00"))
    payer.say(clp(bundle, "CO-45 20.00"))
    assert owed(bundle).paid == Decimal("100.00")
    assert kinds(bundle) == [Event.REMIT_PAID, Event.REMIT_REVERSED, Event.REMIT_PAID]


def test_a_take_back_and_its_correction_in_one_payment_leave_the_correction(accepted, payer, owed, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 20.00", status="22"), clp(bundle, "CO-45 70.00"))
    assert (owed(bundle).paid, owed(bundle).adjusted) == (Decimal("50.00"), Decimal("70.00"))
    assert kinds(bundle)[-1] == Event.REMIT_PAID


def test_a_correction_that_comes_before_its_take_back_stands_in_the_end(accepted, payer, owed, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 70.00"))
    payer.say(clp(bundle, "CO-45 20.00", status="22"))
    assert (owed(bundle).paid, owed(bundle).open) == (Decimal("50.00"), Decimal("0.00"))
    assert session.get(Filing, bundle.filing.id).adjudication is Adjudication.PAID


def test_a_payment_after_a_denial_replaces_it_without_a_take_back(accepted, payer, owed, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", "CO-50 100.00"))
    payer.say(clp(bundle, "CO-45 20.00"))
    assert owed(bundle) == Balance(
        charge=Decimal("120.00"),
        paid=Decimal("100.00"),
        adjusted=Decimal("20.00"),
        open=Decimal("0.00"),
        patient=Decimal("0.00"),
    )
    assert session.exec(select(Denial.state)).all() == ["ended"]


def test_a_duplicate_denial_of_a_paid_claim_changes_nothing(accepted, payer, owed, kinds, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-18 120.00", icn="ICN2"))
    assert owed(bundle).paid == Decimal("100.00")
    assert kinds(bundle) == [Event.REMIT_PAID, "denied_again"]
    assert session.get(Filing, bundle.filing.id).adjudication is Adjudication.PAID


def test_a_payment_that_does_not_balance_is_queued_whole(accepted, payer, owed, kinds, open_work, session):
    good, bad = accepted(), accepted()
    wrong = replace(clp(bad, "CO-45 20.00"), paid=Decimal("99.00"))
    payment = payer.payment(clp(good, "CO-45 20.00"), wrong)
    assert payer.receive(payment).state == "queued"
    assert owed(good).paid == Decimal("0.00")
    assert kinds(good) == []
    assert "is not posted" in open_work("remit_unbalanced")[0].reason
    assert payer.receive(payment).state == "repeated"
    right = replace(
        payment, claims=(payment.claims[0], clp(bad, "CO-45 21.00"))
    )  # the payer's corrected file, same payment
    assert payer.receive(right).state == "posted"
    assert not open_work("remit_unbalanced")
    assert session.exec(select(Remittance.state)).all() == ["posted"]


def test_amounts_in_fractions_of_a_cent_are_queued(accepted, payer):
    bundle = accepted()
    payment = payer.payment(clp(bundle, "CO-45 20.005"))
    assert payer.receive(payment).state == "queued"
    assert payer.receive(payment).state == "repeated"


def test_a_payment_of_a_payer_we_do_not_know_is_a_persons_work(accepted, payer, open_work):
    stranger = replace(clp(accepted(), "CO-45 20.00"), pcn="NOBODY")
    assert payer.receive(payer.payment(stranger, payer="OTHER")).state == "queued"
    assert len(open_work("remit_unidentified")) == 1


def test_a_payer_is_known_by_the_claims_it_was_sent(accepted, payer, owed):
    bundle = accepted()
    payer.receive(payer.payment(clp(bundle, "CO-45 20.00"), payer="PAYS-FOR-SBXCO"))
    assert owed(bundle).paid == Decimal("100.00")


def test_what_matches_nothing_waits_for_a_person_while_the_rest_posts(
    accepted, payer, owed, open_work, session, biller, payers
):
    ours, lost = accepted(), accepted()
    stray = replace(clp(lost, "CO-45 20.00", icn="X9"), pcn="SOMETHING", services=())
    stray = replace(stray, adjustments=clp(lost, "CO-45 20.00").services[0].adjustments)
    assert payer.say(clp(ours, "CO-45 20.00"), stray).unmatched == 1
    assert owed(ours).paid == Decimal("100.00")
    assert "SOMETHING" in open_work("remit_unmatched")[0].reason
    row = session.exec(select(RemittanceClaim).where(RemittanceClaim.state == "unmatched")).one()
    changes = unmatched.assign(session, biller, row.id, lost.claim.id, payers)
    assert [change.event for change in changes] == [Event.REMIT_PAID]
    assert owed(lost).paid == Decimal("100.00")


def test_a_control_number_that_the_payer_cut_short_is_found(accepted, payer, owed):
    bundle = accepted(pcn="LONGCONTROLNUMBER123", filing={"pcn": "LONGCONTROLNUMBER123"})
    payer.say(replace(clp(bundle, "CO-45 20.00"), pcn="LONGCONTROLNUMBE"))
    assert owed(bundle).paid == Decimal("100.00")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("AB-123-45", "AB12345"),
        ("AB-123-45", "ab 123 45"),
        ("000123-7", "1237"),
        ("1237", "0000001237"),
        ("LONG-CONTROL-NR-123", "LONGCONTROLNR123"),
        ("LONG-CONTROL-NR-123", "long-control-nr"),
    ],
)
def test_a_control_number_in_other_letters_signs_and_zeros_is_found(
    accepted, payer, owed, session, ours, theirs
):
    bundle, other = (accepted(pcn=pcn, filing={"pcn": pcn}) for pcn in (ours, "X99"))
    payer.say(replace(bare(bundle), pcn=theirs))
    assert (owed(bundle).paid, owed(other).paid) == (Decimal("100.00"), Decimal("0.00"))
    assert session.exec(select(RemittanceClaim.matched_by)).one() in ("pcn_cut", "pcn_alike")


def bare(bundle):
    """What names the claim by its control number alone: no payer's number, no line's."""
    said = clp(bundle, "CO-45 20.00", icn="")
    return replace(said, services=tuple(replace(each, references=()) for each in said.services))


@pytest.mark.parametrize("theirs", ["AB1", "LONGCONTROLNUMBER"])
def test_a_number_that_may_be_two_claims_is_neithers(accepted, payer, open_work, theirs):
    first, *_ = (
        accepted(pcn=pcn, filing={"pcn": pcn})
        for pcn in ("AB-1", "A-B1", "LONGCONTROLNUMBER1", "LONGCONTROLNUMBER2")
    )
    payer.say(replace(bare(first), pcn=theirs))
    assert len(open_work("remit_unmatched")) == 1


def test_a_number_that_is_only_alike_needs_the_claims_charge_beside_it(accepted, payer, open_work):
    bundle = accepted(pcn="AB-1", filing={"pcn": "AB-1"})
    other = accepted(lines=({"charge": Decimal("90.00")},))
    payer.say(replace(bare(other), pcn="AB1"))
    assert len(open_work("remit_unmatched")) == 1
    assert bundle.claim.stage is Stage.ADJUDICATING


def test_a_claim_is_found_by_the_payers_number_and_by_a_lines_number(accepted, payer, owed):
    by_icn, by_line = accepted(filing={"icn": "C26"}), accepted()
    payer.say(
        replace(clp(by_icn, "CO-45 20.00", icn="C26"), pcn="CUT", services=(), adjustments=cas_of(by_icn))
    )
    payer.say(replace(clp(by_line, "CO-45 20.00"), pcn="GARBLED"))
    assert (owed(by_icn).paid, owed(by_line).paid) == (Decimal("100.00"), Decimal("100.00"))


def cas_of(bundle):
    return clp(bundle, "CO-45 20.00").services[0].adjustments


def test_lines_are_matched_by_service_when_the_payer_gives_no_line_number(accepted, payer, session):
    bundle = accepted(lines=({}, {"procedure_code": "87880", "charge": Decimal("30.00")}))
    first, second = clp(bundle, "CO-45 20.00"), clp(bundle, "CO-45 5.00", line=1)
    bare = [replace(each.services[0], references=()) for each in (second, first)]
    both = replace(
        first, charge=Decimal("150.00"), paid=Decimal("125.00"), services=tuple(bare), adjustments=()
    )
    payer.say(both)
    paid = select(Posting.line_id, Posting.amount).where(Posting.kind == "payment")
    assert dict(session.exec(paid).all()) == {
        bundle.lines[1].id: Decimal("25.00"),
        bundle.lines[0].id: Decimal("100.00"),
    }


def test_a_take_back_of_what_was_never_posted_is_a_persons_work(accepted, payer, owed, open_work, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", status="22"))
    assert owed(bundle).open == Decimal("120.00")
    assert len(open_work("remit_unmatched")) == 1
    assert kinds(bundle) == []


def test_a_predetermination_moves_no_money(accepted, payer, owed, kinds):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00", status="25"))
    assert owed(bundle).paid == Decimal("0.00")
    assert kinds(bundle) == []


def test_provider_adjustments_are_kept_with_the_claim_they_name(accepted, payer, session):
    bundle = accepted()
    payment = payer.payment(clp(bundle, "CO-45 20.00", icn="C77"), plb="-5.00")
    payer.receive(replace(payment, provider_adjustments=(Plb("1", None, "L6", Decimal("-5.00"), "C77"),)))
    row = session.exec(select(ProviderAdjustment)).one()
    assert (row.reason, row.amount, row.claim_id) == ("L6", Decimal("-5.00"), bundle.claim.id)


def test_a_payment_that_only_takes_money_back_is_negative_and_posts(accepted, payer, owed, session):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 20.00"))
    payer.say(clp(bundle, "CO-45 20.00", status="22"))
    assert session.exec(select(Remittance.amount).order_by(Remittance.trace)).all() == [
        Decimal("100.00"),
        Decimal("-100.00"),
    ]


def test_the_next_payer_pays_from_what_the_first_one_left(accepted, payer, practice, owed, session, refile):
    bundle = accepted()
    second = refile(bundle)
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00"))
    payer.say(clp(bundle, "OA-23 80.00", "PR-2 10.00", status="2", icn="M1"), payer="SBXMC")
    assert owed(bundle) == Balance(
        charge=Decimal("120.00"),
        paid=Decimal("90.00"),
        patient=Decimal("10.00"),
        adjusted=Decimal("20.00"),
        open=Decimal("0.00"),
    )
    prior = prior_payment(session, second)
    assert (prior.payer_id, prior.icn, prior.paid, prior.patient) == (
        "SBXCO",
        "ICN1",
        Decimal("60.00"),
        Decimal("40.00"),
    )
    line = prior.line(bundle.lines[0].id)
    assert [(a.group, a.reason, a.amount) for a in line.adjustments] == [
        ("CO", "45", Decimal("20.00")),
        ("PR", "1", Decimal("40.00")),
    ]


@pytest.fixture
def refile(practice, session, act):
    """The claim's secondary coverage with SBXMC, and its filing there."""

    def make(bundle) -> Filing:
        session.add(Payer(id="SBXMC", name="SANDBOX MEDICARE"))
        session.flush()
        second = practice.coverage(bundle.patient, payer_id="SBXMC", sequence="S")
        filing = Filing(
            claim_id=bundle.claim.id,
            coverage_id=second.id,
            payer_id="SBXMC",
            sequence="S",
            version=1,
            frequency="1",
            pcn=bundle.claim.pcn,
            charge=bundle.claim.charge,
            submission=Submission.ACCEPTED,
            created_at=act.at.business,
        )
        session.add(filing)
        session.flush()
        return filing

    return make


def test_a_forwarded_claim_is_posted_for_the_payer_that_got_it_from_the_first(
    accepted, payer, practice, owed, open_work, session
):
    bundle = accepted()
    session.add(Payer(id="SBXMC", name="SANDBOX MEDICARE"))
    session.flush()
    practice.coverage(bundle.patient, payer_id="SBXMC", sequence="S")
    payer.say(clp(bundle, "CO-45 20.00", "PR-1 40.00", status="19"))
    payer.say(clp(bundle, "OA-23 80.00", status="2", icn="M1"), payer="SBXMC")
    assert (owed(bundle).patient, owed(bundle).open) == (Decimal("0.00"), Decimal("0.00"))
    filings = load_bundle(session, bundle.claim.id).filings
    assert [(f.sequence, f.adjudication) for f in filings] == [
        ("P", Adjudication.PAID),
        ("S", Adjudication.PAID),
    ]
    assert session.exec(select(Coverage.sequence).order_by(Coverage.sequence)).all() == ["P", "S"]
    said = session.exec(select(RemittanceClaim).where(RemittanceClaim.icn == "M1")).one()
    assert (said.claim_id, said.filing_id, said.outcome) == (bundle.claim.id, filings[1].id, "paid")
    assert said.body["lines"]
    payer.say(clp(bundle, "OA-23 80.00", status="22", icn="M1"), payer="SBXMC")
    assert (owed(bundle).paid, owed(bundle).open) == (Decimal("60.00"), Decimal("40.00"))
    assert not open_work("remit_unmatched")
