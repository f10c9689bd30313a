"""What a bill needs, field by field; what is missing has a name and an owner."""

from datetime import date

import pytest
from sqlmodel import select

from claims import lifecycle
from claims.intake.completeness import complete, missing
from claims.intake.visit import UNDATED
from claims.model import Provider, ProviderKind, Queue, Stage, WorkItem, WorkState


@pytest.fixture
def known(payers):
    return payers


def finish(session, act, bundle, payers):
    changes = complete(session, act, [bundle], payers)
    lifecycle.apply(session, changes, act)
    return changes


def test_a_complete_claim_goes_on_at_once(session, act, practice, known):
    bundle = practice.claim()

    finish(session, act, bundle, known)

    assert bundle.claim.stage is Stage.ELIGIBILITY
    assert bundle.claim.next_action_at == act.at.business
    assert session.exec(select(WorkItem)).all() == []


@pytest.mark.parametrize(
    ("part", "field", "queue"),
    [("patient", f, Queue.FRONT_DESK)
     for f in ("family", "given", "birth_date", "sex", "line1", "city", "state", "postal")]
    + [("coverage", "member_id", Queue.FRONT_DESK)]
    + [("billing", f, Queue.BILLING)
       for f in ("name", "npi", "tax_id", "taxonomy", "line1", "city", "state", "postal")]
    + [("rendering", "npi", Queue.BILLING), ("claim", "facility_code", Queue.BILLING)],
)  # fmt: skip
def test_each_missing_field_is_named_and_goes_to_those_who_know_it(
    session, act, practice, known, part, field, queue
):
    bundle = practice.claim()
    setattr(getattr(bundle, part), field, "" if field == "name" else None)

    finish(session, act, bundle, known)

    item = session.exec(select(WorkItem)).one()
    assert item.fields == [field if part == "claim" else f"{part}.{field}"]
    assert (item.queue, item.kind, item.claim_id) == (queue, "missing_fields", bundle.claim.id)
    assert (bundle.claim.stage, bundle.claim.hold_owner) == (Stage.INTAKE, queue)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"procedure_code": None}, "line.1.procedure_code"),
        ({"charge": None}, "line.1.charge"),
        ({"pointers": []}, "line.1.pointers"),
        ({"from_date": UNDATED}, "line.1.from_date"),
    ],
)
def test_a_lines_missing_field_is_named_with_its_number(practice, known, line, expected):
    assert missing(practice.claim(lines=(line,)), known) == [expected]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"diagnoses": ()}, ["diagnosis.1"]),
        ({"lines": ()}, ["line.1.procedure_code"]),
        ({"from_date": UNDATED}, ["from_date"]),
        ({"rendering_id": None}, ["rendering.name", "rendering.npi"]),
        ({"coverage_id": None}, ["coverage.payer_id", "coverage.member_id"]),
        ({"institutional": {"frequency": "7"}}, ["frequency"]),
        ({"coverage": {"sequence": "S"}}, ["coverage.sequence"]),
        ({"coverage": {"relationship": "19", "subscriber_family": "EXAMPLE"}}, ["coverage.subscriber_given"]),
        ({"form": "I"}, ["attending.name", "attending.npi", "line.1.revenue_code"]),
    ],
)
def test_a_claims_missing_parts_are_named(practice, known, claim, expected):
    assert missing(practice.claim(**claim), known) == expected


def test_a_payer_without_a_profile_is_missing(practice):
    assert missing(practice.claim(), {}) == ["coverage.payer_id"]


def test_a_line_of_a_clinician_of_its_own_needs_none_for_the_claim(practice, known):
    lines = ({"rendering_id": practice.clinician.id},)

    assert missing(practice.claim(lines=lines, rendering_id=None), known) == []


def test_a_person_who_bills_rendered_the_service(practice, known):
    details = practice.billing.model_dump(exclude={"id", "source_key", "kind", "name", "given"})
    solo = practice._add(
        Provider(source_key="npi:solo", kind=ProviderKind.PERSON, name="ADLER", given="RUTH", **details)
    )

    assert missing(practice.claim(billing_id=solo.id, rendering_id=None), known) == []


def test_a_reason_names_fields_and_never_what_stands_in_them(session, act, practice, known):
    bundle = practice.claim(patient={"birth_date": None, "given": "Secretina"})

    change = finish(session, act, bundle, known)[0]

    assert change.story.why == "Missing: patient.birth_date."
    assert "Secretina" not in session.exec(select(WorkItem)).one().reason


def test_a_claim_that_was_held_and_is_complete_now_closes_its_work(session, act, practice, known):
    bundle = practice.claim(coverage={"member_id": None})
    finish(session, act, bundle, known)
    bundle.coverage.member_id = "PAID0000001"
    practice.advance(bundle.claim, "released")  # a plain word moves nothing: the hold stands

    assert complete(session, act, [bundle], known) == []

    from claims.transitions import Event

    practice.advance(bundle.claim, Event.RELEASED)
    finish(session, act, bundle, known)
    assert bundle.claim.stage is Stage.ELIGIBILITY
    assert session.exec(select(WorkItem)).one().state is WorkState.CANCELLED


def test_claims_beyond_intake_are_left_alone(session, act, practice, known):
    bundle = practice.claim(stage=Stage.SCRUB)

    assert complete(session, act, [bundle], known) == []


def test_a_day_that_stands_for_no_day_cannot_be_mistaken():
    assert date(1850, 1, 1) > UNDATED
