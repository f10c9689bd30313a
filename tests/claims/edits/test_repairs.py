"""Repairs change the form of what is there, never its meaning, and are told in the claim's history."""

import pytest
from sqlmodel import select
from visits import MEDICARE_ID, PAYERS, SETTINGS, visit, with_

from claims import lifecycle
from claims.edits import coding_review, scrub
from claims.edits.repairs import repair
from claims.model import EventRow, Stage
from claims.transitions import Event


@pytest.mark.parametrize(
    ("part", "field", "was", "becomes"),
    [
        ("patient", "postal", "43215-0001", "432150001"),
        ("patient", "postal", " 43215 ", "43215"),
        ("patient", "state", "oh", "OH"),
        ("patient", "line1", "1  Test   Ln", "1 Test Ln"),
        ("patient", "family", " Example ", "Example"),
        ("patient", "phone", "(614) 555-0100", "6145550100"),
        ("practice", "tax_id", "31-0000001", "310000001"),
        ("practice", "npi", "1999-999-992", "1999999992"),
        ("practice", "taxonomy", "207q00000x", "207Q00000X"),
        ("claim", "clia", "36d1234567", "36D1234567"),
        ("claim", "authorization_number", " A 12 ", "A 12"),
        ("coverage", "member_id", " PAY1001", "PAY1001"),
    ],
)
def test_a_value_gets_its_form(part, field, was, becomes):
    bundle = with_(visit(), **{f"{part}__{field}": was})
    (done,) = repair(bundle, PAYERS)
    assert getattr(bundle.providers.get(part) or getattr(bundle, part), field) == becomes
    assert done.path.endswith(field)
    assert repair(bundle, PAYERS) == []


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("patient", "postal", "4321"),
        ("patient", "postal", "43215-01"),
        ("patient", "state", "Ohio"),
        ("patient", "family", "O'NEIL-EXAMPLE"),
        ("practice", "tax_id", "31-000"),
        ("practice", "npi", "199999999I"),
        ("coverage", "member_id", "pay-1001"),
        ("claim", "accident", "auto"),
    ],
)
def test_what_would_be_a_guess_stays_as_it_is(part, field, value):
    bundle = with_(visit(), **{f"{part}__{field}": value})
    assert repair(bundle, PAYERS) == []


def test_codes_of_lines_and_diagnoses_get_their_form():
    bundle = visit(
        {"procedure_code": "j1100", "modifiers": ["rt", " 59"], "ndc": "0123-4567-8"}, diagnoses=("j06.9",)
    )
    assert {(each.path, each.how) for each in repair(bundle, PAYERS)} == {
        ("line.1.procedure_code", "upper case"),
        ("line.1.modifiers", "upper case, spaces"),
        ("line.1.ndc", "punctuation"),
        ("diagnosis.1.code", "upper case, punctuation"),
    }
    line = bundle.lines[0]
    assert (line.procedure_code, line.modifiers, line.ndc) == ("J1100", ["RT", "59"], "00123456708")
    assert bundle.diagnoses[0].code == "J069"


def test_a_medicare_number_loses_the_hyphens_of_the_card_and_another_payers_number_keeps_them():
    written = f"{MEDICARE_ID[:4]}-{MEDICARE_ID[4:7]}-{MEDICARE_ID[7:]}".lower()
    medicare, other = visit(payer="SBXMC", member=written), visit(member=written)
    repair(medicare, PAYERS)
    repair(other, PAYERS)
    assert (medicare.coverage.member_id, other.coverage.member_id) == (MEDICARE_ID, written)


@pytest.mark.parametrize(
    ("step", "stage", "kind"),
    [
        (coding_review, Stage.CODING_REVIEW, Event.CODING_CLEARED),
        (scrub, Stage.SCRUB, Event.SCRUBBED),
    ],
)
def test_a_repair_is_in_the_claims_history_by_field_and_kind_without_the_value(
    session, act, practice, step, stage, kind
):
    bundle = practice.claim(stage=stage, patient={"postal": "43215-0001"})
    lifecycle.apply(session, step(session, act, [bundle], SETTINGS, PAYERS), act)
    event = session.exec(select(EventRow).where(EventRow.kind == kind).order_by(EventRow.id.desc())).first()
    assert event.facts["repaired"] == [{"path": "patient.postal", "how": "punctuation"}]
    assert bundle.patient.postal == "432150001"
    assert "43215" not in str(event.facts)
