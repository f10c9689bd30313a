"""278 in, 278 out: each script's decision, the trace given back, and what a repeated request does."""

from datetime import date

import pytest
from sandbox_practice import NPI, Practice, envelope, rows_of

from deployments.sandbox.segments import Segment, read


def asked(practice: Practice, member: str, *, trace: str = "T1", inquiry: bool = False, payer: str = "SBXCO"):
    """The segments of the 278 that answers a request for two units of a scan, or asks after it."""
    rows = [
        f"BHT*0007*{'28' if inquiry else '13'}*ASK1*20260302*0930",
        "HL*1**20*1",
        f"NM1*X3*2*SANDBOX*****PI*{payer}",
        "HL*2*1*21*1",
        f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
        "HL*3*2*22*1",
        f"NM1*IL*1*DOE*JANE****MI*{member}",
        "DMG*D8*19800101*F",
        f"HL*4*3*EV*{0 if inquiry else 1}",
        f"TRN*1*{trace}*9SYNTHETIC",
        "UM*HS*I**11:B",
        "DTP*AAH*D8*20260310",
    ]
    service = ["HL*5*4*SS*0", "DTP*472*D8*20260310", "SV1*HC:70551*900*UN*2"]
    guide = "005010X215" if inquiry else "005010X217"
    content = envelope(("HI", "278", guide), next(practice.numbers), rows + ([] if inquiry else service))
    return rows_of(read(practice.http.post("/authorizations", content=content).content))


def of(rows: list[Segment], id: str) -> list[Segment]:
    return [row for row in rows if row[0] == id]


@pytest.mark.parametrize(
    ("member", "action"), [("PAY1", "A1"), ("AMO1", "A6"), ("ADN1", "A3"), ("APE1", "A4"), ("ANN1", "NA")]
)
def test_the_member_id_chooses_the_decision(shared_practice: Practice, member: str, action: str):
    answer = asked(shared_practice, member, trace=member)
    assert of(answer, "HCR")[0][1] == action
    assert of(answer, "TRN") == [["TRN", "2", member, "9SYNTHETIC"]]
    granted = action in ("A1", "A6")
    assert bool(of(answer, "DTP")) is granted
    assert of(answer, "HSD") == ([["HSD", "VS", "1"]] if action == "A6" else [])


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"member": "ARE1"}, "33"),
        ({"member": "WID1"}, "72"),
        ({"member": "PAY1", "payer": "NOPE"}, "79"),
        ({"member": "PAY1", "inquiry": True, "trace": "NEVER"}, "AA"),
    ],
)
def test_what_is_refused_is_told_why_and_decided_nothing(shared_practice: Practice, how: dict, reason: str):
    answer = asked(shared_practice, **how)
    assert [aaa[3] for aaa in of(answer, "AAA")] == [reason]
    assert of(answer, "HCR") == []


def test_what_was_pended_is_certified_the_next_day_and_the_same_request_is_decided_once(practice: Practice):
    first = asked(practice, "APE1")
    assert of(asked(practice, "APE1"), "HCR") == of(first, "HCR")
    assert of(asked(practice, "APE1", inquiry=True), "HCR")[0][1] == "A4"
    practice.wait_until(date(2026, 3, 3))
    assert of(asked(practice, "APE1", inquiry=True), "HCR")[0][1] == "A1"
    (kept,) = practice.ledger()["authorizations"]
    assert (kept["trace"], kept["state"], kept["repeats"]) == ("T1", "certified", 1)
