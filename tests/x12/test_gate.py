import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from multiprocessing import get_context

import pytest

from claims.findings import Severity
from claims.x12.ack277ca_io import write_277ca
from claims.x12.ack999 import Ack999, SetAck
from claims.x12.ack999_io import read_999, write_999
from claims.x12.acknowledge import acknowledge
from claims.x12.claim837 import Coverage, LineAdjudication, OtherPayer, Patient, PatientInfo
from claims.x12.claim837_write import write_837
from claims.x12.eligibility import Header27x, Inquiry270
from claims.x12.eligibility_write import write_270
from claims.x12.envelope import read_file
from claims.x12.gate import gate
from claims.x12.parts import Adjustment, Amount, Attachment, HealthCode, Party, Period, Procedure, Reference
from claims.x12.remit835_write import write_835
from claims.x12.syntax import X12Error
from claims.x12.ta1 import read_ta1

LATER = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 (an envelope has no zone)


@pytest.fixture
def professional(header837, claim, line, wrap):
    """A batch with a subscriber's claim, a dependent's claim and a secondary claim."""
    person = claim().subscriber.person
    child = replace(person, entity="QC", first="KIM", id="", id_qualifier="")
    paid = LineAdjudication(
        "OP1",
        Decimal("50.00"),
        Procedure("99213"),
        quantity=Decimal(1),
        adjustments=(Adjustment("CO", "45", Decimal("25.00")),),
        dates=(Period("573", date(2026, 2, 10)),),
    )
    other = OtherPayer(
        Coverage("P", "18", filing_indicator="MB"),
        Party("PR", "OTHER PLAN", id_qualifier="PI", id="OP1"),
        Party("IL", "TESTER", "ANN", kind="1", id_qualifier="MI", id="OPM1"),
        amounts=(Amount("D", Decimal("50.00")),),
        benefits_assigned="Y",
        release="Y",
    )
    second = replace(claim().subscriber, coverage=Coverage("S", "18", filing_indicator="CI"))
    third = replace(claim().subscriber, coverage=Coverage("P", filing_indicator="CI"))
    claims = [
        claim(
            references=(Reference("G1", "AUTH1"),),
            providers=(Party("82", "DOCTOR", "DANA", kind="1", id_qualifier="XX", id="1999996666"),),
        ),
        claim(pcn="PCN2", subscriber=second, other_payers=(other,), lines=(line(adjudications=(paid,)),)),
        claim(pcn="PCN3", subscriber=third, patient=Patient(PatientInfo("19"), child)),
    ]
    return wrap(write_837(header837, claims))


def test_the_professional_claims_that_we_write_pass_the_gate(professional):
    assert gate(professional) == []


def test_the_institutional_claims_that_we_write_pass_the_gate(header837, claim, line, wrap):
    hospital = claim(
        institutional=True,
        facility_qualifier="A",
        signature="",
        admission_type="1",
        admission_source="1",
        patient_status="01",
        dates=(Period("434", date(2026, 2, 1), date(2026, 2, 3)),),
        codes=(HealthCode("ABK", "J189", poa="Y"), HealthCode("ABF", "I10", poa="N")),
        providers=(Party("71", "DOCTOR", "DANA", kind="1", id_qualifier="XX", id="1999996666"),),
        lines=(line(revenue_code="0450", pointers=()),),
    )
    assert gate(wrap(write_837(header837, [hospital]))) == []


def test_the_remittances_and_acknowledgements_that_we_write_pass_the_gate(
    remittance, ack277ca, status, header837, wrap, professional
):
    assert gate(wrap(write_835(remittance()))) == []
    header = Header27x("ACK1", header837.created)
    assert gate(wrap(write_277ca(header, [ack277ca(("PCN1", status("A2")))]))) == []
    assert gate(acknowledge(professional, created=LATER, isa13=5)) == []


def test_the_gate_says_which_claim_and_segment_without_a_word_of_their_data(professional, caplog):
    caplog.set_level(logging.DEBUG)
    bad = professional.replace(b"DTP*472*D8*20260203~", b"DTP*472*D8*2026ABCD~", 1)
    (finding,) = gate(bad)
    assert (finding.code, finding.claim, finding.element) == ("x12_gate", "PCN1", "DTP03")
    assert bad.split(b"~")[finding.segment - 1].endswith(b"2026ABCD")
    assert "ABCD" not in finding.message + caplog.text


def test_a_fault_above_the_claims_names_no_claim(professional):
    bad = professional.replace(b"NM1*85*2*", b"NM1*85*9*", 1)
    assert [(each.claim, each.element) for each in gate(bad)] == [(None, "NM102")]


def test_a_known_false_rejection_is_not_reported(header837, claim, line, wrap):
    certificate = line(attachments=(Attachment("CT", "AD"),))
    assert gate(wrap(write_837(header837, [claim(lines=(certificate,))]))) == []


def test_a_guide_without_a_map_is_noted_and_not_judged(header837, claim, wrap):
    provider = Party("1P", "CLINIC", id_qualifier="XX", id="1245319599")
    asked = Inquiry270(claim().payer, provider, claim().subscriber.person)
    (finding,) = gate(wrap(write_270(Header27x("Q1", header837.created), [asked])))
    assert (finding.code, finding.severity) == ("x12_gate_no_map", Severity.NOTE)


def test_the_gate_works_from_a_process_pool(professional):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(gate, professional).result() == []


def test_a_sound_file_is_answered_with_an_accepting_999(professional):
    file = read_file(acknowledge(professional, created=LATER, isa13=5, gs06=6))
    ack = read_999(file.transactions[0])
    assert file.findings == []
    assert (file.interchanges[0].sender, file.interchanges[0].receiver) == ("RECEIVER", "SENDER")
    assert (ack.group, ack.status, ack.included, ack.accepted) == ("1", "A", 1, 1)
    assert [(each.control_number, each.status) for each in ack.sets] == [("0001", "A")]


def test_a_group_with_one_bad_set_is_accepted_in_part(header837, claim, wrap):
    good, bad = write_837(header837, [claim()]), write_837(header837, [claim(pcn="BAD", codes=())])
    ack = read_999(read_file(acknowledge(wrap(good, bad), created=LATER, isa13=5)).transactions[0])
    assert (ack.status, ack.included, ack.accepted) == ("P", 2, 1)
    assert [each.status for each in ack.sets] == ["A", "R"]
    assert ("HI", "3") in [(each.segment, each.code) for each in ack.sets[1].errors]


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (b"IEA*1*000000001", b"IEA*1*000000009", "001"),
        (b"IEA*1*", b"IEA*2*", "021"),
        (b"IEA*1*000000001~", b"", "023"),
    ],
)
def test_a_broken_envelope_is_answered_with_a_rejecting_ta1(good, bad, code, professional):
    file = read_file(acknowledge(professional.replace(good, bad), created=LATER, isa13=5))
    (ta1,) = read_ta1(file.interchanges[0])
    assert (ta1.control_number, ta1.status, ta1.code, ta1.date) == ("000000001", "R", code, date(2026, 3, 2))
    assert file.transactions == []


def test_an_interchange_seen_before_is_answered_with_a_ta1(professional):
    file = read_file(acknowledge(professional, created=LATER, isa13=5, duplicate=True))
    assert [each.code for each in read_ta1(file.interchanges[0])] == ["025"]


def test_an_unknown_version_is_refused_for_the_whole_group(professional):
    odd = professional.replace(b"005010X222A1", b"005010X299A9")
    ack = read_999(read_file(acknowledge(odd, created=LATER, isa13=5)).transactions[0])
    assert (ack.status, ack.codes, ack.accepted) == ("R", ("2",), 0)


def test_a_file_without_an_isa_cannot_be_answered(professional):
    with pytest.raises(X12Error, match="no ISA"):
        acknowledge(professional[106:], created=LATER, isa13=5)


def test_a_999_is_written_that_pyx12_takes(wrap):
    ack = Ack999("HC", "17", "A", "005010X222A1", 1, 1, 1, sets=(SetAck("837", "0001", "A", "005010X222A1"),))
    assert gate(wrap(write_999(ack))) == []


def test_a_verdict_does_not_depend_on_what_was_judged_before(professional):
    broken = professional.replace(b"*41*", b"*4X*", 1)
    alone = gate(broken)
    assert alone
    assert gate(professional) == []
    assert gate(broken) == alone


def test_countries_that_are_younger_than_pyx12s_list_pass(header837, claim, address, wrap):
    plain = claim()
    abroad = replace(address, city="BELGRADE", state="", zip="11000", country="RS")
    person = replace(plain.subscriber.person, address=abroad)
    assert (
        gate(wrap(write_837(header837, [claim(subscriber=replace(plain.subscriber, person=person))]))) == []
    )
