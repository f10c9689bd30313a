"""Prior authorization: what the payer's file wants, and what happens without it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from factories import DAY
from sqlmodel import select
from visits import PAYERS, SETTINGS

from claims import decisions, lifecycle
from claims.authorization import ASK, ENTER, NOT_NEEDED, check, codes_in_need
from claims.authorization_record import enter, terms
from claims.authorization_view import authorizations_seen, one_authorization
from claims.bundle import load_bundles
from claims.edits.engine import run
from claims.edits.lookups import load_lookups
from claims.errors import BadInput
from claims.model import Queue, Stage, WorkItem, WorkState
from claims.transitions import Event
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


def need(**rule) -> dict:
    """The commercial payer's profile with one rule for scans."""
    rules = ({"codes": ("7055*",), "source": "a test", **rule},)
    asked = AuthorizationNeed.model_validate({"rules": rules})
    return {**PAYERS, "SBXCO": PAYERS["SBXCO"].model_copy(update={"authorization": asked})}


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        ({"places": ("11",)}, True),
        ({"places": ("22",)}, False),
        ({"except_places": ("11", "23")}, False),
        ({"diagnoses": ("J0*",)}, True),
        ({"diagnoses": ("M54*",)}, False),
        ({"except_diagnoses": ("J069",)}, False),
        ({"starts": DAY}, True),
        ({"starts": DAY + timedelta(1)}, False),
        ({"ends": DAY - timedelta(1)}, False),
    ],
)
def test_a_rule_speaks_of_place_diagnosis_and_day(practice, rule, needed):
    bundle = practice.claim(lines=SCAN)
    assert codes_in_need(bundle, need(**rule)["SBXCO"]) == (["70551"] if needed else [])


def series(practice, session, act, text: str, units=(1, 1, 1)):
    """A patient's visits of so many units of one code, the first of them with a number on record."""
    first, *others = [
        practice.claim(
            stage=Stage.AUTHORIZATION, lines=({"procedure_code": "70551", "units": Decimal(many)},)
        )
        for many in units
    ]
    enter(session, act, first, terms(text), ["70551"])
    for bundle in others:
        bundle.claim.patient_id = first.patient.id
        bundle.claim.coverage_id = first.coverage.id
        session.add(bundle.claim)
    session.flush()
    return load_bundles(session, [bundle.claim.id for bundle in (first, *others)])


def test_a_number_on_record_is_counted_down_and_the_claim_that_would_overdraw_it_waits(
    session, act, practice, open_work
):
    bundles = series(practice, session, act, "A77 70551=2")
    lifecycle.apply(session, check(session, act, bundles, PAYERS), act)
    assert [b.claim.authorization_number for b in bundles] == ["A77", "A77", None]
    (item,) = open_work("authorization_missing")
    assert [each["id"] for each in item.options] == [ASK, ENTER, NOT_NEEDED]
    (told,) = authorizations_seen(session, bundles[0].patient.id)
    assert (told["granted"], told["left"]) == ({"70551": "2"}, {"70551": "0"})
    assert [x["claim"] for x in one_authorization(session, told["id"])["lines"]] == [
        b.claim.id for b in sorted(bundles[:2], key=lambda b: b.lines[0].id)
    ]


def test_a_voided_claim_gives_its_units_back(session, act, practice):
    bundles = series(practice, session, act, "A77 *=2", units=(2, 2))
    checked(session, act, bundles[0])
    practice.advance(bundles[0].claim, Event.VOIDED)
    checked(session, act, bundles[1])
    assert bundles[1].claim.stage is Stage.CODING_REVIEW


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A77 70551=2 2026-02-17..2026-03-31", "not on every day"),
        ("A77 70551=1", "1 units of 70551 left, the claim bills 2"),
        ("A77 *=1.5", "1.5 units in all left"),
        ("A77 73721", "does not speak of 70551"),
    ],
)
def test_a_number_that_does_not_cover_the_claim_says_why(session, act, practice, open_work, text, said):
    (bundle,) = series(practice, session, act, text, units=(2,))
    bundle.claim.authorization_number = "A77"
    checked(session, act, bundle)
    assert said in open_work("authorization_short")[0].reason


@pytest.mark.parametrize(
    "text", ["", "A77 70551=0", "A77 70551=x", "A77 2026-13-01..", "A77 CODE-1", "A 77!", "A77 *=NaN", "A;7"]
)
def test_a_number_that_cannot_be_read_is_refused(text):
    with pytest.raises(BadInput):
        terms(text)


def test_a_number_that_ends_before_it_begins_is_refused(session, act, practice):
    with pytest.raises(BadInput, match="before it begins"):
        enter(session, act, practice.claim(), terms("A1 2026-03-01..2026-02-01"), [])


def test_what_needs_none_as_was_decided_passes_the_scrub_too(session, act, biller, practice):
    bundle = practice.claim(stage=Stage.AUTHORIZATION, lines=SCAN)
    checked(session, act, bundle)
    item = session.exec(select(WorkItem)).one()
    decisions.decide(session, biller, item.id, NOT_NEEDED, "the payer's clerk said so", PAYERS)
    checked(session, act, bundle)
    assert bundle.claim.stage is Stage.CODING_REVIEW
    lookups = load_lookups(session, [bundle], PAYERS)
    found = run([bundle], DAY, SETTINGS, None, lookups)[bundle.claim.id]
    assert "authorization.needed" not in {finding.code for finding in found}
