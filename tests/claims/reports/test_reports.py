"""Reports tie out to the ledger to the cent, and say what each figure means."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from remits import Payer, clp

from claims.errors import BadInput
from claims.events import Act
from claims.model import Appeal
from claims.money import ledger
from claims.reports import drawing
from claims.reports.aging import BUCKETS, PATIENTS, aging
from claims.reports.denials import VIEWS, denials
from claims.reports.kpi import kpi
from claims.reports.report import Period
from claims.reports.waterfall import waterfall

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
"""The tests' day: two weeks after the service."""
WEEK = Period(date(2026, 2, 24), TODAY)
QUARTER = Period(date(2025, 12, 3), TODAY)


@pytest.fixture
def session(filled):
    """What a test adds is gone with it."""
    with filled.session.begin_nested() as savepoint:
        yield filled.session
        savepoint.rollback()


@pytest.fixture
def weeks(filled):
    return filled.claims


def money(row: dict[str, str], *names: str) -> Decimal:
    return sum((Decimal(row[name]) for name in names), Decimal("0.00"))


def test_ageing_sums_to_what_the_ledger_says_is_owed(weeks, session):
    found = aging(session, TODAY)
    *rows, whole = found.table("aging").as_json()
    owed = ledger.totals(session)
    assert Decimal(whole["total"]) == owed.open + owed.patient
    names = [name for _, name in BUCKETS]
    for row in (*rows, whole):
        assert money(row, *names, "credits") == Decimal(row["total"])
    assert {row["owed by"]: row["total"] for row in rows} == {"SBXCO": "420.00", PATIENTS: "40.00"}
    assert (whole["0–30"], whole["credits"]) == ("580.00", "-120.00")


def test_a_claim_gets_older_until_it_is_in_the_last_bucket(weeks, session):
    for days, bucket in ((16, "0–30"), (17, "31–60"), (106, "91–120"), (107, "over 120")):
        row = aging(session, TODAY + timedelta(days=days)).table("aging").as_json()[0]
        assert row[bucket] == "540.00"


def test_a_day_of_the_past_shows_what_was_owed_then(weeks, session):
    assert aging(session, TODAY - timedelta(days=1)).table("aging").as_json()[-1]["total"] == "0.00"


def test_the_waterfall_of_each_month_adds_up_to_its_charges(weeks, session):
    found = waterfall(session, Period(date(2026, 1, 1), TODAY))
    january_on, whole = found.table("waterfall").as_json()
    assert january_on["service"] == "2026-02"
    for row in (january_on, whole):
        assert Decimal(row["charge"]) == money(row, "paid", "adjusted", "patient", "open")
        assert Decimal(row["paid"]) == money(row, "paid 2026-03")
    owed = ledger.totals(session)
    assert money(whole, "charge", "paid", "adjusted", "patient", "open") == (
        owed.charge + owed.paid + owed.adjusted + owed.patient + owed.open
    )


def test_coding_stands_against_billing_and_the_front_desk_first(weeks, session):
    found = denials(session, WEEK)
    assert [each.id for each in found.figures[:3]] == ["coding_share", "billing_share", "front_desk_share"]
    assert [each.of for each in found.figures[:3]] == ["120.00 of 360.00"] * 3
    assert found.tables[0].name == "by_cause"


def test_every_view_of_the_denials_sums_to_the_same(weeks, session):
    found = denials(session, WEEK)
    for name in VIEWS:
        rows = found.table(name).as_json()
        assert sum(row["denials"] for row in rows) == 3, name
        assert (
            money({str(n): row["amount"] for n, row in enumerate(rows)}, *map(str, range(len(rows)))) == 360
        )
    assert found.table("trend").as_json()[-1]["amount"] == "360.00"
    reasons = {row["name"].partition(":")[0] for row in found.table("by_reason").as_json()}
    assert reasons == {"CO-11", "CO-16 N290", "CO-197"}
    states = {row["name"]: row["denials"] for row in found.table("by_state").as_json()}
    assert states == {"open": 2, "ended": 1}


def test_clinicians_get_feedback_with_a_real_example_and_no_patient(weeks, session):
    rows = denials(session, WEEK).table("feedback").as_json()
    coding = next(row for row in rows if row["cause"] == "coding")
    assert (coding["clinician"], coding["reason"]) == (
        "ADLER 1999999984", "CO-11: diagnosis does not support the procedure",
    )  # fmt: skip
    assert (coding["procedure"], coding["example claim"]) == ("99213", weeks["coding"].claim.id)


def test_what_comes_in_later_on_a_denied_claim_is_recovered(filled, weeks, session, payers):
    later = replace(filled.act.at, business=filled.act.at.business + timedelta(days=3))
    payer = Payer(session, Act("system", later), payers, traces=90)
    payer.say(clp(weeks["billing"], "CO-45 20.00"))
    found = denials(session, Period(TODAY, TODAY + timedelta(days=3)))
    assert found.figure("recovered").value == Decimal("100.00")


def test_key_figures_are_what_a_hand_would_count(weeks, session):
    found = kpi(session, QUARTER)
    told = {each.id: each.of for each in found.figures}
    assert told["clean_claim_rate"] == "7 of 7"
    assert told["first_pass_rate"] == "3 of 6"
    assert told["denial_rate"] == "3 of 6"
    assert told["denial_rate_dollars"] == "360.00 of 720.00"
    assert told["net_collection"] == "100.00 of 220.00"  # one was paid, one was written off
    assert told["touches"].endswith(" for 7 claims")
    assert found.figure("lag").value == 14
    assert found.figure("days_in_ar").of.startswith("460.00 at ")
    assert found.figure("overturn_rate").value is None


def test_appeals_and_write_offs_are_counted_when_they_are_decided(weeks, session):
    filing = weeks["billing"].filings[0]
    for level, (state, outcome, day) in enumerate(
        (
            ("lost", "upheld", TODAY - timedelta(days=200)),
            ("won", "overturned", TODAY),
            ("won", "partly", TODAY),
            ("lost", "upheld", TODAY),
            ("sent", None, None),
        ),
        start=1,
    ):
        known = {"claim_id": filing.claim_id, "filing_id": filing.id, "at": NOW, "file_by": TODAY}
        session.add(
            Appeal(
                **known, level=level, state=state, outcome=outcome, decided_on=day, amount=Decimal("120.00")
            )
        )
    session.flush()
    found = denials(session, WEEK)
    assert found.figure("overturn_rate").of == "2 of 3"
    assert found.figure("overturned_amount").value == Decimal("240.00")
    assert found.figure("written_off").value == Decimal("120.00")
    assert found.table("written_off").as_json() == [
        {"name": "bundled, or not supported by the record", "amount": "120.00", "share": 1.0}
    ]
    assert kpi(session, QUARTER).figure("overturn_rate").of == "2 of 3"


def test_a_table_is_a_spreadsheet_and_an_unknown_one_is_refused(weeks, session):
    found = aging(session, TODAY)
    rows = list(csv.DictReader(io.StringIO(drawing.as_csv(found.table("aging")))))
    assert rows[-1]["total"] == "460.00"
    with pytest.raises(BadInput, match="no table"):
        found.table("nonsense")


def test_the_denial_review_is_a_pdf_and_a_picture_without_patients(weeks, session):
    found = denials(session, WEEK)
    assert drawing.as_pdf(found).startswith(b"%PDF")
    assert drawing.as_png(found).startswith(b"\x89PNG")
    drawn = drawing.as_svg(found.charts[0])
    assert "coding" in drawn
    told = json.dumps(found.as_json()) + drawn
    assert "PATIENCE" not in told
    assert "PAID0000001" not in told
