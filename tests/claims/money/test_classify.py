"""The tables of adjustments and denials: every row of the domain's rules has its place."""

import pytest

from claims.model import Account, Queue
from claims.money.classify import CONDITIONS, classify, shipped
from claims.money.treatment import treatment


@pytest.mark.parametrize(
    ("carcs", "denial_class"),
    [
        ("4 5 9 10 11 59 97 231 236 151 146 167 181 182 B15", "coding"),
        ("6 7 140", "registration"),
        ("16", "billing"),
        ("18", "duplicate"),
        ("19 20 21 22 129", "coordination"),
        ("26 27 31 109", "eligibility"),
        ("29", "timely_filing"),
        ("49 96 204 119 222", "coverage"),
        ("50 55 56", "medical_necessity"),
        ("15 197 198 288", "authorization"),
        ("163 226 252", "documentation"),
        ("227", "patient"),
        ("183 185 B7", "credentialing"),
        ("A1", "by_remark"),
        ("999", "unknown"),
    ],
)
def test_each_reason_has_its_class_and_one_of_three_root_causes(carcs, denial_class):
    for carc in carcs.split():
        found = classify("CO", carc)
        assert found.denial_class == denial_class
        assert found.root_cause in ("coding", "billing", "front desk")


@pytest.mark.parametrize("remark", ["MA130", "N211", "N704"])
@pytest.mark.parametrize("carc", ["16", "29", "50", "999"])
def test_a_remark_takes_the_appeal_away_whatever_the_reason(remark, carc):
    assert not classify("CO", carc, ["N1", remark]).appealable


@pytest.mark.parametrize("remark", ["N211", "N704"])
def test_an_appeal_that_is_not_heard_is_never_recommended(remark):
    carcs = {row.conditions[CONDITIONS.index("carc")] for row in shipped()}
    assert "appeal" not in {classify("CO", carc, [remark]).action for carc in carcs}
    assert (classify("CO", "29", ["N211"]).action, classify("CO", "16", ["N211"]).action) == (
        "write_off",
        "correct",
    )


def test_late_filing_can_be_appealed_but_not_with_medicare():
    assert classify("CO", "29", (), "commercial").action == "appeal"
    medicare = classify("CO", "29", (), "medicare")
    assert (medicare.appealable, medicare.action) == (False, "write_off")


def test_not_covered_is_the_patients_in_group_pr_and_appealed_in_group_co():
    assert classify("PR", "204").action == "bill_patient"
    assert classify("CO", "204").action == "appeal"


def test_a_denial_without_its_own_class_is_sorted_by_its_remark():
    assert classify("CO", "A1", ["M127"]).denial_class == "documentation"
    assert classify("CO", "A1", ["N115"]).denial_class == "medical_necessity"


def test_an_unknown_combination_goes_to_a_person():
    found = classify("CO", "999")
    assert (found.is_known, found.queue, found.action) == (False, Queue.DENIALS, "review")


@pytest.mark.parametrize(
    ("group", "reason", "account", "denial"),
    [
        ("PR", "1", Account.PATIENT, False),
        ("PR", "204", Account.PATIENT, True),
        ("CO", "45", Account.CONTRACTUAL, False),
        ("PI", "45", Account.CONTRACTUAL, False),
        ("CO", "253", Account.CONTRACTUAL, False),
        ("CO", "24", Account.CONTRACTUAL, False),
        ("PR", "45", Account.PATIENT, False),
        ("OA", "23", None, False),
        ("CO", "97", None, True),
        ("OA", "18", None, True),
    ],
)
@pytest.mark.parametrize("paid", [True, False])
def test_the_group_and_the_reason_say_where_an_amount_goes(group, reason, account, denial, paid):
    rule = treatment(group, reason, paid)
    assert (rule.account, rule.denial) == (account, denial)


@pytest.mark.parametrize("reason", ["59", "B10"])
def test_what_lowers_a_payment_is_a_denial_only_where_nothing_was_paid(reason):
    lowered, refused = treatment("CO", reason, True), treatment("CO", reason, False)
    assert (lowered.account, lowered.denial) == (Account.CONTRACTUAL, False)
    assert (refused.account, refused.denial) == (None, True)
    assert treatment("PR", reason, True).account is Account.PATIENT
