"""Claim forms: which value stands in which box, and that the PDF says so at that place."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader, PdfWriter
from sandbox_practice import Bill, Service, batch

from claims.documents import cms1500, ub04
from claims.documents.forms import Page, TooLong, form
from claims.documents.printing import render
from claims.errors import BadSettings
from claims.x12.claim837 import (
    Billing,
    Claim837,
    Coverage,
    Drug,
    HealthCode,
    Note,
    OtherPayer,
    Patient,
    PatientInfo,
    ServiceLine,
    Subscriber,
)
from claims.x12.claim837_read import read_837
from claims.x12.envelope import read_file
from claims.x12.parts import Address, Amount, Contact, Party, Period, Procedure, Reference

DAY = date(2026, 2, 27)
SIGNED = date(2026, 3, 2)
HOME = Address("2 OAK ST", "", "SPRINGFIELD", "IL", "62701")
JANE = Party("IL", "DOE", "JANE", "Q", kind="1", id="PAY1001", address=HOME, birth_date=DAY, gender="F")
CLINIC = Party(
    "85",
    "SYNTHETIC CLINIC",
    id="1234567893",
    address=Address("1 MAIN ST", "SUITE 2", "SPRINGFIELD", "IL", "62701"),
    references=(Reference("EI", "123456789"),),
    contacts=(Contact("IC", "BILLING", (("TE", "6145550100"),)),),
)
DOCTOR = Party("82", "ADLER", "RUTH", kind="1", id="1999999984")
PAYER = Party(
    "PR", "SANDBOX COMMERCIAL", id="SBXCO", address=Address("9 MAIL ST", "", "DAYTON", "OH", "45401")
)


def office_visit(lines: int = 1, **fields) -> Claim837:
    service = ServiceLine(
        1,
        Decimal("120.50"),
        Procedure("99213", ("25", "95")),
        quantity=Decimal(1),
        pointers=("1", "2"),
        dates=(Period("472", DAY),),
    )
    known = {
        "billing": Billing(CLINIC),
        "subscriber": Subscriber(Coverage("P", "18", "GRP77", filing_indicator="CI"), JANE),
        "payer": PAYER,
        "pcn": "VISIT1",
        "charge": Decimal("120.50") * lines,
        "place_of_service": "11",
        "codes": (HealthCode("ABK", "J069"), HealthCode("ABF", "R05")),
        "providers": (DOCTOR,),
        "lines": tuple(replace(service, number=n) for n in range(1, lines + 1)),
    }
    return Claim837(**{**known, **fields})


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


def stay(lines: int = 1, **fields) -> Claim837:
    service = ServiceLine(
        1,
        Decimal("900"),
        Procedure("71046"),
        quantity=Decimal(1),
        revenue_code="0320",
        dates=(Period("472", DAY),),
    )
    known = {
        "place_of_service": "11",
        "institutional": True,
        "admission_type": "1",
        "admission_source": "1",
        "patient_status": "01",
        "charge": Decimal(900) * lines,
        "dates": (Period("434", DAY, DAY), Period("435", DAY, time="1330"), Period("096", time="0900")),
        "codes": (
            HealthCode("ABK", "J189", poa="Y"),
            HealthCode("ABF", "I10", poa="N"),
            HealthCode("ABJ", "R05"),
            HealthCode("BBR", "0BJ08ZZ", start=DAY),
            HealthCode("BH", "11", start=DAY),
            HealthCode("BI", "74", start=DAY, end=DAY),
            HealthCode("BE", "80", amount=Decimal("3")),
            HealthCode("BG", "09"),
        ),
        "providers": (replace(DOCTOR, entity="71"),),
        "lines": tuple(replace(service, number=n) for n in range(1, lines + 1)),
    }
    return replace(office_visit(), **{**known, **fields})


STAY = {
    "1.1": "SYNTHETIC CLINIC",
    "1.4": "6145550100",
    "3a": "VISIT1",
    "4": "0111",
    "5": "123456789",
    "6.from": "022726",
    "6.through": "022726",
    "8b": "DOE, JANE, Q",
    "10": "02272026",
    "11": "F",
    "12": "022726",
    "13": "13",
    "14": "1",
    "16": "09",
    "17": "01",
    "18": "09",
    "31a.code": "11",
    "31a.date": "022726",
    "35a.through": "022726",
    "39a.code": "80",
    "39a.amount": "     3 00",
    "50A": "SANDBOX COMMERCIAL",
    "51A": "SBXCO",
    "56": "1234567893",
    "59A": "18",
    "60A": "PAY1001",
    "62A": "GRP77",
    "66": "0",
    "67": "J189",
    "67.poa": "Y",
    "67A": "I10",
    "67A.poa": "N",
    "69": "R05",
    "74.code": "0BJ08ZZ",
    "74.date": "022726",
    "76.npi": "1999999984",
    "76.last": "ADLER",
    "row.1.42": "0320",
    "row.1.44": "71046",
    "row.1.47": "   900 00",
    "total.revenue": "0001",
    "total.charge": "   900 00",
    "page": "1",
    "created": "030226",
}


def test_a_stay_fills_its_locators():
    (page,) = ub04.pages(stay(), date(2026, 3, 2))
    assert {box: page.get(box) for box in STAY} == STAY


def test_the_first_payer_of_a_secondary_claim_stands_on_line_a():
    first = OtherPayer(
        Coverage("P", "18", "G2"),
        replace(PAYER, last="FIRST PLAN"),
        JANE,
        amounts=(Amount("D", Decimal(40)),),
    )
    mine = Subscriber(Coverage("S", "18", "GRP77"), JANE)
    (page,) = ub04.pages(stay(other_payers=(first,), subscriber=mine), None)
    assert (page["50A"], page["54A"].strip(), page["50B"]) == ("FIRST PLAN", "40 00", "SANDBOX COMMERCIAL")


def test_more_than_22_lines_take_several_pages_with_the_total_on_the_last():
    first, last = ub04.pages(stay(lines=23), None)
    assert "total.charge" not in first
    assert (last["total.charge"].strip(), last["page"], last["pages"]) == ("20700 00", "2", "2")


@pytest.mark.parametrize("name", ["cms1500", "ub04"])
def test_no_two_boxes_of_a_form_share_a_place_and_all_lie_on_the_sheet(name):
    places = sorted((box.y, box.x, box.x + box.width * 7.2, key) for key, box in form(name).boxes.items())
    for (y, _, end, this), (next_y, start, _, other) in pairwise(places):
        # Less than the space inside a letter may be shared.
        assert y != next_y or end <= start + 1.5, f"{this} runs into {other}"
    assert all(x >= 0 and end <= 612 and 0 < y < 792 for y, x, end, _ in places)


def printed(pdf: bytes) -> list[dict[str, tuple[float, float]]]:
    """Each text of each page, and where it stands: points from the left and the lower edge."""
    found: list[dict[str, tuple[float, float]]] = []
    for page in PdfReader(BytesIO(pdf)).pages:
        texts: dict[str, tuple[float, float]] = {}

        def visit(text, _cm, tm, _font, _size, into=texts):
            if text.strip():
                into.setdefault(text.strip(), (round(tm[4], 1), round(tm[5], 1)))

        page.extract_text(visitor_text=visit)
        found.append(texts)
    return found


def test_the_pdf_has_each_value_at_the_place_of_its_box():
    cms = form("cms1500")
    (texts,) = printed(render(cms, [one(office_visit())]))
    for box, value in (("1a", "PAY1001"), ("26", "VISIT1"), ("row.1.D", "99213")):
        assert texts[value] == (round(cms.boxes[box].x, 1), round(792 - cms.boxes[box].y, 1))
    (moved,) = printed(render(cms, [one(office_visit())], offset=(3, -2)))
    assert moved["VISIT1"] == pytest.approx((texts["VISIT1"][0] + 3, texts["VISIT1"][1] - 2), abs=0.11)
    assert len(printed(render(cms, cms1500.pages(office_visit(lines=7), SIGNED)))) == 2


def test_the_values_are_merged_onto_the_operators_blank():
    blank = BytesIO()
    paper = PdfWriter()
    paper.add_blank_page(612, 792)
    paper.write(blank)
    cms = form("cms1500")
    (texts,) = printed(render(cms, [one(office_visit())], blank=blank.getvalue()))
    assert "VISIT1" in texts
    with pytest.raises(BadSettings, match="no PDF"):
        render(cms, [{}], blank=b"a picture")
