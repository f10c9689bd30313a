"""Payments: balanced by other people's readers, and equal to the ledger to the cent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import oxedi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from sandbox_practice import Bill, Practice, Service, opened

from deployments.sandbox.scenarios import SCENARIOS
from deployments.sandbox.segments import Segment

FRIDAY = date(2026, 3, 13)


def rows(raw: bytes) -> list[Segment]:
    return [line.split("*") for line in raw.decode().replace("\n", "").split("~")]


def remitted(practice: Practice) -> list[Segment]:
    return [row for raw in practice.contents("835") for row in rows(raw)]


def balanced(raw: bytes) -> bool:
    """BPR02 = sum of CLP04 less PLB; CLP and SVC less their CAS, by our own arithmetic."""
    found = rows(raw)
    paid = sum(Decimal(row[4]) for row in found if row[0] == "CLP")
    held = sum(Decimal(amount) for row in found if row[0] == "PLB" for amount in row[4::2])
    charge = sum(Decimal(row[2]) for row in found if row[0] == "SVC")
    cut = sum(Decimal(amount) for row in found if row[0] == "CAS" for amount in row[3::3])
    (payment,) = [Decimal(row[2]) for row in found if row[0] == "BPR"]
    return payment == paid - held and paid == charge - cut and payment >= 0


def judged(raw: bytes) -> bool:
    options = params()
    options.set("exclude_external_codes", "remark_code")
    return bool(x12n_document(options, StringIO(raw.decode()), None, None))


@pytest.fixture(scope="module")
def march() -> Iterator[Practice]:
    """Claims of 2 March to all payers, paid; what was denied billed anew on the 17th; seen on 7 April."""
    first = [
        Bill(pcn="SBXCO", member="PAY1"),
        Bill(pcn="SBXMC", member="PAY1", payer="SBXMC"),
        Bill(pcn="SBXMD", member="PAY1", payer="SBXMD"),
        Bill(pcn="ONCE", member="OTH1"),
        Bill(pcn="AGAIN", member="OTH1"),
        Bill(pcn="AUTCO", member="AUT1"),
        Bill(pcn="AUTMC", member="AUT1", payer="SBXMC"),
        Bill(pcn="INF", member="INF1", payer="SBXMC"),
    ]
    anew = [replace(bill, pcn=f"{bill.pcn}2", authorization="A77") for bill in first if bill.member == "AUT1"]
    with opened() as practice:
        practice.send(*first)
        practice.wait_until(date(2026, 3, 17))
        practice.send(*anew)
        practice.wait_until(date(2026, 4, 7))
        yield practice


def test_a_remittance_echoes_our_numbers(march: Practice):
    found = remitted(march)
    (clp,) = [row for row in found if row[:2] == ["CLP", "ONCE"]]
    assert clp[7] == march.entry("ONCE")["icn"]
    assert {"ONCEL1", "ONCEL2"} <= {row[2] for row in found if row[:2] == ["REF", "6R"]}


def test_each_payer_pays_on_its_days(march: Practice):
    paid_on: dict[str, str] = {}
    for payment in march.ledger()["payments"]:
        paid_on.setdefault(payment["payer"], payment["paid_on"])
    # Commercial after 9 days on Tuesday or Friday, Medicare at its 13-day floor, Medicaid on Thursdays.
    assert paid_on == {"SBXCO": "2026-03-13", "SBXMC": "2026-03-16", "SBXMD": "2026-03-19"}


def test_pyx12_and_oxedi_and_plain_sums_agree_that_every_payment_is_good(march: Practice):
    for raw in march.contents("835"):
        assert judged(raw)
        assert balanced(raw)
        assert oxedi.parse(raw).diagnostics == []


def test_the_same_visit_billed_twice_is_paid_once(march: Practice):
    assert march.entry("ONCE")["outcome"] == "paid"
    assert march.entry("AGAIN")["outcome"] == "denied"
    assert "18" in [row[2] for row in remitted(march) if row[0] == "CAS"]


def test_a_new_claim_after_a_denial_is_a_duplicate_where_replacements_are_taken(march: Practice):
    assert march.entry("AUTCO2")["outcome"] == "denied"
    assert march.entry("AUTMC2")["outcome"] == "paid"


def test_medicare_says_that_an_unprocessable_claim_cannot_be_appealed(march: Practice):
    assert {row[3] for row in remitted(march) if row[0] == "MOA"} == {"MA130", "MA01"}


def test_a_voided_claim_is_reversed_to_nothing(practice: Practice):
    practice.send(Bill(pcn="VOID"))
    practice.wait_until(FRIDAY)
    icn = practice.entry("VOID")["icn"]
    practice.send(Bill(pcn="VOID", frequency="8", icn=icn), Bill(pcn="KEEP", member="OTH1"))
    practice.wait_until(date(2026, 4, 7))
    old, void = practice.entry("VOID"), practice.entry("VOID", "8")
    assert (old["state"], old["paid"], old["patient"]) == ("voided", "0.00", "0.00")
    assert (void["outcome"], void["paid"]) == ("", "0.00")
    assert ["VOID", "22"] in [row[1:3] for row in remitted(practice) if row[0] == "CLP"]


def test_a_reversal_that_no_payment_can_bear_is_carried_forward(practice: Practice):
    practice.send(Bill(pcn="BACK"))
    practice.wait_until(FRIDAY)
    practice.send(Bill(pcn="BACK", frequency="8", icn=practice.entry("BACK")["icn"]))
    practice.wait_until(date(2026, 3, 31))
    practice.send(Bill(pcn="NEXT", member="OTH1"))
    practice.wait_until(date(2026, 4, 14))
    payments = [(p["amount"], [a["reason"] for a in p["adjustments"]]) for p in practice.ledger()["payments"]]
    assert [reasons for _, reasons in payments] == [[], ["FB"], ["FB", "FB"]]
    assert [amount for amount, _ in payments] == ["104.03", "0.00", "0.00"]
    assert all(balanced(raw) for raw in practice.contents("835"))


def test_a_replacement_of_an_open_claim_takes_its_place(practice: Practice):
    practice.send(Bill(pcn="OPEN"))
    icn = practice.entry("OPEN")["icn"]
    practice.send(Bill(pcn="OPEN", frequency="7", icn=icn, lines=(Service(charge="151.00"),)))
    practice.wait_until(FRIDAY)
    assert practice.entry("OPEN")["state"] == "replaced"
    assert practice.entry("OPEN", "7")["billed"] == "151.00"
    assert practice.status_of(Bill(pcn="OPEN")) == "F1:65"


def test_the_second_payer_pays_what_the_first_one_left(practice: Practice):
    practice.send(Bill(pcn="SECOND", member="COB1"))
    other = "SBR*P*18*******MB\nAMT*D*70\nOI***Y***Y\nNM1*IL*1*DOE*JANE****MI*PAY7\nNM1*PR*2*X*****PI*SBXMC"
    prior = "SVD*SBXMC*70*HC:99213**1\nCAS*CO*45*60\nCAS*PR*2*20\nDTP*573*D8*20260301"
    visit = Service(prior=prior)
    practice.send(Bill(pcn="SECOND", member="COB1", sequence="S", others=other, lines=(visit,)))
    practice.wait_until(FRIDAY)
    entries = [c for c in practice.ledger()["claims"] if c["pcn"] == "SECOND"]
    assert [(c["sequence"], c["outcome"], c["paid"]) for c in entries] == [
        ("P", "denied", "0.00"),
        ("S", "paid", "20.00"),
    ]
    assert ["CAS", "OA", "23", "130.00"] in remitted(practice)


bills = st.builds(
    Bill,
    member=st.sampled_from([*SCENARIOS, "X"]).map(lambda letters: f"{letters}1"),
    payer=st.sampled_from(["SBXCO", "SBXMC", "SBXMD"]),
    npi=st.sampled_from(["1234567893", "1245319599"]),
    lines=st.lists(
        st.builds(
            Service,
            code=st.sampled_from(["99213", "99214", "71046", "72148", "99999"]),
            charge=st.decimals(min_value=1, max_value=900, places=2).map(str),
            units=st.integers(1, 3).map(str),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


def follow_up(practice: Practice, claims: list[dict[str, Any]], mix: list[Bill], acts: list[str]) -> None:
    """Replace, void, appeal or leave each claim that has a number."""
    second = []
    for claim, act in zip(claims, acts, strict=False):
        number = int(claim["pcn"][1:])
        if act in ("7", "8"):
            bill = replace(mix[number], frequency=act, icn=claim["icn"] or "", pcn=claim["pcn"])
            second.append(bill)
        elif claim["icn"]:
            body = {"payer": claim["payer"], "icn": claim["icn"], "pcn": claim["pcn"]}
            practice.http.post(f"/{act}", json=body, headers={"Idempotency-Key": claim["pcn"]})
    if second:
        practice.send(*second)


# Each example is two submissions and five months: few examples, many claims in each.
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mix=st.lists(bills, min_size=6, max_size=25),
    acts=st.lists(st.sampled_from(["7", "8", "appeals", "records"]), min_size=6, max_size=25),
)
def test_the_payments_of_any_mix_of_claims_add_up_to_the_ledger(mix: list[Bill], acts: list[str]):
    with opened() as practice:
        practice.send(*(replace(bill, pcn=f"M{n}") for n, bill in enumerate(mix)))
        practice.wait_until(date(2026, 3, 24))
        follow_up(practice, practice.ledger()["claims"], mix, acts)
        practice.wait_until(date(2026, 8, 1))
        ledger = practice.ledger()
        files = practice.contents("835")
        by_number: dict[str, list[Decimal]] = {}
        for row in (row for raw in files for row in rows(raw) if row[0] == "CLP"):
            sums = by_number.setdefault(row[7], [Decimal(0), Decimal(0)])
            sums[0] += Decimal(row[4])
            sums[1] += Decimal(row[5] or 0)
        told = {c["icn"]: [Decimal(c["paid"]), Decimal(c["patient"])] for c in ledger["claims"] if c["icn"]}
        assert {icn: s for icn, s in told.items() if any(s)} == {i: s for i, s in by_number.items() if any(s)}
        paid = sum(Decimal(p["amount"]) for p in ledger["payments"])
        held = sum(Decimal(a["amount"]) for p in ledger["payments"] for a in p["adjustments"])
        assert paid == sum(Decimal(c["paid"]) for c in ledger["claims"]) - held
        for raw in files:
            assert balanced(raw)
            assert oxedi.parse(raw).diagnostics == []
        assert all(judged(raw) for raw in files[:1])
