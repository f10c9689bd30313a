"""Authorizations asked of a payer: the step against the sandbox's real server, with and without trouble."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from factories import Practice
from sqlmodel import select

from claims import decisions
from claims.clock import FixedClock
from claims.database import reading, transaction
from claims.events import Act
from claims.model import Actor, Authorization, Claim, Stage, WorkItem, WorkState
from config.connectors import ConnectorSettings
from config.payers import AuthorizationNeed, load_payers
from config.settings import Settings
from deployments.sandbox import running
from tasks.authorization import authorize
from tasks.runtime import Runtime
from tasks.step import Outcome

RUNNER = asyncio.Runner()
SCANS = ({"procedure_code": "70551", "units": 2},)


@pytest.fixture(scope="module")
def sandbox():
    with running() as url:
        yield url
    RUNNER.close()


@pytest.fixture
def rt(engine, clock: FixedClock, tmp_path, sandbox: str):
    way = ConnectorSettings(
        base_url=sandbox, receiver_id="SANDBOX", attempts=1, timeout_seconds=2, deadline_seconds=3
    )
    settings = Settings(home=tmp_path, profile="sandbox", connectors={"sandbox": way})
    payers = load_payers(settings)
    need = AuthorizationNeed(codes=("70551",), source="a test", asks=True)
    payers["SBXCO"] = payers["SBXCO"].model_copy(update={"authorization": need})
    httpx.delete(f"{sandbox}/sandbox/faults").raise_for_status()
    rt = Runtime(settings, engine, payers, clock)
    yield rt
    RUNNER.run(rt.hang_up())


@pytest.fixture
def scanned(rt: Runtime):
    """A claim for a scan of two units, of a member whose id tells the sandbox what to answer."""

    def make(member: str, insured: dict | None = None, **fields) -> str:
        with transaction(rt.engine) as session:
            practice = Practice(session, rt.act())
            coverage = {"member_id": member, **(insured or {})}
            given = {"lines": SCANS, "coverage": coverage, **fields}
            return practice.claim(stage=Stage.AUTHORIZATION, **given).claim.id

    return make


def asked(rt: Runtime, claim_id: str):
    """The step as one daily run has it; the test's runs share one event loop and so one connection."""
    (result,) = RUNNER.run(authorize(rt, [claim_id], None))
    return result


def claim_of(rt: Runtime, claim_id: str) -> Claim:
    with reading(rt.engine) as session:
        return session.get_one(Claim, claim_id)


def requests(rt: Runtime) -> list[Authorization]:
    with reading(rt.engine) as session:
        return list(session.exec(select(Authorization).order_by(Authorization.opened_at)))


def received(url: str, row: Authorization) -> list[dict]:
    told = httpx.get(f"{url}/sandbox/ledger").json()["authorizations"]
    return [each for each in told if each["trace"] == row.trace]


def fault(url: str, how: str, times: int = 1) -> None:
    rows = [{"on": "authorizations", "how": how, "times": times}]
    httpx.put(f"{url}/sandbox/faults", json=rows).raise_for_status()


def decide(rt: Runtime, option: str, value: str | None = None) -> None:
    """A biller decides on the one open item."""
    with transaction(rt.engine) as session:
        if session.get(Actor, "bea") is None:
            session.add(Actor(name="bea", roles=["biller"], since=rt.clock.now().real))
            session.flush()
        item = session.exec(select(WorkItem).where(WorkItem.state == WorkState.OPEN)).one()
        act = Act("bea", rt.clock.now())
        decisions.decide(session, act, item.id, option, "said the payer", rt.payers, value)


def test_a_certified_request_puts_number_units_and_days_on_record_and_the_claim_goes_on(rt, scanned):
    claim_id = scanned("PAY2001")
    assert asked(rt, claim_id).outcome is Outcome.DONE
    claim, (row,) = claim_of(rt, claim_id), requests(rt)
    assert (claim.stage, claim.authorization_number) == (Stage.CODING_REVIEW, row.number)
    assert (row.state, row.units, row.valid_from) == ("granted", {"70551": "2"}, claim.from_date)
    assert row.valid_to == claim.from_date + timedelta(90)


def test_a_dependents_institutional_service_is_asked_for_too(rt, scanned):
    parent = {"relationship": "19", "subscriber_family": "EXAMPLE", "subscriber_given": "PAUL"}
    line = ({"procedure_code": "70551", "units": 2, "revenue_code": "0611"},)
    claim_id = scanned("PAY2002", parent, form="I", facility_code="13", lines=line)
    assert asked(rt, claim_id).outcome is Outcome.DONE


def test_a_grant_of_fewer_units_than_billed_is_a_persons_decision(rt, scanned):
    claim_id = scanned("AMO2001")
    result = asked(rt, claim_id)
    assert (result.outcome, claim_of(rt, claim_id).hold_reason) == (Outcome.HELD, "authorization_short")
    decide(rt, "authorization_not_needed")
    assert asked(rt, claim_id).outcome is Outcome.DONE


def test_a_denied_request_is_held_with_what_the_payer_said_and_not_asked_again(rt, sandbox, scanned):
    claim_id = scanned("ADN2001")
    assert asked(rt, claim_id).outcome is Outcome.HELD
    (row,) = requests(rt)
    assert (row.state, claim_of(rt, claim_id).hold_reason) == ("denied", "authorization_denied")
    assert [each["repeats"] for each in received(sandbox, row)] == [0]
    decide(rt, "enter_authorization", "A77 70551=2")
    assert asked(rt, claim_id).outcome is Outcome.DONE
    assert claim_of(rt, claim_id).authorization_number == "A77"


def test_a_pended_request_waits_and_an_inquiry_finds_it_certified(rt, clock, sandbox, scanned):
    claim_id = scanned("APE2001")
    assert asked(rt, claim_id).outcome is Outcome.WAITING
    claim = claim_of(rt, claim_id)
    assert claim.next_action_at == clock.now().business + timedelta(days=1)
    today = httpx.get(f"{sandbox}/sandbox/clock").json()["today"]
    tomorrow = (timedelta(days=1) + type(claim.from_date).fromisoformat(today)).isoformat()
    httpx.put(f"{sandbox}/sandbox/clock", json={"today": tomorrow}).raise_for_status()
    assert asked(rt, claim_id).outcome is Outcome.DONE
    (row,) = requests(rt)
    assert [each["repeats"] for each in received(sandbox, row)] == [0]


def test_a_review_that_takes_too_long_is_a_persons_work(rt, scanned):
    claim_id = scanned("APE2002")
    asked(rt, claim_id)
    with transaction(rt.engine) as session:
        row = session.exec(select(Authorization)).one()
        row.asked_at = rt.clock.now().business - timedelta(days=8)
        session.add(row)
    assert asked(rt, claim_id).outcome is Outcome.HELD
    assert claim_of(rt, claim_id).hold_reason == "authorization_pending"


def test_a_payer_that_wants_none_lets_the_claim_go(rt, scanned):
    claim_id = scanned("ANN2001")
    assert asked(rt, claim_id).outcome is Outcome.DONE
    assert claim_of(rt, claim_id).authorization_number is None


@pytest.mark.parametrize(("member", "code"), [("ARE2001", "33"), ("WID2001", "72")])
def test_a_refused_request_tells_why_and_what_to_do(rt, scanned, member, code):
    claim_id = scanned(member)
    assert asked(rt, claim_id).outcome is Outcome.HELD
    with reading(rt.engine) as session:
        item = session.exec(select(WorkItem)).one()
    assert item.kind == "authorization_refused"
    assert f"AAA {code}: " in item.reason


def test_an_answer_that_was_lost_is_asked_after_and_never_sent_twice(rt, sandbox, scanned):
    claim_id = scanned("PAY2003")
    fault(sandbox, "close_after_accept")
    assert asked(rt, claim_id).outcome is Outcome.FAILED
    (row,) = requests(rt)
    assert row.state == "asked"
    assert asked(rt, claim_id).outcome is Outcome.DONE
    assert [each["repeats"] for each in received(sandbox, row)] == [0]


def test_a_request_that_the_payer_never_had_is_sent_again_after_it_says_so(rt, sandbox, scanned):
    claim_id = scanned("PAY2004")
    fault(sandbox, "close_before_read")
    assert asked(rt, claim_id).outcome is Outcome.FAILED
    (row,) = requests(rt)
    assert (row.state, received(sandbox, row)) == ("asked", [])
    assert asked(rt, claim_id).outcome is Outcome.DONE
    assert [each["repeats"] for each in received(sandbox, row)] == [0]


def test_a_request_that_surely_never_left_is_simply_sent_with_the_next_run(rt, sandbox, scanned):
    claim_id = scanned("PAY2005")
    fault(sandbox, "status:429")
    assert asked(rt, claim_id).outcome is Outcome.FAILED
    assert requests(rt)[0].state == "wanted"
    assert asked(rt, claim_id).outcome is Outcome.DONE


def test_a_payer_that_answers_nothing_electronically_is_a_persons_work(rt, scanned):
    rt.payers["SBXCO"] = rt.payers["SBXCO"].model_copy(update={"inquiries": "none"})
    claim_id = scanned("PAY2006")
    assert asked(rt, claim_id).outcome is Outcome.HELD
    assert claim_of(rt, claim_id).hold_reason == "authorization_refused"


def test_a_person_may_have_the_payer_asked_where_its_file_does_not(rt, scanned):
    need = AuthorizationNeed(codes=("70551",), source="a test")
    rt.payers["SBXCO"] = rt.payers["SBXCO"].model_copy(update={"authorization": need})
    claim_id = scanned("PAY2007")
    assert asked(rt, claim_id).outcome is Outcome.HELD
    decide(rt, "ask_authorization")
    assert asked(rt, claim_id).outcome is Outcome.DONE
