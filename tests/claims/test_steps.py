"""What was tried on a claim: each attempt on record, numbered within its wake."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from claims import steps
from claims.events import Act
from claims.model import ClaimStep


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def test_attempts_are_numbered_for_each_claim_and_step_and_begin_anew_with_each_wake(
    practice, session: Session, act: Act
):
    first, second = practice.claim().claim, practice.claim().claim
    now = act.at.real
    assert [row.attempt for row in steps.begin(session, [first], "scrub", None, now)] == [1]
    assert [row.attempt for row in steps.begin(session, [first, second], "scrub", "r", now)] == [2, 1]
    assert [row.attempt for row in steps.begin(session, [first], "intake", "r", now)] == [1]
    first.wake += 1
    assert [(row.wake, row.attempt) for row in steps.begin(session, [first], "scrub", "r", now)] == [(1, 1)]


def test_the_last_time_that_a_step_was_done_is_found_in_whatever_run(practice, session: Session, act: Act):
    claim = practice.claim().claim
    for run, status in (("r1", steps.DONE), ("r2", steps.DONE), ("r3", steps.FAILED)):
        (row,) = steps.begin(session, [claim], "scrub", run, act.at.real)
        steps.end(session, row, status, "outcome", "message", act.at.real)
    steps.begin(session, [claim], "scrub", "r4", act.at.real)
    session.flush()
    done = steps.last_done(session, claim.id, "scrub")
    assert done is not None
    assert (done.run_id, done.outcome, done.message, done.ended_at) == (
        "r2",
        "outcome",
        "message",
        act.at.real,
    )
    assert steps.last_done(session, claim.id, "intake") is None


def test_two_runs_cannot_record_the_same_attempt(practice, session: Session, act: Act):
    claim = practice.claim().claim
    (row,) = steps.begin(session, [claim], "scrub", None, act.at.real)
    same = {"claim_id": claim.id, "wake": 0, "step": "scrub", "attempt": row.attempt}
    session.add(ClaimStep(status=steps.STARTED, started_at=act.at.real, **same))
    with pytest.raises(IntegrityError):
        session.flush()
