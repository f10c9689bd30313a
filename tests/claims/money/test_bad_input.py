"""Remittances as they should not come: nothing wrong is posted, nothing is lost, each is explained."""

import multiprocessing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from mailroom import Mailroom, payment, written
from processes import together
from remits import clp
from sqlalchemy import text

from claims.database import transaction
from claims.errors import NotAllowed
from claims.model import Denial, Provider, Remittance, WorkItem
from claims.money import payments
from claims.x12.remit835 import ProviderAdjustment

PAID = "CO-45 20.00"
PENNY = Decimal("0.00")


@pytest.fixture
def mail(engine, act, payers) -> Mailroom:
    return Mailroom(engine, act, payers)


@pytest.fixture
def both(any_engine, act, payers) -> Mailroom:
    return Mailroom(any_engine, act, payers)


def segments(content: bytes) -> list[bytes]:
    return [each + b"~" for each in content.split(b"~") if each.strip()]


def test_a_file_cut_off_at_any_segment_posts_only_whole_payments_and_says_so(mail):
    ours = mail.claims(2)
    plb = (ProviderAdjustment("1", date(2026, 12, 31), "CV", Decimal("5.00")),)
    whole = segments(written(payment(*(clp(b, PAID) for b in ours), plb=plb)))
    last = next(place for place, each in enumerate(whole) if each.lstrip().startswith(b"SE*"))
    for cut in range(1, last + 1):
        state = mail.receive(b"".join(whole[:cut])).state
        assert state in ("queued", "unreadable"), whole[cut]
        assert mail.postings() == 0
    assert "cut off" in mail.work("remit_unbalanced")[0]
    assert mail.receive(b"".join(whole[: last + 1])).state == "applied"
    assert "may lack a part" in mail.work("file_incomplete")[0]
    assert [mail.balance(bundle).paid for bundle in ours] == [Decimal("100.00")] * 2


def test_a_file_with_segments_lost_in_the_middle_is_queued_whole(mail):
    [ours] = mail.claims(1)
    whole = segments(written(payment(clp(ours, PAID))))
    without_day = b"".join(each for each in whole if not each.lstrip().startswith(b"DTM*472"))
    assert mail.receive(without_day).state == "queued"
    assert "number of segments" in mail.work("remit_unbalanced")[0]
    assert mail.postings() == 0


def test_one_unbalanced_payment_of_a_file_leaves_the_others_alone(mail):
    good, bad = mail.claims(2)
    wrong = replace(payment(replace(clp(bad, PAID), paid=Decimal("99.00")), trace="T2"))
    assert mail.receive(written(payment(clp(good, PAID)), wrong)).state == "queued"
    assert mail.balance(good).paid == Decimal("100.00")
    assert mail.balance(bad).paid == PENNY


def test_a_payment_for_another_practice_is_queued_until_somebody_says_that_it_is_ours(mail):
    [ours] = mail.claims(1)
    assert mail.receive(written(payment(clp(ours, PAID), payee="1234567893"))).state == "queued"
    assert "1234567893, which is no NPI" in mail.work("remit_unbalanced")[0]
    [item] = mail.rows(WorkItem)
    with pytest.raises(NotAllowed, match="cannot be posted yet"):
        mail.decide(item, "post_again")
    with transaction(mail.engine) as session:
        session.add(Provider(source_key="new", kind="2", name="OUR OTHER SITE", npi="1234567893"))
    mail.decide(item, "post_again")
    assert mail.balance(ours).paid == Decimal("100.00")


def test_another_practices_claim_under_one_of_our_control_numbers_waits_for_a_person(mail):
    [ours] = mail.claims(1)
    theirs = replace(
        clp(ours, PAID, icn="THEIRS"),
        charge=Decimal("77.00"),
        paid=Decimal("77.00"),
        services=(),
    )
    mail.receive(written(payment(theirs)))
    assert mail.unmatched() == ["has our control number but nothing else of that claim"]
    assert mail.balance(ours).paid == PENNY


def test_the_same_payment_after_a_year_and_under_another_number_posts_nothing(mail, act):
    [ours] = mail.claims(1)
    mail.receive(written(payment(clp(ours, PAID))))
    again = mail.receive(written(payment(clp(ours, PAID)), isa13=2), mail.at(act.at.real + timedelta(365)))
    assert (again.state, again.changes) == ("applied", 0)
    assert mail.postings() == 2


@pytest.mark.parametrize("copies", ["the same payment", "two payments of one claim"])
def test_two_processes_at_once_post_each_payment_once(both, copies):
    ours = both.claims(8)
    second = "T1" if copies == "the same payment" else "T2"
    files = [
        written(payment(*(clp(b, PAID) for b in ours)), isa13=1),
        written(payment(*(clp(b, PAID, icn="ICN2") for b in reversed(ours)), trace=second), isa13=2),
    ]
    both.engine.dispose()  # connections are not shared between processes
    waiting = multiprocessing.get_context("fork").Queue()
    for file in files:
        waiting.put(file)
    together(2, lambda: both.receive(waiting.get()) and None)
    times = 1 if copies == "the same payment" else 2
    assert both.postings() == 2 * 8 * times
    assert {both.balance(bundle).paid for bundle in ours} == {Decimal("100.00") * times}
    assert {row.state for row in both.rows(Remittance)} == {"posted"}


def test_a_code_that_no_table_knows_is_denied_for_a_person_to_decide(mail):
    [ours] = mail.claims(1)
    mail.receive(written(payment(clp(ours, "CO-ZZ9 120.00"))))
    assert mail.rows(Denial)[0].denial_class == "unknown"
    assert mail.balance(ours).open == Decimal("120.00")


def test_what_is_no_code_at_all_queues_the_payment(mail):
    [ours] = mail.claims(1)
    assert mail.receive(written(payment(clp(ours, "CO-NOCODE 20.00")))).state == "queued"
    assert "is no code" in mail.work("remit_unbalanced")[0]


def test_a_group_that_is_none_queues_the_payment(mail):
    [ours] = mail.claims(1)
    said = written(payment(clp(ours, PAID))).replace(b"CAS*CO*", b"CAS*XX*")
    assert mail.receive(said).state == "queued"
    assert "is no code" in mail.work("remit_unbalanced")[0]


@pytest.mark.parametrize("day", [b"20990302", b"00010302", b"19991231"])
def test_a_payment_of_a_day_that_cannot_be_is_queued(mail, day):
    [ours] = mail.claims(1)
    said = written(payment(clp(ours, PAID))).replace(b"***20260302~", b"***%b~" % day)
    assert mail.receive(said).state == "queued"
    assert "on which it cannot have been paid" in mail.work("remit_unbalanced")[0]


def test_the_number_of_one_claim_with_the_lines_of_another_waits_for_a_person(mail):
    ours, other = mail.claims(2)
    mail.receive(written(payment(replace(clp(ours, PAID), pcn=other.claim.pcn))))
    assert mail.unmatched() == ["has the number of one of our claims and the lines of another"]
    assert mail.balance(ours).paid == mail.balance(other).paid == PENNY


def test_a_claim_status_that_no_guide_knows_waits_while_the_rest_posts(mail):
    odd, good = mail.claims(2)
    mail.receive(written(payment(clp(odd, PAID, status="99"), clp(good, PAID))))
    assert mail.unmatched() == ["has a claim status (CLP02 99) that no guide knows"]
    assert [mail.balance(b).paid for b in (odd, good)] == [PENNY, Decimal("100.00")]


def test_money_taken_back_without_a_reversal_waits_for_a_person(mail):
    first, second = mail.claims(2)
    negative = clp(first, "CO-45 150.00")
    assert negative.paid == Decimal("-30.00")
    mail.receive(written(payment(negative, clp(second, PAID))))
    assert "without saying that it is a reversal" in mail.unmatched()[0]
    assert mail.balance(first).paid == PENNY


def test_an_absurd_amount_queues_the_payment_whole(mail):
    [ours] = mail.claims(1)
    huge = Decimal(10) ** 15
    claim = replace(clp(ours), charge=huge, paid=huge, services=())
    assert mail.receive(written(payment(claim))).state == "queued"
    assert "absurdly large" in mail.work("remit_unbalanced")[0]


def test_a_take_back_that_comes_before_what_it_takes_back_is_posted_behind_it(mail):
    [ours] = mail.claims(1)
    correction = payment(clp(ours, PAID, status="22"), clp(ours, "CO-45 70.00"), trace="T2")
    mail.receive(written(correction))
    assert mail.unmatched() == ["takes back what was never posted here"]
    first = payment(clp(ours, PAID))
    first = replace(first, payment=replace(first.payment, date=date(2026, 2, 23)))
    mail.receive(written(first, isa13=2))
    assert mail.unmatched() == []
    assert mail.work("remit_unmatched") == []
    assert (mail.balance(ours).paid, mail.balance(ours).adjusted) == (Decimal("50.00"), Decimal("70.00"))


def test_a_claim_that_the_database_refuses_is_kept_for_a_person_and_the_rest_posts(mail):
    ours = mail.claims(3)
    bad = ours[1].claim
    refuse = f"CREATE TRIGGER refuse BEFORE INSERT ON posting WHEN NEW.claim_id = '{bad.id}' "
    with mail.engine.begin() as connection:
        connection.execute(text(refuse + "BEGIN SELECT RAISE(ABORT, 'full'); END"))
    mail.receive(written(payment(*(clp(b, PAID) for b in ours))))
    assert [mail.balance(b).paid for b in ours] == [Decimal("100.00"), PENNY, Decimal("100.00")]
    assert mail.unmatched() == ["could not be posted (IntegrityError)"]
    assert "could not be posted" in mail.work("remit_unmatched")[0]


def test_a_posting_that_was_cut_off_goes_on_where_it_was(both, monkeypatch):
    ours = both.claims(6)
    monkeypatch.setattr(payments, "CHUNK", 2)
    post_claims, calls = payments.post_claims, []

    def dies(*of):
        calls.append(of)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return post_claims(*of)

    monkeypatch.setattr(payments, "post_claims", dies)
    content = written(payment(*(clp(b, PAID) for b in ours)))
    with pytest.raises(KeyboardInterrupt):
        both.receive(content)
    assert both.postings() == 2 * 2
    assert both.rows(Remittance)[0].state == "posting"
    assert both.receive(content).changes == 4
    assert both.postings() == 2 * 6
    assert both.rows(Remittance)[0].state == "posted"
    assert both.receive(content).changes == 0


def test_a_take_back_is_not_cut_apart_from_its_correction(mail):
    claims = [replace(clp(b, PAID), segment=0) for b in mail.claims(1)] * 3
    assert [len(chunk) for chunk in payments.chunks(claims)] == [3]
