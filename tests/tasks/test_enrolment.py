"""A claim whose provider the payer has not enrolled is held, with who must do what; enrolled, it goes."""

import asyncio
from datetime import date

from factories import Practice
from sqlmodel import select

from claims.database import transaction
from claims.events import Story
from claims.lifecycle import Change, apply
from claims.model import Batch, Claim, WorkItem
from claims.transitions import Event
from config.payers import Enrolment
from config.web_partners import ConnectorSettings
from tasks.assemble import assemble
from tasks.runtime import Runtime

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
