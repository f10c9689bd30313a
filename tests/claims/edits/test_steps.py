"""The two steps: what passes, what is held, by whom, and what the second time does."""

from decimal import Decimal

import pytest
from sqlmodel import col, func, select
from visits import NOW, PAYERS, SETTINGS, TODAY, lookups, visit

from claims import lifecycle
from claims.bundle import load_bundle, load_bundles
from claims.codes import Codes
from claims.edits import BROKEN_EDIT, Hit, catalogue, coding_review, engine, run, scrub
from claims.edits.engine import Roster, judge
from claims.edits.lookups import load_lookups
from claims.edits.subject import Subject
from claims.findings import Severity
from claims.model import EventRow, Filing, Queue, Stage, WorkItem, WorkState
from claims.transitions import Event

CODING, SCRUB = Stage.CODING_REVIEW, Stage.SCRUB


def review(session, act, *bundles):
    changes = coding_review(session, act, bundles, SETTINGS, PAYERS)
    lifecycle.apply(session, changes, act)
    return changes


def scrubbed(session, act, *bundles):
    changes = scrub(session, act, bundles, SETTINGS, PAYERS)
    lifecycle.apply(session, changes, act)
    return changes


def test_a_well_coded_claim_goes_on_to_the_scrub_and_is_due_at_once(session, act, practice):
    bundle = practice.claim(stage=CODING)
    review(session, act, bundle)
    assert bundle.claim.stage is SCRUB
    assert bundle.claim.next_action_at == act.at.business


def test_a_coding_error_holds_the_claim_for_the_coders_with_every_finding(session, act, practice):
    bundle = practice.claim(stage=CODING, lines=({"pointers": [3]}, {"modifiers": ["59"]}))
    review(session, act, bundle)
    item = session.exec(select(WorkItem)).one()
    assert (bundle.claim.stage, bundle.claim.hold_reason, bundle.claim.hold_owner) == (
        CODING,
        "coding_findings",
        Queue.CODING,
    )
    assert {finding["id"] for finding in item.findings} >= {"pointer.dangling", "modifier.59_on_visit"}
    assert "number 3" in item.reason


def test_a_second_review_of_a_held_claim_keeps_one_work_item_and_a_clean_one_ends_it(session, act, practice):
    bundle = practice.claim(stage=CODING, lines=({"pointers": [3]},))
    review(session, act, bundle)
    review(session, act, bundle)
    bundle.lines[0].pointers = [1]
    review(session, act, bundle)
    item = session.exec(select(WorkItem)).one()
    assert item.state is WorkState.CANCELLED


def test_a_clean_claim_is_scrubbed_with_the_filing_that_it_goes_out_in(session, act, practice):
    bundle = practice.claim(stage=SCRUB)
    (change,) = scrubbed(session, act, bundle)
    filing = session.exec(select(Filing)).one()
    assert bundle.claim.stage is Stage.READY
    assert change.filing == filing
    assert (filing.sequence, filing.version, filing.frequency, filing.pcn) == ("P", 1, "1", bundle.claim.pcn)
    assert (filing.charge, filing.payer_id) == (Decimal("120.00"), "SBXCO")


def test_scrubbing_again_after_a_correction_uses_the_same_unsent_filing(session, act, practice):
    bundle = practice.claim(stage=SCRUB)
    scrubbed(session, act, bundle)
    steps = (Event.CORRECTED, Event.INTAKE_COMPLETED, Event.COVERAGE_CONFIRMED)
    practice.advance(bundle.claim, *steps, Event.AUTHORIZATION_CLEARED, Event.CODING_CLEARED)
    bundle.lines[0].charge = bundle.claim.charge = Decimal("150.00")
    session.flush()
    scrubbed(session, act, load_bundle(session, bundle.claim.id))
    filing = session.exec(select(Filing)).one()
    assert filing.charge == Decimal("150.00")


def test_a_scrub_error_holds_the_claim_with_whoever_has_to_mend_it_first(session, act, practice):
    bundle = practice.claim(stage=SCRUB, facility_code="98", patient={"sex": "X"})
    scrubbed(session, act, bundle)
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == ("scrub_findings", Queue.FRONT_DESK)
    item = session.exec(select(WorkItem)).one()
    assert item.fields == ["patient.sex", "claim.facility_code"]
    assert session.exec(select(func.count()).select_from(Filing)).one() == 0


def test_a_warning_stays_in_the_history_and_holds_nothing(session, act, practice):
    practice.billing.postal = "43215"
    bundle = practice.claim(stage=SCRUB)
    scrubbed(session, act, bundle)
    event = session.exec(select(EventRow).where(EventRow.kind == Event.SCRUBBED)).one()
    assert bundle.claim.stage is Stage.READY
    assert [finding["id"] for finding in event.facts["findings"]] == ["billing.zip9"]


def test_each_decision_records_its_versions_and_a_keyed_hash_of_what_was_judged(session, act, practice):
    bundle = practice.claim(stage=CODING)
    review(session, act, bundle)
    event = session.exec(select(EventRow).where(EventRow.kind == Event.CODING_CLEARED)).one()
    assert event.versions["payer"] == PAYERS["SBXCO"].digest
    assert event.versions["codes"] == Codes().version
    assert len(event.versions["edits"]) == 16
    assert event.inputs


def test_one_bad_claim_does_not_stop_the_others(session, act, practice):
    good, bad = practice.claim(stage=SCRUB), practice.claim(stage=SCRUB, charge=Decimal("1.00"))
    scrubbed(session, act, bad, good)
    assert (good.claim.stage, bad.claim.stage) == (Stage.READY, SCRUB)


def test_the_same_visit_billed_twice_is_held_the_second_time_only(session, act, practice):
    first = practice.claim(stage=SCRUB)
    second = practice.claim(stage=SCRUB)
    second.claim.patient_id = first.claim.patient_id
    second.claim.coverage_id = first.claim.coverage_id
    session.flush()
    scrubbed(session, act, *load_bundles(session, [first.claim.id, second.claim.id]))
    stages = sorted((first.claim.stage, second.claim.stage))
    assert stages == [Stage.READY, SCRUB]
    assert session.exec(select(WorkItem.reason)).one().startswith("1 to mend: The visit was billed already")


def test_a_voided_claim_is_no_earlier_bill_of_the_visit(session, act, practice):
    first, second = practice.claim(), practice.claim()
    second.claim.patient_id = first.claim.patient_id
    practice.filing(first, frequency="8", original_icn="ICN1")
    found = load_lookups(session, load_bundles(session, [second.claim.id]), PAYERS)
    assert found.siblings[second.claim.id] == []


def test_look_ups_take_the_same_number_of_queries_for_one_claim_and_for_many(session, practice, engine):
    ids = [practice.claim().claim.id for _ in range(8)]
    bundles = load_bundles(session, ids)
    from sqlalchemy import event

    counted = []
    event.listen(engine, "before_cursor_execute", lambda *_: counted.append(1))
    load_lookups(session, bundles[:1], PAYERS)
    one = len(counted)
    load_lookups(session, bundles, PAYERS)
    assert len(counted) - one == one


def test_a_filing_that_the_payer_has_not_decided_lets_no_second_one_out(session, act, practice):
    bundle = practice.claim(stage=SCRUB)
    steps = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
    practice.filing(bundle, *steps, icn="ICN1")
    practice.advance(bundle.claim, Event.VOID_REQUESTED)
    scrubbed(session, act, load_bundle(session, bundle.claim.id))
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == ("filing_undecided", Queue.FOLLOW_UP)
    assert session.exec(select(func.count(col(Filing.id)))).one() == 1


def fails(_subject):
    raise ZeroDivisionError("4111 of EXAMPLE, PATIENCE")
    yield Hit()


@pytest.fixture
def broken_catalogue(monkeypatch):
    from dataclasses import replace

    first, *rest = catalogue()
    edits = (replace(first, predicate=fails), *rest)
    monkeypatch.setattr(engine, "catalogue", lambda: edits)
    monkeypatch.setattr(engine, "_in_force", engine._in_force.__wrapped__)
    return first.id


def test_an_edit_that_fails_holds_the_claim_and_is_named_without_what_it_saw(broken_catalogue):
    (finding,) = run([visit()], TODAY, SETTINGS, lookups=lookups())["claim"]
    assert (finding.code, finding.severity) == (BROKEN_EDIT, Severity.ERROR)
    assert broken_catalogue in finding.message
    assert "PATIENCE" not in finding.message


def test_a_claim_held_by_a_failed_edit_waits_for_operations(session, act, practice, broken_catalogue):
    bundle = practice.claim(stage=SCRUB)
    scrubbed(session, act, bundle)
    assert bundle.claim.hold_owner == Queue.OPERATIONS


def test_an_edit_out_of_force_on_the_day_of_service_says_nothing():
    from dataclasses import replace

    edit = next(each for each in catalogue() if each.id == "totals.zero")
    bundle = visit({"charge": Decimal("0.00")})
    subject = Subject(bundle, None, bundle.coverage, PAYERS["SBXCO"], TODAY, lookups())
    assert judge(subject, Roster([edit]))
    assert not judge(subject, Roster([replace(edit, starts=TODAY)]))
    assert not judge(subject, Roster([replace(edit, payers=("medicare",))]))


def test_the_moment_of_the_judgement_is_an_argument():
    assert run([visit()], NOW.date(), SETTINGS, lookups=lookups())["claim"] == []
