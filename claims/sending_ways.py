"""What a decision does on what was sent, a batch, a letter or a question, and may not have arrived."""

from typing import TYPE_CHECKING

from sqlmodel import col, select

from claims import batch_questions, letters, lifecycle, mailing, status, submission
from claims.connect import Receipt
from claims.errors import NotAllowed
from claims.lifecycle import Change
from claims.model import Attempt, Batch, BatchItem, Claim, Filing, Submission
from claims.transitions import Event

if TYPE_CHECKING:
    from claims.decisions import Decision


def ask_status(decision: "Decision") -> list[Change]:
    status.ask_again(decision.session, decision.act, decision.item.subject)
    return []


def batch_arrived(decision: "Decision") -> list[Change]:
    session, act = decision.session, decision.act
    batch, attempt = _doubtful(decision)
    submission.confirm(session, act, batch, attempt, Receipt(f"as {act.actor} was told"))
    return []


def batch_never(decision: "Decision") -> list[Change]:
    batch, attempt = _doubtful(decision)
    reason = f"{decision.act.actor} was told that the receiver never had it"
    submission.not_taken(decision.session, decision.act, batch, attempt, reason)
    return []


def mailed(decision: "Decision") -> list[Change]:
    batch, attempt = _doubtful(decision)
    mailing.mailed(decision.session, decision.act, batch, attempt, decision.value)
    return []


def _doubtful(decision: "Decision") -> tuple[Batch, Attempt]:
    attempt = submission.open_attempt(decision.session, decision.subject_id)
    if attempt is None:
        raise NotAllowed("This batch is not in doubt any more.", tip="Look at its run.")
    return decision.session.get_one(Batch, decision.subject_id), attempt


def letter_arrived(decision: "Decision") -> list[Change]:
    letter = letters.of_subject(decision.session, decision.item.subject)
    return letters.sent(decision.session, decision.act, letter, f"as {decision.act.actor} was told")


def letter_mailed(decision: "Decision") -> list[Change]:
    letter = letters.of_subject(decision.session, decision.item.subject)
    return letters.mailed(decision.session, decision.act, letter)


def letter_never(decision: "Decision") -> list[Change]:
    letters.not_sent(decision.session, letters.of_subject(decision.session, decision.item.subject))
    return []


def never_acknowledged(decision: "Decision") -> list[Change]:
    """The other side says it never had what we have a receipt for: it goes again, in a new batch."""
    session = decision.session
    if decision.item.claim_id is None:
        batch_questions.never_arrived(session, decision.act, decision.subject_id)
    filings = select(Filing).where(col(Filing.submission).in_([Submission.SENT, Submission.SENT_UNCONFIRMED]))
    if decision.item.claim_id is not None:
        filings = filings.where(Filing.claim_id == decision.item.claim_id)
    else:
        filings = filings.join(BatchItem, col(BatchItem.filing_id) == col(Filing.id)).where(
            BatchItem.batch_id == decision.subject_id
        )
    changes = []
    for filing in session.exec(filings).all():
        filing.batch_id = None
        session.add(filing)
        claim = session.get_one(Claim, filing.claim_id)
        changes.append(Change(claim, Event.NEVER_RECEIVED, decision.story, filing=filing))
    return changes


def never_found(decision: "Decision") -> list[Change]:
    """The payer says that it never had a claim that its front door had accepted: it goes again."""
    claim = decision.claim
    latest = select(Filing).where(Filing.claim_id == claim.id).order_by(col(Filing.created_at).desc())
    filing = decision.session.exec(latest).first()
    if filing is None or not lifecycle.allows(claim, Event.NEVER_RECEIVED, filing):
        raise NotAllowed("The claim has moved on meanwhile.", tip="Look at its trace.")
    filing.batch_id, filing.accepted_at, filing.status_due_at = None, None, None
    decision.session.add(filing)
    return [Change(claim, Event.NEVER_RECEIVED, decision.story, filing=filing)]
