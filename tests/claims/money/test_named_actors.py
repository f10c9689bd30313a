"""Money, overrides and appeals are for named people in the right role, or not at all; each is tried."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from remits import clp
from sqlmodel import func, select

from claims import (
    appeal_outcomes,
    appeals,
    decisions,
    letters,
    lifecycle,
    manage,
    patients,
    records,
    work,
)
from claims.archive import archive
from claims.bundle import load_bundle
from claims.errors import NotAllowed, NotFound
from claims.events import PREFECT_UI, SYSTEM, Act, Story
from claims.lifecycle import Change
from claims.model import (
    AcceptedFinding,
    Account,
    Actor,
    Appeal,
    EventRow,
    Posting,
    Queue,
    RecordsRequest,
    RemittanceClaim,
    WorkItem,
)
from claims.money import denial_rules, ledger, next_payer
from claims.money.credits import refund
from claims.money.patterns import Pattern, work_pattern
from claims.money.settle import after_adjudication
from claims.money.unmatched import assign
from claims.patient_credits import apply_credit
from claims.transitions import Event
from config.office import Office, WriteOffLimit
from config.payers import Corrections

WRONG = {
    "nobody": SYSTEM,
    "a click in Prefect": PREFECT_UI,
    "somebody unknown": "zoe",
    "an auditor": "aud",
    "a biller who left": "bob",
}
RIGHT = "ada"
COUNTED = (Posting, EventRow, Appeal, AcceptedFinding, RecordsRequest)


@pytest.fixture
def world(session, act, payers, payer, accepted, second):
    """Claims that wait for each of the decisions, and people in every role but the right one."""
    for name, roles in {"aud": ["auditor"], "bob": ["biller"], RIGHT: ["admin"]}.items():
        session.add(Actor(name=name, roles=roles, active=name != "bob", since=act.at.real))
    world = SimpleNamespace(session=session, act=act, payers=payers, payer=payer)

    def settled(*words: str, again: bool = False):
        bundle = accepted()
        payer.say(clp(bundle, *words))
        if again:
            payer.say(clp(bundle, *words))
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        session.flush()
        return fresh

    def item(bundle, kind: str) -> str:
        return session.query(WorkItem).filter_by(claim_id=bundle.claim.id, kind=kind).one().id

    world.accepted, world.settled, world.item, world.second = accepted, settled, item, second
    return world


def apply(world, act, changes) -> None:
    lifecycle.apply(world.session, changes, act)


def a_write_off(world):
    claim = world.settled("CO-50 120.00").claim
    return lambda act: ledger.write_off(world.session, act, claim, Decimal("120.00"), "so", of=Account.PAYER)


def a_bill_to_the_patient(world):
    claim = world.settled("OA-96 120.00").claim
    return lambda act: ledger.bill_patient(world.session, act, claim, Decimal("120.00"), "so")


def a_payment_at_the_counter(world):
    bundle = world.settled("PR-1 40.00")
    return lambda act: apply(
        world, act, patients.pay(world.session, act, bundle, Decimal("40.00"), f"R{act.actor}")
    )


def a_credit_applied(world):
    """Each who tries has a credit of 1.00 to move."""
    bundle, other = world.settled("PR-1 40.00"), world.settled("PR-1 40.00")
    other.claim.patient_id = bundle.claim.patient_id
    cashier = Act(RIGHT, world.act.at)
    apply(world, cashier, patients.pay(world.session, cashier, bundle, Decimal("60.00"), "R1"))
    return lambda act: apply(
        world, act, apply_credit(world.session, act, bundle, other.claim, "so", Decimal("1.00"))
    )


def a_crossover_that_did_not_come(world):
    bundle = world.accepted()
    world.second(bundle)
    world.payer.say(clp(bundle, "PR-1 40.00", status="19"))
    fresh = load_bundle(world.session, bundle.claim.id)
    apply(world, world.act, after_adjudication(world.session, world.act, [fresh], world.payers))
    return lambda act: next_payer.not_forwarded(world.session, act, fresh.claim, "so")


def a_refund(world):
    claim = world.settled("CO-45 20.00", again=True).claim
    return lambda act: refund(world.session, act, claim, "cheque 1")


def a_posting_by_hand_of_an_unmatched_remittance(world):
    bundle = world.accepted()
    world.payer.say(_strange(clp(bundle, "CO-45 20.00")))
    row = world.session.query(RemittanceClaim).one()
    return lambda act: apply(world, act, assign(world.session, act, row.id, bundle.claim.id, world.payers))


def _strange(said):
    service = replace(said.services[0], references=())
    return replace(said, pcn="NOT-OURS", icn="NOT-OURS", services=(service,))


def a_decision(option: str, *words: str, kind: str = "denial", again: bool = False) -> Callable:
    def make(world):
        item = world.item(world.settled(*words, again=again), kind)
        return lambda act: decisions.decide(world.session, act, item, option, "so", world.payers)

    return make


def an_approval_of_an_appeal(world):
    bundle = world.settled("CO-50 120.00")
    item = world.item(bundle, "denial")
    decisions.decide(world.session, Act(RIGHT, world.act.at), item, "appeal", "so", world.payers)
    world.session.flush()
    appeal = world.session.query(Appeal).one()
    return lambda act: apply(world, act, appeals.approve(world.session, act, appeal))


def an_override(world):
    claim = world.accepted().claim
    option = {
        "id": "accept-1", "way": "accept", "finding": "mue.units", "place": "x", "because": "documented",
        "title": "It is documented",
    }  # fmt: skip
    item = work.open_item(
        world.session, world.act, queue=Queue.CODING, kind="coding_findings", reason="too many units",
        subject=f"claim:{claim.id}", claim=claim, options=[option],
    )  # fmt: skip
    return lambda act: decisions.decide(world.session, act, item.id, "accept-1", "so", world.payers)


def a_withdrawal(world):
    claim = world.accepted(filing={"icn": "ICN7"}).claim
    takes = {"corrections": Corrections(before_decision=True)}
    payers = {id: payer.model_copy(update=takes) for id, payer in world.payers.items()}
    return lambda act: manage.void(world.session, act, claim, "so", payers)


def a_decision_on_a_whole_pattern(world):
    world.settled("CO-16 120.00")
    pattern = Pattern("SBXCO", "CO-16")
    return lambda act: work_pattern(world.session, act, pattern, "write_off", "so", world.payers)


def records_for_a_payer(world):
    bundle = world.accepted(filing={"icn": "ICN8"})
    asked = Change(bundle.claim, Event.STATUS_INFO_REQUESTED, Story("asked"), filing=bundle.filings[0])
    lifecycle.apply(world.session, [asked], world.act)
    paper = archive(world.session, b"notes", kind="records", direction="own", at=world.act.at.real)
    fresh = load_bundle(world.session, bundle.claim.id)
    return lambda act: apply(world, act, records.approve(world.session, act, fresh, paper.id))


def records_on_a_denial(world):
    item = world.item(world.settled("CO-252 120.00"), "denial")
    paper = archive(world.session, b"notes", kind="records", direction="own", at=world.act.at.real)
    return lambda act: decisions.decide(
        world.session, act, item, "send_records", "so", world.payers, paper.id
    )


def a_write_off_above_the_limit(world):
    """Proposed by one person; every other one is tried as the second."""
    low = Office(write_off=(WriteOffLimit(role="biller", alone=Decimal(1)), WriteOffLimit(role="admin")))
    denial = world.item(world.settled("CO-50 120.00"), "denial")
    world.session.add(Actor(name="bea", roles=["biller"], since=world.act.at.real))
    world.session.flush()
    by = Act("bea", world.act.at)
    decisions.decide(world.session, by, denial, "write_off", "so", world.payers, office=low)
    world.session.flush()
    item = world.session.query(WorkItem).filter_by(kind="write_off_approval").one().id
    return lambda act: decisions.decide(
        world.session, act, item, "approve_write_off", "so", world.payers, office=low
    )


def _appeal_of(world, *, sent: bool):
    an_approval_of_an_appeal(world)
    appeal = world.session.query(Appeal).one()
    if sent:
        apply(world, world.act, appeals.approve(world.session, Act(RIGHT, world.act.at), appeal))
        letters.start_sending(world.session, appeal)
        apply(world, world.act, letters.sent(world.session, world.act, appeal, "A1"))
    return appeal


def a_decision_on_an_appeal_entered(world):
    appeal, day = _appeal_of(world, sent=True), world.act.at.business.date()
    return lambda act: apply(
        world, act, appeal_outcomes.enter(world.session, act, appeal, "upheld", day, world.payers)
    )


def a_draft_dropped(world):
    appeal = _appeal_of(world, sent=False)
    return lambda act: apply(world, act, appeals.drop(world.session, act, appeal, Story("so")))


def records_behind_an_appeal(world):
    appeal = _appeal_of(world, sent=False)
    paper = archive(world.session, b"notes", kind="records", direction="own", at=world.act.at.real)
    return lambda act: apply(
        world, act, appeals.enclose(world.session, act, appeal, paper.id, world.payers, Office())
    )


def a_row_of_the_denial_table(world):
    item = world.item(world.settled("CO-999 120.00"), "denial")
    decisions.decide(world.session, Act(RIGHT, world.act.at), item, "correct", "so", world.payers)
    (row,) = denial_rules.listed(world.session)
    answers = denial_rules.Answers("coding", "coding", words="as they say")
    return lambda act: denial_rules.adopt(world.session, act, row.id, answers)


DEEDS: dict[str, Callable] = {
    "write-off": a_write_off,
    "bill to the patient": a_bill_to_the_patient,
    "payment": a_payment_at_the_counter,
    "refund": a_refund,
    "credit applied": a_credit_applied,
    "crossover that did not come": a_crossover_that_did_not_come,
    "posting by hand": a_posting_by_hand_of_an_unmatched_remittance,
    "denial written off": a_decision("write_off", "CO-50 120.00"),
    "denial corrected": a_decision("correct", "CO-50 120.00"),
    "appeal": a_decision("appeal", "CO-50 120.00"),
    "credit refunded": a_decision("refund", "CO-45 20.00", kind="credit_balance", again=True),
    "appeal approved": an_approval_of_an_appeal,
    "override of an edit": an_override,
    "claim withdrawn": a_withdrawal,
    "whole pattern": a_decision_on_a_whole_pattern,
    "records sent": records_for_a_payer,
    "records on a denial": records_on_a_denial,
    "write-off above the limit": a_write_off_above_the_limit,
    "decision on an appeal": a_decision_on_an_appeal_entered,
    "appeal dropped": a_draft_dropped,
    "records behind an appeal": records_behind_an_appeal,
    "row of the denial table": a_row_of_the_denial_table,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_only_named_people_in_the_right_role_move_money_override_or_appeal(world, deed):
    do = DEEDS[deed](world)
    world.session.flush()
    before = _counts(world.session)
    for who, name in WRONG.items():
        with pytest.raises((NotAllowed, NotFound)):
            do(Act(name, world.act.at))
        assert _counts(world.session) == before, who
    do(Act(RIGHT, world.act.at))
    world.session.flush()
    assert _counts(world.session) != before


def _counts(session) -> list[int]:
    return [session.exec(select(func.count()).select_from(table)).one() for table in COUNTED]
