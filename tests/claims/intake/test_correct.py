"""Corrections by people: what may be set, what follows from it, and what is written down."""

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from claims import lifecycle
from claims.bundle import load_bundle
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import Act
from claims.intake.completeness import complete
from claims.intake.correct import correct
from claims.model import Actor, Coverage, EventRow, Provider, Role, Stage, WorkItem, WorkState
from claims.money.ledger import balance, post_charges
from claims.transitions import Event
from config.payers import Corrections


@pytest.fixture
def coder(session, act):
    session.add(Actor(name="carla", roles=[Role.CODER], since=act.at.real))
    session.flush()
    return Act("carla", act.at)


@pytest.fixture
def set_fields(session, coder, payers):
    def set_fields(bundle, **edits):
        named = {name.replace("__", "."): value for name, value in edits.items()}
        lifecycle.apply(session, correct(session, coder, bundle, named, "chart was read", payers), coder)
        return load_bundle(session, bundle.claim.id)

    return set_fields


def test_a_corrected_claim_begins_again_with_its_new_values(practice, set_fields):
    bundle = practice.claim(stage=Stage.SCRUB)

    after = set_fields(
        bundle,
        line__1__procedure_code="99214",
        line__1__modifiers="25 59",
        diagnosis__1="J45.909",
        patient__birth_date="1980-05-04",
        coverage__member_id="NEW1",
        authorization_number="A77",
    )

    assert after.claim.stage is Stage.INTAKE
    assert (after.lines[0].procedure_code, after.lines[0].modifiers) == ("99214", ["25", "59"])
    assert after.diagnoses[0].code == "J45909"
    assert after.patient.birth_date == date(1980, 5, 4)
    assert (after.coverage.member_id, after.claim.authorization_number) == ("NEW1", "A77")


def test_the_history_names_the_fields_and_keeps_the_values_encrypted(session, practice, set_fields):
    bundle = practice.claim()

    set_fields(bundle, patient__family="Newname", line__1__units="2")

    event = session.exec(select(EventRow).where(EventRow.kind == "corrected")).one()
    assert event.facts["fields"] == ["line.1.units", "patient.family"]
    assert "Newname" not in json.dumps([event.why, event.facts, event.after])
    note = json.loads(event.note)
    assert note["reason"] == "chart was read"
    assert note["changes"]["patient.family"] == ["EXAMPLE", "Newname"]


def test_a_changed_charge_is_booked_by_its_difference(session, act, practice, set_fields):
    bundle = practice.claim(lines=({}, {"procedure_code": "87880", "charge": Decimal("30.00")}))
    post_charges(session, act, [bundle.claim])

    after = set_fields(bundle, line__1__charge="100.00")

    assert after.claim.charge == balance(session, after.claim.id).charge == Decimal("130.00")


def test_a_line_is_added_under_the_next_number_and_taken_off_by_an_empty_value(
    session, act, practice, set_fields
):
    bundle = practice.claim()
    post_charges(session, act, [bundle.claim])

    more = set_fields(bundle, line__2__procedure_code="87880", line__2__charge="30")
    assert [(x.number, x.procedure_code, x.pointers) for x in more.lines] == [
        (1, "99213", [1]),
        (2, "87880", [1]),
    ]

    fewer = set_fields(more, line__1="")
    assert [(x.number, x.procedure_code) for x in fewer.lines] == [(1, "87880")]
    assert fewer.claim.charge == balance(session, fewer.claim.id).charge == Decimal("30.00")

    none = set_fields(fewer, line__1="")
    assert (none.lines, none.claim.charge) == ([], Decimal("0.00"))


def test_a_diagnosis_that_is_taken_off_moves_the_others_up_and_the_pointers_along(practice, set_fields):
    bundle = practice.claim(
        diagnoses=("J069", "R05", "R509"), lines=({"pointers": [1, 3]}, {"pointers": [2]})
    )

    after = set_fields(bundle, diagnosis__1="")

    assert [(d.position, d.qualifier, d.code) for d in after.diagnoses] == [
        (1, "ABK", "R05"),
        (2, "ABF", "R509"),
    ]
    assert [line.pointers for line in after.lines] == [[2], [1]]


def test_an_empty_value_clears_a_field_that_may_be_empty(practice, set_fields):
    bundle = practice.claim(authorization_number="A1", lines=({"modifiers": ["25"]},))

    after = set_fields(bundle, authorization_number="", line__1__modifiers="")

    assert (after.claim.authorization_number, after.lines[0].modifiers) == (None, [])


def test_the_claims_days_follow_its_lines_and_the_other_way_round(practice, set_fields):
    bundle = practice.claim(lines=({}, {}))

    after = set_fields(bundle, line__2__from_date="2026-02-18")
    assert (after.claim.from_date, after.claim.through_date) == (date(2026, 2, 16), date(2026, 2, 18))

    moved = set_fields(after, from_date="2026-02-15")
    assert [line.from_date for line in moved.lines] == [date(2026, 2, 15), date(2026, 2, 18)]


def test_another_payer_is_another_coverage_since_other_claims_may_be_under_the_old_one(
    session, practice, set_fields
):
    bundle = practice.claim()
    old = bundle.coverage.id

    after = set_fields(bundle, coverage__payer_id="sbxmc", coverage__member_id="M1")

    assert (after.claim.payer_id, after.coverage.payer_id, after.coverage.member_id) == (
        "SBXMC",
        "SBXMC",
        "M1",
    )
    assert after.coverage.id != old
    kept = session.get(Coverage, old)
    assert (kept.payer_id, kept.member_id) == ("SBXCO", "PAID0000001")


def test_a_claim_without_coverage_gets_one(practice, set_fields):
    bundle = practice.claim(coverage_id=None, payer_id=None)

    after = set_fields(bundle, coverage__member_id="M1", coverage__payer_id="SBXCO")

    assert (after.coverage.payer_id, after.coverage.member_id) == ("SBXCO", "M1")


def test_another_npi_is_another_provider(session, practice, set_fields):
    bundle = practice.claim(rendering_id=None)

    first = set_fields(bundle, rendering__npi="1999999984")
    assert first.claim.rendering_id == practice.clinician.id

    other = set_fields(first, rendering__name="REED", rendering__npi="1234567893", rendering__given="ANN")
    assert (other.rendering.name, other.rendering.npi) == ("REED", "1234567893")
    assert session.get(Provider, practice.clinician.id).name == "ADLER"


def test_a_missing_field_that_is_set_lets_the_claim_go_on(session, act, practice, payers, set_fields):
    bundle = practice.claim(coverage={"member_id": None})
    lifecycle.apply(session, complete(session, act, [bundle], payers), act)
    assert bundle.claim.hold_reason == "missing_fields"

    after = set_fields(bundle, coverage__member_id="PAID0000001")

    assert after.claim.hold_reason is None
    assert session.exec(select(WorkItem)).one().state is WorkState.CANCELLED
    lifecycle.apply(session, complete(session, act, [after], payers), act)
    assert after.claim.stage is Stage.ELIGIBILITY


def test_a_hold_that_a_person_placed_survives_a_correction(session, act, practice, set_fields):
    bundle = practice.claim()
    change = lifecycle.Change(
        bundle.claim,
        Event.HELD,
        lifecycle.Story("wait"),
        hold=lifecycle.Holding("held_by_person", "operations"),
    )
    lifecycle.apply(session, [change], act)

    assert set_fields(bundle, authorization_number="A1").claim.hold_reason == "held_by_person"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            "line.1.procedure_code",
            "9921",
            "line.1.procedure_code: a procedure code of 5 letters and digits was",
        ),
        ("line.1.charge", "$5", "line.1.charge: an amount such as 1250.00"),
        ("line.1.colour", "red", "line.1.colour is no field. line has: procedure_code, modifiers"),
        ("line.1.charges", "5", "line.1.charges is no field."),
        ("line.charge", "5", "line.charge is no field. There are: form, facility_code"),
        ("patient.1.family", "X", "patient.1.family is no field."),
        ("stage", "closed", "stage is no field."),
        ("Jane Smith", "x", "One of the names is no field."),
        ("line.3.charge", "5", "line.3.charge: the claim has 1 of these."),
        ("line.0.charge", "5", "line.0.charge is no field."),
        ("diagnosis.14", "J069", "diagnosis.14: the claim has 1 of these."),
        ("line.2", "", "line.2: the claim has 1 of these."),
        ("coverage.relationship", "", "coverage.relationship cannot be empty."),
        ("line.1.units", "0", "line.1.units: a number above 0"),
        ("patient.birth_date", "31.12.1980", "patient.birth_date: a date such as 2026-02-16 was expected."),
    ],
)
def test_a_wrong_field_or_value_is_refused_and_nothing_is_changed(
    session, coder, practice, path, value, problem
):
    bundle = practice.claim()

    with pytest.raises(BadInput) as refused:
        correct(session, coder, bundle, {"authorization_number": "A9", path: value}, "why")
    assert problem in refused.value.message
    assert bundle.claim.authorization_number is None


def test_every_wrong_value_is_told_at_once(session, coder, practice):
    with pytest.raises(BadInput) as refused:
        correct(session, coder, practice.claim(), {"line.1.charge": "x", "patient.sex": "q"}, "why")
    assert refused.value.message.count("was expected") == 2


@pytest.mark.parametrize(("edits", "reason"), [({}, "why"), ({"note": "x"}, " ")])
def test_a_correction_needs_a_field_and_a_reason(session, coder, practice, edits, reason):
    with pytest.raises(BadInput, match="at least one field and a reason"):
        correct(session, coder, practice.claim(), edits, reason)


def test_a_claim_on_its_way_to_the_payer_is_not_corrected(session, coder, practice):
    bundle = practice.claim()
    practice.filing(bundle, Event.QUEUED)
    with pytest.raises(NotAllowed, match="on its way in a batch"):
        correct(session, coder, bundle, {"note": "x"}, "why")

    practice.advance(bundle.claim, Event.SEND_STARTED, Event.SENT, filing=bundle.filing)
    with pytest.raises(NotAllowed, match="A claim in submitted cannot be corrected"):
        correct(session, coder, bundle, {"note": "x"}, "why")


def test_an_accepted_claim_is_corrected_only_where_its_payer_takes_that_before_its_decision(
    session, coder, practice, payers
):
    bundle = practice.claim()
    sent = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
    practice.filing(bundle, *sent, icn="H1")
    with pytest.raises(NotAllowed, match="A claim in adjudicating cannot be corrected"):
        correct(session, coder, bundle, {"note": "x"}, "why", payers)
    takes = payers["SBXCO"].model_copy(update={"corrections": Corrections(before_decision=True)})
    changes = correct(session, coder, bundle, {"note": "x"}, "why", {**payers, "SBXCO": takes})
    lifecycle.apply(session, changes, coder)
    assert bundle.claim.stage is Stage.INTAKE


def test_only_a_named_user_with_a_fitting_role_corrects(session, act, practice):
    bundle = practice.claim()
    with pytest.raises(NotFound):
        correct(session, Act("nobody", act.at), bundle, {"note": "x"}, "why")

    session.add(Actor(name="axel", roles=[Role.AUDITOR], since=act.at.real))
    session.flush()
    with pytest.raises(NotAllowed):
        correct(session, Act("axel", act.at), bundle, {"note": "x"}, "why")
