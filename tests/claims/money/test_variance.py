"""What a payer paid against its contract: priced by hand here, found and made work there."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from remits import clp

from claims import decisions, lifecycle
from claims.bundle import load_bundle
from claims.codes import Codes
from claims.codes.importing import import_files
from claims.errors import NotAllowed
from claims.model import Payer, Stage, WorkItem
from claims.money import contracts
from claims.money.contracts import Service
from claims.money.credits import credits, refund
from claims.money.disputes import watch
from claims.money.same_day import Line, same_day
from claims.money.settle import after_adjudication
from claims.money.variance import variances
from claims.x12.parts import Procedure
from config.payers.contract import Contract

DAY = date(2026, 2, 16)
RATES = """payer,code,modifier,amount,facility_amount,percent,of_schedule,start,end
SBXCO,99213,,92.00,70.00,,,2026-01-01,2026-12-31
SBXCO,99213,,88.00,,,,2025-01-01,2025-12-31
SBXCO,99214,,130.00,,,,2026-01-01,
SBXCO,27447,,1500.00,,,,2026-01-01,
SBXCO,49505,,600.00,,,,2026-01-01,
SBXCO,20610,,80.00,,,,2026-01-01,
SBXCO,71046,26,12.00,,,,2026-01-01,
SBXCO,71046,,40.00,,,,2026-01-01,
SBXCO,43239,,400.00,,,,2026-01-01,
SBXCO,45378,,500.00,,,,2026-01-01,
SBXCO,45380,,640.00,,,,2026-01-01,
SBXCO,45385,,700.00,,,,2026-01-01,
SBXCO,70450,,150.00,,,,2026-01-01,
SBXCO,70450,TC,100.00,,,,2026-01-01,
SBXCO,70450,26,50.00,,,,2026-01-01,
SBXCO,71250,,160.00,,,,2026-01-01,
SBXCO,71250,TC,120.00,,,,2026-01-01,
SBXCO,71250,26,40.00,,,,2026-01-01,
SBXCO,97110,,30.00,,,,2026-01-01,
SBXCO,97110,PE,12.00,,,,2026-01-01,
SBXCO,97140,,28.00,,,,2026-01-01,
SBXCO,97140,PE,10.00,,,,2026-01-01,
SBXCO,97530,,40.00,,,,2026-01-01,
SBXMC,*,,,,110,OURS,2026-01-01,
"""
SCHEDULE = """schedule,code,modifier,amount,start
OURS,99213,,100.00,2026-01-01
OURS,97110,,30.00,2026-01-01
OURS,97110,PE,12.00,2026-01-01
OURS,97530,,40.00,2026-01-01
"""


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Codes:
    home = tmp_path_factory.mktemp("rates")
    for name, text in (("contract", RATES), ("fee_schedule", SCHEDULE)):
        (home / f"{name}.csv").write_text(text)
        import_files(home, name, [home / f"{name}.csv"])
    return Codes(home)


def service(code: str, *modifiers: str, units: str = "1", charge: str = "9000.00", **more) -> Service:
    return Service(code, modifiers, Decimal(units), Decimal(charge), **{"day": DAY, **more})


@pytest.mark.parametrize(
    ("lines", "allowed"),
    [
        ([service("99213")], ["92.00"]),
        ([service("99213", day=date(2025, 12, 31))], ["88.00"]),
        ([service("99213", place="21")], ["70.00"]),
        ([service("99213", charge="50.00")], ["50.00"]),
        ([service("99213", units="3")], ["276.00"]),
        ([service("71046", "26")], ["12.00"]),
        ([service("20610", "50")], ["120.00"]),
        ([service("27447", "80")], ["240.00"]),
        ([service("27447", "AS")], ["204.00"]),
        ([service("27447", "62")], ["937.50"]),
        ([service("49505"), service("27447"), service("20610")], ["300.00", "1500.00", "40.00"]),
        ([service("49505"), service("27447", day=date(2026, 2, 17))], ["600.00", "1500.00"]),
        ([service("27447", "22")], [None]),
        ([service("43239"), service("45378")], ["200.00", "500.00"]),
        ([service("45380"), service("45385")], ["140.00", "700.00"]),
        ([service("45378"), service("45385")], ["0.00", "700.00"]),
        ([service("45380"), service("45385"), service("43239")], ["140.00", "700.00", "200.00"]),
        ([service("45380"), service("45385"), service("27447")], ["70.00", "350.00", "1500.00"]),
        ([service("43239")], ["400.00"]),
        ([service("43239"), service("43239")], [None, None]),
        ([service("70450", "TC"), service("71250", "TC")], ["50.00", "120.00"]),
        ([service("70450", "26"), service("71250", "26")], ["50.00", "38.00"]),
        ([service("70450"), service("71250")], ["100.00", "158.00"]),
        ([service("70450", "59"), service("71250")], ["150.00", "160.00"]),
        ([service("70450"), service("71250", day=date(2026, 2, 17))], ["150.00", "160.00"]),
        ([service("97110")], ["30.00"]),
        ([service("97110", units="3")], ["78.00"]),
        ([service("97140"), service("97110", units="2")], ["23.00", "54.00"]),
        ([service("97140"), service("97110", day=date(2026, 2, 17))], ["28.00", "30.00"]),
        ([service("97110", "GP", "CQ")], ["25.50"]),
        ([service("97110"), service("97530")], [None, None]),
        ([service("97530")], ["40.00"]),
        ([service("12345")], [None]),
    ],
    ids=lambda value: "-".join(map(str, value)) if value and not isinstance(value[0], Service) else "",
)
def test_a_contract_prices_a_visit_with_its_reductions(codes, payers, lines, allowed):
    found = contracts.prices(codes, "SBXCO", lines, payers["SBXCO"])
    assert [str(each.allowed) if each.allowed is not None else None for each in found] == allowed


def test_a_percent_of_a_schedule_holds_for_every_code_that_the_schedule_has(codes, payers):
    known, unknown = contracts.prices(codes, "SBXMC", [service("99213"), service("99214")], payers["SBXMC"])
    assert known.allowed == Decimal("110.00")
    assert "OURS" in str(known.rate)
    assert unknown.rate is None


def test_therapies_by_a_schedule_lose_what_the_schedule_says_of_their_practice_expense(codes, payers):
    (priced,) = contracts.prices(codes, "SBXMC", [service("97110", units="2")], payers["SBXMC"])
    assert (priced.allowed, str(priced.shares[0])) == (
        Decimal("59.40"),
        "further therapy units of the day 90 %",
    )
    unknown = contracts.prices(codes, "SBXMC", [service("97530", units="2")], payers["SBXMC"])[0]
    assert unknown.why_not == "neither contract nor relative values tell the practice expense of 97530"


def test_relative_values_tell_the_practice_expense_of_a_contracts_own_amounts(codes):
    book = contracts._Book(codes, "SBXCO", Contract())
    units = service("97530", units="2")
    values = {"work": "0.44", "nonfacility": "0.50", "malpractice": "0.06", "multiple": "5"}
    found = same_day(book, [Line(0, units, book.rate(units), values)], Contract())
    assert str(found[0][0]) == "further therapy units of the day 87.5 %"


def test_a_payers_own_terms_replace_the_usual_ones(codes, payers):
    own = Contract(multiple=(Decimal(100), Decimal(25)), bilateral=Decimal(200), lesser_of_charge=False)
    profile = payers["SBXCO"].model_copy(update={"contract": own})
    lines = [service("27447", charge="1.00"), service("49505"), service("20610", "50")]
    assert [p.allowed for p in contracts.prices(codes, "SBXCO", lines, profile)] == [
        Decimal("1500.00"),
        Decimal("150.00"),
        Decimal("40.00"),
    ]


def test_what_a_day_took_off_is_told_in_words(codes, payers):
    _, second = contracts.prices(codes, "SBXCO", [service("45385"), service("45380")], payers["SBXCO"])
    assert [str(share) for share in second.shares] == ["endoscopy above its base 45378 21.88 %"]
    unknown, _ = contracts.prices(codes, "SBXCO", [service("43239"), service("43239")], payers["SBXCO"])
    assert unknown.why_not == "the contract has no rate for 43235, the base of these endoscopies"


@pytest.fixture
def found(session, codes, payers):
    return lambda **which: variances(session, codes, payers, **which)


def test_a_payment_by_the_contract_is_no_variance(accepted, payer, found):
    payer.say(clp(accepted(), "CO-45 28.00", "PR-2 18.40"))
    assert found() == []


def test_an_underpaid_line_is_told_with_its_835_position_and_its_contract_row(accepted, payer, found):
    payer.say(clp(accepted(), "CO-45 40.00", "PR-2 18.40"))
    (one,) = found()
    assert (one.kind, one.expected, one.paid, one.difference) == (
        "underpaid", Decimal("73.60"), Decimal("61.60"), Decimal("-12.00"),
    )  # fmt: skip
    assert (one.remittance, one.position) == ("T1", "CLP 1 SVC 1")
    assert one.evidence == (
        "99213: 61.60 paid, 73.60 expected (payment T1 CLP 1 SVC 1; contract SBXCO 99213 from 2026-01-01: "
        f"92.00 a unit (edition {one.contract.rpartition('edition ')[2][:-1]}))"
    )


def test_sequestration_comes_off_what_medicare_pays_and_not_off_the_patients_share(
    accepted, payer, practice, found, session
):
    bundle = accepted(coverage={"payer_id": _medicare(session)}, payer_id="SBXMC")
    payer.say(clp(bundle, "CO-45 10.00", "PR-2 22.00", "CO-253 1.76"), payer="SBXMC")
    assert found() == []
    payer.say(clp(bundle, "CO-45 10.00", "PR-2 22.00", "CO-253 1.76", status="22"), payer="SBXMC")
    payer.say(clp(bundle, "CO-45 10.00", "PR-2 22.00", "CO-253 8.80"), payer="SBXMC")
    assert [each.difference for each in found()] == [Decimal("-7.04")]


def _medicare(session) -> str:
    session.add(Payer(id="SBXMC", name="SANDBOX MEDICARE"))
    session.flush()
    return "SBXMC"


def test_what_is_refused_or_taken_back_is_no_underpayment(accepted, payer, found):
    payer.say(clp(accepted(), "CO-50 120.00"))
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 40.00"))
    payer.say(clp(bundle, "CO-45 40.00", status="22"))
    assert found() == []


def test_another_code_than_was_billed_is_told_apart_from_a_low_rate(accepted, payer, found):
    bundle = accepted(lines=({"procedure_code": "99214", "charge": Decimal("150.00")},))
    said = clp(bundle, "CO-45 58.00")
    changed = replace(said.services[0], procedure=Procedure("99213", ()), submitted=Procedure("99214", ()))
    payer.say(replace(said, services=(changed,)))
    (one,) = found()
    assert (one.kind, one.code, one.adjudicated, one.difference) == (
        "downcoded", "99214", "99213", Decimal("-38.00"),
    )  # fmt: skip


def test_more_than_the_contract_says_is_an_overpayment(accepted, payer, found):
    payer.say(clp(accepted()))
    assert [(each.kind, each.difference) for each in found()] == [("overpaid", Decimal("28.00"))]


def test_procedures_of_one_day_are_ranked_over_the_claims_that_they_were_billed_on(
    session, practice, accepted, payer, found
):
    """The dearest is paid whole and the other one half, though each stands on a claim of its own."""
    knee = accepted(lines=({"procedure_code": "27447", "charge": Decimal("1500.00")},))
    hernia = accepted(lines=({"procedure_code": "49505", "charge": Decimal("600.00")},))
    payer.say(clp(knee), clp(hernia, "CO-45 300.00", icn="ICN2"))
    assert [(each.kind, each.difference) for each in found()] == [("underpaid", Decimal("-300.00"))]
    hernia.claim.patient_id = knee.claim.patient_id
    session.flush()
    assert found() == []
    assert found(claim_ids=[hernia.claim.id]) == []


@pytest.mark.parametrize(("lowered", "short"), [("300.00", []), ("450.00", [Decimal("-150.00")])])
def test_a_reduction_for_several_procedures_is_compared_with_the_contract(
    session, accepted, payer, found, open_work, lowered, short
):
    """Of a line that was paid CO-59 is no denial: what it takes off more than the contract is underpaid."""
    knee = accepted(lines=({"procedure_code": "27447", "charge": Decimal("1500.00")},))
    hernia = accepted(lines=({"procedure_code": "49505", "charge": Decimal("600.00")},))
    hernia.claim.patient_id = knee.claim.patient_id
    session.flush()
    payer.say(clp(knee), clp(hernia, f"CO-59 {lowered}", icn="ICN2"))
    assert [each.difference for each in found()] == short
    assert not open_work("denial")


def test_two_that_are_worth_the_same_are_ranked_once(session, accepted, payer, found):
    one, other = (
        accepted(lines=({"procedure_code": "49505", "charge": Decimal("600.00")},)) for _ in range(2)
    )
    other.claim.patient_id = one.claim.patient_id
    session.flush()
    payer.say(clp(one), clp(other, icn="ICN2"))
    assert [(each.kind, each.difference) for each in found()] == [("overpaid", Decimal("300.00"))]


def test_a_claim_that_the_payer_split_is_priced_as_the_day_that_it_was(accepted, payer, found):
    both = ("27447", "1500.00"), ("49505", "600.00")
    whole = accepted(
        lines=tuple({"procedure_code": code, "charge": Decimal(charge)} for code, charge in both)
    )
    payer.say(clp(whole), clp(whole, "CO-45 300.00", icn="ICN2", line=1))
    assert found() == []


@pytest.fixture
def watched(session, act, codes, payers):
    def run(bundle):
        fresh = load_bundle(session, bundle.claim.id)
        changes = watch(session, act, [fresh], codes, payers)
        lifecycle.apply(session, changes, act)
        session.flush()
        return [change.event for change in changes]

    return run


def test_an_underpayment_is_work_once_and_over_when_the_payer_corrects_it(
    accepted, payer, watched, open_work
):
    bundle = accepted()
    payer.say(clp(bundle, "CO-45 40.00"))
    assert [watched(bundle), watched(bundle)] == [["underpaid"], []]
    (item,) = open_work("underpaid")
    assert item.reason.startswith("Paid 12.00 less than the contract says: 99213: 80.00 paid, 92.00 expected")
    payer.say(clp(bundle, "CO-45 40.00", status="22"))
    payer.say(clp(bundle, "CO-45 28.00"))
    assert watched(bundle) == []
    assert open_work("underpaid") == []


@pytest.mark.parametrize(
    ("words", "option", "event"),
    [
        (("CO-45 40.00",), "dispute", "payment_disputed"),
        (("CO-45 40.00",), "accept_payment", "payment_accepted"),
        ((), "report_overpayment", "overpayment_reported"),
    ],
)
def test_a_named_biller_decides_on_a_variance_and_the_history_says_so(
    accepted, payer, watched, session, biller, payers, kinds, words, option, event
):
    bundle = accepted()
    payer.say(clp(bundle, *words))
    watched(bundle)
    item = session.query(WorkItem).one()
    decisions.decide(session, biller, item.id, option, "letter of today", payers)
    assert kinds(bundle)[-1] == event


def test_a_credit_is_given_back_by_a_biller_within_the_time_that_the_law_gives(
    accepted, payer, session, act, biller, payers, open_work, owed
):
    bundle = accepted(coverage={"payer_id": _medicare(session)}, payer_id="SBXMC")
    for _ in range(2):
        payer.say(clp(bundle, "CO-45 20.00"), payer="SBXMC")
    fresh = load_bundle(session, bundle.claim.id)
    lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
    (item,) = open_work("credit_balance")
    (credit,) = credits(session, payers)
    today = act.at.business.date()
    assert (credit.whose, credit.amount, credit.since) == ("SBXMC", Decimal("120.00"), today)
    assert credit.due == item.due_at.date() == today + timedelta(days=60)
    decisions.decide(session, biller, item.id, "refund", "cheque 1007", payers)
    session.flush()
    assert (fresh.claim.stage, owed(bundle).open, credits(session, payers)) == (
        Stage.CLOSED,
        Decimal("0.00"),
        [],
    )
    with pytest.raises(NotAllowed):
        refund(session, biller, fresh.claim, "again")
