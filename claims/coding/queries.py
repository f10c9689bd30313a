"""Questions of coders to clinicians: asked, answered, withdrawn, escalated. The claim waits meanwhile.

What is asked and answered is patient data: it stands encrypted in the query and in its work item's note.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from claims import lifecycle, users, work
from claims.bundle import Bundle
from claims.coding.kinds import check_wording, kind
from claims.coding.waiting import (
    every,
    facts_of,
    find,
    going_on,
    hand_over,
    held_before,
    offered,
    require_open,
    unsettled,
    wait,
)
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.model import (
    Claim,
    ClinicianQuery,
    QueryState,
    Role,
    Stage,
    Submission,
)
from claims.transitions import PREPARING

DUE_IN = timedelta(days=3)
ASKABLE = (*PREPARING, Stage.DENIAL)


def ask(
    session: Session,
    act: Act,
    bundle: Bundle,
    kind_id: str,
    question: str = "",
    *,
    choices: Sequence[str] = (),
    fields: Sequence[str] = (),
    asked_of: str | None = None,
    due_at: datetime | None = None,
) -> ClinicianQuery:
    """Ask, and hold the claim until there is an answer; asking the same again returns the open query.

    ``question`` is the kind's own prompt where empty. Raises NotAllowed where the actor is no coder or the
    claim is with a payer, BadInput for a question that leads or for a due date that has passed.
    """
    work.require_role(users.named(session, act.actor), Role.CODER)
    asked = kind(kind_id)
    offered, text = asked.offered(choices), question.strip() or asked.prompt
    for words in (text, *choices):
        check_wording(words)
    _require_askable(bundle)
    due = due_at or act.at.business + DUE_IN
    if due <= act.at.business:
        raise BadInput("A query is due after today.", tip="Leave --due out for three days.")
    _require_clinician(session, act, asked_of)
    query = _the_same(session, bundle.claim, kind_id, text) or ClinicianQuery(
        claim_id=bundle.claim.id,
        kind=kind_id,
        fields=list(fields),
        provider_id=bundle.claim.rendering_id or bundle.claim.attending_id,
        asked_by=act.actor,
        asked_of=asked_of,
        question=text,
        choices=json.dumps(offered) if offered else None,
        held_before=held_before(session, act, bundle.claim),
        due_at=due,
        asked_at=act.at.business,
    )
    session.add(query)
    session.flush()
    lifecycle.apply(session, [wait(session, act, bundle.claim, query)], act)
    return query


def answer(
    session: Session, act: Act, query_id: str, text: str = "", choice: str | None = None
) -> ClinicianQuery:
    """The clinician's answer; the claim goes back to the coders. Free text, one of the choices, or both.

    Raises NotAllowed for anybody but the clinician who was asked, and for a query that is closed.
    """
    query = find(session, query_id)
    require_open(query)
    person = users.named(session, act.actor)
    work.require_role(person, Role.CLINICIAN)
    if query.asked_of not in (None, person.name) or query.asked_by == person.name:
        raise NotAllowed("This query was put to somebody else.", tip="See `cleanclaim queries list`.")
    said = ". ".join(part for part in (_chosen(query, choice), text.strip()) if part)
    if not said:
        raise BadInput("An answer needs words or a choice.", tip="Use --text or --choice.")
    query.state, query.answer, query.answered_by = QueryState.ANSWERED, said, person.name
    _close(session, act, query, Story("a query was answered", facts_of(query), note=said))
    return query


def withdraw(session: Session, act: Act, query_id: str, reason: str) -> ClinicianQuery:
    """Take the question back: the claim is reviewed as it stands. A coder's right."""
    query = find(session, query_id)
    require_open(query)
    work.require_role(users.named(session, act.actor), Role.CODER)
    query.state = QueryState.WITHDRAWN
    _close(session, act, query, Story("a query was withdrawn", facts_of(query), note=reason))
    return query


def use(session: Session, act: Act, claim: Claim) -> int:
    """Every answer on the claim has been taken into its codes, or changes nothing there; returns how many."""
    found = [q for q in unsettled(session, [claim.id]).get(claim.id, ()) if q.state is QueryState.ANSWERED]
    for query in found:
        query.state = QueryState.USED
        session.add(query)
        work.cancel_for(session, f"query:{query.id}", act.at.business, f"used by {act.actor}")
    return len(found)


def _chosen(query: ClinicianQuery, choice: str | None) -> str:
    if choice is None:
        return ""
    there = offered(query)
    if choice.isdecimal() and 0 < int(choice) <= len(there):
        return there[int(choice) - 1]
    if choice in there:
        return choice
    raise BadInput("This is none of the query's choices.", tip="Give its number; see `queries show --phi`.")


def _close(session: Session, act: Act, query: ClinicianQuery, story: Story) -> None:
    query.closed_at = act.at.business
    session.add(query)
    session.flush()
    work.cancel_for(session, f"query:{query.id}", act.at.business, f"{query.state} by {act.actor}")
    claim = session.get_one(Claim, query.claim_id)
    lifecycle.apply(session, going_on(session, act, claim, query, story), act)
    if query.state is QueryState.ANSWERED and claim.stage not in PREPARING:
        hand_over(session, act, claim, query)


def _the_same(session: Session, claim: Claim, kind_id: str, text: str) -> ClinicianQuery | None:
    there = every(session, QueryState.OPEN, claim.id)
    return next((q for q in there if q.kind == kind_id and q.question == text), None)


def _require_askable(bundle: Bundle) -> None:
    claim, filing = bundle.claim, bundle.filing
    if filing is not None and filing.submission in (Submission.QUEUED, Submission.SENDING):
        raise NotAllowed("The claim is on its way in a batch.", tip="Wait for the receipt, then ask.")
    if claim.stage not in ASKABLE:
        raise NotAllowed(
            f"A claim in {claim.stage} is with its payer.", tip="Ask before it goes, or once denied."
        )


def _require_clinician(session: Session, act: Act, name: str | None) -> None:
    if name is None:
        return
    person = users.named(session, name)
    if not person.has(Role.CLINICIAN) or name == act.actor:
        raise NotAllowed(f"{name} is no clinician who could answer you.", tip="See `cleanclaim users list`.")
