"""The queues: opening, taking and finishing work items, and putting a claim on hold with one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from claims.errors import NotAllowed, NotFound
from claims.events import Act, Story
from claims.lifecycle import Change, Holding
from claims.model import Actor, Claim, Document, Queue, Role, WorkItem, WorkState
from claims.transitions import Event

DUE_IN = timedelta(days=3)

ROLES: dict[Queue, tuple[Role, ...]] = {
    Queue.CODING: (Role.CODER,),
    Queue.CLINICIAN: (Role.CLINICIAN,),
    Queue.AUDIT: (Role.CODER, Role.AUDITOR),
    Queue.BILLING: (Role.BILLER,),
    Queue.FRONT_DESK: (Role.BILLER, Role.OPS),
    Queue.AUTHORIZATION: (Role.BILLER, Role.OPS),
    Queue.DENIALS: (Role.BILLER, Role.CODER),
    Queue.FOLLOW_UP: (Role.BILLER,),
    Queue.OPERATIONS: (Role.OPS,),
}
"""Who may take and finish the items of each queue; an admin may always."""


def open_item(
    session: Session,
    act: Act,
    *,
    queue: Queue,
    kind: str,
    reason: str,
    subject: str,
    claim: Claim | None = None,
    fields: Sequence[str] = (),
    options: Sequence[dict[str, Any]] = (),
    findings: Sequence[dict[str, Any]] | None = None,
    note: str | None = None,
    due_at: datetime | None = None,
) -> WorkItem:
    """One open item for each (subject, kind): opening it again refreshes what it says, it is not doubled."""
    item = session.exec(
        select(WorkItem).where(
            WorkItem.subject == subject,
            WorkItem.kind == kind,
            col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN]),
        )
    ).first()
    if item is None:
        item = WorkItem(
            claim_id=claim.id if claim else None,
            subject=subject,
            queue=queue,
            kind=kind,
            reason=reason,
            created_at=act.at.business,
            due_at=due_at or act.at.business + DUE_IN,
        )
    item.queue, item.reason, item.note = queue, reason, note
    item.fields, item.options = list(fields), list(options)
    item.findings = None if findings is None else list(findings)
    session.add(item)
    session.flush()
    return item


def open_for_file(
    session: Session,
    act: Act,
    document: Document,
    kind: str,
    told: str,
    options: Sequence[dict[str, Any]] = (),
) -> WorkItem:
    """Operations looks at a file from a mailbox, which ``told`` goes on about; its bytes are kept."""
    return open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind=kind,
        reason=f"A file from a mailbox (SHA-256 {document.sha256[:16]}…) {told}",
        subject=f"document:{document.id}",
        options=options,
    )


def hold(
    session: Session,
    act: Act,
    claim: Claim,
    *,
    queue: Queue,
    kind: str,
    reason: str,
    story: Story | None = None,
    fields: Sequence[str] = (),
    options: Sequence[dict[str, Any]] = (),
    findings: Sequence[dict[str, Any]] | None = None,
    note: str | None = None,
    due_at: datetime | None = None,
    expires: datetime | None = None,
) -> Change:
    """Open the work item and return the HELD change that belongs to it, for the caller to apply."""
    item = open_item(
        session,
        act,
        queue=queue,
        kind=kind,
        reason=reason,
        subject=f"claim:{claim.id}",
        claim=claim,
        fields=fields,
        options=options,
        findings=findings,
        note=note,
        due_at=due_at,
    )
    story = story or Story(reason)
    facts = {**story.facts, "work_item": item.id, "queue": queue, "kind": kind}
    return Change(
        claim,
        Event.HELD,
        Story(story.why, facts, story.versions, story.inputs, story.note),
        hold=Holding(kind, queue, expires),
        next_action_at=expires,
    )


def take(session: Session, item_id: str, actor: Actor) -> WorkItem:
    """Make ``actor`` the item's owner; refused when someone else has it or the role does not fit."""
    item = open_work(session, item_id)
    require_free(item, actor)
    require_role(actor, *ROLES[item.queue])
    item.owner, item.state = actor.name, WorkState.TAKEN
    session.add(item)
    return item


def finish(session: Session, item_id: str, actor: str, resolution: str, at: datetime) -> WorkItem:
    """Close the item with what was decided."""
    item = open_work(session, item_id)
    item.state, item.owner = WorkState.DONE, item.owner or actor
    item.resolution, item.closed_at = resolution, at
    session.add(item)
    return item


def cancel_for(session: Session, subject: str, at: datetime, why: str, kinds: Sequence[str] = ()) -> int:
    """Close the open items of a subject that events have overtaken; returns how many."""
    return cancel_all(session, [subject], at, why, kinds)


def cancel_all(
    session: Session, subjects: Sequence[str], at: datetime, why: str, kinds: Sequence[str] = ()
) -> int:
    """As `cancel_for`, of many subjects in one query."""
    if not subjects:
        return 0
    open_items = select(WorkItem).where(
        col(WorkItem.subject).in_(subjects), col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN])
    )
    if kinds:
        open_items = open_items.where(col(WorkItem.kind).in_(kinds))
    items = session.exec(open_items).all()
    for item in items:
        item.state, item.resolution, item.closed_at = WorkState.CANCELLED, why, at
        session.add(item)
    return len(items)


def open_work(session: Session, item_id: str) -> WorkItem:
    item = session.get(WorkItem, item_id)
    if item is None:
        raise NotFound(f"No work item {item_id}.", tip="List them with `cleanclaim work list`.")
    if item.state in (WorkState.DONE, WorkState.CANCELLED):
        raise NotAllowed(f"Work item {item.id} is already {item.state}.", tip="Nothing is left to do on it.")
    return item


def deciders(item: WorkItem, option: str | None) -> Sequence[Role]:
    """Whose decision the option is: the queue's people, unless it names others."""
    named = next((each.get("roles") for each in item.options if each["id"] == option), None)
    return [Role(role) for role in named] if named else ROLES[item.queue]


def require_free(item: WorkItem, actor: Actor) -> None:
    """Refused when someone else has the item, or when it is about the actor's own work (``not_by``)."""
    if item.owner not in (None, actor.name):
        raise NotAllowed(f"Work item {item.id} is taken by {item.owner}.", tip="Ask them to hand it over.")
    if any(actor.name == option.get("not_by") for option in item.options):
        raise NotAllowed(f"{actor.name} cannot judge their own work.", tip="Somebody else takes this item.")


def require_role(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        needed = " or ".join(roles)
        raise NotAllowed(
            f"{actor.name} may not do this: it needs the role {needed}.", tip="See `cleanclaim users list`."
        )


def open_items(session: Session, queue: Queue | None = None, owner: str | None = None) -> Sequence[WorkItem]:
    """What is open, the most urgent first."""
    query = (
        select(WorkItem)
        .where(col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN]))
        .order_by(col(WorkItem.due_at), col(WorkItem.id))
    )
    if queue is not None:
        query = query.where(WorkItem.queue == queue)
    if owner is not None:
        query = query.where(WorkItem.owner == owner)
    return session.exec(query).all()
