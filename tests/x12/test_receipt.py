"""The 999 and TA1 that we write for what we receive, judged by pyx12 as any 999."""

from itertools import count
from pathlib import Path

import pytest

from claims.x12 import check
from claims.x12.ack999_io import read_999
from claims.x12.envelope import read_file
from claims.x12.gate import gate
from claims.x12.receipt import receipts
from claims.x12.syntax import X12Error
from claims.x12.ta1 import read_ta1

FILES = Path(__file__).parent / "files"
UNDERSTOOD = frozenset(("999", "277CA", "835"))


@pytest.fixture
def answers(header837):
    """The receipts for some bytes; control numbers count from 1."""
    numbers = count(1)

    def make(data):
        return receipts(data, UNDERSTOOD, created=header837.created, number=lambda: next(numbers))

    return make


@pytest.fixture
def payment():
    return (FILES / "835-crossover.x12").read_bytes()


def test_a_sound_file_is_accepted_back_to_its_sender(answers, payment):
    (receipt,) = answers(payment)
    assert (receipt.kind, receipt.status, receipt.about) == ("999", "A", "000000001")
    file = read_file(receipt.content)
    assert (file.interchanges[0].sender, file.interchanges[0].receiver) == ("RECEIVER", "SENDER")
    ack = read_999(file.transactions[0])
    assert (ack.functional_id, ack.group, ack.accepted) == ("HP", "1", 1)
    assert gate(receipt.content) == []


@pytest.mark.parametrize(
    ("good", "bad", "status", "codes", "segment", "place", "code"),
    [
        (b"NM1*QC*1*TESTER", b"NM1*QQ*1*TESTER", "E", ("5",), "NM1", 11, "3"),
        (b"MOA***MA18~", b"ZZZ*1~", "E", ("5",), "ZZZ", 14, "6"),
        (b"SVC*HC:99213*75*", b"SVC*HC:99213*7x*", "R", ("5",), "SVC", 15, "8"),
    ],
)
def test_a_fault_is_named_with_its_place(good, bad, status, codes, segment, place, code, answers, payment):
    assert good in payment
    (receipt,) = answers(payment.replace(good, bad, 1))
    (found,) = read_999(read_file(receipt.content).transactions[0]).sets
    assert (receipt.status, found.status, found.codes) == (status, status, codes)
    error = found.errors[0]
    assert (error.segment, error.position, error.code) == (segment, place, code)
    assert gate(receipt.content) == []


def test_a_fault_of_an_element_is_named_by_its_number(answers):
    data = (FILES / "277ca-split-missing-invalid.x12").read_bytes()
    (receipt,) = answers(data.replace(b"HL*3*2*19", b"HL*3*9*19"))
    errors = read_999(read_file(receipt.content).transactions[0]).sets[0].errors
    assert ("HL", "2") in {(each.segment, each.elements[0].element) for each in errors if each.elements}


@pytest.mark.parametrize(
    ("good", "bad", "status"),
    [(b"SVC*", b"SVC*", "A"), (b"SVC*HC:99213*75*", b"SVC*HC:99213*7x*", "R"), (b"~\nSE*", b"~\nSE*9", "R")],
)
def test_a_payment_that_is_too_large_to_be_held_is_judged_as_it_is_read(
    good, bad, status, answers, payment, monkeypatch
):
    assert good in payment
    monkeypatch.setattr(check, "LARGEST", 5)
    (receipt,) = answers(payment.replace(good, bad, 1))
    assert receipt.status == status


@pytest.mark.parametrize(("name", "code", "status"), [(b"SE*", "4", "R"), (b"GE*", "5", "E")])
def test_a_wrong_count_has_its_code_and_rejects_a_payment_that_may_lack_a_part(
    name, code, status, answers, payment
):
    (receipt,) = answers(payment.replace(b"~\n" + name, b"~\n" + name + b"9"))
    ack = read_999(read_file(receipt.content).transactions[0])
    assert receipt.status == status
    assert code in (ack.codes + ack.sets[0].codes)


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (b"IEA*1*000000001~", b"", "023"),
        (b"IEA*1*000000001~", b"IEA*2*000000001~", "021"),
        (b"IEA*1*000000001~", b"IEA*1*000000009~", "001"),
    ],
)
def test_a_broken_envelope_gets_a_ta1_beside_the_999(good, bad, code, answers, payment):
    ta1, ack = answers(payment.replace(good, bad))
    assert (ta1.kind, ack.kind, ack.status) == ("TA1", "999", "A")
    (told,) = read_ta1(read_file(ta1.content).interchanges[0])
    assert (told.control_number, told.status, told.code) == ("000000001", "E", code)


def test_who_asks_for_a_ta1_gets_one_for_a_sound_envelope_but_none_for_a_ta1(answers, payment):
    ta1, ack = answers(payment.replace(b"*0*T*:", b"*1*T*:", 1))
    assert (ta1.kind, ta1.status, ack.kind, ack.status) == ("TA1", "A", "999", "A")
    (told,) = read_ta1(read_file(ta1.content).interchanges[0])
    assert (told.control_number, told.status, told.code) == ("000000001", "A", "000")
    only = (FILES / "ta1-every-family.x12").read_bytes().replace(b"*0*T*:", b"*1*T*:")
    assert answers(only) == []


def test_a_transaction_that_we_do_not_work_is_refused_as_not_supported(answers):
    (receipt,) = answers((FILES / "837p-void.x12").read_bytes())
    (found,) = read_999(read_file(receipt.content).transactions[0]).sets
    assert (receipt.status, found.status, found.codes) == ("R", "R", ("1",))


def test_each_interchange_of_a_file_is_answered_under_a_number_of_its_own(answers, payment):
    second = payment.replace(b"000000001", b"000000002")
    found = answers(payment + second)
    assert [each.about for each in found] == ["000000001", "000000002"]
    numbers = [read_file(each.content).interchanges[0].control_number for each in found]
    assert numbers == ["000000001", "000000002"]


@pytest.mark.parametrize("name", ["999-accepted-in-part", "ta1-every-family"])
def test_an_acknowledgement_is_not_acknowledged(name, answers):
    assert answers((FILES / f"{name}.x12").read_bytes()) == []


def test_what_is_no_x12_cannot_be_answered(answers):
    with pytest.raises(X12Error):
        answers(b"<html>not found</html>")


@pytest.mark.parametrize("path", sorted(FILES.glob("*.x12"))[::4], ids=lambda path: path.stem)
def test_a_file_that_lost_or_doubled_a_segment_is_still_answered(path, answers):
    segments = path.read_bytes().split(b"~\n")[:-1]
    for at in range(1, len(segments), 3):
        for torn in (segments[:at] + segments[at + 1 :], segments[:at] + segments[at - 1 :]):
            for each in answers(b"~\n".join(torn) + b"~\n"):
                assert each.kind in ("999", "TA1")
