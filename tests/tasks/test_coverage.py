"""Coverage asked of the sandbox's real server: before the visit, and again before the claim goes."""

import asyncio
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from factories import DAY, Practice
from sqlmodel import select

from claims import eligibility
from claims.clock import FixedClock
from claims.connect.circuit import FAILURES
from claims.coverage_view import advice_on, coverage_seen
from claims.database import reading, transaction
from claims.model import Claim, EligibilityCheck, Encounter, Exchange, Stage, WorkItem
from claims.model.types import new_id
from config.connectors import ConnectorSettings
from config.payers import load_payers
from config.settings import Settings
from deployments.sandbox import running
from tasks.eligibility import check_eligibility
from tasks.recheck import recheck
from tasks.runtime import Runtime
from tasks.sweep import sweep


@pytest.fixture
def rt(engine, clock: FixedClock, tmp_path):
    with running(today=clock.now().business.date()) as url:
        way = ConnectorSettings(base_url=url, receiver_id="SANDBOX", attempts=1)
        settings = Settings(home=tmp_path, profile="sandbox", connectors={"sandbox": way})
        yield Runtime(settings, engine, load_payers(settings), clock)


def run(rt: Runtime, work):
    async def once():
        try:
            return await work
        finally:
            await rt.hang_up()

    return asyncio.run(once())


def items(rt: Runtime) -> dict[str, str]:
    with reading(rt.engine) as session:
        return {item.kind: item.reason for item in session.exec(select(WorkItem))}


def test_the_schedule_is_swept_and_what_is_wrong_is_told_before_the_visit(rt):
    soon = rt.clock.now().business.date() + timedelta(2)
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        for member in ("PAY1", "TRM1", "COB1", "WID1"):
            patient = practice.patient(birth_date=DAY.replace(year=1980))
            practice.coverage(patient, member_id=member)
            planned = {"planned": True, "starts_on": soon, "ends_on": soon}
            session.add(Encounter(source_index=new_id(), patient_id=patient.id, **planned))
    report = run(rt, sweep(rt, None))
    assert (report.done, report.problems) == ("4 coverages asked about", [])
    told = items(rt)
    assert set(told) == {"coverage_inactive", "other_payer", "member_not_found"}
    assert "AAA 72" in told["member_not_found"]
    assert run(rt, sweep(rt, None)).done == "3 coverages asked about"  # the confirmed one is not asked again


def test_old_confirmations_are_renewed_with_the_days_batches_and_the_answer_is_kept_whole(rt):
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        old = rt.clock.now().business - timedelta(40)
        ids = []
        for member in ("ACT1", "TRM1"):
            bundle = practice.claim(coverage={"member_id": member})
            practice.filing(bundle)
            checked = {"coverage_id": bundle.coverage.id, "asked_for": DAY, "outcome": "active", "at": old}
            session.add(EligibilityCheck(**checked))
            ids.append(bundle.claim.id)
    assert run(rt, recheck(rt, None, None)) == []
    with reading(rt.engine) as session:
        covered, ended = (session.get_one(Claim, claim_id) for claim_id in ids)
        assert (covered.hold_reason, ended.hold_reason) == (None, "coverage_inactive")
        latest = coverage_seen(session, covered, phi=True)[0]
    benefits = [line.as_json() for line in latest.benefits]
    assert {"what": "copay", "service": "office visit", "whom": "individual", "value": "$25.00",
            "per": "a visit"} in benefits  # fmt: skip
    assert (latest.dates, latest.plans) == ("plan from 2026-01-01", ["SANDBOX COMMERCIAL PLAN"])
    assert latest.raw == ""  # the file answers about another patient too


def test_each_reason_tells_what_to_do_who_does_it_and_whether_it_is_asked_again():
    assert advice_on("42").endswith("(operations; it is asked again by itself)")
    assert "Check the member id" in advice_on("72")
    assert advice_on("72").endswith("(front_desk; asking again as it is will not help)")
    assert "Call the payer" in advice_on("ZZ")


@pytest.fixture
def one_by_one(rt) -> Runtime:
    """A payer that takes one patient a question."""
    way = rt.settings.connectors["sandbox"].model_copy(update={"inquiries_at_once": 1})
    settings = rt.settings.model_copy(update={"connectors": {"sandbox": way}})
    return Runtime(settings, rt.engine, rt.payers, rt.clock)


def waiting_claims(rt: Runtime, count: int) -> list[str]:
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        insured = [{"member_id": f"PAY{number}"} for number in range(count)]
        return [practice.claim(stage=Stage.ELIGIBILITY, coverage=each).claim.id for each in insured]


def faults(rt: Runtime, times: int | None = None) -> int:
    """Make so many questions fail; how many are still to."""
    with httpx.Client(base_url=rt.settings.connectors["sandbox"].base_url) as http:
        if times is not None:
            rows = [{"on": "eligibility", "how": "status:503", "times": times}]
            http.put("/sandbox/faults", json=rows).raise_for_status()
        return sum(row["times"] for row in http.get("/sandbox/faults").json())


def test_of_questions_side_by_side_one_that_is_not_answered_fails_its_own_claim_alone(one_by_one):
    ids = waiting_claims(one_by_one, 4)
    faults(one_by_one, 1)
    results = run(one_by_one, check_eligibility(one_by_one, ids, None))
    assert [result.claim_id for result in results] == ids
    assert Counter(result.outcome for result in results) == {"Done": 3, "Failed": 1}
    with reading(one_by_one.engine) as session:
        assert Counter(session.exec(select(Exchange.outcome))) == {"answered": 3, "unavailable": 1}


def test_of_many_questions_to_a_payer_that_is_down_only_the_first_are_tried(one_by_one):
    ids = waiting_claims(one_by_one, 20)
    faults(one_by_one, 99)
    results = run(one_by_one, check_eligibility(one_by_one, ids, None))
    assert {result.outcome for result in results} == {"Failed"}
    tried = 99 - faults(one_by_one)
    assert FAILURES <= tried < FAILURES + one_by_one.profile("SBXCO").pace.at_once


@pytest.mark.parametrize("at_once", [1, 100])
def test_a_claim_that_breaks_its_question_stops_no_other(rt, one_by_one, at_once, monkeypatch):
    here = one_by_one if at_once == 1 else rt
    ids = waiting_claims(here, 4)
    inquiry = eligibility.inquiry

    def breaks(asked, *rest):
        if any(asking.coverage.member_id == "PAY2" for asking in asked):
            raise ValueError
        return inquiry(asked, *rest)

    monkeypatch.setattr(eligibility, "inquiry", breaks)
    results = run(here, check_eligibility(here, ids, None))
    assert [result.outcome for result in results] == ["Done", "Done", "Failed", "Done"]
