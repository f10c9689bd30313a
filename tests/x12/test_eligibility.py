from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from x12sdk.io import X12ModelReader

from claims.x12.eligibility import Answer271, Benefit, Header27x, Inquiry270, Question, Reject
from claims.x12.eligibility_read import read_270, read_271
from claims.x12.eligibility_write import write_270, write_271
from claims.x12.envelope import read_file
from claims.x12.header27x import read_header_27x
from claims.x12.parts import Party, Period, Reference, Trace

READERS = {"270": (read_270, write_270), "271": (read_271, write_271)}


@pytest.fixture
def header(header837):
    return Header27x("Q1", header837.created)


@pytest.fixture
def parties(claim):
    """Payer, provider and subscriber of a question."""
    person = replace(claim().subscriber.person, address=None)
    provider = Party("1P", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599")
    return claim().payer, provider, person


def inquiry(parties, **changes):
    own = Trace("1", "TRACE1", "9123456789")
    return Inquiry270(*parties, traces=(own,), dates=(Period("291", date(2026, 3, 3)),), **changes)


def answer(parties, **changes):
    given_back = Trace("2", "TRACE1", "9123456789")
    return Answer271(*parties, traces=(given_back,), **changes)


def child(parties):
    return replace(parties[2], entity="03", first="KIM", id="", id_qualifier="")


def read_by_x12sdk(data):
    with X12ModelReader(data.decode()) as reader:
        return list(reader.models())


def test_questions_about_a_subscriber_and_a_dependent_come_back(header, parties, reread, wrap):
    asked = [
        inquiry(parties, questions=(Question(("30", "98")),)),
        inquiry(parties, dependent=child(parties), relationship="19"),
    ]
    written = write_270(header, asked)
    assert read_270(reread(written)) == asked
    assert read_header_27x(reread(written)).reference == "Q1"
    (model,) = read_by_x12sdk(wrap(written))
    assert model.header.st_segment.transaction_set_identifier_code == "270"


def test_an_answer_with_benefits_comes_back_and_another_reader_takes_it(header, parties, reread, wrap):
    benefits = (
        Benefit("1", service_types=("30",), plan="GOLD"),
        Benefit(
            "B",
            "IND",
            ("98", "UC"),
            "HM",
            "GOLD",
            "27",
            Decimal("30.00"),
            in_network="Y",
            references=(Reference("18", "PLAN9"),),
            dates=(Period("348", date(2026, 1, 1)),),
            messages=("COPAY PER VISIT",),
            parties=(Party("P3", "DOCTOR", "DANA", kind="1", id_qualifier="XX", id="1999996666"),),
        ),
        Benefit("A", service_types=("30",), time="27", percent=Decimal("0.2"), in_network="N"),
    )
    sent = answer(parties, benefits=benefits, dates=(Period("346", date(2026, 1, 1)),))
    written = write_271(header, [sent])
    assert read_271(reread(written)) == [sent]
    assert sent.is_active
    (model,) = read_by_x12sdk(wrap(written))
    assert model.header.st_segment.transaction_set_identifier_code == "271"


def test_inactive_coverage_is_not_active(parties):
    assert not answer(parties, benefits=(Benefit("6", service_types=("30",)),)).is_active
    assert not answer(parties, benefits=(Benefit("V"),)).is_active


@pytest.mark.parametrize(
    ("loop", "depth"), [("2000A", 1), ("2100A", 1), ("2100B", 2), ("2100C", 3), ("2110C", 3), ("2100D", 4)]
)
def test_a_refusal_comes_back_at_the_level_where_the_payer_gave_it(loop, depth, header, parties, reread):
    refusal = Reject("75", "C", loop)
    known = (*parties, child(parties))[:depth]
    if loop == "2110C":
        sent = Answer271(*known, benefits=(Benefit("V", rejects=(refusal,)),))
    else:
        sent = Answer271(*known, rejects=(refusal,))
    (read,) = read_271(reread(write_271(header, [sent])))
    assert read == sent
    assert read.all_rejects == (refusal,)
    assert not read.is_active


def test_a_benefit_whose_amount_cannot_be_read_is_reported_and_the_others_stay(header, parties, wrap):
    sent = answer(parties, benefits=(Benefit("C", amount=Decimal("1500")), Benefit("1")))
    data = wrap(write_271(header, [sent])).replace(b"*1500~", b"*15OO~")
    found: list = []
    (read,) = read_271(read_file(data).transactions[0], found)
    assert [each.info for each in read.benefits] == ["1"]
    assert [(each.code, each.element) for each in found] == [("x12_bad_value", "EB")]
