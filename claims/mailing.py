"""Claims on paper: printed by the connector, mailed by a person, whose word is the receipt."""

from datetime import UTC, date, datetime, time

from sqlmodel import Session

from claims import submission, work
from claims.connect import Receipt
from claims.errors import BadInput
from claims.events import Act
from claims.model import Attempt, Batch, Queue

KIND = "paper_to_mail"
_LONGEST_TRACKING = 40


def to_mail(session: Session, act: Act, batch: Batch, attempt: Attempt, reason: str) -> None:
    """One item a batch: somebody prints and mails it, and says when."""
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind=KIND,
        reason=f"{batch.claims} claims of batch {batch.id} to {batch.payer_id} go by mail. {reason}",
        subject=f"batch:{batch.id}",
        options=[
            {"id": "mailed", "title": "It was mailed: --value DATE, or --value 'DATE TRACKING-NUMBER'"},
            {"id": "never", "title": "It was not mailed and will not be: print it again"},
        ],
    )


def mailed(session: Session, act: Act, batch: Batch, attempt: Attempt, said: str | None) -> None:
    """The batch is with the payer's mail since the day that is said, under its tracking number if it has one.

    ``said`` is a date (ISO) and, after a blank, the number. Raises BadInput where it is no day between the
    printing and today.
    """
    day, tracking = _read(said)
    if not attempt.started_at.date() <= day <= act.at.real.date():
        raise BadInput(
            f"It was printed on {attempt.started_at:%Y-%m-%d}, so it was mailed between then and today.",
            tip="Look at the postmark or the mailing list.",
        )
    receipt = f"mailed {day}" + (f", tracking {tracking}" if tracking else "")
    noon = datetime.combine(day, time(12), UTC)  # the same day in every zone of the country
    submission.confirm(session, act, batch, attempt, Receipt(receipt), sent_at=noon)


def _read(said: str | None) -> tuple[date, str]:
    first, _, tracking = (said or "").strip().partition(" ")
    try:
        day = date.fromisoformat(first)
    except ValueError:
        raise BadInput(
            "When was it mailed?", tip="Give --value YYYY-MM-DD, and the tracking number."
        ) from None
    tracking = tracking.strip()
    if not (tracking.isascii() and tracking.isprintable() and len(tracking) <= _LONGEST_TRACKING):
        raise BadInput("That is no tracking number.", tip=f"At most {_LONGEST_TRACKING} letters and digits.")
    return day, tracking
