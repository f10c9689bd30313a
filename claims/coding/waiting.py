"""How a claim waits for a clinician's answer, and where it goes on: the hold, its work item, what follows."""

import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from claims import work
from claims.coding.kinds import Kind, kind
from claims.errors import NotAllowed, NotFound
from claims.events import Act, Story
from claims.lifecycle import Change, Holding
from claims.model import Claim, ClinicianQuery, QueryState, Queue, Stage, WorkItem, WorkState
from claims.model.among import among
from claims.transitions import Event

WAITS, ANSWERED = "clinician_query", "query_answered"
_BEHIND_THE_REVIEW = (Stage.SCRUB, Stage.READY)
_CODING_FINDINGS = "coding_findings"


def find(session: Session, query_id: str) -> ClinicianQuery:
    query = session.get(ClinicianQuery, query_id)
    if query is None:
        raise NotFound(f"No query {query_id}.", tip="List them with `cleanclaim queries list`.")
    return query


def every(
    session: Session,
    state: QueryState | None = None,
    claim_id: str | None = None,
    asked_of: str | None = None,
) -> Sequence[ClinicianQuery]:
    """Queries, those that are due first in front."""
    query = select(ClinicianQuery).order_by(col(ClinicianQuery.due_at), col(ClinicianQuery.id))
    if state is not None:
        query = query.where(ClinicianQuery.state == state)
    if claim_id is not None:
        query = query.where(ClinicianQuery.claim_id == claim_id)
    if asked_of is not None:
        query = query.where(ClinicianQuery.asked_of == asked_of)
    return session.exec(query).all()


def unsettled(session: Session, claim_ids: Sequence[str]) -> dict[str, list[ClinicianQuery]]:
    """The queries that still keep each claim in the review: open ones, and answers that nobody has used."""
    states = [QueryState.OPEN, QueryState.ANSWERED]
    query = select(ClinicianQuery).where(
        among(col(ClinicianQuery.claim_id), claim_ids), col(ClinicianQuery.state).in_(states)
    )
    found: dict[str, list[ClinicianQuery]] = {}
    for each in session.exec(query.order_by(col(ClinicianQuery.asked_at), col(ClinicianQuery.id))):
        found.setdefault(each.claim_id, []).append(each)
    return found


def offered(query: ClinicianQuery) -> list[str]:
    """What the clinician may choose from; empty for an open question."""
    return list(json.loads(query.choices)) if query.choices else []


def require_open(query: ClinicianQuery) -> None:
    if query.state is not QueryState.OPEN:
        raise NotAllowed(f"Query {query.id} is {query.state}.", tip="Ask a new one where it is needed.")


def wait(session: Session, act: Act, claim: Claim, query: ClinicianQuery) -> Change:
    """One work item for each query, so that two questions on a claim are two things to answer."""
    asked = kind(query.kind)
    item = work.open_item(
        session,
        act,
        queue=Queue.CLINICIAN,
        kind=WAITS,
        reason=f"{asked.title} Asked by {query.asked_by}; the words are in the note.",
        subject=f"query:{query.id}",
        claim=claim,
        fields=query.fields,
        options=_options(asked, query),
        note=words_of(query),
        due_at=query.due_at,
    )
    if query.asked_of and item.owner is None:
        item.owner = query.asked_of
    facts = {**facts_of(query), "work_item": item.id, "queue": Queue.CLINICIAN, "kind": WAITS}
    story = Story("a clinician was asked", facts, note=query.question)
    return Change(claim, Event.HELD, story, hold=Holding(WAITS, Queue.CLINICIAN))


def going_on(session: Session, act: Act, claim: Claim, query: ClinicianQuery, story: Story) -> list[Change]:
    """Back to the hold before, where its work is still open; else on its way, through the review."""
    others = [q for q in unsettled(session, [claim.id]).get(claim.id, ()) if q.state is QueryState.OPEN]
    if others or claim.hold_reason != WAITS:
        return [Change(claim, "query_" + query.state, story)]
    before = _open_item(session, claim, query.held_before)
    if before is not None:
        return [Change(claim, Event.HELD, story, hold=Holding(before.kind, before.queue))]
    changes = [Change(claim, Event.RELEASED, story, next_action_at=act.at.business)]
    if claim.stage in _BEHIND_THE_REVIEW:
        again = Story("a query was closed, so it is reviewed again", facts_of(query))
        changes.append(Change(claim, Event.CORRECTED, again, next_action_at=act.at.business))
    return changes


def held_before(session: Session, act: Act, claim: Claim) -> str | None:
    """The hold that the question takes the place of. In the review itself there is none: it judges anew."""
    if claim.hold_reason == WAITS:
        first = every(session, QueryState.OPEN, claim.id)
        return first[0].held_before if first else None
    if claim.stage is Stage.CODING_REVIEW and claim.hold_reason == "coding_findings":
        work.cancel_for(
            session, f"claim:{claim.id}", act.at.business, f"a clinician was asked by {act.actor}",
            [claim.hold_reason],
        )  # fmt: skip
        return None
    return claim.hold_reason


def hand_over(session: Session, act: Act, claim: Claim, query: ClinicianQuery) -> None:
    """Where no review follows, the answer itself is the coder's work."""
    work.open_item(
        session,
        act,
        queue=Queue.CODING,
        kind=ANSWERED,
        reason=f"{kind(query.kind).title} The clinician has answered; the words are in the note.",
        subject=f"query:{query.id}",
        claim=claim,
        fields=query.fields,
        options=[{"id": "used", "title": "The answer is taken into the codes, or changes nothing"}],
        note=words_of(query),
    )


def words_of(query: ClinicianQuery) -> str:
    """Question, choices and, once there is one, the answer: patient data, for an encrypted note."""
    lines = [query.question or "", *(f"{n}: {words}" for n, words in enumerate(offered(query), 1))]
    return "\n".join([*lines, f"Answer: {query.answer}"] if query.answer else lines)


def facts_of(query: ClinicianQuery) -> dict[str, Any]:
    return {"query": query.id, "query_kind": query.kind, "due": query.due_at.date()}


def _options(asked: Kind, query: ClinicianQuery) -> list[dict[str, Any]]:
    """The words of the choices are patient data, so that the options only count them."""
    written = {"id": "answer", "way": "answer", "title": "Answer in words, given as the reason"}
    numbers = range(1, len(offered(query)) + 1)
    return [
        written,
        *({"id": f"choice-{n}", "way": "answer", "title": f"Choice {n} of the note"} for n in numbers),
    ]


def _open_item(session: Session, claim: Claim, kind_of_hold: str | None) -> WorkItem | None:
    return session.exec(
        select(WorkItem).where(
            WorkItem.claim_id == claim.id,
            WorkItem.kind == kind_of_hold,
            col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN]),
        )
    ).first()
