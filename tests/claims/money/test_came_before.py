"""Payments of one number and day: which is the same again, which another one, and where a person says."""

import multiprocessing
from dataclasses import replace
from decimal import Decimal

import pytest
from mailroom import Mailroom, payment, written
from processes import together
from remits import clp
from sqlalchemy import text

from claims.database import reading
from claims.errors import NotAllowed
from claims.model import Denial, Remittance, WorkItem
from claims.money.deposits import reconcile
from claims.x12.remit835 import ProviderAdjustment, RemitClaim

PAID, DENIED = "CO-45 20.00", "CO-16 120.00"
HUNDRED = Decimal("100.00")


@pytest.fixture
def mail(any_engine, act, payers) -> Mailroom:
    return Mailroom(any_engine, act, payers)


def receive(mail: Mailroom, *claims: RemitClaim, number: int = 1, trace: str = "T1", **more) -> str:
    return mail.receive(written(payment(*claims, trace=trace, **more), isa13=number)).message


def amounts(mail: Mailroom) -> list[tuple[Decimal, str]]:
    return sorted((each.amount, each.state) for each in mail.rows(Remittance))


def open_items(mail: Mailroom) -> list[WorkItem]:
    return mail.rows(WorkItem, WorkItem.state == "open", WorkItem.kind == "remit_unbalanced")


def test_payments_of_nothing_may_all_have_the_same_number(mail):
    """Some payers put the same words into TRN02 of each."""
    ours = mail.claims(3)
    for number, bundle in enumerate(ours, start=1):
        receive(mail, clp(bundle, DENIED, icn=f"I{number}"), number=number, trace="NO PAYMENT")
    assert len(mail.rows(Denial)) == len(ours)
    for number, bundle in enumerate(ours, start=10):
        receive(mail, clp(bundle, DENIED, icn=f"I{number - 9}"), number=number, trace="NO PAYMENT")
    assert len(mail.rows(Denial)) == len(mail.rows(Remittance)) == len(ours), "the second time they are known"


def test_payments_of_nothing_may_speak_of_some_of_the_same_claims(mail):
    first, second = mail.claims(2)
    receive(mail, clp(first, DENIED), trace="0")
    receive(mail, clp(first, DENIED), clp(second, DENIED), number=2, trace="0")
    with mail.engine.connect() as connection:
        denied = connection.execute(text("SELECT claim_id FROM denial WHERE state = 'open'")).scalars()
        assert sorted(denied) == sorted([first.claim.id, second.claim.id])


def test_what_a_payment_of_nothing_says_of_the_practice_alone_is_kept_each_time(mail):
    def carried(amount: str) -> list[ProviderAdjustment]:
        there, back = Decimal(amount), -Decimal(amount)
        day = mail.act.at.business.date()
        return [ProviderAdjustment("1", day, "FB", there), ProviderAdjustment("1", day, "WO", back)]

    mail.claims(1)
    for number, amount in enumerate(("5.00", "7.00", "5.00"), start=1):
        receive(mail, number=number, trace="0", plb=carried(amount))
    assert amounts(mail) == [(Decimal("0.00"), "posted")] * 2


def test_a_faulty_payment_of_nothing_gives_way_to_its_correction_and_to_no_other(mail):
    first, second = mail.claims(2)
    wrong = replace(clp(first, "CO-16 110.00"), paid=Decimal("0.00"))
    receive(mail, wrong, trace="0")
    receive(mail, clp(second, DENIED), number=2, trace="0")
    assert [state for _, state in amounts(mail)] == ["posted", "queued"]
    assert len(open_items(mail)) == 1
    receive(mail, clp(first, DENIED), number=3, trace="0")
    assert [state for _, state in amounts(mail)] == ["posted", "posted"]
    assert open_items(mail) == []


def test_of_two_alike_with_other_claims_a_person_says_whether_the_second_is_another(mail):
    first, second = mail.claims(2)
    receive(mail, clp(first, PAID))
    receive(mail, clp(second, PAID), number=2)
    receive(mail, clp(second, PAID), number=3)
    assert amounts(mail) == [(HUNDRED, "posted"), (HUNDRED, "queued")]
    [item] = open_items(mail)
    assert "speaks of other claims. Ask the payer whether it is another one." in item.reason
    with pytest.raises(NotAllowed, match="cannot be posted yet"):
        mail.decide(item, "post_again")
    mail.decide(item, "another_payment")
    assert [mail.balance(each).paid for each in (first, second)] == [HUNDRED, HUNDRED]
    assert open_items(mail) == []
    for number, bundle in enumerate((first, second), start=4):
        receive(mail, clp(bundle, PAID), number=number)
    assert [mail.balance(each).paid for each in (first, second)] == [HUNDRED, HUNDRED]


def test_a_copy_with_another_amount_is_not_posted_beside_what_it_corrects(mail):
    first, second = mail.claims(2)
    receive(mail, clp(first, PAID))
    receive(mail, clp(first, "CO-45 30.00"), clp(second, PAID), number=2)
    assert amounts(mail) == [(HUNDRED, "posted"), (Decimal("190.00"), "queued")]
    assert "the money of one number moves once" in open_items(mail)[0].reason
    assert mail.balance(second).paid == 0


def test_what_a_person_sets_aside_is_not_awaited_at_the_bank_and_gives_way_to_what_can_be_posted(mail):
    [ours] = mail.claims(1)
    wrong = replace(clp(ours, PAID), charge=Decimal("130.00"))
    receive(mail, wrong)
    with reading(mail.engine) as session:
        assert [line.told for line in reconcile(session)] == [HUNDRED]
    mail.decide(*open_items(mail), "not_ours")
    with reading(mail.engine) as session:
        assert reconcile(session) == []
    receive(mail, clp(ours, PAID), number=2)
    assert amounts(mail) == [(HUNDRED, "posted")]
    assert mail.balance(ours).paid == HUNDRED


def test_parts_of_a_payment_under_one_number_are_posted_each(mail):
    first, second = mail.claims(2)
    receive(mail, clp(first, PAID))
    receive(mail, clp(second, "CO-45 30.00"), number=2)
    assert [mail.balance(each).paid for each in (first, second)] == [HUNDRED, Decimal("90.00")]


def test_of_two_doubtful_ones_in_a_file_each_is_decided_by_itself(mail):
    ours = mail.claims(3)
    receive(mail, clp(ours[0], PAID))
    mail.receive(written(*(payment(clp(each, PAID)) for each in ours[1:]), isa13=2))
    assert [mail.balance(each).paid for each in ours] == [HUNDRED, 0, 0]
    for item in open_items(mail):
        mail.decide(item, "another_payment")
    assert [mail.balance(each).paid for each in ours] == [HUNDRED] * 3


def test_a_payment_from_before_claims_told_payments_apart_is_known_again(mail):
    first, second = mail.claims(2)
    receive(mail, clp(first, DENIED), trace="0")
    receive(mail, clp(first, PAID, icn="I2"))
    with mail.engine.begin() as connection:
        connection.execute(text("UPDATE remittance SET content = ''"))
    receive(mail, clp(first, DENIED), number=2, trace="0")
    receive(mail, clp(first, PAID, icn="I2"), number=3)
    receive(mail, clp(second, DENIED), number=4, trace="0")
    assert len(mail.rows(Denial)) == 2
    assert mail.balance(first).paid == HUNDRED


def test_a_faulty_payment_does_not_stand_in_the_way_of_another_of_its_number_and_amount(mail):
    first, second = mail.claims(2)
    wrong = replace(clp(first, PAID), charge=Decimal("130.00"))
    mail.receive(written(payment(wrong), payment(clp(second, PAID))))
    assert amounts(mail) == [(HUNDRED, "posted"), (HUNDRED, "queued")]
    receive(mail, clp(first, PAID), number=2)
    assert [mail.balance(each).paid for each in (first, second)] == [0, HUNDRED]
    [item] = open_items(mail)
    mail.decide(item, "another_payment")
    assert [mail.balance(each).paid for each in (first, second)] == [HUNDRED, HUNDRED]


@pytest.mark.parametrize(
    ("said", "states"),
    [(PAID, ["posted", "queued"]), (DENIED, ["posted", "posted"])],
    ids=["money", "nothing"],
)
def test_two_processes_at_once_with_other_claims_under_one_number(mail, said, states):
    """Of money the second waits, whichever that is; of nothing both are posted."""
    ours = mail.claims(2)
    waiting = multiprocessing.get_context("fork").Queue()
    for number, bundle in enumerate(ours, start=1):
        waiting.put(written(payment(clp(bundle, said)), isa13=number))
    mail.engine.dispose()  # connections are not shared between processes
    together(2, lambda: mail.receive(waiting.get()) and None)
    assert [state for _, state in amounts(mail)] == states
