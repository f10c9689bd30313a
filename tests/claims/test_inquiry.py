"""Questions to payers pass our own full findings before they are sent: pyx12 has no map of them."""

import pytest
from sqlmodel import select

from claims import inquiry
from claims.inquiry import BadQuestion
from claims.model import Exchange
from claims.x12.eligibility import Header27x, Inquiry270
from claims.x12.eligibility_write import write_270
from claims.x12.interchange import Envelope
from claims.x12.parts import Party, Trace


@pytest.fixture
def question(act):
    """A 270 about one member."""
    payer = Party("PR", "GOOD HEALTH", id_qualifier="PI", id="GH001")
    provider = Party("1P", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599")
    member = Party("IL", "TESTER", "ANN", kind="1", id_qualifier="MI", id="M100")
    traces = (Trace("1", "T1", "9CLEANCLM1"),)
    return write_270(Header27x("Q1", act.at.real), [Inquiry270(payer, provider, member, traces=traces)])


@pytest.fixture
def ask(session, act, practice):
    payer, envelope = practice.claim().claim.payer_id, Envelope("US", "THEM")
    return lambda *several: inquiry.keep(session, act, "270", payer, "house", envelope, several)


def test_a_sound_question_is_kept_and_may_go(ask, question, session):
    first, second = ask(question, question)
    kept = {row.id: row.control_number for row in session.exec(select(Exchange))}
    assert [kept[first.exchange_id], kept[second.exchange_id]] == ["000000001", "000000002"]


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("NM1\x1dPR", "NM1\x1dZZ\x1d9", "NM102"),
        ("TRN\x1d1\x1dT1\x1d9CLEANCLM1", "TRN\x1d1\x1dT1", "TRN03"),
        ("HL\x1d2\x1d1", "HL\x1d2\x1d7", "HL0"),
    ],
)
def test_an_unsound_question_is_not_sent_and_its_fault_is_named_without_data(
    good, bad, says, ask, question, session
):
    question.lines[:] = [line.replace(good, bad) for line in question.lines]
    (told,) = ask(question)
    assert isinstance(told, BadQuestion)
    assert says in str(told)
    assert "TESTER" not in str(told)
    assert "M100" not in str(told)
    assert session.exec(select(Exchange)).all() == []
