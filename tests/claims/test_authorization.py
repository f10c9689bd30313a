"""Prior authorization: what the payer's file wants, and what happens without it."""

from sqlmodel import select
from visits import PAYERS

from claims import lifecycle
from claims.authorization import check, codes_in_need
from claims.model import Queue, Stage, WorkItem, WorkState
from config.payers import AuthorizationNeed

SCAN = ({"procedure_code": "70551"},)


def checked(session, act, bundle):
    lifecycle.apply(session, check(session, act, [bundle], PAYERS), act)


def test_a_visit_that_needs_no_authorization_goes_on(session, act, practice):
    bundle = practice.claim(stage=Stage.AUTHORIZATION)
    checked(session, act, bundle)
    assert bundle.claim.stage is Stage.CODING_REVIEW
    assert bundle.claim.next_action_at == act.at.business


def test_a_scan_without_its_authorization_is_held_for_the_authorization_queue(session, act, practice):
    bundle = practice.claim(stage=Stage.AUTHORIZATION, lines=SCAN)
    checked(session, act, bundle)
    item = session.exec(select(WorkItem)).one()
    assert (bundle.claim.stage, bundle.claim.hold_owner) == (Stage.AUTHORIZATION, Queue.AUTHORIZATION)
    assert "70551" in item.reason


def test_entering_the_number_lets_the_claim_go_and_ends_the_work(session, act, practice):
    bundle = practice.claim(stage=Stage.AUTHORIZATION, lines=SCAN)
    checked(session, act, bundle)
    bundle.claim.authorization_number = "AUTH-1"
    checked(session, act, bundle)
    assert bundle.claim.stage is Stage.CODING_REVIEW
    assert session.exec(select(WorkItem)).one().state is WorkState.CANCELLED


def test_a_prefix_in_the_payers_file_covers_a_family_of_codes(practice):
    need = AuthorizationNeed(codes=("7055*", "73721"), source="a test")
    profile = PAYERS["SBXCO"].model_copy(update={"authorization": need})
    bundle = practice.claim(lines=(*SCAN, {"procedure_code": "70450"}, {"procedure_code": "73721"}))
    assert codes_in_need(bundle, profile) == ["70551", "73721"]
