"""A claim with what it refers to: whole, in the order asked for, nothing made up."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session

from claims.bundle import load_bundle, load_bundles
from claims.errors import NotFound
from claims.model import ClaimLine
from claims.transitions import Event


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def test_bundles_come_in_the_order_asked_for_and_whole(practice, session: Session):
    ids = [practice.claim(lines=({}, {}), diagnoses=("J069", "R05")).claim.id for _ in range(3)]
    wanted = [ids[2], ids[0], ids[1]]
    bundles = load_bundles(session, wanted)
    assert [bundle.claim.id for bundle in bundles] == wanted
    for bundle in bundles:
        assert bundle.patient.id == bundle.claim.patient_id
        assert bundle.coverage in bundle.coverages
        assert bundle.payer == practice.payer
        assert [line.number for line in bundle.lines] == [1, 2]
        assert [diagnosis.code for diagnosis in bundle.diagnoses] == ["J069", "R05"]
        assert (bundle.billing, bundle.rendering) == (practice.billing, practice.clinician)
        assert bundle.filing is None


def test_what_a_claim_does_not_have_is_none(practice, session: Session):
    claim_id = practice.claim(coverage_id=None, billing_id=None, rendering_id=None).claim.id
    bundle = load_bundle(session, claim_id)
    assert (bundle.coverage, bundle.payer, bundle.billing, bundle.rendering) == (None, None, None, None)
    assert (len(bundle.coverages), bundle.coverage_for("S"), bundle.provider(None)) == (1, None, None)


def test_the_later_payer_is_found_by_its_turn(practice, session: Session):
    bundle = practice.claim()
    second = practice.coverage(bundle.patient, sequence="S", member_id="PAID0000002")
    bundle = load_bundle(session, bundle.claim.id)
    assert bundle.coverage_for("S") is second
    assert bundle.coverage is bundle.coverage_for("P")


def test_the_latest_filing_is_the_one_that_the_stage_speaks_of(practice, session: Session):
    bundle = practice.claim()
    first = practice.filing(bundle, Event.QUEUED)
    second = practice.filing(bundle, version=2, created_at=first.created_at + timedelta(days=9))
    assert load_bundle(session, bundle.claim.id).filing is second


def test_lines_that_were_taken_off_the_bill_are_left_out(practice, session: Session):
    bundle = practice.claim(lines=({}, {}))
    bundle.lines[1].number = -2
    session.flush()
    assert [line.number for line in load_bundle(session, bundle.claim.id).lines] == [1]
    assert session.get(ClaimLine, bundle.lines[1].id) is not None


def test_a_lines_own_clinician_is_among_the_providers(practice, session: Session):
    claim_id = practice.claim(rendering_id=None, lines=({"rendering_id": practice.clinician.id},)).claim.id
    assert practice.clinician.id in load_bundle(session, claim_id).providers


def test_an_unknown_claim_is_not_found_and_no_claims_are_no_bundles(practice, session: Session):
    with pytest.raises(NotFound, match="nothing"):
        load_bundles(session, [practice.claim().claim.id, "nothing"])
    assert load_bundles(session, []) == []


def test_the_number_of_questions_does_not_grow_with_the_number_of_claims(practice, session: Session):
    ids = [practice.claim().claim.id for _ in range(8)]
    asked = []
    event.listen(session.connection(), "before_cursor_execute", lambda *call: asked.append(call[2]))
    counts = []
    for wanted in (ids[:1], ids):
        session.expunge_all()
        asked.clear()
        load_bundles(session, wanted)
        counts.append(len(asked))
    assert counts[0] == counts[1]
