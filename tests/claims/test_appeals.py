"""Appeals: drafted with a letter, approved by a named person, sent once, decided by letter or by money."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader
from remits import Payer, clp
from reportlab.pdfgen.canvas import Canvas
from sqlmodel import select

from claims import appeal_delivery, appeal_outcomes, appeals, letters, lifecycle
from claims import decisions as claim_decisions
from claims.archive import archive
from claims.bundle import load_bundle
from claims.clocks import clocks
from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import (
    Acknowledgement,
    Actor,
    Adjudication,
    Appeal,
    Denial,
    Document,
    Filing,
    Stage,
    WorkItem,
)
from claims.money import decisions
from claims.money.settle import after_adjudication
from claims.transitions import Event
from config.office import Office


def text_of(session, appeal: Appeal) -> str:
    """The packet's words, page after page, on one line."""
    content = session.get(Document, appeal.letter_document_id).content
    pages = PdfReader(BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


@pytest.fixture
def payer(session, act, payers) -> Payer:
    return Payer(session, act, payers)


@pytest.fixture
def step(session):
    def run(changes, by):
        lifecycle.apply(session, changes, by)
        session.flush()

    return run


@pytest.fixture
def denied(accepted, payer, session, act, payers, step):
    """A claim in stage denial."""

    def make(*words, **said):
        bundle = accepted()
        payer.say(clp(bundle, *(words or ("CO-50 120.00",)), **said))
        step(after_adjudication(session, act, [load_bundle(session, bundle.claim.id)], payers), act)
        return bundle

    return make


@pytest.fixture
def appeal(session, biller, payers, step):
    """Decide on an appeal, which drafts it; gives its row."""

    def draft(bundle) -> Appeal:
        fresh = load_bundle(session, bundle.claim.id)
        step(decisions.decide(session, biller, fresh, "appeal", "the record supports it", payers), biller)
        return session.exec(select(Appeal).order_by(Appeal.level.desc())).first()

    return draft


@pytest.fixture
def sent(appeal, session, act, biller, step):
    """An appeal that the payer has."""

    def go(bundle) -> Appeal:
        row = appeal(bundle)
        step(appeals.approve(session, biller, row), biller)
        letters.start_sending(session, row)
        step(letters.sent(session, act, row, "A00000001"), act)
        return row

    return go


@pytest.fixture
def letter(session, act, payers, step):
    """The payer's decision letter arrives."""

    def arrive(row: Appeal, outcome: str, **changed):
        body = {"decision": outcome, "icn": "ICN1", "level": row.level, "decided_on": "2026-03-20"}
        content = json.dumps({**body, "key": letters.key_of(row), **changed}).encode()
        paper = archive(session, content, kind="appeal", direction="in", at=act.at.real)
        changes = appeal_outcomes.decide(session, act, paper, appeal_outcomes.read_decision(content), payers)
        step(changes, act)
        return [change.event for change in changes]

    return arrive


def test_a_draft_has_a_letter_a_deadline_and_waits_for_approval(denied, appeal, session, open_work):
    bundle = denied("CO-50 120.00", remarks=("N115",))
    row = appeal(bundle)
    assert (row.state, row.level, row.amount, str(row.file_by)) == (
        "drafted",
        1,
        Decimal("120.00"),
        "2026-08-29",
    )
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (Stage.APPEAL, "appeal_approval")
    text = text_of(session, row)
    for words in (
        "First appeal of a denied claim",
        "ICN1",
        bundle.claim.pcn,
        "CO-50 N115",
        "$120.00",
        "medical necessity",
        "Exhibit A, Remittance advice, excerpt",
        "Exhibit B, Claim as filed (CMS1500)",
    ):
        assert words in text
    assert len(open_work("appeal_approval")) == 1


def test_a_letter_about_late_filing_carries_the_proof(denied, appeal, session, act):
    bundle = denied("CO-29 120.00")
    paper = archive(session, b"a 277CA", kind="277CA", direction="in", at=act.at.real)
    session.add(
        Acknowledgement(
            document_id=paper.id,
            position=1,
            kind="277CA",
            source="payer",
            filing_id=bundle.filing.id,
            verdict="A2",
            icn="ICN1",
            received_on=act.at.business.date(),
            at=act.at.business,
        )
    )
    session.flush()
    text = text_of(session, appeal(bundle))
    assert "own acknowledgement is of 03/02/2026" in text
    assert "The payer acknowledged it on 03/02/2026: 277CA A2, number ICN1" in text
    assert paper.sha256[:16] in text


def test_what_cannot_be_appealed_says_what_to_do_instead(denied, appeal):
    bundle = denied("CO-16 120.00", moa=("MA130",))
    with pytest.raises(NotAllowed, match="Instead: it was not decided, only called unprocessable"):
        appeal(bundle)


def test_an_appeal_after_its_last_day_is_refused(denied, session, biller, payers):
    bundle = denied()
    late = Act("bea", replace(biller.at, business=biller.at.business + timedelta(days=181)))
    with pytest.raises(NotAllowed, match="the last day to appeal was 2026-08-29"):
        decisions.decide(session, late, load_bundle(session, bundle.claim.id), "appeal", "late", payers)


def test_only_a_named_biller_approves(denied, appeal, session, act):
    row = appeal(denied())
    session.add(Actor(name="cody", roles=["coder"], since=act.at.real))
    session.flush()
    for actor in (act, Act("cody", act.at)):
        with pytest.raises(NotAllowed):
            appeals.approve(session, actor, row)
    assert not letters.sendable(session)


def test_an_approved_appeal_is_sent_once(denied, sent, session, act, kinds):
    bundle = denied()
    row = sent(bundle)
    assert (row.state, row.receipt, bundle.claim.hold_reason) == ("sent", "A00000001", None)
    assert kinds(bundle)[-4:] == [Event.HELD, Event.APPEAL_APPROVED, Event.RELEASED, Event.APPEAL_SENT]
    assert letters.sent(session, act, row, "A00000001") == []
    with pytest.raises(NotAllowed):
        letters.start_sending(session, row)


def test_an_appeal_whose_arrival_is_unknown_is_asked_about_before_it_goes_again(
    denied, appeal, session, act, biller, step, open_work
):
    row = appeal(denied())
    step(appeals.approve(session, biller, row), biller)
    letters.start_sending(session, row)
    letters.unconfirmed(session, act, row, "the connection broke")
    session.flush()
    assert letters.in_doubt(session) == [row]
    assert not letters.sendable(session)
    assert len(open_work("appeal_unconfirmed")) == 1
    step(letters.sent(session, act, row, "A1"), act)
    assert not open_work("appeal_unconfirmed")


def test_the_message_names_the_claim_and_holds_the_letter(denied, sent, session):
    row = sent(denied())
    message = letters.message(session, row)
    assert (message.payer, message.icn, message.level, message.reason) == ("SBXCO", "ICN1", 1, "CO-50")
    assert sha256(message.packet).hexdigest() == message.packet_sha256


def test_a_won_appeal_waits_for_the_money_and_the_money_settles_it(denied, sent, letter, payer, session):
    bundle = denied()
    row = sent(bundle)
    assert letter(row, "overturned") == [Event.APPEAL_WON]
    assert bundle.claim.stage is Stage.ADJUDICATING
    payer.say(clp(bundle, "CO-45 20.00"))
    assert bundle.claim.stage is Stage.ADJUDICATED
    assert session.get(Filing, bundle.filing.id).adjudication is Adjudication.PAID


def test_after_a_won_appeal_the_payer_may_take_back_and_pay_anew(denied, sent, letter, payer, kinds):
    bundle = denied("CO-151 60.00")
    letter(sent(bundle), "overturned")
    payer.say(clp(bundle, "CO-151 60.00", status="22"), clp(bundle, "CO-45 20.00"))
    assert kinds(bundle)[-3:] == [Event.APPEAL_WON, Event.REMIT_REVERSED, Event.REMIT_PAID]


def test_a_lost_appeal_offers_the_next_level_until_there_is_none(denied, sent, letter, open_work, appeal):
    bundle = denied()
    row = sent(bundle)
    assert letter(row, "upheld") == [Event.APPEAL_LOST, Event.HELD]
    item = open_work("denial")[0]
    assert "level 2, Second appeal, is open until 2026-05-19" in item.reason
    assert "appeal" in [option["id"] for option in item.options]
    second = sent(bundle)
    assert (second.level, str(second.file_by)) == (2, "2026-05-19")
    letter(second, "dismissed", decided_on="2026-04-10")
    item = open_work("denial")[0]
    assert "level 2 was the last" in item.reason
    assert "appeal" not in [option["id"] for option in item.options]
    with pytest.raises(NotAllowed, match="level 2 was the last"):
        appeal(bundle)


@pytest.fixture
def advantage(payers, denied, sent, letter):
    """A first appeal to a Medicare Advantage plan, decided so."""

    def make(outcome: str):
        limits = payers["SBXCO"].limits.model_copy(update={"appeal_days": ()})
        changed = {"kind": "medicare_advantage", "limits": limits}
        payers["SBXCO"] = payers["SBXCO"].model_copy(update=changed)
        bundle = denied()
        return bundle, letter(sent(bundle), outcome)

    return make


def of_level(session, level: int) -> Appeal:
    return session.exec(select(Appeal).where(Appeal.level == level)).one()


def test_what_a_medicare_advantage_plan_upholds_goes_on_by_itself_and_is_waited_for(
    advantage, letter, session, payers, act, open_work
):
    bundle, events = advantage("upheld")
    assert events == ["appeal_decided", Event.APPEAL_SENT]
    second = of_level(session, 2)
    assert (second.state, second.way, second.heard_by) == (
        "sent",
        "forwarded",
        "the independent review entity (IRE)",
    )
    assert (bundle.claim.stage, str(bundle.claim.next_action_at.date())) == (Stage.APPEAL, "2026-05-19")
    clock = clocks(session, [bundle.claim], payers, act.at.business.date())[bundle.claim.id]
    assert (clock.limit, str(clock.last)) == ("decision", "2026-05-19")
    assert letter(second, "upheld", decided_on="2026-05-01") == [Event.APPEAL_LOST, Event.HELD]
    assert "level 3, Hearing before an administrative law judge" in open_work("denial")[0].reason


def test_what_the_plan_dismissed_is_filed_by_us(advantage, open_work):
    _, events = advantage("dismissed")
    assert events == [Event.APPEAL_LOST, Event.HELD]
    assert "level 2, Review by the independent review entity" in open_work("denial")[0].reason


def test_a_case_that_never_came_there_is_filed_by_us(
    advantage, appeal, session, act, biller, payers, step, open_work
):
    bundle, _ = advantage("upheld")
    later = replace(act.at, business=act.at.business + timedelta(days=79))
    here = [load_bundle(session, bundle.claim.id)]
    step(appeal_delivery.alarms(session, Act("system", later), here), act)
    (item,) = open_work("appeal_overdue")
    assert "the independent review entity (IRE) has not decided" in item.reason
    claim_decisions.decide(session, biller, item.id, "not_forwarded", "they have no such case", payers)
    assert bundle.claim.stage is Stage.DENIAL
    step(after_adjudication(session, act, [load_bundle(session, bundle.claim.id)], payers), act)
    assert "appeal" in [each["id"] for each in open_work("denial")[0].options]
    again = appeal(bundle)
    assert (again.level, again.state, again.way) == (2, "drafted", "post")


def test_a_decision_that_comes_twice_or_late_is_no_news(denied, sent, letter):
    row = sent(denied())
    letter(row, "upheld")
    assert letter(row, "upheld", decided_on="2026-03-21") == []
    assert letter(row, "overturned") == []


def test_a_decision_on_no_appeal_of_ours_is_a_persons_work(denied, sent, letter, open_work):
    row = sent(denied())
    assert letter(row, "overturned", key="", icn="X", level=1) == []
    assert len(open_work("appeal_unmatched")) == 1


def test_money_that_overturns_ends_the_appeal_as_won_before_the_letter_comes(
    denied, sent, letter, payer, kinds, session
):
    bundle = denied()
    row = sent(bundle)
    payer.say(clp(bundle, "CO-45 20.00"))
    assert row.state == "won"
    assert kinds(bundle)[-2:] == [Event.APPEAL_WON, Event.REMIT_PAID]
    assert letter(row, "overturned") == []
    assert session.exec(select(Denial.state)).all() == ["overturned"]


def test_money_that_comes_before_approval_makes_the_draft_idle(denied, appeal, payer, open_work):
    bundle = denied()
    row = appeal(bundle)
    payer.say(clp(bundle, "CO-45 20.00"))
    assert (row.state, bundle.claim.stage, bundle.claim.hold_reason) == ("dropped", Stage.ADJUDICATED, None)
    assert not open_work("appeal_approval")


def test_a_second_denial_while_the_appeal_runs_ends_it_as_lost(denied, sent, payer, kinds):
    bundle = denied()
    row = sent(bundle)
    payer.say(clp(bundle, "CO-50 120.00"))
    assert row.state == "lost"
    assert kinds(bundle)[-2:] == [Event.APPEAL_LOST, Event.REMIT_DENIED]


def test_an_appeal_that_is_not_decided_in_time_is_asked_about(
    denied, sent, letter, session, act, step, kinds
):
    bundle = denied()
    row = sent(bundle)
    for days, alarmed in ((59, False), (60, True), (61, False)):
        later = Act("system", replace(act.at, business=act.at.business + timedelta(days=days)))
        changes = appeal_delivery.alarms(session, later, [load_bundle(session, bundle.claim.id)])
        step(changes, later)
        assert bool(changes) is alarmed
    assert letter(row, "overturned") == [Event.RELEASED, Event.APPEAL_WON]
    assert bundle.claim.hold_reason is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"decision": "won"}', b"\xff{"])
def test_what_is_no_decision_is_refused(content):
    with pytest.raises(BadInput):
        appeal_outcomes.read_decision(content)


def decide(session, biller, payers, bundle, option, value=None, office=Office()):
    """One of the options of the claim's open item, as a person takes it."""
    item = session.query(WorkItem).filter_by(claim_id=bundle.claim.id, kind=bundle.claim.hold_reason).one()
    claim_decisions.decide(session, biller, item.id, option, "as agreed", payers, value, office)
    session.flush()
    return session.exec(select(Appeal).order_by(Appeal.at)).first()


@pytest.fixture
def records(session, act):
    """A document in the archive: two pages of PDF, a picture, text, or bytes that are none of these."""

    def make(kind: str) -> str:
        drawn = BytesIO()
        canvas = Canvas(drawn)
        for page in ("findings", "plan"):
            canvas.drawString(72, 700, f"the note of the visit: {page}")
            canvas.showPage()
        canvas.save()
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
        content = {
            "pdf": drawn.getvalue(),
            "picture": b64decode(pixel),
            "text": b"The patient was seen twice.",
            "other": b"\x00\xff\x00",
            "broken": b"%PDF-1.7 and no more",
        }[kind]
        return archive(session, content, kind="records", direction="own", at=act.at.real).id

    return make


@pytest.mark.parametrize(
    ("kind", "pages", "words"),
    [("pdf", 2, "the note of the visit: findings"), ("picture", 1, ""), ("text", 1, "seen twice")],
)
def test_records_stand_behind_the_letter_in_the_same_pdf(
    denied, appeal, session, biller, payers, records, kind, pages, words
):
    bundle = denied()
    row = appeal(bundle)
    before, approved = pages_of(session, row), row.letter_document_id
    decide(session, biller, payers, bundle, "enclose", records(kind))
    assert pages_of(session, row) == before + 1 + pages
    assert "Exhibit C, Records 1 of 1" in text_of(session, row)
    assert words in text_of(session, row)
    assert row.letter_document_id != approved
    assert (row.state, bundle.claim.hold_reason) == ("drafted", "appeal_approval")


@pytest.mark.parametrize("kind", ["other", "broken"])
def test_what_cannot_be_enclosed_is_refused_with_what_can(
    denied, appeal, session, biller, payers, records, kind
):
    bundle = denied()
    row = appeal(bundle)
    before = row.letter_document_id
    with pytest.raises(BadInput, match="cannot be"):
        decide(session, biller, payers, bundle, "enclose", records(kind))
    session.refresh(row)
    assert row.letter_document_id == before


def test_a_blank_of_the_office_carries_the_claim_as_it_was_filed(denied, session, biller, payers, tmp_path):
    blank = Canvas(str(tmp_path / "blank.pdf"))
    blank.drawString(20, 20, "THE OFFICE'S OWN BLANK")
    blank.save()
    bundle = denied()
    row = decide(
        session, biller, payers, bundle, "appeal", office=Office(blank_cms1500=tmp_path / "blank.pdf")
    )
    text = text_of(session, row)
    assert "THE OFFICE'S OWN BLANK" in text
    assert "on the pages that follow" in text


def test_a_dropped_draft_gives_the_denial_back_and_may_be_drafted_again(
    denied, appeal, session, biller, payers, act, step
):
    bundle = denied()
    first = appeal(bundle)
    decide(session, biller, payers, bundle, "drop")
    assert (first.state, bundle.claim.stage, bundle.claim.hold_reason) == ("dropped", Stage.DENIAL, None)
    step(after_adjudication(session, act, [load_bundle(session, bundle.claim.id)], payers), act)
    again = appeal(bundle)
    assert (again.id, again.state, again.level) == (first.id, "drafted", 1)


def test_a_letter_that_no_connector_carries_is_printed_and_mailed_by_a_person(
    denied, appeal, session, act, biller, step, payers, open_work
):
    bundle = denied()
    row = appeal(bundle)
    step(appeals.approve(session, biller, row), biller)
    letters.to_mail(session, act, row)
    session.flush()
    assert not letters.sendable(session)
    assert not letters.in_doubt(session)
    (item,) = open_work("appeal_to_mail")
    assert f"cleanclaim appeals packet {row.id}" in item.reason
    session.add(Actor(name="olga", roles=["ops"], since=act.at.real))
    session.flush()
    claim_decisions.decide(session, Act("olga", act.at), item.id, "mailed", "certified, 9400-1000", payers)
    assert (row.state, row.receipt) == ("sent", "mailed by olga")
    with pytest.raises(NotAllowed, match="This letter is sent"):
        letters.mailed(session, act, row)


@pytest.mark.parametrize(
    ("outcome", "state", "stage"),
    [
        ("overturned", "won", Stage.ADJUDICATING),
        ("partly", "won", Stage.ADJUDICATING),
        ("upheld", "lost", Stage.DENIAL),
        ("dismissed", "lost", Stage.DENIAL),
    ],
)
def test_a_decision_on_paper_is_entered_by_a_biller(
    denied, sent, session, biller, payers, step, outcome, state, stage
):
    bundle = denied()
    row = sent(bundle)
    day = biller.at.business.date()
    step(appeal_outcomes.enter(session, biller, row, outcome, day, payers), biller)
    assert (row.state, row.outcome, row.decided_on, bundle.claim.stage) == (state, outcome, day, stage)
    with pytest.raises(NotAllowed, match=f"This appeal is {state}"):
        appeal_outcomes.enter(session, biller, row, outcome, day, payers)


@pytest.mark.parametrize(
    ("outcome", "days", "told"),
    [("won", 0, "is no outcome"), ("upheld", 1, "cannot be the day"), ("upheld", -1, "cannot be the day")],
)
def test_a_decision_that_cannot_be_is_refused(denied, sent, session, biller, payers, outcome, days, told):
    row = sent(denied())
    day = biller.at.business.date() + timedelta(days=days)
    with pytest.raises(BadInput, match=told):
        appeal_outcomes.enter(session, biller, row, outcome, day, payers)


def pages_of(session, appeal: Appeal) -> int:
    return len(PdfReader(BytesIO(session.get(Document, appeal.letter_document_id).content)).pages)
