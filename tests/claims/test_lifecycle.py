"""The one door: every pair of the transition table, and every other road refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier

import pytest
from factories import Practice
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from claims import lifecycle
from claims.audit.seals import seal
from claims.database import transaction
from claims.errors import ClaimChanged, IllegalTransition, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change, Holding
from claims.model import Adjudication, Claim, EventRow, Filing, Hold, Stage, Submission
from claims.money.ledger import post_charges
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


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def positions(event: Event):
    """Every combination of values on the axes that the event speaks of."""
    axes = axes_of(event)
    for values in product(*(VALUES[axis] for axis in axes)):
        yield dict(zip(axes, values, strict=True))


@pytest.mark.parametrize("event", list(Event))
def test_every_state_and_event_pair_leads_where_the_table_says_or_is_illegal(event):
    for values in positions(event):
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


def test_a_closed_claim_moves_only_when_money_comes_or_its_decision_is_to_be_replaced():
    assert {event for before, event in STAGES if before is Stage.CLOSED} == {
        Event.REMIT_PAID,
        Event.REMIT_PARTIALLY_PAID,
        Event.REMIT_DENIED,
        Event.REMIT_ZERO_PAID,
        Event.REMIT_REVERSED,
        Event.REPLACEMENT_DUE,
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


def by_attribute(session: Session, claim: Claim) -> None:
    claim.stage = Stage.CLOSED
    session.flush()


def by_hold_attribute(session: Session, claim: Claim) -> None:
    claim.hold_reason = "because"
    session.flush()


def by_orm_update(session: Session, claim: Claim) -> None:
    session.execute(update(Claim).where(col(Claim.id) == claim.id).values(stage=Stage.CLOSED))


def by_orm_bulk_update(session: Session, claim: Claim) -> None:
    session.execute(update(Claim), [{"id": claim.id, "note": "x", "stage": Stage.CLOSED}])


def by_bulk_mappings(session: Session, claim: Claim) -> None:
    session.bulk_update_mappings(Claim, [{"id": claim.id, "version": 7}])


def by_filing_update(session: Session, _claim: Claim) -> None:
    session.execute(update(Filing).values(submission=Submission.SENT))


ROADS = [
    by_attribute,
    by_hold_attribute,
    by_orm_update,
    by_orm_bulk_update,
    by_bulk_mappings,
    by_filing_update,
]


@pytest.mark.parametrize("road", ROADS)
def test_only_lifecycle_apply_writes_states(practice, session: Session, road):
    claim = practice.claim().claim
    with pytest.raises(NotAllowed):
        road(session, claim)


STATE_WRITES = [
    "UPDATE claim SET note = NULL, stage = 'closed'",
    "update \"filing\" set adjudication='paid'",
    "UPDATE claim SET clia = (SELECT max(clia) FROM claim WHERE id <> 'x'), stage = 'closed'",
    "UPDATE claim SET clia = 'WHERE', stage = 'closed'",
    "UPDATE claim SET (clia, stage) = ('x', 'closed')",
    "UPDATE claim AS c SET stage = 'closed' WHERE c.id = 'x'",
    "UPDATE main.claim SET stage = 'closed'",
    "UPDATE ONLY claim SET stage = 'closed'",
    "UPDATE OR REPLACE claim SET stage = 'closed'",
    "/* tidy up */ UPDATE claim\nSET\n  stage = 'closed'",
    "WITH old AS (SELECT id FROM claim) UPDATE claim SET stage = 'closed' WHERE id IN (SELECT id FROM old)",
    "WITH gone AS (UPDATE claim SET stage = 'closed' RETURNING id) SELECT id FROM gone",
    "INSERT INTO claim (id) VALUES ('x') ON CONFLICT (id) DO UPDATE SET stage = 'closed'",
    "INSERT OR REPLACE INTO filing (id, submission) VALUES ('x', 'sent')",
    "REPLACE INTO claim (id, stage) VALUES ('x', 'closed')",
]


def test_sql_that_writes_a_state_is_refused_in_whatever_words(session: Session):
    for statement in STATE_WRITES:
        with pytest.raises(NotAllowed):
            session.execute(text(statement))


def test_other_columns_of_a_claim_may_be_written_freely(practice, session: Session):
    claim = practice.claim().claim
    claim.authorization_number = "A123"
    session.flush()
    for statement in (
        "UPDATE claim SET clia = '01D0000001' WHERE stage = 'intake' AND hold_reason IS NULL",
        "UPDATE claim SET clia = CASE WHEN stage = 'intake' THEN '01D0000001' END",
        "UPDATE claim_line SET source_code = 'stage = '",
        "UPDATE claim SET next_action_at = NULL",
    ):
        session.execute(text(statement))


def test_history_postings_and_seals_cannot_be_changed_or_deleted(
    practice, session: Session, act: Act, keyring
):
    claim = practice.claim().claim
    post_charges(session, act, [claim])
    seal(session, act, keyring)
    for table, column in (("event", "why"), ("posting", "kind"), ("seal", "digest")):
        for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
                session.execute(text(statement))


def test_several_changes_of_one_claim_in_one_call_are_applied_in_their_order(
    practice, session: Session, act: Act
):
    claim = practice.claim().claim
    events = [Event.INTAKE_COMPLETED, Event.COVERAGE_CONFIRMED, Event.HELD]
    lifecycle.apply(session, [Change(claim, event, Story("a step")) for event in events], act)
    rows = session.exec(
        select(EventRow).where(EventRow.subject == claim.id).order_by(col(EventRow.number))
    ).all()
    assert [row.kind for row in rows] == ["imported", *events]
    assert [row.previous for row in rows] == ["", *(row.hash for row in rows[:-1])]
    session.expire_all()
    stored = session.get_one(Claim, claim.id)
    assert (stored.stage, stored.hold_reason, stored.version) == (Stage.AUTHORIZATION, "unspecified", 4)


def test_a_hold_keeps_its_place_and_a_release_clears_it(practice, session: Session, act: Act):
    claim = practice.claim(stage=Stage.SCRUB).claim
    until = act.at.business + timedelta(days=3)
    holding = Holding("missing_field", "billing", until)
    lifecycle.apply(session, [Change(claim, Event.HELD, Story("incomplete"), hold=holding)], act)
    assert (claim.stage, claim.hold_reason, claim.hold_owner) == (Stage.SCRUB, "missing_field", "billing")
    assert (claim.hold_since, claim.hold_expires) == (act.at.business, until)
    lifecycle.apply(session, [Change(claim, Event.RELEASED, Story("done"), next_action_at=until)], act)
    assert (claim.stage, claim.hold_reason, claim.hold_expires) == (Stage.SCRUB, None, None)
    assert claim.next_action_at == until


def test_something_that_happened_without_moving_the_claim_leaves_its_schedule_alone(
    practice, session: Session, act: Act
):
    claim = practice.claim().claim
    due = claim.next_action_at
    lifecycle.apply(session, [Change(claim, "letter_received", Story("a letter"))], act)
    assert (claim.stage, claim.next_action_at, claim.version) == (Stage.INTAKE, due, 2)


def test_what_an_answer_tells_of_the_filing_is_written_with_its_state(practice, session: Session, act: Act):
    bundle = practice.claim()
    filing = practice.filing(bundle, Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
    filing.status_due_at = act.at.business
    session.flush()
    told = {"icn": "ICN1", "status_due_at": None}
    paid = Change(bundle.claim, Event.REMIT_PAID, Story("paid"), filing=filing, filed=told)
    lifecycle.apply(session, [paid], act)
    assert (filing.icn, filing.status_due_at, filing in session.dirty) == ("ICN1", None, False)
    session.expire_all()
    assert (filing.icn, filing.status_due_at) == ("ICN1", None)
    assert filing.adjudication is Adjudication.PAID


def test_an_event_about_a_filing_needs_one(practice, session: Session, act: Act):
    bundle = practice.claim()
    practice.filing(bundle)
    with pytest.raises((ValueError, IllegalTransition)):
        lifecycle.apply(session, [Change(bundle.claim, Event.QUEUED, Story("to go"))], act)


@pytest.mark.postgres
def test_of_two_sessions_that_advance_one_claim_one_wins_and_the_other_is_told(
    postgresql_engine: Engine, act: Act
):
    """On SQLite the second would have waited before it read."""
    with transaction(postgresql_engine) as session:
        claim_id = Practice(session, act).claim().claim.id

    def complete(session: Session, claim: Claim) -> None:
        lifecycle.apply(session, [Change(claim, Event.INTAKE_COMPLETED, Story("complete"))], act)

    with transaction(postgresql_engine) as slow:
        read_before = slow.get_one(Claim, claim_id)
        with transaction(postgresql_engine) as fast:
            complete(fast, fast.get_one(Claim, claim_id))
        with pytest.raises(ClaimChanged), slow.begin_nested():
            complete(slow, read_before)
    with transaction(postgresql_engine) as session:
        kinds = session.exec(
            select(EventRow.kind).where(EventRow.subject == claim_id).order_by(EventRow.number)
        )
        assert kinds.all() == ["imported", "intake_completed"]


@pytest.mark.postgres
def test_two_sessions_that_advance_the_same_claims_in_opposite_order_do_not_block_each_other(
    postgresql_engine: Engine, act: Act
):
    with transaction(postgresql_engine) as session:
        practice = Practice(session, act)
        ids = [practice.claim().claim.id for _ in range(40)]
    gate = Barrier(2)

    def advance_all(order: list[str]) -> bool:
        with transaction(postgresql_engine) as session:
            claims = [session.get_one(Claim, id) for id in order]
            gate.wait()
            try:
                lifecycle.apply(
                    session, [Change(c, Event.INTAKE_COMPLETED, Story("complete")) for c in claims], act
                )
            except ClaimChanged:
                session.rollback()
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(advance_all, [ids, ids[::-1]]))
    assert sorted(won) == [False, True]
