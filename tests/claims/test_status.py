"""Claim status: who is asked when, and what each kind of answer does and does not do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from claims import decisions, lifecycle, status
from claims.archive import archive
from claims.bundle import load_bundle
from claims.events import Act
from claims.model import (
    Actor,
    Adjudication,
    Exchange,
    Filing,
    Queue,
    Remittance,
    RemittanceClaim,
    Stage,
    StatusCheck,
    Submission,
)
from claims.model.types import new_id
from claims.money.said import ZERO
from claims.status_inquiry import inquiries
from claims.status_ways import next_time
from claims.transitions import Event
from claims.usual import first_question_at
from claims.work import DUE_IN
from claims.x12.eligibility import Header27x
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Party, Trace
from claims.x12.status import Answer277, Status, StatusCode
from claims.x12.status_read import read_276, read_277
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
    reason = open_work("claim_alarm")[0].reason
    assert "No remittance since the payer accepted the claim on 2026-03-02, longer than" in reason


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


# Every category of list 507 that domain section 3 names: what the poller does with it.
TABLE = {
    "A0 A1": "wait", "A2 A5": "noted", "A3 A6 A7 A8": "rejected", "A4": "not found",
    "P0 P1 P2 P5": "pending", "P3": "follow_up", "P4": "front_desk",
    "F0 F1 F2 F3 F3F F3N F4": "final",
    "R0 R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R11 R12 R13 R14 R15 R16 R17": "follow_up",
    "D0": "search", "E0": "stopped", "E1 E2": "transport", "E3 E4": "stopped",
}  # fmt: skip
CATEGORIES = [(code, what) for codes, what in TABLE.items() for code in codes.split()]


def as_277(bundle, code: str, icn: str = "") -> bytes:
    """A payer's 277 (005010X212) about the claim, byte for byte as it would come."""
    references = [f"REF*1K*{icn}"] if icn else []
    body = [
        "BHT*0010*08*S1*20260309*0700*DG", "HL*1**20*1", "NM1*PR*2*SANDBOX COMMERCIAL*****PI*SBXCO",
        "HL*2*1*21*1", "NM1*41*2*MAPLE STREET*****46*CLEANCLAIM",
        "HL*3*2*19*1", "NM1*1P*2*MAPLE STREET FAMILY MEDICINE*****XX*1999999992",
        "HL*4*3*22*0", "NM1*IL*1*EXAMPLE*PATIENCE****MI*PAID0000001",
        f"TRN*2*{bundle.filing.id.upper()}", f"STC*{code}:20*20260309**120", *references,
        "DTP*472*RD8*20260216-20260216",
    ]  # fmt: skip
    rows = ["ST*277*0001*005010X212", *body, f"SE*{len(body) + 2}*0001"]
    group = ["GS*HN*SBX*US*20260309*0700*1*X*005010X212", *rows, "GE*1*1"]
    sides = f"ZZ*{'SBX':<15}*ZZ*{'US':<15}"
    isa = f"ISA*00*{'':<10}*00*{'':<10}*{sides}*260309*0700*^*00501*000000001*0*T*:"
    return ("~".join([isa, *group, "IEA*1*000000001"]) + "~").encode()


@pytest.fixture
def told(session, payers, act):
    """The payer's own 277 arrives, days after the claim was accepted."""

    def arrive(bundle, code: str, at: Act = act, icn: str = ""):
        exchange = Exchange(payer_id="SBXCO", kind="276", control_number="1", at=at.at.business)
        session.add(exchange)
        session.flush()
        (transaction,) = read_file(as_277(bundle, code, icn)).transactions
        changes = status.apply_answer(
            session, at, [bundle.filing], read_277(transaction), exchange.id, payers
        )
        lifecycle.apply(session, changes, at)
        session.flush()
        return [change.event for change in changes]

    return arrive


@pytest.mark.parametrize(("code", "what"), CATEGORIES)
def test_every_category_does_what_the_table_says(asked, told, open_work, later, code, what):
    bundle = asked(icn="C26")
    at = later(7)
    events = told(bundle, code, at)
    filing, now = bundle.filing, at.at.business
    regular, final = now + timedelta(days=7), now + timedelta(days=15)
    requested = [Event.STATUS_INFO_REQUESTED]
    items = {kind: [(i.queue, i.due_at) for i in open_work(kind)] for kind in KINDS if open_work(kind)}
    wanted = {
        "wait": ([], regular, {"status_not_accepted": [(Queue.FOLLOW_UP, now + DUE_IN)]}),
        "noted": (["status_noted"], regular, {}),
        "rejected": ([Event.REJECTED_PAYER, Event.HELD], None, {}),
        "not found": ([], regular, {"status_not_found": [(Queue.FOLLOW_UP, now + DUE_IN)]}),
        "pending": ([Event.STATUS_PENDING], regular, {}),
        "follow_up": (requested, regular, {"records_requested": [(Queue.FOLLOW_UP, final)]}),
        "front_desk": (requested, regular, {"records_requested": [(Queue.FRONT_DESK, final)]}),
        "final": ([Event.STATUS_FINAL], None, {}),
        "search": ([], now + timedelta(days=1), {}),
        "stopped": ([], None, {STOPPED[code]: [(Queue.OPERATIONS, now + DUE_IN)]} if code in STOPPED else {}),
        "transport": ([], now + timedelta(hours=4), {}),
    }[what]  # fmt: skip
    assert (events, filing.status_due_at, items) == wanted
    decided = filing.adjudication in (Adjudication.PAID, Adjudication.DENIED, Adjudication.ZERO_PAID)
    assert not decided, "a status decides no money"


KINDS = ("status_not_accepted", "status_not_found", "records_requested", "status_question", "status_setup",
         "status_search_unsuccessful", "status_unknown")  # fmt: skip
STOPPED = {"E0": "status_question", "E3": "status_setup", "E4": "status_setup"}


def test_a_search_that_found_nothing_is_asked_once_more_with_less_and_then_looked_into(
    asked, told, later, open_work, session
):
    bundle = asked()
    (narrow,) = inquiries([bundle], [bundle.filing], Submitter())
    assert told(bundle, "D0", later(7)) == []
    in_vain = status.searched_in_vain(session, [bundle.filing.id])
    (wide,) = inquiries([bundle], [bundle.filing], Submitter(), in_vain)
    assert (narrow.amounts != (), wide.amounts, wide.references) == (True, (), ())
    assert (wide.dates[0].start, wide.dates[0].end) == (
        narrow.dates[0].start - timedelta(days=7),
        narrow.dates[0].end + timedelta(days=7),
    )
    assert not open_work("status_search_unsuccessful")
    assert told(bundle, "D0", later(8)) == []
    assert len(open_work("status_search_unsuccessful")) == 1
    assert bundle.filing.adjudication is Adjudication.NONE


def test_a_payer_that_stays_silent_is_asked_at_growing_intervals(asked, told, later):
    bundle = asked()
    hours = []
    for day in range(5):
        told(bundle, "E1" if day % 2 else "E2", later(day))
        hours.append((bundle.filing.status_due_at - later(day).at.business) / timedelta(hours=1))
    assert hours == [4, 8, 16, 24, 24]


@pytest.mark.parametrize(("code", "kind"), STOPPED.items())
def test_a_question_that_was_wrong_waits_until_it_is_mended(
    asked, told, later, open_work, session, payers, act, code, kind
):
    bundle = asked()
    told(bundle, code, later(7))
    assert status.due(session, later(60).at.business) == []
    session.add(Actor(name="olga", roles=["ops"], since=act.at.real))
    session.flush()
    by = Act("olga", later(8).at)
    decisions.decide(session, by, open_work(kind)[0].id, "ask_status", "the set-up is mended", payers)
    assert [f.id for f in status.due(session, by.at.business)] == [bundle.filing.id]


def test_the_payers_number_is_learnt_from_its_answer_and_changes_when_it_revises(asked, told, later):
    bundle = asked()
    assert told(bundle, "A2", later(7), "C77") == ["status_noted", "number_learned"]
    assert told(bundle, "P1", later(8), "C78") == [Event.STATUS_PENDING]
    assert bundle.filing.icn == "C77"
    assert told(bundle, "F3F", later(9), "C79") == [Event.STATUS_FINAL, "number_learned"]
    assert bundle.filing.icn == "C79"


def test_what_the_payer_never_had_goes_again_when_a_person_says_so(
    asked, told, later, open_work, session, biller, payers
):
    bundle = asked()
    told(bundle, "A4", later(7))
    item = open_work("status_not_found")[0]
    decisions.decide(session, biller, item.id, "never", "their clerk finds nothing", payers)
    assert (bundle.claim.stage, bundle.filing.submission) == (Stage.READY, Submission.QUEUED)


@pytest.fixture
def history(accepted, session, act, later):
    """Claims of the payer that were paid after so many days each."""

    def pay(*days: int) -> None:
        for number, day in enumerate(days):
            bundle, at = accepted(), later(day).at.business
            paper = archive(session, f"835 {number}".encode(), kind="835", direction="in", at=at)
            payment = Remittance(
                document_id=paper.id,
                payer_id="SBXCO",
                trace=f"H{number}",
                paid_on=at.date(),
                method="ACH",
                amount=ZERO,
                state="posted",
                at=at,
            )
            session.add(payment)
            session.flush()
            session.add(RemittanceClaim(remittance_id=payment.id, position=1, pcn="x", status="1", icn="i",
                                        charge=ZERO, paid=ZERO, patient=ZERO, claim_id=bundle.claim.id,
                                        filing_id=bundle.filing.id, state="posted"))  # fmt: skip
        session.flush()

    return pay


@pytest.mark.parametrize(
    ("days", "alarm", "first"),
    [
        ([10] * 19, 90, 7),  # too few to know: the configured fall-back
        ([10] * 20, 30, 7),  # quick: the configured floor
        ([20] * 20 + [45] * 2, 46, 17),  # slow: a day beyond nineteen of twenty
        ([20] * 50 + [80], 30, 17),  # one straggler is no habit
    ],
)
def test_the_alarm_is_learnt_from_the_payers_own_history(
    asked, answer, history, act, session, days, alarm, first
):
    history(*days)
    bundle = asked()
    assert answer(bundle, "P1:20") == [Event.STATUS_PENDING]
    assert (bundle.claim.next_action_at - act.at.business).days == alarm
    question = first_question_at(session, bundle.filing, Cadence(), act.at.business)
    assert (question - act.at.business).days == first
