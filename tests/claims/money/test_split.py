"""A claim that its payer split: several answers under numbers of their own, on one claim of ours."""

from dataclasses import replace
from decimal import Decimal

import pytest
from remits import clp

from claims.bundle import load_bundle
from claims.model import Adjudication, Denial, Stage

SAME = {"procedure_code": "87880", "charge": Decimal("30.00")}


@pytest.fixture
def ours(accepted):
    """Three lines: 120.00, and twice 30.00."""
    return accepted(lines=({}, SAME, SAME))


def part(bundle, line: int, *words: str, **said):
    return clp(bundle, *words, line=line, icn=f"PART{line}", **said)


def test_the_parts_of_a_claim_are_posted_on_it_whenever_they_come(ours, payer, settle, owed, open_work):
    payer.say(part(ours, 0, "CO-45 20.00"))
    assert settle(ours).hold_reason == "unexplained_balance"
    (item,) = open_work("unexplained_balance")
    assert "has not answered on line 2 (87880), line 3 (87880) yet, 60.00 of 180.00" in item.reason
    payer.say(part(ours, 1), part(ours, 2))
    assert (settle(ours).stage, owed(ours).paid) == (Stage.CLOSED, Decimal("160.00"))


def test_a_denied_part_beside_a_paid_one_of_the_same_charge_is_a_denial_of_its_own(
    ours, payer, settle, session, owed
):
    payer.say(part(ours, 0), part(ours, 1), part(ours, 2, "CO-50 30.00"))
    settle(ours)
    fresh = load_bundle(session, ours.claim.id)
    assert (fresh.claim.stage, fresh.filing.adjudication) == (Stage.DENIAL, Adjudication.PARTIALLY_PAID)
    assert [(d.line_id, d.state) for d in session.query(Denial)] == [(ours.lines[2].id, "open")]
    assert owed(ours).open == Decimal("30.00")


def test_parts_in_any_order_come_to_the_same(ours, payer, settle, session):
    payer.say(part(ours, 2, "CO-50 30.00"))
    payer.say(part(ours, 1))
    payer.say(part(ours, 0))
    settle(ours)
    fresh = load_bundle(session, ours.claim.id)
    assert (fresh.claim.stage, fresh.filing.adjudication) == (Stage.DENIAL, Adjudication.PARTIALLY_PAID)


def test_the_part_that_is_taken_back_is_the_one_that_is_named(ours, payer, session, owed):
    payer.say(part(ours, 1, "CO-45 10.00"), part(ours, 2, "PR-1 10.00"))
    payer.say(part(ours, 2, "PR-1 10.00", status="22"))
    assert (owed(ours).patient, owed(ours).adjusted) == (Decimal("0.00"), Decimal("10.00"))
    bare = part(ours, 1, "CO-45 10.00", status="22")
    payer.say(replace(bare, icn=""))
    assert owed(ours).open == Decimal("180.00")


def test_a_part_that_is_decided_anew_replaces_its_own_denial_alone(ours, payer, settle, session):
    payer.say(part(ours, 1, "CO-50 30.00"), part(ours, 2, "CO-50 30.00"), part(ours, 0))
    payer.say(part(ours, 1))
    assert settle(ours).stage is Stage.DENIAL
    states = {d.line_id: d.state for d in session.query(Denial)}
    assert states == {ours.lines[1].id: "ended", ours.lines[2].id: "open"}
