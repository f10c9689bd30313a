"""What the scheduled runs and the Prefect form do for the coding office."""

import asyncio
from datetime import timedelta

import pytest
from factories import Practice
from sqlmodel import select

from claims import lifecycle
from claims.bundle import load_bundle
from claims.clock import FixedClock
from claims.coding import queries
from claims.database import reading, transaction
from claims.edits import coding_review
from claims.errors import NotAllowed
from claims.model import Actor, Claim, CodingAudit, Stage, WorkItem
from tasks.decisions import take_decision
from tasks.reconcile import find
from tasks.review import review_week

PAIR = ({"procedure_code": "20610"}, {"procedure_code": "99213"})


@pytest.fixture
def reviewed(rt, clock):
    """The claim after the review, in a transaction of its own."""

    def make(**fields):
        with transaction(rt.engine) as session:
            act = rt.act()
            for name, role in (("corin", "coder"), ("hale", "clinician")):
                session.merge(Actor(name=name, roles=[role], since=act.at.real))
            bundle = Practice(session, act).claim(stage=Stage.CODING_REVIEW, **fields)
            changes = coding_review(session, act, [bundle], rt.settings, rt.payers)
            lifecycle.apply(session, changes, act)
            return bundle.claim.id

    return make


def test_the_weekly_review_draws_audits_once_and_tells_no_patient(rt, reviewed):
    claim_id = reviewed()
    day, account, report = asyncio.run(review_week(rt, None))
    assert (account["coding"]["drawn"], account["coding"]["open"]) == (1, 1)
    assert "1 claims drawn for a coding audit" in report.done
    assert asyncio.run(review_week(rt, None))[1]["coding"]["drawn"] == 0
    with reading(rt.engine) as session:
        audit = session.exec(select(CodingAudit)).one()
        assert (audit.claim_id, audit.drawn_on) == (claim_id, day)
    assert "EXAMPLE" not in str(account)


def test_reconcile_raises_queries_that_nobody_answered(rt, clock, reviewed):
    claim_id = reviewed(diagnoses=("E11",))
    with transaction(rt.engine) as session:
        queries.ask(session, rt.act(actor="corin"), load_bundle(session, claim_id), "specificity")
    assert asyncio.run(find(rt, None)).unanswered == 0
    rt.clock = FixedClock(clock.now().business + timedelta(days=4))
    assert asyncio.run(find(rt, None)).unanswered == 1


def test_a_decision_from_the_form_is_carried_out_with_ids_alone(rt, reviewed):
    claim_id = reviewed(lines=PAIR)
    with reading(rt.engine) as session:
        item = session.exec(select(WorkItem)).one()
    accept = next(o for o in item.options if o.get("because") == "documented")
    with pytest.raises(NotAllowed):
        take_decision(rt, item.id, accept["id"], "hale", None)
    told = take_decision(rt, item.id, accept["id"], "corin", "run-1")
    assert told == f"coding_findings: {accept['id']}"
    with reading(rt.engine) as session:
        assert session.get_one(Claim, claim_id).stage is Stage.SCRUB


def test_a_question_from_the_form_is_asked_in_the_kinds_own_words(rt, reviewed):
    claim_id = reviewed(diagnoses=("E11",))
    with reading(rt.engine) as session:
        item = session.exec(select(WorkItem)).one()
    take_decision(rt, item.id, "ask-specificity", "corin", None)
    with reading(rt.engine) as session:
        (query,) = queries.every(session, claim_id=claim_id)
        assert query.question.startswith("Please describe the condition")
        assert session.get_one(Claim, claim_id).hold_reason == "clinician_query"
