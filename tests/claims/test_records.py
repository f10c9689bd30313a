"""Records that a payer asks for: let go by a named biller, sent once as a letter, no news while it reads."""

from datetime import timedelta

import pytest
from remits import Payer, clp
from sqlmodel import select

from claims import decisions, letters, lifecycle, records
from claims.archive import archive
from claims.bundle import load_bundle
from claims.clock import Moment
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Actor, Adjudication, Document, Exchange, Filing, RecordsRequest, Stage
from claims.money.settle import after_adjudication
from claims.status_ways import Asked
from claims.transitions import Event
from claims.x12.status import StatusCode
from config.payers import Cadence


@pytest.fixture
def ask(session, act):
    """The payer answers a status question with a code."""

    def answer(bundle, code="P3:297", by=act) -> None:
        category, _, number = code.partition(":")
        asked = Exchange(payer_id="SBXCO", kind="276", control_number="1", at=by.at.business)
        session.add(asked)
        session.flush()
        fresh = load_bundle(session, bundle.claim.id)
        about = Asked(session, by, fresh.claim, fresh.filing, Cadence())
        lifecycle.apply(session, about.take(StatusCode(category, number), asked.id), by)
        session.flush()

    return answer


@pytest.fixture
def pended(accepted, ask):
    """A claim whose payer waits for records."""
    bundle = accepted(filing={"icn": "C0001"})
    ask(bundle)
    return bundle


@pytest.fixture
def decide(session, biller, payers, open_work):
    """The biller decides on the item that asks for records."""

    def go(option="send_records", reason="two pages of notes", value=None, by=biller) -> str:
        (item,) = open_work("records_requested")
        told = decisions.decide(session, by, item.id, option, reason, payers, value)
        session.flush()
        return told

    return go


def letter(session) -> RecordsRequest:
    return session.exec(select(RecordsRequest)).one()


def test_the_biller_sends_a_file_that_was_archived(pended, decide, session, act, kinds):
    paper = archive(session, b"%PDF-1.7 chart", kind="records", direction="own", at=act.at.real)
    assert decide(value=paper.id) == "records_requested: send_records"
    message = letters.message(session, letter(session))
    assert (message.payer, message.icn, message.pcn) == ("SBXCO", "C0001", pended.claim.pcn)
    assert [(d.media_type, d.content, d.sha256) for d in message.documents] == [
        ("application/pdf", b"%PDF-1.7 chart", paper.sha256)
    ]
    assert kinds(pended)[-1] == "records_approved"


def test_without_a_file_the_billers_own_words_go(pended, decide, session):
    decide(reason="seen twice that day, see note")
    (document,) = letters.message(session, letter(session)).documents
    assert (document.media_type, document.content) == ("text/plain", b"seen twice that day, see note")
    assert session.get_one(Document, letter(session).document_id).kind == "records"


def test_only_a_named_biller_lets_records_go(pended, decide, act):
    with pytest.raises(NotAllowed):
        decide(by=act)


def test_records_that_arrived_make_the_claim_pending_again(pended, decide, session, act):
    decide()
    row = letter(session)
    letters.start_sending(session, row)
    alarm = session.get_one(type(pended.claim), pended.claim.id).next_action_at
    lifecycle.apply(session, letters.sent(session, act, row, "R00000001"), act)
    fresh = load_bundle(session, pended.claim.id)
    assert (row.state, fresh.filing.adjudication) == ("sent", Adjudication.PENDING)
    assert fresh.claim.next_action_at == alarm
    assert letters.sent(session, act, row, "R00000001") == []


@pytest.mark.parametrize(("days", "news"), [(14, False), (16, True)])
def test_a_payer_that_asks_again_before_it_read_its_mail_is_no_news(
    pended, decide, session, act, ask, open_work, days, news
):
    decide()
    row = letter(session)
    letters.start_sending(session, row)
    lifecycle.apply(session, letters.sent(session, act, row, "R1"), act)
    later = Moment(act.at.real + timedelta(days=days), act.at.business + timedelta(days=days))
    ask(pended, by=Act("system", later))
    assert bool(open_work("records_requested")) is news


def test_records_do_not_go_twice_at_once(pended, decide, session, biller):
    decide()
    paper = letter(session).document_id
    with pytest.raises(NotAllowed, match="on their way"):
        records.approve(session, biller, load_bundle(session, pended.claim.id), paper)


def test_nothing_is_sent_to_a_payer_that_did_not_ask(accepted, session, biller, act):
    paper = archive(session, b"chart", kind="records", direction="own", at=act.at.real)
    with pytest.raises(NotAllowed, match="No payer waits"):
        records.approve(session, biller, accepted(filing={"icn": "C1"}), paper.id)


def test_an_answer_by_portal_makes_the_claim_pending_too(pended, decide, session, kinds):
    decide("answered", "uploaded in the portal")
    assert kinds(pended)[-1] == "records_sent"
    assert load_bundle(session, pended.claim.id).filing.adjudication is Adjudication.PENDING
    assert session.exec(select(RecordsRequest)).all() == []


def test_records_that_arrive_after_the_decision_change_nothing(pended, decide, session, act, kinds):
    decide()
    row, fresh = letter(session), load_bundle(session, pended.claim.id)
    letters.start_sending(session, row)
    lifecycle.apply(
        session, [Change(fresh.claim, Event.REMIT_DENIED, Story("835"), filing=fresh.filing)], act
    )
    lifecycle.apply(session, letters.sent(session, act, row, "R1"), act)
    assert kinds(pended)[-1] == "records_sent_late"
    assert load_bundle(session, pended.claim.id).filing.adjudication is Adjudication.DENIED


@pytest.mark.parametrize(("option", "state"), [("arrived", "sent"), ("never", "approved")])
def test_a_person_tells_what_became_of_records_in_doubt(
    pended, decide, session, act, payers, open_work, option, state
):
    decide()
    row = letter(session)
    letters.start_sending(session, row)
    letters.unconfirmed(session, act, row, "the connection broke")
    assert (letters.in_doubt(session), letters.sendable(session)) == ([row], [])
    (item,) = open_work("records_unconfirmed")
    decisions.decide(session, _ops(session, act), item.id, option, "on the phone", payers)
    assert row.state == state


def test_refused_records_wait_for_a_person(pended, decide, session, act, payers, open_work):
    decide()
    row = letter(session)
    letters.start_sending(session, row)
    letters.refused(session, act, row, "the other side refused the message (400)")
    assert not letters.sendable(session)
    (item,) = open_work("records_refused")
    decisions.decide(session, _ops(session, act), item.id, "never", "they mend it", payers)
    assert letters.sendable(session) == [row]


def _ops(session, act) -> Act:
    session.add(Actor(name="otto", roles=["ops"], since=act.at.real))
    session.flush()
    return Act("otto", act.at)


def refused_for_records(accepted, payer, session, act, payers):
    bundle = accepted()
    payer.say(clp(bundle, "CO-252 120.00", remarks=("M127",)))
    fresh = load_bundle(session, bundle.claim.id)
    lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
    return fresh


def test_a_denial_for_want_of_records_sends_them_and_the_payer_decides_again(
    accepted, session, act, biller, payers, open_work, kinds
):
    payer = Payer(session, act, payers)
    bundle = refused_for_records(accepted, payer, session, act, payers)
    (item,) = open_work("denial")
    assert (item.options[0]["id"], item.options[0]["recommended"]) == ("send_records", True)
    assert "by 2026-04-16" in item.options[0]["effect"]  # 45 days after the remittance
    paper = archive(session, b"%PDF-1.7 chart", kind="records", direction="own", at=act.at.real)
    decisions.decide(session, biller, item.id, "send_records", "the chart", payers, paper.id)
    session.flush()
    claim, filing = bundle.claim, session.get(Filing, bundle.filings[-1].id)
    assert (claim.stage, claim.hold_reason) == (Stage.ADJUDICATING, None)
    assert filing.adjudication is Adjudication.INFO_REQUESTED
    row = letter(session)
    letters.start_sending(session, row)
    lifecycle.apply(session, letters.sent(session, act, row, "R1"), act)
    assert filing.adjudication is Adjudication.PENDING
    payer.say(clp(bundle, "CO-45 20.00"))
    assert kinds(bundle)[-3:] == [Event.REOPENED, Event.RECORDS_SENT, Event.REMIT_PAID]
    assert (claim.stage, filing.adjudication) == (Stage.ADJUDICATED, Adjudication.PAID)


def test_a_denial_for_want_of_records_needs_the_records(accepted, session, act, biller, payers, open_work):
    bundle = refused_for_records(accepted, Payer(session, act, payers), session, act, payers)
    (item,) = open_work("denial")
    with pytest.raises(BadInput, match="Which records"):
        decisions.decide(session, biller, item.id, "send_records", "the chart", payers)
    assert bundle.claim.stage is Stage.DENIAL
    assert session.exec(select(RecordsRequest)).all() == []


def test_a_payer_that_refuses_again_after_the_records_is_a_denial_again(
    accepted, session, act, biller, payers, open_work
):
    payer = Payer(session, act, payers)
    bundle = refused_for_records(accepted, payer, session, act, payers)
    paper = archive(session, b"%PDF-1.7 chart", kind="records", direction="own", at=act.at.real)
    decisions.decide(session, biller, open_work("denial")[0].id, "send_records", "so", payers, paper.id)
    payer.say(clp(bundle, "CO-50 120.00"))
    fresh = load_bundle(session, bundle.claim.id)
    lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
    (item,) = open_work("denial")
    assert "CO-50" in item.reason
    assert fresh.claim.stage is Stage.DENIAL
