"""Levels of appeal: which comes next, until when, over how much; dated data by line of business."""

from datetime import date
from decimal import Decimal

import pytest

from claims.appeal_levels import Standing, last_day, prospect
from config.payers import PayerProfile
from config.payers.appeals import AppealLevel, shipped

NOTICE = date(2026, 3, 2)


def payer(kind: str, *, days: tuple[int, ...] = (), appeals: tuple[dict, ...] = ()) -> PayerProfile:
    limits = {"filing_days": 180, "corrected_days": 180, "appeal_days": days, "source": "a test"}
    return PayerProfile(
        id="ACME",
        name="ACME",
        connector="x",
        kind=kind,
        filing_indicator="CI",
        limits=limits,
        appeals=appeals,
    )


def at(
    decided: int, amount: str = "120.00", kind: str = "medical_necessity", noticed: date = NOTICE
) -> Standing:
    return Standing(decided, noticed, Decimal(amount), frozenset([kind]))


def test_medicare_has_five_levels_each_with_its_own_days():
    medicare = payer("medicare")
    told = [prospect(medicare, at(n, "5000.00"), NOTICE) for n in range(5)]
    assert [(each.level.name, str(each.file_by)) for each in told] == [
        ("Redetermination", "2026-07-05"),  # 120 days, counted from five days after the notice
        ("Reconsideration", "2026-09-03"),
        ("Hearing before an administrative law judge", "2026-05-06"),
        ("Review by the Medicare Appeals Council", "2026-05-06"),
        ("Judicial review", "2026-05-06"),
    ]
    assert prospect(medicare, at(5, "5000.00"), NOTICE).closed == "level 5 was the last"


@pytest.mark.parametrize(
    ("decided", "day", "amount", "heard"),
    [
        (2, date(2025, 12, 31), "190.00", True),
        (2, date(2026, 1, 1), "199.99", False),
        (2, date(2026, 1, 1), "200.00", True),
        (4, date(2025, 12, 31), "1900.00", True),
        (4, date(2026, 1, 1), "1959.99", False),
        (4, date(2026, 1, 1), "1960.00", True),
    ],
)
def test_the_amount_at_stake_is_that_of_the_day_of_filing(decided, day, amount, heard):
    told = prospect(payer("medicare"), at(decided, amount, noticed=day), day)
    assert told.is_open is heard
    if not heard:
        assert "can be reached together with other claims only" in told.closed


def test_a_medicare_advantage_plan_gives_sixty_five_days_since_2025():
    plan = payer("medicare_advantage")
    for day, days in ((date(2024, 6, 3), 60), (date(2025, 6, 3), 65)):
        told = prospect(plan, at(0, noticed=day), day)
        assert (told.file_by - day).days == days


def test_external_review_hears_medical_judgment_only_and_counts_in_months():
    commercial = payer("commercial")
    told = prospect(commercial, at(2, noticed=date(2026, 10, 31)), date(2026, 10, 31))
    assert (told.level.name, told.file_by) == ("External review", date(2027, 2, 28))
    assert prospect(commercial, at(2, kind="coding"), NOTICE).closed == "level 2 was the last"


def test_a_level_can_be_had_on_its_last_day_and_not_on_the_next():
    medicaid = payer("medicaid")
    last = prospect(medicaid, at(0), NOTICE).file_by
    assert prospect(medicaid, at(0), last).is_open
    late = prospect(medicaid, at(0), date.fromordinal(last.toordinal() + 1))
    assert (late.closed, late.file_by) == (f"the last day to appeal was {last}", last)


def test_a_payers_file_overrides_its_line_of_business():
    by_days = payer("medicare", days=(30, 15))
    assert [each.name for each in by_days.appeal_levels(NOTICE)] == ["First appeal", "Second appeal"]
    own = {"level": 1, "name": "Dispute", "heard_by": "the plan", "days": 45, "source": "contract, section 9"}
    (dispute,) = payer("commercial", appeals=(own,)).appeal_levels(NOTICE)
    assert (dispute.name, last_day(dispute, NOTICE)) == ("Dispute", date(2026, 4, 16))


def test_a_payer_without_a_file_says_what_is_missing():
    assert "no file of its own" in prospect(None, at(0), NOTICE).closed


@pytest.mark.parametrize("wrong", [{}, {"days": 30, "months": 1}])
def test_a_level_has_days_or_months(wrong):
    with pytest.raises(ValueError, match="one of them"):
        AppealLevel(level=1, name="x", heard_by="y", source="z", **wrong)


def test_every_shipped_line_begins_with_level_one_and_each_row_names_its_source():
    for kind, rows in shipped().items():
        levels = payer(kind).appeal_levels(NOTICE)
        assert [each.level for each in levels] == list(range(1, len(levels) + 1)), kind
        assert all(each.source for each in rows)
