"""Giving money up: by role up to a limit, above it by a second person, each for a reason of the list."""

from decimal import Decimal

import pytest
from remits import clp
from sqlmodel import select

from claims import decisions, lifecycle
from claims.bundle import load_bundle
from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import Actor, EventRow, Posting, Role, Stage, WorkItem
from claims.money.settle import after_adjudication
from config.office import Office, WriteOffLimit

OFFICE = Office(
    write_off=(
        WriteOffLimit(role="biller", alone=Decimal("100.00"), second=Decimal("1000.00")),
        WriteOffLimit(role="admin"),
    )
)
PEOPLE = {"bea": Role.BILLER, "ben": Role.BILLER, "ada": Role.ADMIN}


@pytest.fixture
def people(session, act):
    session.add_all(Actor(name=name, roles=[role], since=act.at.real) for name, role in PEOPLE.items())
    session.flush()
    return {name: Act(name, act.at) for name in PEOPLE}


@pytest.fixture
def denied(accepted, payer, session, act, payers):
    def make(charge: str):
        bundle = accepted(lines=({"charge": Decimal(charge)},))
        payer.say(clp(bundle, f"CO-29 {charge}"))
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        return bundle.claim

    return make


@pytest.fixture
def decide(session, payers, open_work):
    def one(claim, by, option, kind="denial", value=None, office=OFFICE):
        (item,) = [each for each in open_work(kind) if each.claim_id == claim.id]
        decisions.decide(session, by, item.id, option, "no proof to be had", payers, value, office)
        session.flush()
        return claim

    return one


def given_up(session) -> list[Decimal]:
    return list(session.exec(select(Posting.amount).where(Posting.kind == "write_off")))


def test_up_to_the_limit_one_person_decides(denied, decide, people, session):
    claim = decide(denied("100.00"), people["bea"], "write_off")
    assert (claim.stage, given_up(session)) == (Stage.CLOSED, [Decimal("100.00")])


def test_above_it_nothing_is_given_up_until_a_second_person_agrees(denied, decide, people, session):
    claim = decide(denied("100.01"), people["bea"], "write_off")
    assert (claim.stage, claim.hold_reason, given_up(session)) == (Stage.DENIAL, "write_off_approval", [])
    with pytest.raises(NotAllowed, match="cannot judge their own"):
        decide(claim, people["bea"], "approve_write_off", "write_off_approval")
    decide(claim, people["ben"], "approve_write_off", "write_off_approval")
    assert (claim.stage, given_up(session)) == (Stage.CLOSED, [Decimal("100.01")])


def test_above_the_second_limit_it_takes_the_higher_role(denied, decide, people, session):
    claim = decide(denied("1000.01"), people["bea"], "write_off")
    with pytest.raises(NotAllowed, match="it needs the role admin"):
        decide(claim, people["ben"], "approve_write_off", "write_off_approval")
    decide(claim, people["ada"], "approve_write_off", "write_off_approval")
    assert given_up(session) == [Decimal("1000.01")]


def test_a_limit_that_was_lowered_meanwhile_holds(denied, decide, people, session):
    claim = decide(denied("500.00"), people["bea"], "write_off")
    lower = Office(write_off=(WriteOffLimit(role="biller", alone=Decimal(1), second=Decimal(2)),))
    with pytest.raises(NotAllowed, match="above the limit of ben"):
        decide(claim, people["ben"], "approve_write_off", "write_off_approval", office=lower)
    assert given_up(session) == []


def test_a_declined_write_off_goes_back_to_the_denial(
    denied, decide, people, session, act, payers, open_work
):
    claim = decide(denied("500.00"), people["bea"], "write_off")
    decide(claim, people["ben"], "decline_write_off", "write_off_approval")
    changes = after_adjudication(session, act, [load_bundle(session, claim.id)], payers)
    lifecycle.apply(session, changes, act)
    assert (claim.hold_reason, given_up(session)) == ("denial", [])
    assert len(open_work("denial")) == 1


def test_each_write_off_carries_a_reason_of_the_offices_list(denied, decide, people, session):
    claims = [decide(denied("80.00"), people["bea"], "write_off", value=code) for code in (None, "courtesy")]
    codes = [
        session.exec(
            select(EventRow.facts).where(EventRow.subject == claim.id, EventRow.kind == "written_off")
        ).one()["code"]
        for claim in claims
    ]
    assert codes == ["timely_filing", "courtesy"]
    with pytest.raises(BadInput, match="'because' is no reason"):
        decide(denied("80.00"), people["bea"], "write_off", value="because")


def test_money_that_comes_meanwhile_makes_the_proposal_idle(denied, decide, people, session, payer):
    claim = decide(denied("500.00"), people["bea"], "write_off")
    payer.say(clp(load_bundle(session, claim.id), "CO-45 20.00"))
    item = session.exec(select(WorkItem).where(WorkItem.kind == "write_off_approval")).one()
    assert (claim.hold_reason, item.state) == (None, "cancelled")
