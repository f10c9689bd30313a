"""The CMS-1500: which value stands in which box."""

from dataclasses import replace
from decimal import Decimal

import pytest
from claim_forms import CLINIC, DAY, DOCTOR, JANE, PAYER, SIGNED, office_visit
from sandbox_practice import Bill, Service, batch

from claims.documents import cms1500
from claims.documents.forms import Page, TooLong
from claims.x12.claim837 import Claim837, Coverage, Drug, OtherPayer, Patient, PatientInfo, Subscriber
from claims.x12.claim837_read import read_837
from claims.x12.envelope import read_file
from claims.x12.parts import Amount, Note, Period, Reference


def one(claim: Claim837) -> Page:
    (page,) = cms1500.pages(claim, SIGNED)
    return page


SIMPLE = {
    "carrier.1": "SANDBOX COMMERCIAL",
    "carrier.3": "DAYTON OH 45401",
    "1.group": "X",
    "1a": "PAY1001",
    "2": "DOE, JANE, Q",
    "3.month": "02",
    "3.day": "27",
    "3.year": "2026",
    "3.F": "X",
    "5.street": "2 OAK ST",
    "5.zip": "62701",
    "6.self": "X",
    "10a.no": "X",
    "10c.no": "X",
    "11": "GRP77",
    "11d.no": "X",
    "12": "SIGNATURE ON FILE",
    "20.no": "X",
    "21.version": "0",
    "21.A": "J069",
    "21.B": "R05",
    "25": "123456789",
    "25.ein": "X",
    "26": "VISIT1",
    "27.yes": "X",
    "28": "    120 50",
    "31": "RUTH ADLER",
    "31.date": "03 02 26",
    "33.area": "614",
    "33.phone": "5550100",
    "33.2": "1 MAIN ST SUITE 2",
    "33a": "1234567893",
    "row.1.from.month": "02",
    "row.1.to.year": "26",
    "row.1.B": "11",
    "row.1.D": "99213",
    "row.1.D.1": "25",
    "row.1.D.2": "95",
    "row.1.E": "AB",
    "row.1.F": "   120 50",
    "row.1.G": "  1",
    "row.1.J": "1999999984",
}


def test_a_plain_visit_fills_its_boxes_and_no_others():
    page = one(office_visit())
    assert {box: page.get(box) for box in SIMPLE} == SIMPLE
    assert not {"9", "14.month", "17", "22.code", "23", "29", "32.1", "page", "row.2.D"} & set(page)


CASES = {
    "a dependent's relation": (
        {"patient": Patient(PatientInfo("19"), replace(JANE, first="KIM"))},
        {"2": "DOE, KIM, Q", "4": "DOE, JANE, Q", "6.child": "X"},
    ),
    "an automobile accident": (
        {"related_causes": ("AA",), "accident_state": "OH", "dates": (Period("439", DAY),)},
        {"10b.yes": "X", "10b.state": "OH", "10a.no": "X", "15.qualifier": "439", "15.day": "27"},
    ),
    "a stay and time off work": (
        {"dates": (Period("435", DAY), Period("096", DAY), Period("314", DAY, DAY), Period("431", DAY))},
        {"18.from.month": "02", "18.to.day": "27", "16.to.year": "26", "14.qualifier": "431"},
    ),
    "a referring physician": (
        {"providers": (replace(DOCTOR, entity="DN"),)},
        {"17.qualifier": "DN", "17": "RUTH ADLER", "17b": "1999999984", "row.1.J": "1234567893"},
    ),
    "a replacement with an authorization": (
        {"frequency": "7", "references": (Reference("F8", "ICN1"), Reference("G1", "AUTH9"))},
        {"22.code": "7", "22.reference": "ICN1", "23": "AUTH9"},
    ),
    "Medicare first": (
        {"subscriber": Subscriber(Coverage("P", "18", filing_indicator="MB"), JANE)},
        {"1.medicare": "X", "11": "NONE"},
    ),
    "another payer that has paid": (
        {
            "other_payers": (
                OtherPayer(
                    Coverage("P", "18", "G2", "FIRST PLAN"),
                    PAYER,
                    JANE,
                    amounts=(Amount("D", Decimal("40")),),
                ),
            )
        },
        {"9": "DOE, JANE, Q", "9a": "G2", "9d": "FIRST PLAN", "11d.yes": "X", "29": "    40 00"},
    ),
    "where it was done, and a note": (
        {"providers": (replace(CLINIC, entity="77"),), "notes": (Note("ADD", "see records"),)},
        {"32.1": "SYNTHETIC CLINIC", "32a": "1234567893", "19": "SEE RECORDS"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_claim_says_beyond_a_plain_visit_has_its_boxes(case):
    fields, expected = CASES[case]
    page = one(office_visit(**fields))
    assert {box: page.get(box) for box in expected} == expected


def test_a_drug_stands_in_the_shaded_line():
    claim = office_visit()
    line = replace(claim.lines[0], drug=Drug("00011122233", Decimal("2"), "UN"))
    assert one(replace(claim, lines=(line,)))["row.1.shaded"] == "N400011122233 UN2"


def test_more_than_six_lines_take_several_pages_and_the_total_stands_on_the_last():
    first, second, last = cms1500.pages(office_visit(lines=14), SIGNED)
    assert [page["28"].strip() for page in (first, second, last)] == ["CONTINUED", "CONTINUED", "1687 00"]
    assert [page["page"] for page in (first, last)] == ["PAGE 1 OF 3", "PAGE 3 OF 3"]
    assert "row.6.D" in second
    assert "row.2.D" in last
    assert "row.3.D" not in last
    assert first["2"] == last["2"]


def test_names_are_shortened_and_numbers_never():
    long = replace(JANE, last="A" * 40, id="M" * 29)
    claim = office_visit(subscriber=Subscriber(Coverage("P", "18"), long))
    assert one(claim)["2"] == "A" * 28
    with pytest.raises(TooLong, match="Box 1a holds 29 characters, the claim has 30") as refused:
        one(office_visit(subscriber=Subscriber(Coverage("P", "18"), replace(long, id="M" * 30))))
    assert "MMM" not in refused.value.message


def test_an_837_file_becomes_a_form():
    (transaction,) = read_file(batch(1, Bill(lines=(Service("99213", "150.00"),)))).transactions
    page = one(read_837(transaction)[0])
    assert (page["26"], page["1a"], page["28"].strip()) == ("VISIT1", "PAY1001", "150 00")
