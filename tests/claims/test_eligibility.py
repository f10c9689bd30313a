"""Coverage: what is asked, how an answer finds its question, and what each answer leads to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from factories import DAY
from sqlmodel import select
from visits import PAYERS

from claims import decisions, lifecycle
from claims.answers import covers, judge
from claims.benefits import plain_benefits, told
from claims.codes import code_set
from claims.confirmations import Confirmations
from claims.eligibility import (
    apply_answer,
    askings,
    from_fresh,
    header,
    inquiry,
)
from claims.eligibility_recheck import apply_recheck, stale
from claims.eligibility_sweep import apply_sweep, due_for_sweep
from claims.model import EligibilityCheck, Encounter, EventRow, Queue, Stage, WorkItem, WorkState
from claims.model.types import new_id
from claims.x12.eligibility import Answer271, Benefit, Reject
from claims.x12.eligibility_read import read_270, read_271
from claims.x12.eligibility_write import write_270, write_271
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Party, Period, Trace

ELIGIBILITY = Stage.ELIGIBILITY
ACTIVE = Benefit("1", service_types=("30",))
COPAY = Benefit("B", level="IND", service_types=("98",), time="27", amount=Decimal("25.00"))
INACTIVE = Benefit("6", service_types=("30",))
PAYER = Party("PR", "SANDBOX COMMERCIAL", id_qualifier="PI", id="SBXCO")
OTHER = Party("PRP", "SANDBOX MEDICARE", id_qualifier="PI", id="SBXMC")
ELSEWHERE = Benefit("R", service_types=("30",), parties=(OTHER,))


def answer_to(bundle, *benefits, rejects=(), dates=()):
    (asked,) = askings([bundle])
    person = Party("IL", "EXAMPLE", "PATIENCE", kind="1", id_qualifier="MI", id="PAID0000001")
    provider = Party("1P", "MAPLE", id_qualifier="XX", id="1999999992")
    return Answer271(PAYER, provider, person, traces=(Trace("2", asked.trace),), benefits=benefits,
                     rejects=rejects, dates=dates)  # fmt: skip


def refusal(code, follow_up="C", loop="2100C"):
    return (Reject(code, follow_up, loop),)


def answered(session, act, bundles, *answers):
    changes = apply_answer(session, act, bundles, answers, None)
    lifecycle.apply(session, changes, act)
    return changes


def checks(session):
    return session.exec(select(EligibilityCheck)).all()


def wire(outgoing, act):
    envelope = Envelope("CLEANCLAIM", "SBXCLEAR")
    data = write_interchange(envelope, [outgoing], created=act.at.real, isa13=1)
    return read_file(data).transactions[0]


def test_one_question_file_asks_a_payer_about_many_members(act, practice):
    child = {"relationship": "19", "subscriber_family": "EXAMPLE", "subscriber_given": "PAUL"}
    bundles = [practice.claim(), practice.claim(coverage=child)]
    asked = inquiry(askings(bundles), PAYERS["SBXCO"])
    again = read_270(wire(write_270(header("ASK1", act.at.business), asked), act))
    assert {i.traces[0].number for i in again} == {a.trace for a in askings(bundles)}
    assert {i.relationship for i in again} == {"", "19"}
    assert all(i.dates == (Period("291", DAY),) for i in again)


def test_the_trace_holds_the_coverages_id_and_the_day_and_nothing_of_the_patient(practice):
    bundle = practice.claim()
    assert askings([bundle])[0].trace == f"{bundle.coverage.id}-20260216"


def test_two_claims_of_one_coverage_and_day_are_one_question(practice):
    bundle = practice.claim()
    assert len(askings([bundle, bundle])) == 1


def test_an_active_coverage_lets_the_claim_go_on_and_keeps_its_benefits_in_clear(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, ACTIVE, COPAY))
    (check,) = checks(session)
    assert bundle.claim.stage is Stage.AUTHORIZATION
    assert (check.outcome, check.asked_for, check.claim_id) == ("active", DAY, bundle.claim.id)
    assert check.benefits[1]["amount"] == "25.00"
    assert "EXAMPLE" not in str(check.benefits)


def test_the_answer_is_found_by_its_trace_after_its_way_over_the_wire(session, act, practice):
    first, second = practice.claim(stage=ELIGIBILITY), practice.claim(stage=ELIGIBILITY)
    answers = [answer_to(second, ACTIVE), answer_to(first, INACTIVE)]
    read = read_271(wire(write_271(header("ASK1", act.at.business), answers), act))
    answered(session, act, [first, second], *read)
    assert (first.claim.hold_reason, second.claim.stage) == ("coverage_inactive", Stage.AUTHORIZATION)


@pytest.mark.parametrize(
    ("benefits", "dates"),
    [
        ((INACTIVE,), ()),
        ((ACTIVE,), (Period("347", DAY - timedelta(1)),)),
        ((ACTIVE,), (Period("346", DAY + timedelta(1)),)),
        ((ACTIVE,), (Period("291", date(2025, 1, 1), date(2025, 12, 31)),)),
    ],
)
def test_a_coverage_not_in_force_on_the_day_is_work_for_the_front_desk(
    session, act, practice, benefits, dates
):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, *benefits, dates=dates))
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (ELIGIBILITY, "coverage_inactive")
    assert bundle.claim.hold_owner == Queue.FRONT_DESK
    assert checks(session)[0].outcome == "inactive"


def test_a_day_given_back_by_the_payer_is_no_begin_of_the_plan():
    assert covers([Period("291", DAY + timedelta(9))], DAY)
    assert covers([Period("346", DAY), Period("347", DAY)], DAY)


def test_a_benefit_that_is_not_covered_does_not_make_the_plan_inactive(practice):
    bundle = practice.claim()
    dental = Benefit("6", service_types=("35",))
    answer = answer_to(bundle, ACTIVE, dental)
    assert judge(answer, DAY, bundle.coverage, bundle.coverages).outcome == "active"


def test_a_payer_that_cannot_answer_now_is_asked_again_and_nobody_is_bothered(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, rejects=refusal("42", "R")))
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (ELIGIBILITY, None)
    assert bundle.claim.next_action_at == act.at.business + timedelta(hours=4)
    assert session.exec(select(WorkItem)).all() == []
    assert session.exec(select(EventRow).where(EventRow.kind == "coverage_unanswered")).one()


def test_a_payer_that_asks_for_ten_days_gets_them(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, rejects=refusal("80", "X")))
    assert bundle.claim.next_action_at == act.at.business + timedelta(days=10)


@pytest.mark.parametrize(
    ("code", "kind", "queue"),
    [
        ("72", "member_not_found", Queue.FRONT_DESK),
        ("75", "member_not_found", Queue.FRONT_DESK),
        ("51", "eligibility_refused", Queue.BILLING),
        ("41", "eligibility_refused", Queue.OPERATIONS),
        ("ZZ", "eligibility_refused", Queue.OPERATIONS),
    ],
)
def test_each_refusal_goes_to_whoever_can_mend_it(session, act, practice, code, kind, queue):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, rejects=refusal(code)))
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == (kind, queue)
    assert checks(session)[0].reject_code == code
    assert code in session.exec(select(WorkItem)).one().reason


def test_every_rejection_code_has_words_a_tip_and_an_owner_and_two_are_asked_again():
    rows = [row for rows in code_set("reject_reason").rows.values() for row in rows]
    assert all(row.more["words"] and row.more["tip"] and Queue(row.more["queue"]) for row in rows)
    assert {row.code for row in rows if row.more["retry"] == "1"} == {"42", "80"}


def test_a_refusal_of_the_whole_file_speaks_of_every_claim_in_it(session, act, practice):
    bundles = [practice.claim(stage=ELIGIBILITY) for _ in range(2)]
    answered(session, act, bundles, Answer271(PAYER, rejects=refusal("42", "R", "2000A")))
    assert all(b.claim.next_action_at > act.at.business for b in bundles)


def test_another_payer_that_comes_first_is_entered_before_the_claim_goes_on(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, ACTIVE, ELSEWHERE))
    assert (bundle.claim.hold_reason, bundle.claim.hold_owner) == ("other_payer", Queue.FRONT_DESK)
    assert "SBXMC" in session.exec(select(WorkItem)).one().reason


def test_a_first_payer_that_is_on_file_before_this_one_holds_nothing(practice):
    bundle = practice.claim(coverage={"sequence": "S"})
    medicare = bundle.coverage.model_copy(update={"payer_id": "SBXMC", "sequence": "P", "id": "first"})
    answer = answer_to(bundle, ACTIVE, ELSEWHERE)
    assert judge(answer, DAY, bundle.coverage, [medicare, bundle.coverage]).outcome == "active"


def test_a_claim_that_no_answer_speaks_of_stays_due(session, act, practice):
    bundle, another = practice.claim(stage=ELIGIBILITY), practice.claim(stage=ELIGIBILITY)
    assert answered(session, act, [bundle], answer_to(another, ACTIVE)) == []
    assert bundle.claim.stage is ELIGIBILITY


def test_an_answer_that_comes_twice_moves_the_claim_once(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, ACTIVE))
    assert answered(session, act, [bundle], answer_to(bundle, ACTIVE)) == []


def test_a_confirmation_ends_the_work_that_an_earlier_answer_opened(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, INACTIVE))
    answered(session, act, [bundle], answer_to(bundle, ACTIVE))
    assert bundle.claim.stage is Stage.AUTHORIZATION
    assert session.exec(select(WorkItem)).one().state is WorkState.CANCELLED


def confirmed(session, act, coverage, day, outcome="active"):
    session.add(EligibilityCheck(coverage_id=coverage.id, asked_for=day, outcome=outcome, at=act.at.business))
    session.flush()


@pytest.mark.parametrize(
    ("asked_for", "outcome", "fresh"),
    [
        (DAY, "active", True),
        (DAY - timedelta(30), "active", True),
        (DAY - timedelta(31), "active", False),
        (DAY + timedelta(1), "active", False),
        (DAY, "inactive", False),
        (DAY, "not_found", False),
    ],
)
def test_only_a_late_enough_confirmation_serves(session, act, practice, asked_for, outcome, fresh):
    bundle = practice.claim()
    confirmed(session, act, bundle.coverage, asked_for, outcome)
    known = Confirmations(session, [bundle.coverage.id])
    assert (known.serving(bundle.coverage.id, DAY, 30) is not None) is fresh


def test_a_fresh_confirmation_spares_the_question(session, act, practice):
    known, unknown = practice.claim(stage=ELIGIBILITY), practice.claim(stage=ELIGIBILITY)
    confirmed(session, act, known.coverage, DAY)
    lifecycle.apply(session, from_fresh(session, act, [known, unknown], PAYERS), act)
    assert (known.claim.stage, unknown.claim.stage) == (Stage.AUTHORIZATION, ELIGIBILITY)


def test_a_payer_that_answers_no_inquiries_is_not_asked(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    silent = {id: profile.model_copy(update={"inquiries": "none"}) for id, profile in PAYERS.items()}
    lifecycle.apply(session, from_fresh(session, act, [bundle], silent), act)
    assert bundle.claim.stage is Stage.AUTHORIZATION


def test_a_claim_without_any_coverage_is_held_instead_of_asked_about(session, act, practice):
    bundle = practice.claim(stage=ELIGIBILITY)
    bundle.coverage = None
    lifecycle.apply(session, from_fresh(session, act, [bundle], PAYERS), act)
    assert bundle.claim.hold_reason == "coverage_missing"
    assert askings([bundle]) == []


def planned(session, practice, day):
    patient = practice.patient()
    coverage = practice.coverage(patient)
    session.add(
        Encounter(
            source_index=new_id(),
            patient_id=patient.id,
            rendering_id=practice.clinician.id,
            planned=True,
            starts_on=day,
            ends_on=day,
        )
    )
    session.flush()
    return coverage


def test_the_sweep_asks_about_the_coming_visits_that_nothing_confirms(session, act, practice):
    today = act.at.business.date()
    soon = planned(session, practice, today + timedelta(2))
    planned(session, practice, today + timedelta(9))
    known = planned(session, practice, today + timedelta(1))
    confirmed(session, act, known, today + timedelta(1))
    due = due_for_sweep(session, today, 3, PAYERS)
    assert [asking.coverage.id for asking in due] == [soon.id]
    assert len(inquiry(due, PAYERS["SBXCO"])) == 1


def test_the_sweep_tells_the_front_desk_before_the_visit(session, act, practice):
    today = act.at.business.date()
    planned(session, practice, today + timedelta(2))
    due = due_for_sweep(session, today, 3, PAYERS)
    no = Answer271(PAYER, traces=(Trace("2", due[0].trace),), benefits=(INACTIVE,))
    (item,) = apply_sweep(session, act, due, [no], None)
    assert (item.queue, item.kind) == (Queue.FRONT_DESK, "coverage_inactive")
    yes = Answer271(PAYER, traces=(Trace("2", due[0].trace),), benefits=(ACTIVE,))
    assert apply_sweep(session, act, due, [yes], None) == []
    assert item.state is WorkState.CANCELLED
    assert due_for_sweep(session, today, 3, PAYERS) == []


def test_a_payer_that_is_silent_in_the_sweep_opens_no_work(session, act, practice):
    planned(session, practice, act.at.business.date())
    due = due_for_sweep(session, act.at.business.date(), 0, PAYERS)
    assert apply_sweep(session, act, due, [], None) == []
    down = Answer271(PAYER, rejects=refusal("42", "R", "2000A"))
    assert apply_sweep(session, act, due, [down], None) == []


def test_the_payers_service_types_are_asked_about(act, practice):
    profile = PAYERS["SBXCO"].model_copy(update={"service_types": ("30", "98")})
    asked = inquiry(askings([practice.claim()]), profile)
    (again,) = read_270(wire(write_270(header("ASK1", act.at.business), asked), act))
    assert again.questions[0].service_types == ("30", "98")


def test_the_benefits_are_told_in_words_and_no_name_of_a_person_is_among_them(practice):
    doctor = Party("P3", "FAMILY", "DOC", kind="1", id_qualifier="XX", id="1999999984")
    rest = Benefit(
        "C", level="IND", service_types=("30",), time="29", amount=Decimal("129.34"), in_network="Y",
        dates=(Period("292", date(2026, 1, 1), date(2026, 12, 31)),),
    )  # fmt: skip
    share = Benefit("A", service_types=("98",), percent=Decimal("0.20"), authorization="Y")
    limit = Benefit("F", service_types=("PT",), quantity_qualifier="VS", quantity=Decimal(20), time="23")
    guided = Benefit("L", parties=(doctor,))
    kept = plain_benefits(answer_to(practice.claim(), rest, share, limit, guided, ELSEWHERE))
    lines = [line.as_json() for line in told(kept)]
    assert lines[0] == {
        "what": "deductible", "service": "the plan", "whom": "individual", "network": "in network",
        "value": "$129.34", "per": "left", "dates": "benefit 2026-01-01 to 2026-12-31",
    }  # fmt: skip
    assert (lines[1]["value"], lines[1]["more"]) == ("20 %", "needs an authorization")
    assert (lines[2]["value"], lines[2]["per"]) == ("20 visits", "a calendar year")
    assert lines[3]["who"] == "primary care provider 1999999984"
    assert lines[4]["who"] == "primary payer SBXMC"
    assert "FAMILY" not in str(kept)


def test_a_payer_that_comes_after_is_work_and_holds_nothing(session, act, practice, open_work):
    bundle = practice.claim(stage=ELIGIBILITY)
    after = Benefit("R", parties=(Party("SEP", "OTHER", id_qualifier="PI", id="OTHER1"),))
    answered(session, act, [bundle], answer_to(bundle, ACTIVE, after))
    assert bundle.claim.stage is Stage.AUTHORIZATION
    (item,) = open_work("secondary_payer")
    assert (item.queue, "OTHER1" in item.reason) == (Queue.FRONT_DESK, True)


def test_a_payer_that_names_itself_as_the_first_is_no_other_payer(practice):
    bundle = practice.claim()
    itself = Benefit("R", parties=(Party("PRP", "SANDBOX", id_qualifier="PI", id="SBXCO"),))
    answer = answer_to(bundle, ACTIVE, itself)
    assert judge(answer, DAY, bundle.coverage, bundle.coverages).outcome == "active"


def test_what_the_payer_said_by_telephone_confirms_the_coverage(session, act, practice, biller, open_work):
    bundle = practice.claim(stage=ELIGIBILITY)
    answered(session, act, [bundle], answer_to(bundle, INACTIVE))
    (item,) = open_work("coverage_inactive")
    decisions.decide(session, biller, item.id, "covered", "their clerk, reference 12", PAYERS)
    lifecycle.apply(session, from_fresh(session, act, [bundle], PAYERS), act)
    assert bundle.claim.stage is Stage.AUTHORIZATION


@pytest.fixture
def confirmed_long_ago(session, act, practice):
    """A claim ready to go whose coverage was confirmed 31 days before."""
    bundle = practice.claim()
    practice.filing(bundle)
    old = act.at.business - timedelta(31)
    session.add(EligibilityCheck(coverage_id=bundle.coverage.id, asked_for=DAY, outcome="active", at=old))
    session.flush()
    return bundle


def test_an_old_confirmation_is_renewed_before_the_claim_goes(session, act, confirmed_long_ago):
    bundle = confirmed_long_ago
    assert stale(session, act.at.business, PAYERS) == {"SBXCO": [bundle.claim.id]}
    assert apply_recheck(session, act, [bundle], [answer_to(bundle, ACTIVE)], None) == []
    assert stale(session, act.at.business, PAYERS) == {}


def test_a_coverage_that_ended_backwards_holds_the_claim_before_it_goes(
    session, act, confirmed_long_ago, biller, open_work
):
    bundle = confirmed_long_ago
    changes = apply_recheck(session, act, [bundle], [answer_to(bundle, INACTIVE)], None)
    lifecycle.apply(session, changes, act)
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (Stage.READY, "coverage_inactive")
    (item,) = open_work("coverage_inactive")
    decisions.decide(session, biller, item.id, "covered", "the payer's portal", PAYERS)
    assert (bundle.claim.hold_reason, stale(session, act.at.business, PAYERS)) == (None, {})


def test_a_payer_that_cannot_answer_the_second_time_stops_nothing(session, act, confirmed_long_ago):
    answer = answer_to(confirmed_long_ago, rejects=refusal("42", "R"))
    assert apply_recheck(session, act, [confirmed_long_ago], [answer], None) == []


def test_a_payer_without_inquiries_is_not_asked_before_the_claim_goes(session, act, confirmed_long_ago):
    mute = {"SBXCO": PAYERS["SBXCO"].model_copy(update={"inquiries": "none"})}
    assert stale(session, act.at.business, mute) == {}
