"""The queues: one open item for each thing to do, an owner at a time, roles that fit."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from claims import lifecycle, work
from claims.errors import NotAllowed, NotFound
from claims.events import Act, Story
from claims.model import Actor, Queue, Role, Stage, WorkItem, WorkState


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


@pytest.fixture
def actor(session: Session, act: Act):
    def add(name: str, *roles: Role, active: bool = True) -> Actor:
        person = Actor(name=name, roles=[role.value for role in roles], active=active, since=act.at.real)
        session.add(person)
        session.flush()
        return person

    return add


def item(session: Session, act: Act, **told) -> WorkItem:
    wanted = {"queue": Queue.BILLING, "kind": "rejected", "reason": "it was rejected", "subject": "claim:c1"}
    return work.open_item(session, act, **{**wanted, **told})


def test_the_same_thing_to_do_is_opened_once_and_says_the_latest(session: Session, act: Act):
    first = item(session, act, fields=["charge"])
    again = item(session, act, reason="it was rejected again", fields=["payer"], queue=Queue.CODING)
    assert again.id == first.id
    assert (again.reason, again.fields, again.queue) == ("it was rejected again", ["payer"], Queue.CODING)
    assert item(session, act, kind="denial").id != first.id
    assert item(session, act, subject="claim:c2").id != first.id


def test_what_was_finished_is_opened_anew_when_it_comes_again(session: Session, act: Act):
    first = item(session, act)
    work.finish(session, first.id, "bea", "corrected", act.at.business)
    session.flush()
    assert item(session, act).id != first.id


def test_an_item_is_due_in_three_days_if_nobody_says_otherwise(session: Session, act: Act):
    assert item(session, act).due_at == act.at.business + timedelta(days=3)
    soon = act.at.business + timedelta(hours=1)
    assert item(session, act, kind="denial", due_at=soon).due_at == soon


def test_a_hold_opens_its_item_and_keeps_the_claim_until_then(practice, session: Session, act: Act):
    claim = practice.claim(stage=Stage.SCRUB).claim
    until = act.at.business + timedelta(days=2)
    story = Story("two fields are missing", {"edit": "E1"}, {"edits": "v1"})
    change = work.hold(
        session,
        act,
        claim,
        queue=Queue.FRONT_DESK,
        kind="missing_field",
        reason="The birth date is missing.",
        story=story,
        expires=until,
    )
    lifecycle.apply(session, [change], act)
    (opened,) = work.open_items(session, Queue.FRONT_DESK)
    assert (opened.claim_id, opened.subject) == (claim.id, f"claim:{claim.id}")
    assert (claim.hold_reason, claim.hold_owner) == ("missing_field", "front_desk")
    assert (claim.hold_expires, claim.next_action_at) == (until, until)
    assert change.story.facts == {
        "edit": "E1",
        "work_item": opened.id,
        "queue": "front_desk",
        "kind": "missing_field",
    }
    assert change.story.versions == {"edits": "v1"}


def test_one_person_at_a_time_has_an_item(session: Session, act: Act, actor):
    bea, ben = actor("bea", Role.BILLER), actor("ben", Role.BILLER)
    id = item(session, act).id
    taken = work.take(session, id, bea)
    assert (taken.owner, taken.state) == ("bea", WorkState.TAKEN)
    assert work.take(session, id, bea).owner == "bea"
    with pytest.raises(NotAllowed, match="taken by bea"):
        work.take(session, id, ben)


@pytest.mark.parametrize("queue", list(Queue))
def test_each_queue_says_which_roles_work_it(queue: Queue):
    for role in Role:
        person = Actor(name="x", roles=[role.value])
        allowed = role in (*work.ROLES[queue], Role.ADMIN)
        assert person.has(*work.ROLES[queue]) is allowed


def test_who_lacks_the_role_or_is_disabled_takes_nothing(session: Session, act: Act, actor):
    id = item(session, act).id
    for person in (actor("cora", Role.CODER), actor("gone", Role.ADMIN, active=False), actor("none")):
        with pytest.raises(NotAllowed, match="needs the role biller"):
            work.take(session, id, person)


def test_a_finished_item_says_who_decided_what_and_cannot_be_taken_again(session: Session, act: Act, actor):
    done = work.finish(session, item(session, act).id, "bea", "write_off", act.at.business)
    assert (done.state, done.owner, done.resolution) == (WorkState.DONE, "bea", "write_off")
    assert done.closed_at == act.at.business
    with pytest.raises(NotAllowed, match="already done"):
        work.take(session, done.id, actor("bea", Role.BILLER))
    with pytest.raises(NotFound):
        work.open_work(session, "nothing")


def test_events_that_overtake_work_close_it_for_that_subject_and_kind(session: Session, act: Act):
    kept = [item(session, act, subject="claim:c2"), item(session, act, kind="denial")]
    item(session, act)
    count = work.cancel_for(session, "claim:c1", act.at.business, "it was paid", ["rejected"])
    session.flush()
    assert count == 1
    assert {open.id for open in work.open_items(session)} == {each.id for each in kept}
    assert work.cancel_for(session, "claim:c1", act.at.business, "it was paid") == 1


def test_the_most_urgent_comes_first_and_the_list_can_be_narrowed(session: Session, act: Act, actor):
    now = act.at.business
    late = item(session, act, kind="a", due_at=now + timedelta(days=9))
    soon = item(session, act, kind="b", due_at=now + timedelta(days=1), queue=Queue.OPERATIONS)
    work.take(session, late.id, actor("bea", Role.BILLER))
    session.flush()
    assert [each.id for each in work.open_items(session)] == [soon.id, late.id]
    assert [each.id for each in work.open_items(session, Queue.BILLING)] == [late.id]
    assert [each.id for each in work.open_items(session, owner="bea")] == [late.id]
