"""Remittances on paper and deposits, entered by a named biller into the same ledger."""

from datetime import date
from decimal import Decimal

import pytest
from remits import clp

from claims.errors import BadInput, NotAllowed
from claims.model import Posting
from claims.money import deposits
from claims.money.paper import Cheque, enter

HEAD = "claim,payer_number,code,day,charge,paid,adjustments,remarks\n"
CHEQUE = Cheque("SBXCO", "1007", date(2026, 3, 2), Decimal("80.00"))


@pytest.fixture
def sheet(session, biller, payers):
    def post(text: str, cheque: Cheque = CHEQUE, by=biller):
        posted = enter(session, by, text.encode(), cheque, payers)

        session.flush()
        return posted

    return post


def row(bundle, paid="80.00", adjustments="CO-45 20.00; PR-1 20.00") -> str:
    return f"{HEAD}{bundle.claim.pcn},ICN5,99213,2026-02-16,120.00,{paid},{adjustments},N130\n"


def test_a_paper_remittance_is_posted_like_an_835_in_the_name_of_its_biller(accepted, sheet, owed, session):
    bundle = accepted()
    posted = sheet(row(bundle))
    now = owed(bundle)
    assert (posted.state, now.paid, now.adjusted, now.patient, now.open) == (
        "posted", Decimal("80.00"), Decimal("20.00"), Decimal("20.00"), Decimal("0.00"),
    )  # fmt: skip
    entered = session.query(Posting).filter(Posting.kind != "charge").all()
    assert {posting.actor for posting in entered} == {"bea"}
    assert {posting.position for posting in entered} == {
        "CLP 1 SVC 1", "CLP 1 SVC 1 CAS CO 45", "CLP 1 SVC 1 CAS PR 1",
    }  # fmt: skip


def test_the_same_cheque_entered_twice_counts_once(accepted, sheet, owed):
    bundle = accepted()
    assert [sheet(row(bundle)).state for _ in range(2)] == ["posted", "repeated"]
    assert owed(bundle).paid == Decimal("80.00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "claim,code\nX,99213\n",
        HEAD,
        f"{HEAD}X,,99213,2026-02-16,120,80.00,CO-45 40.00,\n",
        f"{HEAD}X,,99213,16.2.2026,120.00,80.00,CO-45 40.00,\n",
        f"{HEAD}X,,99213,2026-02-16,120.00,80.00,CO-45 -40,\n",
        f"{HEAD}X,,99213,2026-02-16,120.00,80.00,CO-45 10.00,\n",
    ],
)
def test_a_sheet_that_is_wrong_or_does_not_balance_posts_nothing(sheet, session, accepted, text):
    accepted()
    with pytest.raises(BadInput) as refused:
        sheet(text)
    assert "X" not in str(refused.value).split()
    assert session.query(Posting).filter(Posting.kind != "charge").count() == 0


def test_only_a_named_biller_enters_paper_and_deposits(accepted, sheet, act, session):
    with pytest.raises(NotAllowed):
        sheet(row(accepted()), by=act)
    with pytest.raises(NotAllowed):
        deposits.deposit(session, act, "1007", Decimal("80.00"), date(2026, 3, 2))


def test_a_deposit_is_held_against_its_remittance(accepted, payer, session, biller, open_work):
    payer.say(clp(accepted(), "CO-45 20.00"))
    assert [line.state for line in deposits.reconcile(session)] == ["no deposit yet"]
    day = date(2026, 3, 3)
    short = deposits.deposit(session, biller, "T1", Decimal("99.99"), day)
    assert (short.state, len(open_work("deposit_differs"))) == ("differs", 1)
    right = deposits.deposit(session, biller, "T1", Decimal("100.00"), day)
    assert (right.state, open_work("deposit_differs")) == ("agrees", [])
    early = deposits.deposit(session, biller, "T9", Decimal("5.00"), day)
    assert early.state == "no remittance yet"
    assert [line.trace for line in deposits.reconcile(session)] == ["T9", "T1"]
