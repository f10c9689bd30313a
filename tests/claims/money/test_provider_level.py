"""What a payment says of the practice as a whole (PLB): posted, tied to its claim, or a person's work."""

from decimal import Decimal

import pytest
from remits import clp
from sqlmodel import select

from claims.bundle import load_bundle
from claims.decisions import decide
from claims.model import Account, Posting, ProviderAdjustment, Stage
from claims.money.ledger import Balance
from claims.money.provider_level import entries, rule_of, standing
from claims.x12.remit835 import ProviderAdjustment as Plb

PAID = "CO-45 20.00"
KINDS = ("WO", "FB", "72", "L6", "CS", "CV", "90", "IR", "J1", "50")


@pytest.fixture
def pays(payer):
    """A payment of claims with one provider-level entry."""

    def send(*claims, reason: str, amount: str, about: str = "", trace: str = "") -> object:
        paid = payer.payment(*claims, plb=amount, trace=trace)
        entry = Plb("1", None, reason, Decimal(amount), about)
        return payer.receive(paid.__class__(**{**_fields(paid), "provider_adjustments": (entry,)}))

    return send


def _fields(payment) -> dict[str, object]:
    return {name: getattr(payment, name) for name in payment.__slots__}


@pytest.mark.parametrize("reason", KINDS)
@pytest.mark.parametrize("named_by", ["pcn", "icn"])
def test_each_kind_is_posted_beside_what_its_claim_owes(
    accepted, payer, pays, owed, session, reason, named_by
):
    bundle, other = accepted(), accepted()
    payer.say(clp(bundle, PAID, icn="ICN7"))
    before = owed(bundle)
    about = bundle.claim.pcn if named_by == "pcn" else "ICN7 20260302"
    pays(clp(other, PAID), reason=reason, amount="-12.50", about=about)
    assert owed(bundle) == before
    posted = session.exec(select(Posting).where(Posting.kind == "provider_adjustment")).one()
    assert (posted.claim_id, posted.amount) == (bundle.claim.id, Decimal("12.50"))
    assert (posted.debit, posted.credit) == (Account.PAYMENT, rule_of(reason).account)
    assert posted.position == f"PLB 1 {reason} of T2"
    assert session.exec(select(ProviderAdjustment)).one().claim_id == bundle.claim.id


def test_a_recovery_of_an_overpayment_gives_the_credit_back(accepted, payer, pays, owed, open_work):
    bundle, other = accepted(), accepted()
    payer.say(clp(bundle, PAID))
    payer.say(clp(bundle, PAID, icn="ICN2"))
    assert owed(bundle).open == Decimal("-120.00")
    pays(clp(other, "CO-45 0.00"), reason="WO", amount="120.00", about=bundle.claim.pcn)
    assert (owed(bundle).open, owed(bundle).paid) == (Decimal("0.00"), Decimal("80.00"))
    assert not open_work("provider_adjustment")


def test_a_recovery_of_what_was_reversed_is_no_work(accepted, payer, pays, owed, open_work):
    bundle, other = accepted(), accepted()
    payer.say(clp(bundle, PAID))
    pays(clp(bundle, PAID, status="22"), reason="FB", amount="-100.00")
    pays(clp(other, PAID), reason="WO", amount="100.00", about=bundle.claim.pcn)
    assert owed(bundle) == Balance(charge=Decimal("120.00"), open=Decimal("120.00"))
    assert not open_work("provider_adjustment")


def test_a_recovery_that_nothing_explains_is_posted_when_a_biller_says_so(
    accepted, payer, pays, owed, open_work, session, biller, payers
):
    bundle, other = accepted(), accepted()
    payer.say(clp(bundle, PAID))
    pays(clp(other, PAID), reason="WO", amount="30.00", about=bundle.claim.pcn)
    [item] = open_work("provider_adjustment")
    assert (owed(bundle).paid, item.claim_id) == (Decimal("100.00"), bundle.claim.id)
    decide(session, biller, item.id, "take_back", "the payer's letter is right", payers)
    assert (owed(bundle).paid, owed(bundle).open) == (Decimal("70.00"), Decimal("30.00"))
    assert load_bundle(session, bundle.claim.id).claim.stage is Stage.ADJUDICATED


def test_an_entry_that_names_no_claim_is_kept_and_shown_where_a_person_must_see_it(
    accepted, pays, open_work, session
):
    pays(clp(accepted(), PAID), reason="L6", amount="-1.25")
    assert not open_work("provider_adjustment")
    pays(clp(accepted(), PAID), reason="ZZ", amount="7.00", about="SOMETHING")
    assert "reference SOMETHING" in open_work("provider_adjustment")[0].reason
    assert [each.reason for each in entries(session)] == ["L6", "ZZ"]


def test_a_balance_carried_forward_stands_until_it_is_taken_off_a_payment(accepted, payer, pays, session):
    bundle, other = accepted(), accepted()
    payer.say(clp(bundle, PAID))
    pays(clp(bundle, PAID, status="22"), reason="FB", amount="-100.00", about="T9")
    assert standing(entries(session, payer="SBXCO")) == {("SBXCO", "FB"): Decimal("-100.00")}
    pays(clp(other, PAID), reason="FB", amount="100.00", about="T9")
    assert standing(entries(session, payer="SBXCO")) == {("SBXCO", "FB"): Decimal("0.00")}


def test_the_same_payment_twice_posts_its_entries_once(accepted, payer, pays, session):
    bundle = accepted()
    for _ in range(2):
        pays(clp(bundle, PAID), reason="L6", amount="-5.00", about=bundle.claim.pcn, trace="T1")
    assert len(session.exec(select(ProviderAdjustment)).all()) == 1
    assert len(session.exec(select(Posting).where(Posting.kind == "provider_adjustment")).all()) == 1
