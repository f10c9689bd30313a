"""After a restore: what was sent since the copy was made is not in it, so nothing is sent until a person
of operations has compared with the receivers and finished the work item that says so.
"""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from claims import events, work
from claims.events import Act, Story
from claims.model import ControlNumber, Queue, WorkItem, WorkState

KIND = "restored"
_SUBJECT = "database"
_UNUSED = 100_000
"""How far control numbers jump: those that were used since the copy was made must not be used again."""
_REASON = (
    "This database was restored from a copy, which does not know what was sent after it was made. Compare "
    "with the receivers' lists; void or hold what they have already; then finish this item. Until then "
    "nothing is sent."
)


def pause(session: Session, act: Act) -> None:
    """Stop all sending, and use no control number twice. On record."""
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind=KIND,
        reason=_REASON,
        subject=_SUBJECT,
        due_at=act.at.business + timedelta(hours=4),
    )
    session.execute(update(ControlNumber).values(last=col(ControlNumber.last) + _UNUSED))
    events.note(session, act, "restored", Story("restored from a copy; sending waits for a comparison"))


def paused(session: Session) -> str | None:
    """Why nothing may be sent now; None when it may."""
    item = session.exec(
        select(WorkItem).where(
            WorkItem.kind == KIND, col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN])
        )
    ).first()
    return f"work item {item.id} is open: the database was restored from a copy" if item else None
