"""The payers' rules on one claim: every line balances, whatever the reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.sandbox import payers
from deployments.sandbox.adjudication import Facts, adjudicate
from deployments.sandbox.payers import Payer
from deployments.sandbox.scenarios import NATURAL, SCENARIOS, scenario_of
from deployments.sandbox.values import Adjustment, Claim, Line, Outcome, Person, Prior, Result

MARKET = payers.load()
SERVED = date(2026, 2, 27)
RECEIVED = date(2026, 3, 2)


def line(code: str, charge: str, number: str = "1", units: str = "1") -> Line:
    return Line(
        number=number, code=code, charge=Decimal(charge), units=Decimal(units), first=SERVED, last=SERVED
    )


def claim(*lines: Line, sequence: str = "P", others: list[Prior] | None = None) -> Claim:
    every = list(lines) or [line("99213", "150.00"), line("87880", "40.00", "2")]
    total = sum((x.charge for x in every), Decimal(0))
    return Claim(
        payer="SBXCO", pcn="A", subscriber=Person(member="A1"), charge=total, sequence=sequence,
        lines=every, others=others or [], first=SERVED, last=SERVED,
    )  # fmt: skip


def decide(one: Claim, payer: str = "SBXCO", **facts: object) -> Outcome:
    known = Facts(**{"received": RECEIVED, **facts})  # type: ignore[arg-type]
    return adjudicate(one, MARKET.payers[payer], MARKET, scenario_of(one.member), known)


def reasons(outcome: Outcome) -> set[str]:
    return {f"{a.group}-{a.reason}" for x in outcome.lines for a in x.adjustments}


def test_an_office_visit_costs_its_copay_and_other_lines_deductible_and_coinsurance():
    outcome = decide(claim(line("99213", "150.00"), line("71046", "300.00", "2", units="4")))
    visit, film = outcome.lines
    assert (visit.allowed, visit.sum_of("PR", "3"), visit.paid) == (
        Decimal("112.50"),
        Decimal("25.00"),
        Decimal("87.50"),
    )
    assert film.allowed == Decimal("170.00")
    assert film.sum_of("PR", "1") == Decimal("150.00")
    assert film.sum_of("PR", "2") == Decimal("4.00")
    assert film.paid == Decimal("16.00")


def test_a_deductible_met_before_is_not_asked_for_again():
    outcome = decide(claim(line("71046", "300.00")), deductible_used=Decimal("150.00"))
    assert outcome.deductible == 0


def test_medicare_keeps_two_percent_of_what_it_pays():
    outcome = decide(claim(line("99213", "150.00")), "SBXMC", deductible_used=Decimal(100))
    (visit,) = outcome.lines
    assert visit.sum_of("CO", "253") == Decimal("1.44")
    assert visit.paid == Decimal("70.56")


def test_a_preventive_visit_is_free_to_the_patient():
    assert decide(claim(line("99395", "200.00"))).patient == 0


def test_a_code_without_a_fee_is_paid_by_percent_of_charge():
    assert decide(claim(line("A9999", "100.00"))).allowed == Decimal("60.00")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"duplicate": True}, "CO-18"),
        ({"received": SERVED + timedelta(days=181)}, "CO-29"),
        ({"cover": (date(2026, 3, 1), None)}, "CO-26"),
        ({"cover": (None, date(2026, 2, 1))}, "CO-27"),
    ],
)
def test_natural_denials(facts: dict[str, object], expected: str):
    outcome = decide(claim(), **facts)
    assert (outcome.result, reasons(outcome)) == (Result.DENIED, {expected})
    assert outcome.status == "4"


def test_the_last_day_of_the_filing_limit_is_in_time():
    assert decide(claim(), received=SERVED + timedelta(days=180)).result == Result.PAID


def test_a_code_that_wants_an_authorization_is_denied_without_one_on_its_line_alone():
    scan = line("72148", "500.00", "2")
    outcome = decide(claim(line("99213", "150.00"), scan))
    assert [x.denied for x in outcome.lines] == [False, True]
    assert "CO-197" in reasons(outcome)
    authorized = claim(line("99213", "150.00"), scan.model_copy(update={"authorization": "A1"}))
    assert decide(authorized).result == Result.PAID


def test_a_secondary_claim_without_the_first_payers_answer_is_denied():
    outcome = decide(claim(sequence="S"))
    assert reasons(outcome) == {"CO-16"}
    assert outcome.lines[0].remarks == ["MA04"]


def test_a_secondary_claim_pays_at_most_what_the_first_payer_left():
    share = Adjustment(group="PR", reason="2", amount=Decimal("30.00"))
    contract = Adjustment(group="CO", reason="45", amount=Decimal("20.00"))
    visit = line("99213", "150.00")
    visit.prior = [Prior(payer="SBXMC", paid=Decimal("100.00"), adjustments=[contract, share])]
    outcome = decide(claim(visit, sequence="S", others=[Prior(payer="SBXMC", paid=Decimal("100.00"))]))
    (paid,) = outcome.lines
    assert (paid.paid, reasons(outcome), outcome.status) == (Decimal("30.00"), {"OA-23"}, "2")
    assert paid.sum_of("OA", "23") == Decimal("120.00")


def test_a_secondary_claim_may_tell_the_first_payers_answer_on_the_claim_alone():
    outcome = decide(claim(sequence="S", others=[Prior(payer="SBXMC", paid=Decimal("150.00"))]))
    assert sum(x.sum_of("OA", "23") for x in outcome.lines) == Decimal("150.00")


def test_a_reversal_turns_every_sign_and_keeps_the_groups():
    outcome = decide(claim())
    turned = outcome.reversed()
    assert (turned.status, turned.charge, turned.paid) == ("22", -outcome.charge, -outcome.paid)
    assert reasons(turned) == reasons(outcome)


@pytest.mark.parametrize("member", ["PAY12", "aut1", "X1", "", "12345", "PAYER"])
def test_the_letters_before_the_first_digit_choose_the_script(member: str):
    known = {"PAY12": "PAY", "aut1": "AUT"}
    assert scenario_of(member) is (SCENARIOS[known[member]] if member in known else NATURAL)


amounts = st.decimals(min_value=0, max_value=5000, places=2)
codes = st.sampled_from([*MARKET.fees, "A9999"])
lines = st.lists(st.tuples(codes, amounts, st.integers(1, 9)), min_size=1, max_size=6)


@given(
    lines=lines,
    member=st.sampled_from([*SCENARIOS, ""]),
    payer=st.sampled_from(list(MARKET.payers.values())),
    used=amounts,
    prior=st.none() | amounts,
    overturned=st.booleans(),
)
def test_every_line_of_every_outcome_balances(
    lines: list[tuple[str, Decimal, int]],
    member: str,
    payer: Payer,
    used: Decimal,
    prior: Decimal | None,
    overturned: bool,
):
    every = [line(code, str(charge), str(n), str(units)) for n, (code, charge, units) in enumerate(lines, 1)]
    others = [Prior(payer="X", paid=prior)] if prior is not None else []
    one = claim(*every, sequence="S" if others else "P", others=others)
    one.subscriber = Person(member=f"{member}1")
    facts = Facts(received=RECEIVED, deductible_used=used, overturned=overturned)
    outcome = adjudicate(one, payer, MARKET, scenario_of(one.member), facts)
    for result in outcome.lines:
        assert result.line.charge == result.paid + sum(a.amount for a in result.adjustments)
        assert result.paid >= 0
        assert all(a.amount > 0 for a in result.adjustments)
    assert outcome.charge == one.charge
