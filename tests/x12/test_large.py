"""Transactions too large to be held, and files read as streams."""

import io
from decimal import Decimal

import pytest

from claims.x12 import check as checking
from claims.x12 import loops
from claims.x12.check import check
from claims.x12.claim837_write import write_837
from claims.x12.remit835_write import write_835
from deployments.bench.x12_files import own_files


@pytest.fixture
def small_memory(monkeypatch):
    """As if no more than a few segments could be held."""
    monkeypatch.setattr(checking, "LARGEST", 20)


def codes(data):
    result = check(data, name="large")
    return result.transactions, [each.code for each in result.findings]


def test_a_file_on_disk_is_judged_as_its_bytes_are():
    for data in own_files().values():
        assert check(io.BytesIO(data), name="f") == check(data, name="f")


def test_the_sums_of_a_very_large_payment_are_checked(small_memory, remittance, remit_claim, wrap):
    claims = (remit_claim(), remit_claim(pcn="PCN2", paid=Decimal("61.00")))
    data = wrap(write_835(remittance(claims=claims)))
    transactions, found = codes(data)
    assert transactions == (("835", 2),)
    assert {"x12_large", "x12_835_claim_balance", "x12_835_payment_balance"} <= set(found)


def test_the_values_and_sums_of_very_many_claims_are_checked(small_memory, header837, claim, wrap):
    claims = [claim(), claim(pcn="PCN2", charge=Decimal("80.00")), claim(pcn="PCN3")]
    data = wrap(write_837(header837, claims)).replace(b"D8*20260203", b"D8*20261303", 1)
    transactions, found = codes(data)
    assert transactions == (("837P", 3),)
    assert sorted(found) == ["x12_837_charge", "x12_bad_value", "x12_large"]


def test_a_very_large_transaction_of_another_set_is_counted_and_said_to_be_unchecked(small_memory):
    transactions, found = codes(own_files()["271"].replace(b"MSG*NOTE~", b"MSG*NOTE~" * 40))
    assert transactions == (("271", 0),)
    assert "x12_large" in found


@pytest.mark.parametrize(("kind", "segment"), [("837P", b"~HI*"), ("835", b"~SVC*")])
def test_a_claim_of_segments_without_end_is_refused_before_memory_is(kind, segment, monkeypatch):
    monkeypatch.setattr(loops, "MOST_LINES", 50)
    result = check(own_files()[kind].replace(segment, b"~HL*1**XX" * 60 + segment, 1), name="endless")
    assert not result.readable
    assert "more than 50 segments" in next(
        each.message for each in result.findings if each.code == "x12_unreadable"
    )
