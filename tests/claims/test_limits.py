"""Until when a payer takes a filing, by whose rule, and what nobody has written down."""

from datetime import date

import pytest
from visits import DAY, PAYERS, filing, visit

from claims.limits import Limit, filing_limit, last_filing_day

PAID = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("payer", "served", "frequency", "last"),
    [
        ("SBXCO", DAY, "1", date(2026, 8, 15)),
        ("SBXCO", DAY, "7", date(2027, 2, 16)),
        ("SBXMC", DAY, "1", date(2027, 2, 16)),
        ("SBXMC", date(2024, 2, 29), "1", date(2025, 2, 28)),
    ],
)
def test_the_last_day_to_file_is_the_payers_own(payer, served, frequency, last):
    claim = visit({"from_date": served}).claim
    assert last_filing_day(claim, filing(frequency=frequency), PAYERS[payer]) == last


def test_an_institutional_claim_counts_from_its_last_day():
    claim = visit(form="I", through_date=date(2026, 2, 18)).claim
    assert last_filing_day(claim, filing(), PAYERS["SBXCO"]) == date(2026, 8, 17)


def later(payer_id: str, frequency: str = "1", paid: date | None = PAID, **limits: int) -> Limit | None:
    """The limit of a second payer whose file says this."""
    profile = PAYERS[payer_id].model_copy(
        update={"limits": PAYERS[payer_id].limits.model_copy(update=limits)}
    )
    second = filing(frequency=frequency, sequence="S", payer_id=payer_id)
    return filing_limit(visit().claim, second, {payer_id: profile}, paid)


def test_a_later_payers_days_count_from_the_payment_before():
    assert later("SBXCO", later_days=90) == Limit(date(2026, 5, 31))
    assert later("SBXCO", "7", later_corrected_days=30) == Limit(date(2026, 4, 1))


def test_being_second_does_not_extend_medicares_year():
    assert later("SBXMC") == Limit(date(2027, 2, 16))


@pytest.mark.parametrize(
    ("limit", "who"),
    [
        (later("SBXCO"), "an admin sets limits.later_days"),
        (later("SBXCO", "7"), "an admin sets limits.later_corrected_days"),
        (later("SBXCO", paid=None, later_days=90), "the payer before SBXCO paid: post that"),
        (filing_limit(visit().claim, filing(payer_id="NOFILE"), PAYERS), "NOFILE has no file: an admin adds"),
    ],
)
def test_what_nobody_has_written_down_is_said_with_who_must(limit, who):
    assert limit.last is None
    assert who in limit.unknown


def test_a_void_has_no_limit():
    assert later("SBXCO", "8") is None
