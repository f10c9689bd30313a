"""The documented CSV."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from claims.bundle import load_bundle
from claims.errors import BadInput
from claims.intake.csvfile import columns
from claims.model import Encounter, Stage


def test_a_complete_row_is_a_complete_claim(session, take_in, csv_file):
    report = take_in(csv_file())

    assert (report.kind, report.visits, report.held, report.messages) == ("csv", 1, 0, [])
    assert load_bundle(session, report.claims[0]).claim.stage is Stage.ELIGIBILITY


def test_rows_of_one_visit_are_lines_of_one_claim(session, take_in, csv_file):
    second = {
        "procedure_code": "87880",
        "charge": "30",
        "patient_family": "",
        "units": "2",
        "modifiers": "QW 59",
    }

    report = take_in(csv_file({}, second, {"visit_id": "V2", "from_date": "02/17/2026"}))

    assert (report.visits, report.held) == (2, 0)
    bundle = load_bundle(session, report.claims[0])
    assert [(x.number, x.procedure_code, x.units) for x in bundle.lines] == [(1, "99213", 1), (2, "87880", 2)]
    assert bundle.lines[1].modifiers == ["QW", "59"]
    assert bundle.claim.charge == Decimal("150.00")
    assert load_bundle(session, report.claims[1]).claim.from_date == date(2026, 2, 17)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_spreadsheets_delimiters_and_encodings_are_read(session, take_in, csv_file, delimiter, encoding):
    data = csv_file({"patient_family": "Müller"}, delimiter=delimiter).decode().encode(encoding)

    report = take_in(data)

    assert load_bundle(session, report.claims[0]).patient.family == "Müller"


@pytest.mark.parametrize(
    "amount", ["$120.00", "1,200.00", "120.005", "-5.00", "12O.00", "1e3", "NaN", "1.200,00"]
)
def test_an_amount_in_another_form_is_told_by_line_and_column_and_the_claim_held(take_in, csv_file, amount):
    report = take_in(csv_file({"charge": f'"{amount}"'}))

    assert report.missing == {"line.charge": 1}
    assert report.messages == [
        "line 2, charge: an amount such as 1250.00, without sign, currency or thousands mark, was expected."
    ]


def test_planned_rows_need_no_codes_and_make_no_claim(session, take_in, csv_file):
    row = {"status": "planned", "procedure_code": "", "charge": "", "pointers": "", "diagnoses": ""}

    report = take_in(csv_file(row | {"from_date": "2026-03-20"}))

    assert (report.planned, report.claims) == (1, [])
    encounter = session.exec(select(Encounter)).one()
    assert (encounter.planned, encounter.starts_on) == (True, date(2026, 3, 20))


def test_a_planned_visit_that_is_moved_keeps_its_place(session, take_in, csv_file):
    row = {"status": "planned", "procedure_code": "", "charge": "", "pointers": ""}
    take_in(csv_file(row | {"from_date": "2026-03-20"}))

    take_in(csv_file(row | {"from_date": "2026-03-27"}))

    assert session.exec(select(Encounter)).one().starts_on == date(2026, 3, 27)


def test_cells_that_contradict_each_other_within_a_visit_are_told(take_in, csv_file):
    report = take_in(csv_file({}, {"member_id": "OTHER"}))

    assert report.messages == ["line 3, member_id: the same value as in line 2 of this visit was expected."]


def test_a_visit_without_a_date_or_an_id_is_held_not_dropped(take_in, csv_file):
    report = take_in(csv_file({"from_date": ""}, {"visit_id": ""}))

    assert (len(report.claims), report.held, report.missing) == (2, 1, {"from_date": 1})
    assert "line 3, visit_id: an id of the visit was expected." in report.messages


def test_a_second_coverage_is_the_secondary_one(session, take_in, csv_file):
    report = take_in(csv_file({"secondary_payer_id": "SBXMC", "secondary_member_id": "S1"}))

    coverages = load_bundle(session, report.claims[0]).coverages
    assert [(c.sequence, c.member_id) for c in coverages] == [("P", "PAID0000001"), ("S", "S1")]


def test_a_dependents_coverage_needs_its_subscriber(take_in, csv_file):
    without = take_in(csv_file({"relationship": "child"}))
    with_one = take_in(
        csv_file(
            {
                "visit_id": "V2",
                "relationship": "child",
                "subscriber_family": "Example",
                "subscriber_given": "Pa",
            }
            | {"member_id": "PAID0000002"}
        )
    )

    assert without.missing == {"coverage.subscriber_family": 1, "coverage.subscriber_given": 1}
    assert with_one.missing == {}


def test_unknown_columns_are_told_by_position_since_they_may_be_data(take_in, csv_file):
    report = take_in(csv_file({"Smith John": "x"}))

    assert report.messages == ["line 1: columns 30 are not known and were not read."]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"visit_id,charge\nV1\n", "Line 2: 2 columns were expected, 1 stand there."),
        (b'visit_id,charge\nV1,"12\n', "Line 2: this is not CSV; perhaps a quote is not closed."),
        (b"visit_id,visit_id\n1,2\n", "Line 1: each column was expected once."),
        (b"visit_id,note\nV1," + b"x" * 200_000, "Line 2: at most 100000 characters were expected."),
        (b"name,charge\nSmith,12\n", "This is no file that can be imported"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused_with_its_place(take_in, data, message):
    with pytest.raises(BadInput) as refused:
        take_in(data)
    assert refused.value.message.startswith(message)
    assert "Smith" not in str(refused.value)


def test_invisible_marks_in_names_are_taken_out(session, take_in, csv_file):
    report = take_in(
        csv_file({"patient_family": "Exa\u202emple\u0000\u200b", "patient_given": "Pa \t tience"})
    )

    patient = load_bundle(session, report.claims[0]).patient
    assert (patient.family, patient.given) == ("Example", "Pa tience")


def test_the_document_lists_every_column():
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "intake.md").read_text()
    parts = {
        "patient",
        "subscriber",
        "secondary",
        "billing",
        "rendering",
        "referring",
        "facility",
        "attending",
    }
    for name in columns():
        prefix, _, rest = name.partition("_")
        assert f"`{rest}`" in text or f"`{name}`" in text, name
        assert prefix not in parts or f"`{prefix}_…`" in text or f"`{name}`" in text


def test_an_institutional_visit_keeps_its_admission(session, take_in, csv_file):
    row = {
        "form": "I", "facility_code": "11", "revenue_code": "120", "attending_name": "Adler",
        "attending_given": "Ruth", "attending_npi": "1999999984", "admission_type": "1",
        "admission_source": "1", "patient_status": "01", "admission_date": "2026-02-16",
        "admission_hour": "14:30", "discharge_hour": "0900",
    }  # fmt: skip

    report = take_in(csv_file(row))

    bundle = load_bundle(session, report.claims[0])
    assert (report.missing, bundle.lines[0].revenue_code) == ({}, "0120")
    assert bundle.claim.institutional == {
        "admission_type": "1",
        "admission_source": "1",
        "patient_status": "01",
        "admission_date": "2026-02-16",
        "admission_hour": "1430",
        "discharge_hour": "0900",
    }
