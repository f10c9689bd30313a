"""The UB-04: which value stands in which locator."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from claim_forms import JANE, PAYER, stay

from claims.documents import ub04
from claims.x12.claim837 import (
    Coverage,
    OtherPayer,
    Subscriber,
)
from claims.x12.parts import Amount

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
