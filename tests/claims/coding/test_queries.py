"""Questions to clinicians: asked without leading, waited for, answered, escalated; then the review."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select
from visits import PAYERS, SETTINGS

from claims import decisions, lifecycle, manage
from claims.bundle import load_bundle
from claims.clock import Moment
from claims.coding import loop, queries, silence
from claims.coding.kinds import OTHER, UNDETERMINED, check_wording, kind, kinds
from claims.coding.ways import IN_THE_UI
from claims.errors import BadInput, NotAllowed, NotFound
from claims.intake.correct import correct
from claims.model import EventRow, QueryState, Queue, Stage, WorkItem
from claims.transitions import Event

WORDS = "The note names diabetes and an A1c of 7.1. Which type was treated, and with which complications?"


@pytest.fixture
def asked(session, people, held):
    bundle = held()
    return bundle, queries.ask(session, people["corin"], bundle, "specificity", WORDS)


def later(act, **span):
    moment = Moment(act.at.real, act.at.business + timedelta(**span))
    return replace(act, at=moment)


def test_a_question_holds_the_claim_for_the_clinician_and_takes_the_findings_off_the_coders_desk(
    session, asked, item_of
):
    bundle, query = asked
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == ("clinician_query", Queue.CLINICIAN)
    item = item_of(bundle, "clinician_query")
    assert (item.queue, item.due_at) == (Queue.CLINICIAN, query.due_at)
    assert session.exec(select(WorkItem).where(WorkItem.kind == "coding_findings")).one().state == "cancelled"


def test_the_words_of_question_and_answer_stand_in_no_clear_column(session, asked, people, item_of):
    bundle, query = asked
    loop.answer(session, people["hale"], query.id, "Type 2, without complications", None, SETTINGS, PAYERS)
    session.flush()
    for table in ("clinician_query", "work_item", "event"):
        rows = session.connection().exec_driver_sql(f"SELECT * FROM {table}").fetchall()
        assert not any("diabetes" in str(row) or "Type 2" in str(row) for row in rows), table
    assert "Type 2" in (item_of(bundle).note or "")


def test_an_answer_brings_the_claim_back_to_the_coders_at_once(session, asked, people, item_of):
    bundle, query = asked
    loop.answer(session, people["hale"], query.id, "Type 2", None, SETTINGS, PAYERS)
    assert bundle.claim.hold_reason == "coding_findings"
    assert [finding["id"] for finding in item_of(bundle).findings][:2] == [
        "query.answered",
        "diagnosis.not_specific",
    ]
    again = session.exec(select(EventRow).where(EventRow.subject == bundle.claim.id)).all()[-1]
    assert (again.kind, again.actor) == (Event.HELD, "system")


def test_setting_the_codes_uses_the_answer_and_the_claim_goes_through_every_check_again(
    session, asked, people, act
):
    bundle, query = asked
    loop.answer(session, people["hale"], query.id, "Type 2", None, SETTINGS, PAYERS)
    fresh = load_bundle(session, bundle.claim.id)
    changes = correct(session, people["corin"], fresh, {"diagnosis.1": "E119"}, "as answered", PAYERS)
    lifecycle.apply(session, changes, people["corin"])
    assert query.state is QueryState.USED
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (Stage.INTAKE, None)


def test_an_answer_that_changes_no_code_lets_a_clean_claim_go(session, people, practice, review, item_of):
    bundle = practice.claim(stage=Stage.CODING_REVIEW)
    query = queries.ask(session, people["corin"], bundle, "missing_note")
    loop.answer(session, people["hale"], query.id, "Signed today", None, SETTINGS, PAYERS)
    item = item_of(bundle)
    decisions.decide(session, people["corin"], item.id, "answer-used", "read", PAYERS)
    loop.review_again(session, people["corin"], item.id, SETTINGS, PAYERS)
    assert (bundle.claim.stage, query.state) == (Stage.SCRUB, QueryState.USED)


def test_a_claim_that_somebody_releases_is_held_again_while_its_question_is_open(
    session, asked, people, review
):
    bundle, _ = asked
    manage.release(session, people["otto"], bundle.claim, "in a hurry")
    review(load_bundle(session, bundle.claim.id))
    assert bundle.claim.hold_reason == "clinician_query"


def test_asking_the_same_again_gives_the_open_query_and_no_second_one(session, asked, people):
    bundle, query = asked
    fresh = load_bundle(session, bundle.claim.id)
    assert queries.ask(session, people["corin"], fresh, "specificity", WORDS).id == query.id
    assert len(queries.every(session)) == 1


def test_two_questions_must_both_be_answered(session, asked, people):
    bundle, first = asked
    second = queries.ask(session, people["cora"], load_bundle(session, bundle.claim.id), "missing_note")
    loop.answer(session, people["hale"], first.id, "Type 2", None, SETTINGS, PAYERS)
    assert bundle.claim.hold_reason == "clinician_query"
    loop.answer(session, people["hale"], second.id, "Signed", None, SETTINGS, PAYERS)
    assert bundle.claim.hold_reason == "coding_findings"


def test_only_a_clinician_answers_only_the_one_who_was_asked_and_only_once(session, people, held):
    query = queries.ask(session, people["corin"], held(), "specificity", asked_of="hale")
    for nobody in ("cora", "fenn"):
        with pytest.raises(NotAllowed):
            queries.answer(session, people[nobody], query.id, "Type 2")
    queries.answer(session, people["hale"], query.id, "Type 2")
    with pytest.raises(NotAllowed, match="answered"):
        queries.answer(session, people["hale"], query.id, "Type 1")


def test_only_a_coder_asks_and_only_while_no_payer_has_the_claim(session, people, held, accepted):
    with pytest.raises(NotAllowed, match="coder"):
        queries.ask(session, people["bela"], held(), "specificity")
    with pytest.raises(NotAllowed, match="payer"):
        queries.ask(session, people["corin"], accepted(), "specificity")


def test_a_choice_always_leaves_a_way_out_and_is_given_by_its_number(session, people, held, item_of):
    bundle = held()
    query = queries.ask(session, people["corin"], bundle, "laterality")
    assert queries.offered(query) == ["right", "left", "both sides", OTHER, UNDETERMINED]
    item = item_of(bundle, "clinician_query")
    assert [option["id"] for option in item.options] == ["answer", *(f"choice-{n}" for n in range(1, 6))]
    decisions.decide(session, people["hale"], item.id, "choice-2", IN_THE_UI, PAYERS)
    assert query.answer == "left"


@pytest.mark.parametrize(
    "words",
    [
        "Please document sepsis.",
        "Would you agree that this is type 2 diabetes?",
        "If you add heart failure, the DRG is paid better. Is it there?",
        "Can you add the laterality so we can bill it?",
        "",
    ],
)
def test_a_question_that_leads_or_speaks_of_money_is_refused_without_its_words(words):
    with pytest.raises(BadInput) as refused:
        check_wording(words)
    assert "sepsis" not in str(refused.value)


def test_the_kinds_own_prompts_are_compliant():
    for each in kinds().values():
        check_wording(each.prompt)
        assert each.form in ("open", "choice", "yes_no")


def test_one_choice_is_no_choice_and_an_open_question_has_none():
    with pytest.raises(BadInput, match="leading"):
        kind("relation").offered(["they are related"])
    with pytest.raises(BadInput, match="no choices"):
        kind("cause").offered(["diabetes", "something else"])
    with pytest.raises(NotFound):
        kind("no_such_kind")


def test_an_overdue_question_is_told_to_the_coders_then_to_operations(session, asked, people, act, item_of):
    bundle, _ = asked
    assert silence.escalate(session, act) == 0
    first = later(act, days=3)
    assert silence.escalate(session, first) == 1
    assert silence.escalate(session, first) == 0
    assert item_of(bundle, "query_overdue").queue is Queue.CODING
    assert silence.escalate(session, later(act, days=6)) == 1
    assert item_of(bundle, "query_overdue").queue is Queue.OPERATIONS
    assert bundle.claim.hold_reason == "clinician_query"


def test_a_withdrawn_question_lets_the_review_judge_the_claim_as_it_stands(session, asked, people, item_of):
    bundle, query = asked
    loop.withdraw(session, people["cora"], query.id, "found in the old chart", SETTINGS, PAYERS)
    assert query.state is QueryState.WITHDRAWN
    assert [finding["id"] for finding in item_of(bundle).findings] == ["diagnosis.not_specific"]


def test_a_question_about_a_claim_behind_the_review_sends_it_through_every_check_again(
    session, people, practice
):
    bundle = practice.claim(stage=Stage.SCRUB)
    query = queries.ask(session, people["corin"], bundle, "indication")
    queries.answer(session, people["hale"], query.id, "Cough for three weeks")
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (Stage.INTAKE, None)


def test_a_question_about_a_denied_claim_gives_it_back_to_the_denial_with_the_answer_as_coders_work(
    session, act, people, accepted, practice, item_of
):
    from claims import work

    bundle = accepted()
    practice.advance(bundle.claim, Event.REMIT_DENIED, filing=bundle.filings[0])
    practice.advance(bundle.claim, Event.DENIAL_OPENED)
    hold = work.hold(session, act, bundle.claim, queue=Queue.DENIALS, kind="denial", reason="CO-11")
    lifecycle.apply(session, [hold], act)
    query = queries.ask(session, people["corin"], bundle, "indication")
    queries.answer(session, people["hale"], query.id, "Cough for three weeks")
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == ("denial", Queue.DENIALS)
    told = item_of(bundle, "query_answered")
    decisions.decide(session, people["corin"], told.id, "used", "read", PAYERS)
    assert query.state is QueryState.USED
