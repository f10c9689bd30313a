"""A claim whose provider the payer has not enrolled is held, with who must do what; enrolled, it goes."""

import asyncio
from datetime import date

import pytest
from factories import Practice
from sqlmodel import select

from claims.database import transaction
from claims.events import Story
from claims.lifecycle import Change, apply
from claims.model import Batch, Claim, Encounter, Exchange, Stage, WorkItem
from claims.model.types import new_id
from claims.run_plan import plan
from claims.transitions import Event
from config.payers import AuthorizationNeed, Enrolment
from config.web_partners import ConnectorSettings
from tasks.assemble import assemble
from tasks.authorization import authorize
from tasks.eligibility import check_eligibility
from tasks.poll import poll
from tasks.runtime import Runtime
from tasks.sweep import sweep

HOW = "The practice manager signs the form in the payer's portal; ten days."


def office(rt: Runtime, enrolment: Enrolment) -> Runtime:
    partner = ConnectorSettings(base_url="http://127.0.0.1:9", receiver_id="SBXCLEAR")
    settings = rt.settings.model_copy(update={"connectors": {"sandbox": partner}})
    profile = rt.payers["SBXCO"].model_copy(update={"enrolment": enrolment})
    return Runtime(settings, rt.engine, {**rt.payers, "SBXCO": profile}, rt.clock)


def enrolment(npi: str, starts: str) -> Enrolment:
    enrolled = [{"npi": npi, "transactions": ["837P"], "starts": date.fromisoformat(starts)}]
    return Enrolment.model_validate({"required": ["837P"], "how": HOW, "enrolled": enrolled})


def run(rt: Runtime) -> tuple[list[Batch], list[Claim]]:
    assert asyncio.run(assemble(rt, None, None)) == []
    with transaction(rt.engine) as session:
        return list(session.exec(select(Batch))), list(session.exec(select(Claim)))


def test_without_enrolment_nothing_is_sent_and_once_enrolled_it_goes(rt: Runtime):
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        bundle = practice.claim()
        practice.filing(bundle)
        npi = bundle.billing.npi
    batches, (claim,) = run(office(rt, enrolment(npi, "2026-03-20")))
    assert (batches, claim.hold_reason, claim.hold_owner) == ([], "not_enrolled", "operations")
    with transaction(rt.engine) as session:
        (item,) = session.exec(select(WorkItem)).all()
        assert HOW in item.reason
        assert npi in item.reason
        held = session.get_one(Claim, claim.id)
        apply(session, [Change(held, Event.RELEASED, Story("it is enrolled"))], rt.act())
    batches, _ = run(office(rt, enrolment(npi, "2026-03-01")))
    assert [batch.claims for batch in batches] == [1]


def test_what_the_payer_wants_no_enrolment_for_goes(rt: Runtime):
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        practice.filing(practice.claim())
    (batch,), _ = run(office(rt, Enrolment(required=("837I",), how=HOW)))
    assert batch.claims == 1


@pytest.fixture
def unasked(rt: Runtime) -> Runtime:
    """A payer that has enrolled nobody for its questions and remittances, and cannot be reached either."""
    return office(rt, Enrolment(required=("270", "276", "278", "835"), how=HOW))


def test_a_provider_that_may_not_ask_about_coverage_has_its_claims_held_until_it_may(rt, unasked):
    with transaction(rt.engine) as session:
        claim_id = Practice(session, rt.act()).claim(stage=Stage.ELIGIBILITY).claim.id
    (result,) = asyncio.run(check_eligibility(unasked, [claim_id], None))
    assert (result.outcome, result.message) == ("Held", "not_enrolled: waits for operations")
    with transaction(rt.engine) as session:
        (item,) = session.exec(select(WorkItem)).all()
        assert [option["id"] for option in item.options] == ["ask_payer_again", "covered"]
        assert HOW in item.reason


def test_planned_visits_and_accepted_claims_are_not_asked_about_and_operations_hears_once(rt, unasked):
    now = rt.clock.now().business
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        bundle = practice.claim(coverage={"member_id": "PAY1"})
        accepted = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
        practice.filing(bundle, *accepted, accepted_at=now, status_due_at=now)
        planned = {"planned": True, "starts_on": now.date(), "ends_on": now.date()}
        session.add(Encounter(source_index=new_id(), patient_id=bundle.patient.id, **planned))
    for _ in range(2):
        assert asyncio.run(sweep(unasked, None)).problems == []
        assert asyncio.run(poll(unasked, None)).problems == []
    with transaction(rt.engine) as session:
        reasons = list(session.exec(select(WorkItem.reason).order_by(WorkItem.subject)))
        assert session.exec(select(Exchange)).all() == []
    assert [reason.partition(" for ")[2][:3] for reason in reasons] == ["270", "276"]


def test_an_authorization_that_may_not_be_asked_for_waits_for_a_person(rt, unasked):
    asks = {"codes": ["99213"], "source": "a test", "asks": True}
    profile = unasked.payers["SBXCO"].model_copy(update={"authorization": AuthorizationNeed(**asks)})
    here = Runtime(unasked.settings, rt.engine, {"SBXCO": profile}, rt.clock)
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        claim_id = practice.claim(stage=Stage.AUTHORIZATION, lines=[{"code": "99213"}]).claim.id
    (result,) = asyncio.run(authorize(here, [claim_id], None))
    assert (result.outcome, result.message) == ("Held", "authorization_missing: waits for authorization")
    with transaction(rt.engine) as session:
        assert "not enrolled with SANDBOX COMMERCIAL for 278" in session.exec(select(WorkItem.reason)).one()


def test_the_plan_lists_what_due_claims_lack_and_what_follows(rt, unasked):
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        practice.filing(practice.claim())
        now = rt.clock.now().business
        made = plan(session, now.date(), now, unasked.payers)
    assert [(each.transaction, each.claims, each.how) for each in made.not_enrolled] == [
        (kind, 1, HOW) for kind in ("270", "276", "278", "835")
    ]
    (table,) = [each for each in made.tables() if each.title == "Providers not enrolled"]
    assert "remittances come on paper" in table.rows[-1]
