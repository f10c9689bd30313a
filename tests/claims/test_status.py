"""Claim status: who is asked when, and what each kind of answer does and does not do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from claims import lifecycle, status
from claims.bundle import load_bundle
from claims.events import Act
from claims.model import Adjudication, Exchange, Filing, Queue, Stage, StatusCheck, Submission
from claims.model.types import new_id
from claims.status_inquiry import inquiries
from claims.status_ways import next_time
from claims.transitions import Event
from claims.x12.eligibility import Header27x
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Party, Trace
from claims.x12.status import Answer277, Status, StatusCode
from claims.x12.status_read import read_276
from claims.x12.status_write import write_276
from config.payers import Cadence
from config.settings import Submitter


@pytest.fixture
def later(act):
    def at(days: float) -> Act:
        return Act("system", replace(act.at, business=act.at.business + timedelta(days=days)))

    return at


@pytest.fixture
def asked(accepted, act):
    """An accepted claim that is due to be asked after."""

    def make(**filing):
        return accepted(filing={"status_due_at": act.at.business, "sent_at": act.at.business, **filing})

    return make


@pytest.fixture
def answer(session, act, payers):
    """The payer answers about one claim; gives the events."""

    def say(bundle, code: str, *, at: Act = act, exchange: str = "", level: str = "2200D"):
        category, number, *entity = f"{code}:1".split(":")[:3]
        exchange = exchange or new_id()
        if session.get(Exchange, exchange) is None:
            session.add(
                Exchange(id=exchange, payer_id="SBXCO", kind="276", control_number="1", at=at.at.business)
            )
            session.flush()
        trace = Trace("2", bundle.filing.id.upper()) if level == "2200D" else Trace("2", "0")
        spoken = Status((StatusCode(category, number, *entity[1:]),))
        said = Answer277(Party("PR"), level, trace, statuses=(spoken,))
        changes = status.apply_answer(session, at, [bundle.filing], [said], exchange, payers)
        lifecycle.apply(session, changes, at)
        session.flush()
        return [change.event for change in changes]

    return say


def test_only_accepted_undecided_claims_are_asked_after_and_only_when_due(
    asked, accepted, session, act, later
):
    due, early = asked(), asked(status_due_at=later(1).at.business)
    accepted()
    assert [f.id for f in status.due(session, act.at.business)] == [due.filing.id]
    assert [f.id for f in status.due(session, later(1).at.business)] == [due.filing.id, early.filing.id]


def test_pending_is_asked_again_by_the_payers_cadence(asked, answer, act):
    bundle = asked()
    assert answer(bundle, "P1:20") == [Event.STATUS_PENDING]
    assert bundle.filing.status_due_at == act.at.business + timedelta(days=7)
    assert bundle.claim.next_action_at == act.at.business + timedelta(days=90)


def test_the_asking_slows_down_and_ends_with_a_person(act):
    filing = Filing(accepted_at=act.at.business)
    days = [
        next_time(filing, act.at.business + timedelta(days=age), Cadence()) for age in (7, 44, 45, 76, 77)
    ]
    assert [at and (at - act.at.business).days for at in days] == [14, 51, 59, 90, None]


@pytest.mark.parametrize(
    ("code", "queue"), [("P3:297", Queue.FOLLOW_UP), ("P4:1", Queue.FRONT_DESK), ("R4:294", Queue.FOLLOW_UP)]
)
def test_a_request_for_information_opens_work_with_a_due_date(asked, answer, open_work, act, code, queue):
    bundle = asked()
    assert answer(bundle, code) == [Event.STATUS_INFO_REQUESTED]
    item = open_work("records_requested")[0]
    assert (item.queue, item.due_at) == (queue, act.at.business + timedelta(days=15))
    assert bundle.filing.status_due_at is not None


@pytest.mark.parametrize("code", ["F0:3", "F1:65", "F2:585", "F3F:101", "F4:104"])
def test_a_final_status_stops_the_asking_and_the_remittance_decides(asked, answer, act, code):
    bundle = asked()
    assert answer(bundle, code) == [Event.STATUS_FINAL]
    assert bundle.filing.status_due_at is None
    assert bundle.filing.adjudication is Adjudication.PENDING
    assert bundle.claim.next_action_at == act.at.business + timedelta(days=15)


def test_a_claim_rejected_after_all_is_held(asked, answer):
    bundle = asked()
    assert answer(bundle, "A7:164") == [Event.REJECTED_PAYER, Event.HELD]
    assert (bundle.claim.stage, bundle.filing.submission) == (Stage.SCRUB, Submission.REJECTED_PAYER)


def test_not_found_is_waited_on_for_two_days_and_then_looked_into(asked, answer, open_work, later, act):
    bundle = asked()
    assert answer(bundle, "A4:35", at=later(1)) == []
    assert bundle.filing.status_due_at == act.at.business + timedelta(hours=48)
    assert not open_work("status_not_found")
    assert answer(bundle, "A4:35", at=later(2)) == []
    assert len(open_work("status_not_found")) == 1
    assert bundle.claim.stage is Stage.ADJUDICATING


@pytest.mark.parametrize(
    ("code", "kind", "queue"),
    [
        ("D0:33", "status_search_unsuccessful", Queue.FOLLOW_UP),
        ("E0:153", "status_question", Queue.OPERATIONS),
        ("E3:1", "status_setup", Queue.OPERATIONS),
        ("ZZ:1", "status_unknown", Queue.FOLLOW_UP),
    ],
)
def test_trouble_with_the_question_says_nothing_of_the_claim(asked, answer, open_work, code, kind, queue):
    bundle = asked()
    assert answer(bundle, code) == []
    assert (bundle.claim.stage, bundle.filing.adjudication) == (Stage.ADJUDICATING, Adjudication.NONE)
    assert open_work(kind)[0].queue is queue


def test_a_payer_that_does_not_answer_is_asked_again_later(asked, answer, act):
    bundle = asked()
    assert answer(bundle, "E1:1") == []
    assert bundle.filing.status_due_at == act.at.business + timedelta(hours=4)


def test_an_answer_above_the_claims_is_one_to_every_question(asked, answer, open_work):
    bundle = asked()
    assert answer(bundle, "E0:153", level="2200B") == []
    assert len(open_work("status_question")) == 1


def test_the_same_answer_twice_is_no_news(asked, answer, session):
    bundle = asked()
    exchange = new_id()
    answer(bundle, "P1:20", exchange=exchange)
    assert answer(bundle, "P1:20", exchange=exchange) == []
    assert len(session.exec(select(StatusCheck)).all()) == 1


def test_a_claim_past_its_payers_usual_time_moves_to_follow_up_by_itself(
    asked, answer, session, payers, later, open_work
):
    bundle = asked()
    answer(bundle, "F1:65")
    for days, alarmed in ((14, False), (15, True), (16, False)):
        changes = status.alarms(session, later(days), [load_bundle(session, bundle.claim.id)])
        lifecycle.apply(session, changes, later(days))
        assert bool(changes) is alarmed
    assert (
        "No remittance since the payer accepted the claim on 2026-03-02" in open_work("claim_alarm")[0].reason
    )


def test_the_question_can_be_written_and_names_the_claim(asked, act):
    bundle = asked(icn="C26")
    questions = inquiries([bundle], [bundle.filing], Submitter())
    content = write_interchange(
        Envelope("US", "THEM"),
        [write_276(Header27x("1", act.at.business), questions)],
        created=act.at.real,
        isa13=1,
        gs06=1,
    )
    (read,) = read_276(read_file(content).transactions[0])
    assert read.trace.number == bundle.filing.id.upper()
    assert [(r.qualifier, r.value) for r in read.references] == [("1K", "C26"), ("EJ", bundle.claim.pcn)]
    assert (read.subscriber.last, read.subscriber.id) == ("EXAMPLE", "PAID0000001")
