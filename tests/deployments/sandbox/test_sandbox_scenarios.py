"""Each script, played: what comes first, what a fix, an appeal or records make of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sandbox_practice import Bill, Practice, Service, opened

from deployments.sandbox.segments import Segment, at

ONE = (Service(),)
TWO = (Service(), Service("87880", "40.00"))
MORE = (Service(modifiers="25"), Service("87880", "40.00", modifiers="59"))


@dataclass
class Play:
    """A script's first outcome with its CARC, what is done about it, and the outcome then."""

    first: str
    carc: str
    then: str
    fix: dict[str, Any] | None = None
    ask: str = ""


# By the letters of the member id, with a figure where one script is played twice.
PLAYS = {
    "PAY1": Play("paid", "", "paid"),
    "DED1": Play("zero_paid", "", "zero_paid"),
    "PRT1": Play("partly_paid", "151", "paid", {"lines": (Service(), Service("87880", "40.00", units="2"))}),
    "AUT1": Play("denied", "197", "paid", {"authorization": "AUTH77"}),
    "AUT2": Play("denied", "197", "paid", ask="appeal"),
    "MOD1": Play("partly_paid", "4", "paid", {"lines": MORE}),
    "DXC1": Play("denied", "11", "paid", {"diagnoses": ("J020",)}),
    "INF1": Play("denied", "16", "paid", {"referring": "1234567893"}),
    "INF2": Play("denied", "16", "denied", ask="appeal"),
    "DUP1": Play("denied", "18", "paid", {"lines": (Service(modifiers="76"), Service("87880", "40.00"))}),
    "BUN1": Play("partly_paid", "97", "paid", {"lines": MORE}),
    "BUN2": Play("partly_paid", "97", "paid", ask="appeal"),
    "MED1": Play("denied", "50", "paid", ask="appeal"),
    "UPH1": Play("denied", "50", "denied", ask="appeal"),
    "LAT1": Play("denied", "29", "paid", ask="appeal"),
    "WRG1": Play("denied", "109", "denied", ask="appeal"),
    "NCV1": Play("denied", "204", "denied", ask="appeal"),
    "REC1": Play("denied", "252", "paid", ask="records"),
    "PND1": Play("", "", "paid", ask="records"),
    "PND2": Play("", "", "denied"),
    "COB1": Play("denied", "22", "denied"),
    "TRM1": Play("denied", "27", "denied", ask="appeal"),
    "SLO1": Play("", "", "paid"),
    "RCP1": Play("paid", "", "paid"),
}


@dataclass
class Played:
    first: dict[str, dict[str, Any]]
    then: dict[str, list[dict[str, Any]]]
    remitted: list[Segment]
    letters: list[dict[str, Any]]


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """All scripts at once: billed on 2 March, answered on 14 March, looked at again on 1 June."""
    with opened() as practice:
        practice.send(*(Bill(member=member, pcn=f"P-{member}", lines=TWO) for member in PLAYS))
        practice.wait_until(date(2026, 3, 14))
        first = {c["pcn"][2:]: c for c in practice.ledger()["claims"]}
        _answer(practice, first)
        practice.wait_until(date(2026, 6, 1))
        then: dict[str, list[dict[str, Any]]] = {member: [] for member in PLAYS}
        for claim in practice.ledger()["claims"]:
            then[claim["pcn"][2:]].append(claim)
        letters = [practice.http.get(f"/mailbox/{f['id']}").json() for f in practice.files("appeal")]
        rows = [r for raw in practice.contents("835") for r in _rows(raw)]
        yield Played(first, then, rows, letters)


def _rows(raw: bytes) -> list[Segment]:
    return [line.split("*") for line in raw.decode().replace("\n", "").split("~")]


def _answer(practice: Practice, first: dict[str, dict[str, Any]]) -> None:
    """Correct, appeal, or send records, as each play says."""
    corrected = []
    for member, play in PLAYS.items():
        icn = first[member]["icn"]
        if play.fix is not None:
            bill = Bill(member=member, pcn=f"P-{member}", frequency="7", icn=icn, lines=TWO)
            corrected.append(replace(bill, **play.fix))
        if play.ask:
            body = {"payer": "SBXCO", "icn": icn, "pcn": f"P-{member}", "level": 1, "reason": "x"}
            where = "/records" if play.ask == "records" else "/appeals"
            answer = practice.http.post(where, json=body, headers={"Idempotency-Key": member})
            assert answer.status_code == 202
    practice.send(*corrected)


def adjustments(played: Played, icn: str) -> list[str]:
    """The CARCs of the first CLP that carries the payer's number."""
    start = next(n for n, row in enumerate(played.remitted) if row[0] == "CLP" and row[7] == icn)
    rows = played.remitted[start + 1 :]
    end = next((n for n, row in enumerate(rows) if row[0] in ("CLP", "PLB", "SE")), len(rows))
    return [code for row in rows[:end] if row[0] == "CAS" for code in row[2::3]]


@pytest.mark.parametrize("member", PLAYS)
def test_a_script_begins_as_it_says(played: Played, member: str):
    claim, play = played.first[member], PLAYS[member]
    assert claim["outcome"] == play.first
    if play.carc:
        assert play.carc in adjustments(played, claim["icn"])


@pytest.mark.parametrize("member", PLAYS)
def test_a_script_ends_as_it_says(played: Played, member: str):
    last = played.then[member][-1]
    assert last["outcome"] == PLAYS[member].then
    if last["outcome"] == "paid":
        assert float(last["paid"]) > 0


def test_a_replaced_claim_is_reversed_when_it_had_been_paid_and_only_then(played: Played):
    reversed_numbers = {row[7] for row in played.remitted if row[0] == "CLP" and row[2] == "22"}
    paid_before = {"PRT1", "MOD1", "BUN1", "BUN2", "RCP1"}
    assert reversed_numbers == {played.first[m]["icn"] for m in paid_before}
    for member in ("PRT1", "MOD1", "BUN1"):
        old, new = played.then[member]
        assert (old["state"], old["paid"]) == ("replaced", "0.00")
        assert old["icn"] != new["icn"]


def test_an_appeal_is_answered_by_a_letter(played: Played):
    said = {letter["key"]: letter["decision"] for letter in played.letters}
    expected = {"paid": "overturned", "denied": "upheld"}
    assert said == {m: expected[p.then] for m, p in PLAYS.items() if p.ask == "appeal"}


def test_a_late_payment_carries_interest(played: Played):
    plb = [row for row in played.remitted if row[0] == "PLB" and any(e.startswith("L6:") for e in row)]
    icn = played.then["SLO1"][0]["icn"]
    (amount,) = [row[row.index(f"L6:{icn}") + 1] for row in plb]
    assert float(amount) < 0
    assert ["AMT", "I", amount.lstrip("-")] in played.remitted


def test_a_recoupment_is_announced_and_taken_the_next_time(played: Played):
    icn = played.first["RCP1"]["icn"]
    before, after = played.first["RCP1"]["paid"], played.then["RCP1"][0]["paid"]
    taken = [row[row.index(f"WO:{icn}") + 1] for row in played.remitted if f"WO:{icn}" in row]
    owed = f"{float(before) - float(after):.2f}"
    assert float(owed) > 0
    # Announced with the reversal; taken with the next payment that comes.
    assert taken[0] == f"-{owed}"
    assert taken[1:] == [owed]


def test_a_denied_claim_says_so_in_its_status_and_a_paid_one_keeps_its_order(played: Played):
    status = {row[1][2:]: row[2] for row in reversed(played.remitted) if row[0] == "CLP"}
    assert (status["MED1"], status["PAY1"], status["DED1"], status["PRT1"]) == ("4", "1", "1", "1")


def test_a_lone_line_that_is_partly_supported_is_cut_by_half(practice: Practice):
    practice.send(Bill(member="PRT9", pcn="HALF", lines=ONE))
    practice.wait_until(date(2026, 3, 13))
    (cas,) = [row for row in practice.segments("835", "CAS") if at(row, 1) == "CO"]
    assert cas[2:4] == ["151", "75.00"]
    assert practice.entry("HALF")["outcome"] == "partly_paid"
