"""A payer that is down: one work item that tells since when and what waits, not one for each claim."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from claims import work
from claims.connect import Unauthorised, Unavailable, Unconfirmed
from claims.connect.circuit import CircuitOpen
from claims.day import Line
from claims.events import Act
from claims.model import Queue, WorkItem, WorkState

SILENT = "payer_silent"
_CODES = tuple(f"{each.code}: " for each in (Unavailable, Unauthorised, Unconfirmed, CircuitOpen))


def is_silence(cause: str) -> bool:
    """Whether a failed step's cause (`step: code: words`) is that the payer was not reached."""
    _step, _, told = cause.partition(": ")
    return told.startswith(_CODES)


def tell(session: Session, act: Act, silent: Mapping[str, Line]) -> list[WorkItem]:
    """An item of operations for each payer that was not reached today; those of the others are over."""
    now = act.at.business
    standing = select(WorkItem).where(
        WorkItem.kind == SILENT, col(WorkItem.state).in_([WorkState.OPEN, WorkState.TAKEN])
    )
    since = {item.subject: item.created_at for item in session.exec(standing)}
    over = [subject for subject in since if subject.removeprefix("payer:") not in silent]
    work.cancel_all(session, over, now, "the payer was reached", [SILENT])
    return [
        work.open_item(
            session,
            act,
            queue=Queue.OPERATIONS,
            kind=SILENT,
            reason=f"{payer} has not been reached since {since.get(f'payer:{payer}', now):%Y-%m-%d}: "
            f"{line.claims} claims for {line.charge} wait. Ask it, and look at its connector; they go by "
            "themselves when it answers, and nothing goes twice.",
            subject=f"payer:{payer}",
            due_at=now,
        )
        for payer, line in sorted(silent.items())
    ]
