"""Situations in which a claim must say more; a complete claim gets no remark."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from claims.findings import Severity
from claims.x12.claim837 import Coverage, Drug, LineAdjudication, OtherPayer, Patient, PatientInfo
from claims.x12.claim837_situations import judge_situations
from claims.x12.parts import Adjustment, Amount, Attachment, Party, Period, Procedure, Reference

OTHER = OtherPayer(
    Coverage("S", "18", filing_indicator="CI"),
    Party("PR", "OTHER PLAN", id_qualifier="PI", id="OP1"),
    adjustments=(Adjustment("PR", "1", Decimal("10.00")),),
    amounts=(Amount("D", Decimal("40.00")),),
)
DECIDED = LineAdjudication("OP1", Decimal("75.00"), Procedure("99213"))
ACCIDENT = Period("439", date(2026, 2, 1))


def subscriber_with(claim, **changes):
    return replace(claim().subscriber, **changes)


def test_a_complete_claim_gets_no_remark(claim, line):
    full = claim(
        related_causes=("AA",),
        accident_state="IL",
        dates=(ACCIDENT,),
        attachments=(Attachment("OZ", "EL", "ATT1"), Attachment("B4", "AA")),
        other_payers=(OTHER,),
        lines=(line(adjudications=(DECIDED,), drug=Drug("00004196501", Decimal(7), "UN")), line(2)),
    )
    assert judge_situations([claim(), full]) == []


SITUATIONS = {
    "the patient has no birth date": ("x12_837_patient", "DMG02"),
    "the patient has no address": ("x12_837_patient", "N3"),
    "nobody is the patient": ("x12_837_no_patient", "SBR02"),
    "two are the patient": ("x12_837_two_patients", "SBR02"),
    "the accident has no day": ("x12_837_accident", "DTP*439"),
    "the accident has no state": ("x12_837_accident", "CLM11-4"),
    "a report has no number": ("x12_837_attachment", "PWK06"),
    "a first claim has an original": ("x12_837_original", "REF*F8"),
    "two lines have one number": ("x12_837_line_number", "REF*6R"),
    "a drug has no quantity": ("x12_837_drug", "CTP04"),
    "a line has no diagnosis": ("x12_837_pointer", "SV107"),
    "a period is backwards": ("x12_837_period", "DTP03"),
    "two payers are first": ("x12_837_sequence", "SBR01"),
    "an unknown payer decided": ("x12_837_cob_payer", "SVD01"),
    "what was paid is not told": ("x12_837_cob_paid", "AMT*D"),
}
NOTED = ("the accident has no state", "a first claim has an original", "what was paid is not told")


@pytest.fixture
def odd(claim, line):
    """A claim in each of the situations."""
    person = claim().subscriber.person
    child = Patient(PatientInfo("19"), replace(person, entity="QC", id="", id_qualifier=""))
    elsewhere = Coverage("P", "", filing_indicator="CI")
    backwards = Period("472", date(2026, 2, 3), date(2026, 2, 1))
    return {
        "the patient has no birth date": claim(
            subscriber=subscriber_with(claim, person=replace(person, birth_date=None))
        ),
        "the patient has no address": claim(
            subscriber=subscriber_with(claim, person=replace(person, address=None))
        ),
        "nobody is the patient": claim(subscriber=subscriber_with(claim, coverage=elsewhere)),
        "two are the patient": claim(patient=child),
        "the accident has no day": claim(related_causes=("OA",)),
        "the accident has no state": claim(related_causes=("AA",), dates=(ACCIDENT,)),
        "a report has no number": claim(attachments=(Attachment("OZ", "EL"),)),
        "a first claim has an original": claim(references=(Reference("F8", "ICN1"),)),
        "two lines have one number": claim(lines=(line(), line(2, references=(Reference("6R", "L1"),)))),
        "a drug has no quantity": claim(lines=(line(drug=Drug("00004196501")),)),
        "a line has no diagnosis": claim(lines=(line(pointers=()),)),
        "a period is backwards": claim(lines=(line(dates=(backwards,)),)),
        "two payers are first": claim(other_payers=(replace(OTHER, coverage=Coverage("P", "18")),)),
        "an unknown payer decided": claim(
            other_payers=(OTHER,), lines=(line(adjudications=(replace(DECIDED, payer_id="ZZ9"),)),)
        ),
        "what was paid is not told": claim(other_payers=(replace(OTHER, amounts=()),)),
    }


@pytest.mark.parametrize(("situation", "says"), SITUATIONS.items())
def test_each_situation_is_told_by_itself(situation, says, odd):
    (found,) = judge_situations([odd[situation]])
    assert (found.code, found.element) == says
    assert (found.snip, found.claim) == (4, "PCN1")
    assert found.severity is (Severity.WARNING if situation in NOTED else Severity.ERROR)


def test_a_diagnosis_that_stands_twice_is_noted(claim):
    (found,) = judge_situations([claim(codes=claim().codes * 2)])
    assert (found.code, found.severity) == ("x12_837_diagnosis_twice", Severity.WARNING)
