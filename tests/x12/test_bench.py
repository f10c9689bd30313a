"""`cleanclaim bench x12` measures what it says it measures."""

import pytest
from pydantic import TypeAdapter

from claims.x12.check import check
from claims.x12.claim837 import Claim837
from deployments.bench import x12_claims as made
from deployments.bench.x12 import Measured, Memory, Rate
from deployments.bench.x12_files import own_files
from deployments.bench.x12_sides import OURS, READ_835, READ_837P, WRITE_837P, read_claims, read_payments


def test_the_claims_of_the_bench_are_sound_and_as_large_as_it_says():
    claims = made.claims_written([made.claim(n) for n in range(10)])
    payment = made.remittance_written([made.remitted(n) for n in range(10)])
    assert check(claims, name="837").findings == check(payment, name="835").findings == ()
    lines = claims.count(b"~CLM*"), claims.count(b"~LX*"), payment.count(b"~CLP*"), payment.count(b"~SVC*")
    assert lines == (10, 30, 10, 30)
    begins, after = claims.index(b"HL*2*"), claims.index(b"HL*3*")
    assert claims[begins:after].count(b"~") == 25
    begins, after = payment.index(b"CLP*PCN0000000"), payment.index(b"CLP*PCN0000001")
    assert payment[begins:after].count(b"~") == 21


@pytest.mark.parametrize("kind", sorted(own_files()))
def test_the_fuzzers_own_files_hold_no_error(kind):
    assert not check(own_files()[kind], name=kind).has_errors


def test_what_was_read_in_the_bench_was_also_judged():
    payment = made.remittance_written([made.remitted(n) for n in range(3)])
    assert read_payments(payment) == []
    assert read_payments(payment.replace(b"CAS*CO*45*15.00", b"CAS*CO*45*16.00", 1)) == [
        "x12_835_line_balance",
        "x12_835_claim_balance",
    ]
    claims = made.claims_written([made.claim(n) for n in range(3)])
    assert read_claims(claims.replace(b"D8*20260201", b"D8*20261301", 1)) == ["x12_bad_value"]


def test_models_are_wrapped_by_pydantic_for_who_wants_json():
    adapter = TypeAdapter(Claim837)
    claim = made.claim(1)
    assert adapter.validate_json(adapter.dump_json(claim)) == claim


def test_a_bar_that_is_missed_and_a_library_that_is_missing_are_told():
    rates = (
        Rate(WRITE_837P, OURS, 30_000.0),
        Rate(READ_837P, OURS, 2_000.0),
        Rate(READ_837P, "x12sdk", None),
        Rate(READ_837P, "pyx12", 100.0),
        Rate(READ_835, OURS, 9_000.0),
    )
    told = Measured(rates, (Memory(READ_835, OURS, 100, 1.0),)).as_json()
    assert [each.get("met") for each in told["rates"]] == [True, False, None, None, True]
    assert [each.get("ours_to_this") for each in told["rates"][2:4]] == [None, 20.0]
    assert (told["memory"][0]["met"], told["met"]) == (True, False)
