from dataclasses import replace
from datetime import date, datetime

import pytest

from claims.x12.claim837_write import write_837
from claims.x12.envelope import read_file, type_of
from claims.x12.interchange import Outgoing, write_interchange
from claims.x12.parts import Party
from claims.x12.rendering import line
from claims.x12.syntax import Delimiters, X12Error
from claims.x12.ta1 import Ta1, read_ta1, write_ta1

BODY = [line("BHT", "0019", "00", "1", "20260302", "0930", "CH")]


def codes(data: bytes) -> list[str]:
    return [each.code for each in read_file(data).findings]


def test_an_interchange_carries_the_control_numbers_it_was_given(wrap):
    data = wrap(
        Outgoing("837P", BODY), Outgoing("837P", BODY), Outgoing("270", BODY), isa13=42, gs06=7, st02=11
    )
    file = read_file(data)
    assert file.findings == []
    assert file.interchanges[0].control_number == "000000042"
    assert [each.number for each in file.interchanges[0].groups] == ["7", "8"]
    assert [(each.type, each.control_number) for each in file.transactions] == [
        ("837P", "0011"),
        ("837P", "0012"),
        ("270", "0013"),
    ]


def test_other_delimiters_can_be_written(wrap, envelope):
    other = replace(envelope, delimiters=Delimiters("|", "#", ">", "!"), newline="\r\n")
    data = wrap_with(other, Outgoing("837P", BODY))
    assert data.startswith(b"ISA|00|")
    assert data.count(b"!\r\n") == 7
    assert read_file(data).findings == []


MORNING = datetime(2026, 3, 2)  # noqa: DTZ001 (an envelope has no zone)


def wrap_with(envelope, *outgoing):
    return write_interchange(envelope, outgoing, created=MORNING, isa13=1)


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (b"SE*3*", b"SE*4*", "x12_count"),
        (b"GE*1*1", b"GE*2*1", "x12_count"),
        (b"IEA*1*", b"IEA*3*", "x12_count"),
        (b"SE*3*0001", b"SE*3*0009", "x12_control_number"),
        (b"GE*1*1", b"GE*1*5", "x12_control_number"),
        (b"IEA*1*000000001", b"IEA*1*000000002", "x12_control_number"),
        (b"SE*3*0001~", b"", "x12_no_trailer"),
        (b"GE*1*1~", b"", "x12_no_trailer"),
        (b"IEA*1*000000001~", b"", "x12_no_trailer"),
        (b"GE*1*1~", b"NTE*ADD*HELLO~GE*1*1~", "x12_outside"),
    ],
)
def test_a_damaged_envelope_is_a_finding_with_its_place(wrap, good, bad, code):
    data = wrap(Outgoing("837P", BODY))
    assert good in data
    file = read_file(data.replace(good, bad))
    assert [each.code for each in file.findings] == [code]
    assert file.findings[0].segment
    assert len(file.transactions) == 1


def test_a_repeated_st02_or_isa13_is_a_finding(wrap):
    data = wrap(Outgoing("837P", BODY), Outgoing("837P", BODY))
    assert codes(data.replace(b"*0002", b"*0001")) == ["x12_control_number"]
    assert codes(data + data) == ["x12_control_number"]


def test_delimiters_and_accents_in_data_are_replaced_and_reported(wrap, header837, claim):
    plain = claim()
    person = replace(plain.subscriber.person, last="O:BR*IEN~", first="JOSÉ", middle="\x1f\n")
    odd = claim(subscriber=replace(plain.subscriber, person=person))
    found: list = []
    data = wrap(write_837(header837, [odd]), findings=found)
    assert b"NM1*IL*1*O BR IEN *JOSE*" in data
    assert [(each.code, each.element) for each in found] == [("x12_character_replaced", "NM1")]
    assert read_file(data).findings == []
    position = data.split(b"~").index(next(each for each in data.split(b"~") if b"BR IEN" in each)) + 1
    assert found[0].segment == position


def test_an_identifier_that_does_not_fit_the_isa_is_refused(wrap, envelope):
    with pytest.raises(X12Error, match="ISA05"):
        wrap_with(replace(envelope, sender="A" * 16), Outgoing("837P", BODY))


def test_a_type_is_told_from_the_guide(wrap):
    kinds = {
        ("837", "005010X222A1"): "837P",
        ("837", "005010X223A2"): "837I",
        ("837", "005010X224A2"): "837D",
        ("837", "004010X098A1"): "837P",
        ("277", "005010X214"): "277CA",
        ("277", "005010X212"): "277",
        ("834", "005010X220A1"): "834",
    }
    assert {key: type_of(*key) for key in kinds} == kinds


def test_a_ta1_tells_the_fate_of_an_interchange(envelope):
    acks = [Ta1("000000042", "R", "025", date(2026, 3, 1), "0930"), Ta1("000000043", "A", "000")]
    data = write_ta1(envelope, acks, created=MORNING, isa13=9)
    file = read_file(data)
    assert file.findings == []
    assert read_ta1(file.interchanges[0]) == acks
    assert [each.is_accepted for each in acks] == [False, True]


def test_a_party_without_an_entity_writes_nothing(wrap, header837, claim):
    data = wrap(write_837(replace(header837, receiver=Party("")), [claim()]))
    assert b"NM1*40" not in data
    assert b"NM1**" not in data
