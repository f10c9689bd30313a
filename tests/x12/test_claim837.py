from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.x12.claim837 import Claim837, Coverage, Drug, LineAdjudication, OtherPayer, Patient, PatientInfo
from claims.x12.claim837_balance import balance_837
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.envelope import read_file
from claims.x12.parts import (
    Adjustment,
    Amount,
    Attachment,
    Extra,
    HealthCode,
    Note,
    Party,
    Period,
    Procedure,
    Reference,
)


@pytest.fixture
def round_trip(header837, reread):
    return lambda *claims: read_837(reread(write_837(header837, claims)))


def ids(outgoing):
    return [text.split("\x1d")[0] for text in outgoing.lines]


def dependent(person, last="YOUNG"):
    child = replace(person, entity="QC", last=last, id="", id_qualifier="")
    return Patient(PatientInfo("19"), child)


def test_a_claim_written_is_the_claim_read(round_trip, claim):
    assert round_trip(claim()) == [claim()]


def test_the_header_comes_back(header837, claim, reread):
    assert read_header_837(reread(write_837(header837, [claim()]))) == header837


def test_claims_share_the_levels_above_them_and_hl_counts_without_gaps(header837, claim):
    me, other = claim(), claim().subscriber
    other = replace(other, person=replace(other.person, id="M200"), coverage=Coverage("P"))
    child = dependent(other.person)
    claims = [
        me,
        claim(pcn="PCN2"),
        claim(pcn="PCN3", subscriber=other, patient=child),
        claim(pcn="PCN4", subscriber=other, patient=dependent(other.person, "YOUNGER")),
    ]
    lines = [text.replace("\x1d", "*") for text in write_837(header837, claims).lines]
    assert [text for text in lines if text.startswith("HL")] == [
        "HL*1**20*1",
        "HL*2*1*22*0",
        "HL*3*1*22*1",
        "HL*4*3*23*0",
        "HL*5*3*23*0",
    ]


@pytest.mark.parametrize("own_first", [True, False])
def test_a_subscribers_own_claim_never_stands_below_a_dependents_level(
    own_first, header837, claim, round_trip
):
    child = dependent(claim().subscriber.person)
    claims = [claim(pcn="OWN"), claim(pcn="CHILD", patient=child)]
    read = round_trip(*(claims if own_first else reversed(claims)))
    assert {each.pcn: each.patient for each in read} == {"OWN": None, "CHILD": child}


def test_a_patient_level_holds_no_more_than_100_claims(header837, claim, round_trip):
    child = dependent(claim().subscriber.person)
    subscriber = replace(claim().subscriber, coverage=Coverage("P"))
    claims = [claim(pcn=f"P{i}", subscriber=subscriber, patient=child) for i in range(150)]
    assert sum("\x1d23\x1d" in text for text in write_837(header837, claims).lines) == 2
    assert round_trip(*claims) == claims


def test_a_void_names_the_payers_number_and_keeps_its_frequency(round_trip, claim):
    void = claim(frequency="8", references=(Reference("F8", "ICN77"),))
    (read,) = round_trip(void)
    assert (read.frequency, read.reference("F8")) == ("8", "ICN77")
    assert balance_837([read]) == []
    assert [each.code for each in balance_837([claim(frequency="8")])] == ["x12_837_no_original"]


def test_segments_stand_in_the_order_of_the_guide(header837, claim, line):
    full = claim(
        dates=(Period("431", date(2026, 1, 2)),),
        attachments=(Attachment("OZ", "EL", "ATT1"),),
        amounts=(Amount("F5", Decimal("5.00")),),
        references=(Reference("G1", "AUTH1"),),
        notes=(Note("ADD", "NOTE"),),
        providers=(Party("82", "DOCTOR", "DANA", kind="1", id_qualifier="XX", id="1999996666"),),
        other_payers=(secondary(),),
        lines=(line(drug=Drug("00004196501", Decimal(7), "UN"), adjudications=(decided(),)),),
    )
    written = ids(write_837(header837, [full]))
    claim_part = "CLM DTP PWK AMT REF NTE HI NM1 SBR CAS AMT OI NM1 NM1 LX SV1 DTP REF LIN CTP SVD CAS DTP"
    assert " ".join(written[written.index("CLM") :]) == claim_part


def secondary():
    return OtherPayer(
        Coverage("S", "18", filing_indicator="CI"),
        Party("PR", "OTHER PLAN", id_qualifier="PI", id="OP1"),
        Party("IL", "TESTER", "ANN", kind="1", id_qualifier="MI", id="OPM1"),
        (Adjustment("PR", "1", Decimal("10.00")),),
        (Amount("D", Decimal("40.00")),),
        "Y",
        "P",
        "Y",
    )


def decided():
    return LineAdjudication(
        "OP1",
        Decimal("50.00"),
        Procedure("99213"),
        quantity=Decimal(1),
        adjustments=(Adjustment("CO", "45", Decimal("25.00")),),
        dates=(Period("573", date(2026, 2, 10)),),
    )


def test_what_other_payers_decided_must_add_up(claim, line):
    right = claim(other_payers=(secondary(),), lines=(line(adjudications=(decided(),)),))
    assert balance_837([right]) == []
    wrong_line = replace(decided(), paid=Decimal("49.00"))
    wrong = claim(other_payers=(secondary(),), lines=(line(adjudications=(wrong_line,)),))
    assert [each.code for each in balance_837([wrong])] == ["x12_837_cob_line", "x12_837_cob_claim"]


def test_a_claim_that_is_not_the_sum_of_its_lines_is_a_finding_at_its_place(round_trip, claim):
    (read,) = round_trip(claim(charge=Decimal("80.00")))
    (finding,) = balance_837([read])
    assert (finding.code, finding.claim, finding.segment) == ("x12_837_charge", "PCN1", read.segment)


def test_a_pointer_to_a_diagnosis_that_is_not_there_is_a_finding(claim, line):
    assert [each.code for each in balance_837([claim(lines=(line(pointers=("1", "2")),))])] == [
        "x12_837_pointer"
    ]


def test_an_institutional_claim_written_is_the_claim_read(round_trip, claim, line):
    hospital = claim(
        institutional=True,
        facility_qualifier="A",
        signature="",
        admission_type="1",
        admission_source="1",
        patient_status="01",
        dates=(
            Period("434", date(2026, 2, 1), date(2026, 2, 3)),
            Period("435", date(2026, 2, 1), time="0800"),
        ),
        codes=(
            HealthCode("ABK", "J189", poa="Y"),
            HealthCode("ABF", "I10", poa="N"),
            HealthCode("BBR", "0BH17EZ", date(2026, 2, 1)),
            HealthCode("BE", "80", amount=Decimal("3")),
            HealthCode("BI", "71", date(2026, 1, 1), date(2026, 1, 4)),
        ),
        lines=(line(revenue_code="0450", pointers=()),),
    )
    assert round_trip(hospital) == [hospital]


def test_what_the_model_has_no_field_for_is_kept_where_it_stood(header837, claim, reread):
    local = Extra("REF", ("K3", "ONE"))
    odd = claim(references=(Reference("G1", "AUTH1"),), extra=(local, Extra("K3", ("K3", "TWO"))))
    transaction = reread(write_837(header837, [odd]))
    order = [each[0] for each in transaction.segments]
    at = order.index("CLM")
    assert order[at : at + 5] == ["CLM", "REF", "K3", "K3", "HI"]
    assert read_837(transaction) == [odd]


def test_one_unreadable_claim_does_not_stop_the_others(header837, claim, wrap):
    data = wrap(write_837(header837, [claim(), claim(pcn="BAD", charge=Decimal("99")), claim(pcn="PCN3")]))
    found: list = []
    transaction = read_file(data.replace(b"CLM*BAD*99*", b"CLM*BAD*9,9*")).transactions[0]
    assert [each.pcn for each in read_837(transaction, found)] == ["PCN1", "PCN3"]
    assert [(each.code, each.claim, each.element) for each in found] == [("x12_bad_value", "BAD", "CLM")]


# Free text as claims hold it: printable, not beginning or ending in a blank, none of the delimiters.
WORD = st.text(
    st.characters(min_codepoint=33, max_codepoint=125, exclude_characters="*:^~"), min_size=1, max_size=10
)
MONEY = st.decimals(0, 99999, places=2)
DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))
PERIOD = st.one_of(
    st.builds(Period, WORD, DAY),
    st.builds(Period, WORD, DAY, DAY),
    st.builds(Period, WORD, DAY, st.none(), st.just("0930")),
    st.builds(Period, WORD, st.none(), st.none(), st.just("1130")),
)


def several(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


ADJUSTMENTS = st.lists(st.builds(Adjustment, WORD, WORD, MONEY, st.none() | MONEY), max_size=9).map(tuple)
PROCEDURE = st.builds(Procedure, WORD, several(WORD), WORD, st.just("") | WORD)
NAMED = st.builds(
    Party, WORD, WORD, WORD, references=several(st.builds(Reference, WORD, WORD)), dates=several(PERIOD)
)
DECISION = st.builds(LineAdjudication, WORD, MONEY, PROCEDURE, adjustments=ADJUSTMENTS, dates=several(PERIOD))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_claim_written_is_the_claim_read(data, header837, claim, line, reread):
    draw = data.draw
    lines = [
        line(
            number,
            charge=draw(MONEY),
            procedure=draw(PROCEDURE),
            dates=draw(several(PERIOD)),
            references=draw(several(st.builds(Reference, WORD, WORD))),
            drug=draw(st.none() | st.builds(Drug, WORD, MONEY, WORD)),
            providers=draw(several(NAMED)),
            adjudications=draw(several(DECISION)),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    written: Claim837 = claim(
        pcn=draw(WORD),
        charge=draw(MONEY),
        codes=draw(several(st.builds(HealthCode, st.sampled_from(["ABK", "ABF", "BG"]), WORD))),
        dates=draw(several(PERIOD)),
        notes=draw(several(st.builds(Note, WORD, WORD))),
        providers=draw(several(NAMED)),
        other_payers=draw(several(st.builds(OtherPayer, st.builds(Coverage, WORD), adjustments=ADJUSTMENTS))),
        lines=tuple(lines),
    )
    (read,) = read_837(reread(write_837(header837, [written])))
    assert read == written
