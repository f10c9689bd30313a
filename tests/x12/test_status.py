from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from x12sdk.io import X12ModelReader

from claims.x12.eligibility import Header27x
from claims.x12.parts import Amount, Party, Period, Procedure, Reference, Trace
from claims.x12.status import Answer277, Inquiry276, Status, StatusCode, StatusLine
from claims.x12.status_read import read_276, read_277
from claims.x12.status_write import write_276, write_277

READERS = {"276": (read_276, write_276), "277": (read_277, write_277)}
DAY = date(2026, 2, 3)
SERVED = (Period("472", date(2026, 2, 3), date(2026, 2, 3)),)


@pytest.fixture
def header(header837):
    return Header27x("S1", header837.created)


@pytest.fixture
def parties(claim):
    person = replace(claim().subscriber.person, address=None)
    receiver = Party("41", "CLEAN BILLING", id_qualifier="46", id="CB1")
    provider = Party("1P", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599")
    return claim().payer, receiver, provider, person


def test_a_question_comes_back_and_another_reader_takes_it(header, parties, reread, wrap):
    asked = [
        Inquiry276(
            *parties,
            Trace("1", f"TRACE{number}"),
            references=(Reference("1K", "ICN1"), Reference("EJ", "PCN1")),
            amounts=(Amount("T3", Decimal("75.00")),),
            dates=SERVED,
            lines=(StatusLine(Procedure("99213"), Decimal("75.00"), quantity=Decimal(1), dates=SERVED),),
        )
        for number in (1, 2)
    ]
    child = replace(parties[3], entity="QC", id="", id_qualifier="")
    asked.append(replace(asked[0], dependent=child))
    written = write_276(header, asked)
    assert read_276(reread(written)) == asked
    with X12ModelReader(wrap(write_276(header, asked[:1])).decode()) as reader:
        assert len(list(reader.models())) == 1


def test_an_answer_tells_the_claims_status_and_that_of_its_lines(header, parties, reread, wrap):
    denied = Status(
        (StatusCode("F2", "88", "QC"), StatusCode("F2", "21")),
        date(2026, 2, 20),
        charge=Decimal("75.00"),
        paid=Decimal("0"),
        paid_date=date(2026, 2, 21),
        method="CHK",
        check_number="CHK0001",
    )
    person = replace(parties[3], birth_date=None, gender="")
    amounts = (Decimal("75.00"), Decimal("0"))
    one = StatusLine(
        Procedure("99213"), *amounts, quantity=Decimal(1), statuses=(denied,), dates=(Period("472", DAY),)
    )
    sent = Answer277(
        parties[0],
        "2200D",
        Trace("2", "TRACE1"),
        parties[1],
        parties[2],
        person,
        statuses=(denied,),
        references=(Reference("1K", "ICN1"),),
        dates=SERVED,
        lines=(one,),
    )
    written = write_277(header, [sent])
    assert read_277(reread(written)) == [sent]
    assert sent.statuses[0].category == "F2"
    with X12ModelReader(wrap(written).decode()) as reader:
        assert len(list(reader.models())) == 1


def test_trouble_of_the_payers_system_stands_at_the_receivers_level(header, parties, reread):
    down = Status((StatusCode("E1", "0"),), date(2026, 2, 20))
    sent = Answer277(parties[0], "2200B", Trace("2", "TRACE1"), parties[1], statuses=(down,))
    assert read_277(reread(write_277(header, [sent]))) == [sent]
