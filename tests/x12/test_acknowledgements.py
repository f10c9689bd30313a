from dataclasses import replace

import pytest

from claims.x12.ack277ca import ClaimAck
from claims.x12.ack277ca_io import read_277ca, write_277ca
from claims.x12.ack999 import Ack999, ElementError, SegmentError, SetAck
from claims.x12.ack999_io import read_999, write_999
from claims.x12.eligibility import Header27x
from claims.x12.envelope import read_file
from claims.x12.status import Status, StatusCode


@pytest.fixture
def header(header837):
    return Header27x("ACK1", header837.created)


def test_accepted_and_rejected_claims_are_told_apart(header, ack277ca, status, reread):
    sent = ack277ca(
        ("PCN1", status("A2")),
        ("PCN2", status("A6", "562", "U")),
        ("PCN3", status("A7", "21", "U")),
        ("PCN4", status("A5")),
    )
    (read,) = read_277ca(reread(write_277ca(header, [sent])))
    assert read == sent
    assert [(each.pcn, each.is_rejected) for each in read.claims] == [
        ("PCN1", False),
        ("PCN2", True),
        ("PCN3", True),
        ("PCN4", False),
    ]
    assert read.claims[0].icn == "ICN-PCN1"
    assert not read.receiver.is_rejected


def test_a_rejection_in_a_further_composite_counts(status):
    second = Status((StatusCode("A1", "19"), StatusCode("A8", "306")))
    ack = ClaimAck("PCN1", patient=None, statuses=(second,))
    assert ack.is_rejected


def test_a_whole_batch_may_be_refused_without_naming_a_claim(header, ack277ca, status, reread):
    sent = ack277ca()
    refused = replace(sent.receiver, statuses=(status("A3", "24", "U"),))
    sent = replace(sent, receiver=refused, providers=())
    (read,) = read_277ca(reread(write_277ca(header, [sent])))
    assert read == sent
    assert read.receiver.is_rejected
    assert read.claims == ()


def test_a_group_accepted_in_part_names_the_rejected_set_and_its_faults(reread):
    fault = SegmentError("SV1", 28, "8", "2400", "PCN7", (ElementError("1", "7", "2", "", "234"),))
    sent = Ack999(
        "HC",
        "17",
        "P",
        "005010X222A1",
        2,
        2,
        1,
        sets=(
            SetAck("837", "0001", "A", "005010X222A1"),
            SetAck("837", "0002", "R", "005010X222A1", ("5",), (fault,)),
        ),
    )
    read = read_999(reread(write_999(sent)))
    assert read == sent
    assert [(each.control_number, each.is_accepted) for each in read.sets] == [
        ("0001", True),
        ("0002", False),
    ]


def test_an_acknowledgement_without_its_verdict_is_reported(reread, wrap):
    sent = Ack999("HC", "17", "A", "005010X222A1", 1, 1, 1, sets=(SetAck("837", "0001", "A"),))
    data = wrap(write_999(sent)).replace(b"AK9*A*1*1*1~", b"")
    found: list = []
    read = read_999(read_file(data).transactions[0], found)
    assert read.status == ""
    assert [(each.code, each.element) for each in found] == [("x12_missing_segment", "AK9")]


def test_the_value_that_a_999_quotes_is_written_back_and_never_shown(reread, wrap):
    data = wrap(write_999(Ack999("HC", "17", "R", sets=(SetAck("837", "0001", "R"),))))
    quoted = data.replace(b"IK5*R~", b"IK3*NM1*8**8~IK4*9*67*7*SECRETMEMBER~IK5*R~")
    read = read_999(read_file(quoted).transactions[0])
    assert read.sets[0].errors[0].elements == (ElementError("9", "7", reference="67"),)
    assert "SECRETMEMBER" not in repr(read)
    assert b"IK4*9*67*7*SECRETMEMBER~" in wrap(write_999(read))
