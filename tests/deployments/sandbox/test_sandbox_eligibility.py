"""270 in, 271 out: cover, cost sharing, other payers, and the reasons why nobody is found."""

from collections.abc import Callable
from datetime import date

import pytest
from sandbox_practice import Bill, Practice, rows_of
from x12sdk.io import X12ModelReader

from deployments.sandbox.segments import Segment, read


def rows(content: bytes, id: str) -> list[Segment]:
    return [row for row in rows_of(read(content)) if row[0] == id]


def test_an_active_member_has_a_plan_and_cost_sharing(shared_practice: Practice):
    answer = shared_practice.ask_cover(Bill(member="ACT1"))
    assert rows(answer, "EB") == [
        ["EB", "1", "IND", "30", "C1", "SANDBOX COMMERCIAL PLAN"],
        ["EB", "B", "IND", "98", "", "", "27", "25.00"],
        ["EB", "C", "IND", "30", "", "", "23", "150.00"],
        ["EB", "C", "IND", "30", "", "", "29", "150.00"],
        ["EB", "A", "IND", "30", "", "", "", "", "0.20"],
    ]
    assert ["DTP", "346", "D8", "20260101"] in rows(answer, "DTP")


def test_what_was_paid_counts_towards_the_deductible(practice: Practice):
    practice.send(Bill(member="ACT2"))
    practice.wait_until(date(2026, 3, 13))
    left = [eb[7] for eb in rows(practice.ask_cover(Bill(member="ACT2")), "EB") if eb[6:7] == ["29"]]
    assert left == ["129.34"]  # 150.00 less the 20.66 of the second line


def test_many_people_are_answered_in_one_file_each_under_its_trace(shared_practice: Practice):
    answer = shared_practice.ask_cover(Bill(member="ACT1"), Bill(member="WID1"), Bill(member="TRM1"))
    assert [trn[2] for trn in rows(answer, "TRN")] == ["T3", "T4", "T5"]
    assert [aaa[3] for aaa in rows(answer, "AAA")] == ["72"]


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Bill(member="WID1"), "72"),
        (Bill(member="NFD1"), "75"),
        (Bill(member="DOB1"), "71"),
        (Bill(member="NAM1"), "73"),
        (Bill(born=""), "58"),
        (Bill(payer="NOPE"), "79"),
    ],
)
def test_who_cannot_be_found_is_told_why_and_nothing_else(
    shared_practice: Practice, person: Bill, reason: str
):
    answer = shared_practice.ask_cover(person)
    assert [aaa[3] for aaa in rows(answer, "AAA")] == [reason]
    assert rows(answer, "EB") == []


def test_cover_that_has_ended_is_inactive(shared_practice: Practice):
    answer = shared_practice.ask_cover(Bill(member="TRM1"))
    assert rows(answer, "EB") == [["EB", "6", "", "30"]]
    assert ["DTP", "347", "D8", "20251231"] in rows(answer, "DTP")


def test_a_payer_that_comes_first_is_named(shared_practice: Practice):
    answer = shared_practice.ask_cover(Bill(member="COB1"))
    assert ["EB", "R", "", "30"] in rows(answer, "EB")
    assert ["NM1", "PRP", "2", "SANDBOX MEDICARE PART B", "", "", "", "", "PI", "SBXMC"] in rows(
        answer, "NM1"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [({}, ""), ({"last": "POE"}, "73"), ({"first": "JIM"}, "73"), ({"born": "19800102"}, "71")],
)
def test_the_roster_is_held_against_name_and_birth_date(
    shared_practice: Practice, change: dict[str, str], reason: str
):
    person = {"payer": "SBXCO", "member": "ROS1", "last": "DOE", "first": "JANE", "born": "19800101"}
    shared_practice.http.put("/sandbox/members", json=[person]).raise_for_status()
    answer = shared_practice.ask_cover(Bill(**{"member": "ROS1", **change}))
    assert "".join(aaa[3] for aaa in rows(answer, "AAA")) == reason


def test_the_roster_knows_when_cover_ends(shared_practice: Practice):
    person = {"payer": "SBXCO", "member": "ROS2", "last": "DOE", "first": "JANE", "born": "19800101"}
    ended = {**person, "starts": "2025-01-01", "ends": "2026-02-26"}
    shared_practice.http.put("/sandbox/members", json=[ended]).raise_for_status()
    assert [eb[1] for eb in rows(shared_practice.ask_cover(Bill(member="ROS2")), "EB")] == ["6"]
    earlier = Bill(member="ROS2", day=date(2026, 2, 26))
    assert rows(shared_practice.ask_cover(earlier), "EB")[0][1] == "1"


def models(content: bytes) -> list[object]:
    with X12ModelReader(content.decode().replace("\n", "")) as reader:
        return list(reader.models())


@pytest.mark.parametrize(
    "ask",
    [
        # x12sdk holds a person's AAA against the list for providers, and wants children of a payer that
        # it does not know: no AAA here.
        lambda practice: practice.ask_cover(Bill(), Bill(member="COB1"), Bill(member="TRM1")),
        lambda practice: practice.ask_cover(Bill(payer="SBXMC"), Bill(payer="SBXMC", member="DED1")),
    ],
)
def test_x12sdk_reads_the_answers(shared_practice: Practice, ask: Callable[[Practice], bytes]):
    (model,) = models(ask(shared_practice))
    assert type(model).__name__ == "EligibilityBenefit"
