"""After a crash, and after time: dead leases go, broken-off steps are told, holds end; nothing else moves."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from claims import lifecycle, recovery, steps, submission, work
from claims.events import Act, Story
from claims.lifecycle import Change, Holding
from claims.model import BatchState, ClaimStep, Lease, Queue, Stage
from claims.transitions import Event

MINUTE = timedelta(minutes=1)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


@pytest.fixture
def held(practice, session: Session, act: Act):
    """A claim held by a queue until then."""

    def make(expires, *, stage: Stage = Stage.SCRUB):
        claim = practice.claim(stage=stage).claim
        change = work.hold(
            session,
            act,
            claim,
            queue=Queue.BILLING,
            kind="payer_asked",
            reason="an answer is due",
            expires=expires,
        )
        lifecycle.apply(session, [change], act)
        return claim

    return make


def test_dead_leases_are_removed_and_their_runs_told(session: Session, act: Act):
    for resource, owner, run, expires in (
        ("claim:a", "living", "r1", MINUTE),
        ("claim:b", "killed", "r2", MINUTE),
        ("claim:c", "living", "r3", -MINUTE),
        ("claim:d", "killed", None, MINUTE),
    ):
        session.add(Lease(resource=resource, owner=owner, run_id=run, expires_at=act.at.real + expires))
    session.flush()
    assert recovery.clear_dead_leases(session, act, lambda owner: owner == "killed") == ["r2", "r3"]
    assert recovery.clear_dead_leases(session, act, lambda owner: owner == "killed") == []
    assert session.get(Lease, "claim:a") is not None


def test_a_step_that_never_ended_is_a_failure_unless_somebody_is_at_it(practice, session: Session, act: Act):
    broken, busy, done = (practice.claim().claim for _ in range(3))
    rows = [
        steps.begin(session, [claim], "eligibility", "r1", act.at.real)[0] for claim in (broken, busy, done)
    ]
    steps.end(session, rows[2], steps.DONE, "Done", "", act.at.real)
    session.add(Lease(resource=f"claim:{busy.id}", owner="x", expires_at=act.at.real + MINUTE))
    session.flush()
    assert recovery.end_broken_steps(session, act) == 1
    session.flush()
    assert recovery.end_broken_steps(session, act) == 0
    told = {row.claim_id: (row.status, row.outcome) for row in rows}
    assert told[broken.id] == (steps.FAILED, "Interrupted")
    assert (told[busy.id][0], told[done.id][0]) == (steps.STARTED, steps.DONE)


def test_a_hold_whose_time_is_over_ends_and_the_claim_goes_on_now(session: Session, act: Act, held):
    over, not_yet, endless = held(act.at.business), held(act.at.business + MINUTE), held(None)
    assert recovery.release_expired_holds(session, act) == 1
    assert recovery.release_expired_holds(session, act) == 0
    assert (over.hold_reason, over.stage, over.next_action_at) == (None, Stage.SCRUB, act.at.business)
    assert not_yet.hold_reason == endless.hold_reason == "payer_asked"
    session.flush()
    assert {item.claim_id for item in work.open_items(session)} == {not_yet.id, endless.id}


def test_work_beside_a_hold_stays_when_the_hold_ends(session: Session, act: Act, held):
    claim = held(act.at.business)
    beside = work.open_item(
        session,
        act,
        queue=Queue.FOLLOW_UP,
        kind="status_question",
        reason="the payer asks something",
        subject=f"claim:{claim.id}",
        claim=claim,
    )
    recovery.release_expired_holds(session, act)
    session.flush()
    assert [item.id for item in work.open_items(session)] == [beside.id]


def test_a_claim_that_was_closed_while_held_does_not_stop_the_others(
    practice, session: Session, act: Act, held
):
    bundle = practice.claim()
    filing = practice.filing(bundle, Event.QUEUED, Event.SEND_STARTED, Event.SENT)
    steps_to_the_end = [
        Change(bundle.claim, Event.REMIT_PAID, Story("paid"), filing=filing),
        Change(
            bundle.claim,
            Event.HELD,
            Story("wait"),
            hold=Holding("payer_asked", "billing", act.at.business),
        ),
        Change(bundle.claim, Event.CLOSED, Story("nothing is left")),
    ]
    lifecycle.apply(session, steps_to_the_end, act)
    other = held(act.at.business)
    assert recovery.release_expired_holds(session, act) == 1
    assert (other.hold_reason, bundle.claim.stage) == (None, Stage.CLOSED)


def test_batches_in_doubt_are_those_that_may_have_arrived(session: Session, act: Act, practice):
    made = {}
    for number, state in enumerate(BatchState, start=1):
        made[state] = submission.new_batch(
            payer_id=practice.payer.id,
            connector="sandbox",
            kind="837P",
            day=act.at.business.date(),
            control=f"{number:09d}",
            group=str(number),
            charges=[],
            act=act,
        )
        made[state].state = state
    session.add_all(made.values())
    session.flush()
    doubtful = {made[BatchState.SENDING].id, made[BatchState.UNCONFIRMED].id}
    assert set(recovery.in_doubt(session)) == doubtful


def test_the_steps_of_a_claim_keep_their_attempts_through_a_crash(practice, session: Session, act: Act):
    claim = practice.claim().claim
    steps.begin(session, [claim], "eligibility", "r1", act.at.real)
    recovery.end_broken_steps(session, act)
    (again,) = steps.begin(session, [claim], "eligibility", "r2", act.at.real)
    assert again.attempt == 2
    assert session.get(ClaimStep, again.id) is again
