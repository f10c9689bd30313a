"""276 in, 277 out: the truth about a claim at each stage of its life."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from sandbox_practice import Bill, Practice, opened
from x12sdk.io import X12ModelReader

FIRST = {
    "paid": Bill(member="PAY1", pcn="S1"),
    "denied": Bill(member="MED1", pcn="S2"),
    "deductible": Bill(member="DED1", pcn="S3"),
    "pended": Bill(member="PND1", pcn="S4"),
    "silent": Bill(member="SIL1", pcn="S5"),
    "rejected": Bill(member="REJ1", pcn="S6"),
    "medicare": Bill(member="PND1", pcn="S7", payer="SBXMC"),
}


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, list[str]]]:
    """By claim, the status on the first day, before the payment day, and after it."""
    with opened() as practice:
        practice.send(*FIRST.values())
        days = [date(2026, 3, 2), date(2026, 3, 12), date(2026, 3, 13)]
        said: dict[str, list[str]] = {name: [] for name in FIRST}
        for day in days:
            practice.wait_until(day)
            for name, bill in FIRST.items():
                said[name].append(practice.status_of(bill))
        yield said


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("paid", ["P1:20", "F0:3", "F1:65"]),
        ("denied", ["P1:20", "F0:3", "F2:585"]),
        ("deductible", ["P1:20", "F0:3", "F4:104"]),
        ("pended", ["P1:20", "P3:297", "P3:297"]),
        ("silent", ["A4:35"] * 3),
        ("rejected", ["A7:164:IL"] * 3),
        ("medicare", ["P1:20", "R4:294", "R4:294"]),
    ],
)
def test_the_status_follows_the_claim(told: dict[str, list[str]], name: str, codes: list[str]):
    assert told[name] == codes


def test_a_claim_never_heard_of_is_not_found(shared_practice: Practice):
    assert shared_practice.status_of(Bill(member="NOBODY", pcn="NEVER")) == "D0:33:IL"
    shared_practice.send(Bill(member="KNOWN1", pcn="OTHER"))
    assert shared_practice.status_of(Bill(member="KNOWN1", pcn="NEVER")) == "A4:35"
    assert shared_practice.status_of(Bill(payer="NOPE")) == "E0:153:PR"


def test_a_claim_is_found_by_number_or_by_visit(shared_practice: Practice):
    shared_practice.send(Bill(member="FIND1", pcn="FIND"))
    icn = shared_practice.entry("FIND")["icn"]
    person = "NM1*IL*1*DOE*JANE****MI*FIND1"
    by_number = shared_practice.ask_status(person, "TRN*1*A", f"REF*1K*{icn}")
    by_visit = shared_practice.ask_status(person, "TRN*1*B", "AMT*T3*190", "DTP*472*D8*20260227")
    other_day = shared_practice.ask_status(person, "TRN*1*C", "AMT*T3*190", "DTP*472*D8*20260226")
    assert ["REF", "EJ", "FIND"] in by_number
    assert ["REF", "1K", icn] in by_visit
    assert ["REF", "1K", icn] not in other_day


def test_one_question_may_be_about_many_claims(shared_practice: Practice):
    shared_practice.send(Bill(member="MANY1", pcn="MANY1"), Bill(member="MANY1", pcn="MANY2"))
    asked = [row for n in (1, 2) for row in (f"TRN*1*Q{n}", f"REF*EJ*MANY{n}")]
    answer = shared_practice.ask_status("NM1*IL*1*DOE*JANE****MI*MANY1", *asked)
    assert [row[2] for row in answer if row[0] == "TRN"] == ["Q1", "Q2"]
    assert [row[2] for row in answer if row[:2] == ["REF", "EJ"]] == ["MANY1", "MANY2"]


def test_a_paid_claim_tells_its_payment(practice: Practice):
    practice.send(Bill(member="PAY1", pcn="MONEY"))
    practice.wait_until(date(2026, 3, 13))
    (payment,) = practice.ledger()["payments"]
    person = "NM1*IL*1*DOE*JANE****MI*PAY1"
    rows = practice.ask_status(person, "TRN*1*A", "REF*EJ*MONEY")
    (stc,) = [row for row in rows if row[0] == "STC"]
    assert stc[4:] == ["190.00", "104.03", "20260311", "", "20260313", payment["trace"]]


def test_x12sdk_reads_the_answer(shared_practice: Practice):
    shared_practice.send(Bill(member="SDK1", pcn="SDK"))
    said: list[Any] = []
    shared_practice.http.event_hooks = {"response": [said.append]}
    shared_practice.status_of(Bill(member="SDK1", pcn="SDK"))
    shared_practice.http.event_hooks = {}
    (answer,) = said
    assert isinstance(answer, httpx.Response)
    with X12ModelReader(answer.text.replace("\n", "")) as reader:
        (model,) = reader.models()
    assert type(model).__name__ == "HealthCareClaimsStatusResponse"
