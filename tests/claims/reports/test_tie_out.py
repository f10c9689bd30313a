"""Whatever payers say, reports agree with the ledger to the cent; and a report of nothing is a report."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from remits import Payer, clp

from claims.codes import Codes
from claims.money import ledger
from claims.reports import drawing
from claims.reports.aging import aging
from claims.reports.denials import denials
from claims.reports.kpi import kpi
from claims.reports.report import Period
from claims.reports.variance import variance
from claims.reports.waterfall import waterfall

TODAY = date(2026, 3, 2)
QUARTER = Period(date(2025, 12, 3), TODAY)


@pytest.fixture
def payer(session, act, payers) -> Payer:
    return Payer(session, act, payers)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(("CO-45", "PR-2", "CO-50")), st.integers(0, 12000)),
        max_size=5,
    )
)
def test_whatever_payers_say_every_report_agrees_with_the_ledger(session, accepted, payer, said):
    bundles = [accepted() for _ in range(3)]
    for place, code, cents in said:
        payer.say(clp(bundles[place], f"{code} {Decimal(cents) / 100:.2f}"))
    owed = ledger.totals(session)
    aged = aging(session, TODAY).table("aging").as_json()[-1]
    fallen = waterfall(session, Period(date(2020, 1, 1), TODAY)).table("waterfall").as_json()[-1]
    assert Decimal(aged["total"]) == owed.open + owed.patient
    assert [Decimal(fallen[n]) for n in ("charge", "paid", "adjusted", "patient", "open")] == [
        owed.charge, owed.paid, owed.adjusted, owed.patient, owed.open,
    ]  # fmt: skip


def test_a_report_of_nothing_is_a_report_whose_figures_say_what_they_mean(session, tmp_path):
    reports = (
        aging(session, TODAY),
        waterfall(session, QUARTER),
        kpi(session, QUARTER),
        denials(session, QUARTER),
        variance(session, QUARTER, Codes(tmp_path), {}),
    )
    for report in reports:
        json.dumps(report.as_json())
        for chart in report.charts:
            assert drawing.as_svg(chart).startswith("<svg")
        for figure in report.figures:
            assert figure.words, figure.id
            assert figure.source, figure.id
