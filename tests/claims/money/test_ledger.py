"""The ledger: double entry, derived balances, and whose hand may move money."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import Account, Actor, Posting
from claims.money import ledger
from claims.money.ledger import Balance


def test_charges_are_posted_line_by_line_and_once(accepted, session, act, owed):
    bundle = accepted(lines=({}, {"charge": Decimal("30.00")}))
    ledger.post_charges(session, act, [bundle.claim])
    assert owed(bundle) == Balance(charge=Decimal("150.00"), open=Decimal("150.00"))


def test_a_corrected_bill_changes_the_charge_by_the_difference(accepted, session, act, owed):
    bundle = accepted()
    ledger.post_charge_change(session, act, bundle.claim, Decimal("-20.00"))
    assert owed(bundle) == Balance(charge=Decimal("100.00"), open=Decimal("100.00"))


def test_a_write_off_needs_a_named_biller_a_reason_and_something_owed(accepted, session, act, biller, owed):
    claim = accepted().claim
    session.add(Actor(name="cody", roles=["coder"], since=act.at.real))
    session.flush()
    for actor in (act, Act("cody", act.at), Act("prefect-ui", act.at)):
        with pytest.raises(NotAllowed):
            ledger.write_off(session, actor, claim, Decimal("10.00"), "old", of=Account.PAYER)
    with pytest.raises(BadInput):
        ledger.write_off(session, biller, claim, Decimal("10.00"), " ", of=Account.PAYER)
    with pytest.raises(NotAllowed):
        ledger.write_off(session, biller, claim, Decimal("120.01"), "old", of=Account.PAYER)
    ledger.write_off(session, biller, claim, Decimal("120.00"), "too old to collect", of=Account.PAYER)
    assert ledger.balance(session, claim.id).adjusted == Decimal("120.00")


def test_a_patient_payment_is_entered_once_by_its_receipt(accepted, session, biller, owed):
    bundle = accepted()
    assert ledger.patient_payment(session, biller, bundle.claim, Decimal("25.00"), "R-1")
    assert not ledger.patient_payment(session, biller, bundle.claim, Decimal("25.00"), "R-1")
    assert owed(bundle).paid == Decimal("25.00")
    assert owed(bundle).patient == Decimal("-25.00")


def test_totals_are_the_sum_of_all_claims(accepted, session, biller):
    for bundle in (accepted(), accepted()):
        ledger.bill_patient(session, biller, bundle.claim, Decimal("20.00"), "not covered")
    assert ledger.totals(session) == Balance(
        charge=Decimal("240.00"), patient=Decimal("40.00"), open=Decimal("200.00")
    )


def test_what_is_posted_can_be_neither_changed_nor_deleted(accepted, session):
    accepted()
    for statement in (update(Posting).values(amount=Decimal("1.00")), delete(Posting)):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(statement)
    assert session.exec(select(Posting.amount)).all() == [Decimal("120.00")]


def test_a_claim_without_postings_has_zeros(session):
    assert ledger.balance(session, "nobody") == Balance()
