"""Queries that nobody answers: each is told of, to somebody higher up each time."""

from datetime import timedelta

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.coding.waiting import facts_of, find, require_open
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Claim, ClinicianQuery, QueryState, Queue, Stage

OVERDUE = "query_overdue"
MORE_TIME = timedelta(days=3)
LADDER = (Queue.CODING, Queue.OPERATIONS)
"""Who hears of an overdue query: first the coders, who ask again; then operations, who see to it."""


def escalate(session: Session, act: Act) -> int:
    """Tell of every query whose time has passed: one step of the ladder more each three days."""
    late = select(ClinicianQuery).where(
        ClinicianQuery.state == QueryState.OPEN, col(ClinicianQuery.due_at) <= act.at.business
    )
    changes = []
    for query in session.exec(late).all():
        claim = session.get_one(Claim, query.claim_id)
        if claim.stage is Stage.CLOSED:
            _no_longer_needed(session, act, query)
            continue
        queue = LADDER[min(query.escalations, len(LADDER) - 1)]
        query.escalations += 1
        query.due_at = act.at.business + MORE_TIME
        session.add(query)
        _tell_of_silence(session, act, claim, query, queue)
        facts = {**facts_of(query), "told": queue, "times": query.escalations}
        changes.append(Change(claim, "query_overdue", Story("a clinician has not answered in time", facts)))
    lifecycle.apply(session, changes, act)
    return len(changes)


def ask_again(session: Session, act: Act, query_id: str) -> None:
    """Somebody spoke with the clinician: three days more."""
    query = find(session, query_id)
    require_open(query)
    query.due_at = act.at.business + MORE_TIME
    session.add(query)


def _tell_of_silence(session: Session, act: Act, claim: Claim, query: ClinicianQuery, queue: Queue) -> None:
    work.open_item(
        session,
        act,
        queue=queue,
        kind=OVERDUE,
        reason=f"A query of {query.asked_by} ({query.kind}) has had no answer in time.",
        subject=f"query:{query.id}",
        claim=claim,
        options=[
            {"id": "ask_again", "title": "The clinician was spoken with: wait three days more"},
            {"id": "withdraw", "title": "Take the question back and review the claim as it stands"},
        ],
        due_at=query.due_at,
    )


def _no_longer_needed(session: Session, act: Act, query: ClinicianQuery) -> None:
    """The claim was voided meanwhile."""
    query.state, query.closed_at = QueryState.WITHDRAWN, act.at.business
    session.add(query)
    work.cancel_for(session, f"query:{query.id}", act.at.business, "the claim is closed")
