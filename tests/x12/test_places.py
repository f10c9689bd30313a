"""Every finding says where: interchange, group, transaction, segment, loop, element."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import pyx12

from claims.x12.check import check
from claims.x12.envelope import Transaction, read_file
from claims.x12.places import loops

FILES = Path(__file__).parent / "files"


def test_a_finding_names_the_interchange_group_and_transaction_that_it_stands_in():
    second = (FILES / "835-two-payments.x12").read_bytes().replace(b"000000001", b"000000007")
    second = second.replace(b"*0930*1*X*", b"*0930*17*X*").replace(b"GE*2*1~", b"GE*2*17~")
    first = (FILES / "837p-void.x12").read_bytes()
    told = check(first + second.replace(b"CAS*CO*50*75~", b"CAS*CO*50*70~"), name="two").findings
    found = next(each for each in told if each.element == "SVC03")
    assert (found.interchange, found.group, found.transaction) == ("000000007", "17", "0002")
    assert (found.loop, found.element, found.claim, found.snip) == ("2110", "SVC03", "PCN2", 3)


def test_a_finding_of_the_envelope_names_what_is_open_there():
    data = (FILES / "837p-void.x12").read_bytes().replace(b"GE*1*1~", b"GE*4*1~")
    (found,) = check(data, name="void").findings
    assert (found.interchange, found.group, found.transaction) == ("000000001", "1", None)


@pytest.mark.parametrize(
    ("name", "segment", "loop"),
    [
        ("837d-several-teeth", ["NM1", "85"], "2010AA"),
        ("837d-several-teeth", ["NM1", "DD"], "2310D"),
        ("837d-several-teeth", ["NM1", "DQ"], "2420C"),
        ("837d-several-teeth", ["DTP", "441"], "2400"),
        ("835-crossover", ["MOA"], "2100"),
        ("271-refused-c", ["AAA"], "2100C"),
        ("277ca-split-missing-invalid", ["SVC"], "2220D"),
        ("278-request-dependent", ["UM"], "2000E"),
        ("278-request-dependent", ["NM1", "FA"], "2010E"),
        ("999-accepted-in-part", ["IK4"], "2110"),
    ],
)
def test_each_segment_stands_in_a_loop_of_its_guide(name, segment, loop):
    (transaction,) = read_file((FILES / f"{name}.x12").read_bytes()).transactions
    index = next(i for i, s in enumerate(transaction.segments) if s[: len(segment)] == segment)
    assert loops(transaction)[index] == loop


MAPS = {"837P": "837.5010.X222.A1.xml", "837I": "837Q3.I.5010.X223.A1.xml"}
ABOVE = {"2310": ["CLM"], "2330": ["CLM", "SBR"], "2420": ["CLM", "LX"]}


@pytest.mark.parametrize("kind", MAPS)
def test_the_parties_of_claims_coverages_and_lines_stand_in_the_loops_that_pyx12_knows(kind):
    found = 0
    for loop in ElementTree.parse(Path(pyx12.__file__).parent / "map" / MAPS[kind]).iter("loop"):
        name = loop.get("xid")
        for code in loop.find("segment/element").iter("code") if name[:4] in ABOVE else ():
            segments = [*([each, "1"] for each in ABOVE[name[:4]]), ["NM1", code.text], ["REF", "X"]]
            assert loops(Transaction(kind, "1", "", 1, segments))[-2:] == [name, name]
            found += 1
    assert found > 15


@pytest.mark.parametrize(
    ("good", "bad", "loop"),
    [
        (b"DTP*472*D8*20260203~", b"DTP*472*D8*20261303~", "2400"),
        (b"CLM*PCN1*75*", b"CLM*PCN1*7x*", "2300"),
        (b"N4*SPRINGFIELD*IL*627010001~\nREF", b"N4*SPRINGFIELD*IL*627010001~\nZZZ*1~\nREF", "2010AA"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_with_its_loop(good, bad, loop):
    data = (FILES / "837p-void.x12").read_bytes()
    assert good in data
    assert loop in {each.loop for each in check(data.replace(good, bad, 1), name="void").findings}


def test_no_finding_of_the_seeded_defects_tells_a_name_or_a_number_of_the_patient():
    data = (FILES / "837p-void.x12").read_bytes()
    for at in range(data.index(b"BHT"), len(data), 7):
        for found in check(data[:at] + b"#" + data[at + 2 :], name="x").findings:
            assert not {"TESTER", "M100", "19800506", "100 MAIN"} & set(found.message.split())


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"GE*1*1~", b"GE*4*1~"),
        (b"GE*1*1~", b"GE*1*7~"),
        (b"IEA*1*000000001~", b""),
        (b"SE*26", b"ZZZ*1~\nSE*26"),
        (b"CLM*PCN1*75*", b"CLM*PCN1*7x*"),
        (b"HI*ABK:J209~", b"HI*ABK:J209~\n1a*X~"),
        (b"IEA*1*000000001~", b"IEA*1*000000001~\nWHAT IS THIS"),
        (b"HI*ABK:J209~", b""),
    ],
)
def test_every_finding_says_its_type_its_severity_and_what_to_do(good, bad):
    data = (FILES / "837p-void.x12").read_bytes()
    assert good in data
    findings = check(data.replace(good, bad, 1), name="void").findings
    assert findings
    for found in findings:
        assert found.snip
        assert found.severity
        assert found.segment
        assert found.tip.endswith(".")
        assert found.message.endswith(".")


def test_a_payment_that_does_not_balance_is_told_at_its_own_segment():
    data = (FILES / "835-recoupment.x12").read_bytes().replace(b"BPR*I*40*", b"BPR*I*41*")
    (found,) = check(data, name="p").findings
    assert (found.code, found.segment, found.element) == ("x12_835_payment_balance", 4, "BPR02")


def test_a_file_that_breaks_off_into_something_else_says_where():
    data = (FILES / "837p-void.x12").read_bytes()
    result = check(data + b"ISA*00*", name="torn")
    found = result.findings[-1]
    assert not result.readable
    assert (found.code, found.segment) == ("x12_unreadable", 31)
    assert all(each.tip for each in result.findings)
