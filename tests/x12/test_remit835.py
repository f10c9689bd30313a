import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import oxedi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.x12.envelope import read_file
from claims.x12.parts import Adjustment, Period, Procedure, Reference
from claims.x12.remit835 import ProviderAdjustment, RemitClaim, RemitGroup, RemitService
from claims.x12.remit835_balance import Balance, balance_835
from claims.x12.remit835_read import read_835, stream_835
from claims.x12.remit835_write import write_835


def test_a_remittance_written_is_the_remittance_read(remittance, reread):
    assert read_835(reread(write_835(remittance()))) == remittance()
    assert balance_835(remittance()) == []


def test_every_remittance_of_the_corpus_balances_but_the_two_that_are_known_to_be_broken(corpus_file):
    broken = {"tertiary-payment.835", "blue_cross_nc_sample.txt", "managed-care.835"}
    for transaction in read_file(corpus_file.read_bytes()).transactions:
        if transaction.type == "835":
            assert bool(balance_835(read_835(transaction))) == (corpus_file.name in broken)


def reversal(claim: RemitClaim) -> RemitClaim:
    """The claim taken back: every amount negated, the group codes kept."""
    return replace(
        claim,
        status="22",
        charge=-claim.charge,
        paid=-claim.paid,
        services=tuple(
            replace(
                each,
                charge=-each.charge,
                paid=-each.paid,
                adjustments=tuple(replace(one, amount=-one.amount) for one in each.adjustments),
            )
            for each in claim.services
        ),
    )


def test_a_reversal_with_its_correction_balances(remittance, remit_claim, service, reread):
    corrected = service(
        paid=Decimal("65.00"), adjustments=(Adjustment("CO", "45", Decimal("10.00")),), amounts=()
    )
    correction = remit_claim(paid=Decimal("65.00"), services=(corrected,))
    payment = replace(remittance().payment, amount=Decimal("5.00"))
    both = remittance(payment=payment, claims=(reversal(remit_claim()), correction))
    read = read_835(reread(write_835(both)))
    assert read == both
    assert balance_835(read) == []
    assert [each.is_reversal for each in read.claims] == [True, False]
    assert {each.pcn for each in read.claims} == {"PCN1"}


@pytest.mark.parametrize("status", ["19", "20", "21", "22", "23", "25", "4"])
def test_every_claim_status_comes_through_as_it_is(status, remittance, remit_claim, reread):
    sent = remittance(claims=(remit_claim(status=status),))
    (read,) = read_835(reread(write_835(sent))).claims
    assert read.status == status
    assert read.crossed_over == (status in {"19", "20", "21", "23"})
    assert read.is_reversal == (status == "22")


def test_provider_adjustments_reduce_the_payment(remittance, reread):
    taken = (
        ProviderAdjustment("1245319599", date(2026, 12, 31), "WO", Decimal("25.00"), "ICN9"),
        ProviderAdjustment("1245319599", date(2026, 12, 31), "L6", Decimal("-1.50")),
    )
    payment = replace(remittance().payment, amount=Decimal("36.50"))
    sent = remittance(payment=payment, provider_adjustments=taken)
    read = read_835(reread(write_835(sent)))
    assert read.provider_adjustments == taken
    assert balance_835(read) == []
    assert [each.code for each in balance_835(remittance(provider_adjustments=taken))] == [
        "x12_835_payment_balance"
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paid": Decimal("59.00")}, {"x12_835_claim_balance", "x12_835_payment_balance"}),
        ({"charge": Decimal("76.00")}, {"x12_835_claim_balance", "x12_835_charge_total"}),
        ({"adjustments": (Adjustment("CO", "45", Decimal("1.00")),)}, {"x12_835_claim_balance"}),
    ],
)
def test_a_claim_that_does_not_add_up_is_named(change, code, remittance, remit_claim):
    found = balance_835(remittance(claims=(remit_claim(**change),)))
    assert {each.code for each in found} == code
    assert {each.claim for each in found} - {None} == {"PCN1"}


def test_a_notification_only_may_not_carry_money(remittance):
    notice = remittance(payment=replace(remittance().payment, handling="H"))
    assert [each.code for each in balance_835(notice)] == ["x12_835_notice_paid"]


def test_an_amount_that_cannot_be_read_keeps_the_payment_from_balancing(remittance, wrap):
    data = wrap(write_835(remittance())).replace(b"CLP*PCN1*1*75.00*", b"CLP*PCN1*1*75,00*")
    read = read_835(read_file(data).transactions[0])
    assert read.claims == ()
    assert [(each.code, each.element, each.claim) for each in balance_835(read)] == [
        ("x12_bad_value", "CLP", "PCN1"),
        ("x12_835_payment_balance", "BPR02", None),
    ]


def test_a_service_that_cannot_be_read_is_kept_and_written_back(remittance, wrap, reread):
    data = wrap(write_835(remittance())).replace(b"SVC*HC:99213*75.00*", b"SVC*HC:99213**")
    read = read_835(read_file(data).transactions[0])
    assert read.claims[0].services == ()
    assert read_835(reread(write_835(read))) == read
    assert any(each.element == "SVC" for each in balance_835(read))


def test_several_payments_of_a_file_are_streamed_claim_by_claim(remittance, remit_claim, wrap):
    first = remittance(claims=tuple(remit_claim(pcn=f"P{i}") for i in range(300)))
    second = remittance()
    data = wrap(write_835(first), write_835(second))
    payments = []
    for payment in stream_835(io.BytesIO(data), []):
        balance, claims = Balance(), []
        for claim in payment.claims():
            balance.add(claim)
            claims.append(claim)
        whole = payment.finish()
        payments.append((replace(whole, claims=tuple(claims)), [each.code for each in balance.finish(whole)]))
    assert payments == [(first, ["x12_835_payment_balance"]), (second, [])]


def test_claims_under_different_provider_summaries_keep_their_group(remittance, remit_claim, reread):
    groups = (RemitGroup("1"), RemitGroup("2"))
    sent = remittance(claims=tuple(remit_claim(group=group) for group in groups))
    assert [each.group for each in read_835(reread(write_835(sent))).claims] == list(groups)


def test_another_reader_counts_our_remittance_alike(remittance, remit_claim, wrap):
    claims = tuple(remit_claim(pcn=f"P{i}") for i in range(5))
    payment = replace(remittance().payment, amount=Decimal("300.00"))
    result = oxedi.parse(wrap(write_835(remittance(claims=claims, payment=payment))))
    assert result.count_claims() == 5
    assert result.sum_payments() == Decimal("300.00")
    assert result.diagnostics == []


WORD = st.text(
    st.characters(min_codepoint=48, max_codepoint=90, exclude_characters=":"), min_size=1, max_size=8
)
MONEY = st.decimals(-9999, 99999, places=2)
DAY = st.dates(date(1990, 1, 1), date(2100, 1, 1))
CAS = st.lists(
    st.builds(Adjustment, st.sampled_from(["CO", "PR"]), WORD, MONEY, st.none() | MONEY), max_size=8
)
SERVICE = st.builds(
    RemitService,
    st.builds(Procedure, WORD, st.lists(WORD, max_size=4).map(tuple)),
    MONEY,
    MONEY,
    dates=st.lists(st.builds(Period, WORD, DAY), max_size=2).map(tuple),
    adjustments=CAS.map(tuple),
    references=st.lists(st.builds(Reference, WORD, WORD), max_size=2).map(tuple),
)
CLAIM = st.builds(
    RemitClaim,
    WORD,
    WORD,
    MONEY,
    MONEY,
    st.none() | MONEY,
    adjustments=CAS.map(tuple),
    moa=st.lists(WORD, max_size=5).map(tuple),
    services=st.lists(SERVICE, max_size=3).map(tuple),
)
PLB = st.builds(ProviderAdjustment, WORD, DAY, WORD, MONEY, st.just("") | WORD)


@settings(max_examples=25, deadline=None)
@given(claims=st.lists(CLAIM, max_size=3), taken=st.lists(PLB, max_size=8))
def test_any_remittance_written_is_the_remittance_read(claims, taken, remittance, reread):
    written = remittance(claims=tuple(claims), provider_adjustments=tuple(taken))
    assert read_835(reread(write_835(written))) == written
