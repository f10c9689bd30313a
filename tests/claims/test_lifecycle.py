"""The one door: every pair of the transition table, and every other road refused."""

from itertools import product

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from claims import lifecycle
from claims.errors import ClaimChanged, IllegalTransition, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Adjudication, Claim, EventRow, Filing, Hold, Stage, Submission
from claims.transitions import (
    ADJUDICATIONS,
    HOLDS,
    STAGES,
    SUBMISSIONS,
    Event,
    Position,
    advance,
    axes_of,
)

TABLES = {"stage": STAGES, "hold": HOLDS, "submission": SUBMISSIONS, "adjudication": ADJUDICATIONS}
VALUES = {
    "stage": [None, *Stage],
    "hold": [*Hold],
    "submission": [None, *Submission],
    "adjudication": [None, *Adjudication],
}


def all_pairs():
    for event in Event:
        axes = axes_of(event)
        for values in product(*(VALUES[axis] for axis in axes)):
            yield event, dict(zip(axes, values, strict=True))


@pytest.mark.parametrize("event", list(Event))
def test_every_state_and_event_pair_leads_where_the_table_says_or_is_illegal(event):
    for pair_event, values in all_pairs():
        if pair_event is not event:
            continue
        before = Position(**{"stage": Stage.READY, **values})
        legal = all((values[axis], event) in TABLES[axis] for axis in values)
        if not legal:
            with pytest.raises(IllegalTransition):
                advance(before, event)
            continue
        after = advance(before, event)
        for axis in values:
            assert getattr(after, axis) == TABLES[axis][values[axis], event]


def test_every_event_speaks_of_some_axis():
    assert all(axes_of(event) for event in Event)


def test_every_stage_can_be_reached_and_left():
    assert set(STAGES.values()) == set(Stage)
    assert {before for before, event in STAGES if STAGES[before, event] != before} == {None, *Stage}


def test_a_closed_claim_moves_only_when_money_comes():
    assert {event for before, event in STAGES if before is Stage.CLOSED} == {
        Event.REMIT_PAID,
        Event.REMIT_PARTIALLY_PAID,
        Event.REMIT_DENIED,
        Event.REMIT_ZERO_PAID,
        Event.REMIT_REVERSED,
    }


def test_an_illegal_step_raises_and_writes_nothing(practice, session: Session, act: Act):
    claim = practice.claim().claim
    before = session.exec(select(EventRow)).all()
    good = Change(claim, Event.INTAKE_COMPLETED, Story("complete"))
    bad = Change(claim, Event.SCRUBBED, Story("too early"))
    with pytest.raises(IllegalTransition):
        lifecycle.apply(session, [good, bad], act)
    assert session.exec(select(EventRow)).all() == before
    assert claim.stage is Stage.INTAKE


def test_each_change_leaves_one_event_with_from_and_to(practice, session: Session, act: Act):
    claim = practice.claim().claim
    lifecycle.apply(session, [Change(claim, Event.INTAKE_COMPLETED, Story("complete"))], act)
    last = session.exec(select(EventRow).order_by(col(EventRow.id).desc())).first()
    assert (last.kind, last.before["stage"], last.after["stage"]) == (
        "intake_completed",
        "intake",
        "eligibility",
    )
    assert (last.subject, last.number, last.hash) == (claim.id, claim.version, claim.event_head)


def test_a_writer_who_read_an_older_state_is_refused(practice, session: Session, act: Act):
    claim = practice.claim().claim
    stale = Claim.model_validate(claim.model_dump())
    lifecycle.apply(session, [Change(claim, Event.INTAKE_COMPLETED, Story("complete"))], act)
    with pytest.raises(ClaimChanged):
        lifecycle.apply(session, [Change(stale, Event.INTAKE_COMPLETED, Story("again"))], act)


@pytest.mark.parametrize(
    "road",
    [
        lambda s, c: setattr(c, "stage", Stage.CLOSED),
        lambda s, c: setattr(c, "hold_reason", "because"),
        lambda s, c: s.execute(update(Claim).where(col(Claim.id) == c.id).values(stage=Stage.CLOSED)),
        lambda s, c: s.execute(update(Filing).values(submission=Submission.SENT)),
        lambda s, c: s.execute(text("UPDATE claim SET note = NULL, stage = 'closed'")),
        lambda s, c: s.execute(text("update \"filing\" set adjudication='paid'")),
    ],
    ids=["attribute", "hold attribute", "orm update", "filing update", "sql", "quoted sql"],
)
def test_only_lifecycle_apply_writes_states(practice, session: Session, road):
    claim = practice.claim().claim

    def write() -> None:
        road(session, claim)
        session.flush()

    with pytest.raises(NotAllowed):
        write()


def test_other_columns_of_a_claim_may_be_written_freely(practice, session: Session):
    claim = practice.claim().claim
    claim.authorization_number = "A123"
    session.flush()
    session.execute(text("UPDATE claim SET clia = '01D0000001' WHERE stage = 'intake'"))


def test_history_cannot_be_changed_or_deleted(practice, session: Session):
    practice.claim()
    for statement in ("UPDATE event SET why = 'x'", "DELETE FROM event"):
        with pytest.raises(Exception, match="append-only"):
            session.execute(text(statement))
