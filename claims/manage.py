"""What a person does to a claim from outside its queues: hold, release, void. The actor is always named."""

from collections.abc import Mapping

from sqlmodel import Session

from claims import lifecycle, work
from claims.bundle import load_bundle
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.filing import request_void
from claims.lifecycle import Change
from claims.model import Claim, Queue, Role, Submission
from claims.money.ledger import named
from claims.transitions import Event
from config.payers import PayerProfile

MANAGERS = (Role.OPS, Role.BILLER, Role.CODER)


def hold(session: Session, act: Act, claim: Claim, reason: str) -> None:
    """Keep the claim where it is until somebody releases it; the reason stays in the encrypted note."""
    named(session, act, *MANAGERS)
    story = Story("held by a person", note=reason)
    change = work.hold(
        session,
        act,
        claim,
        queue=Queue.OPERATIONS,
        kind="held_by_person",
        reason=f"Held by {act.actor}; the reason is in the claim's history.",
        story=story,
        note=reason,
    )
    lifecycle.apply(session, [change], act)


def release(session: Session, act: Act, claim: Claim, reason: str) -> None:
    """Let the claim go on now; the work that it waited for is closed, other work on it stays."""
    named(session, act, *MANAGERS)
    waited_for = claim.hold_reason or ""
    story = Story("released by a person", {"was_held_for": waited_for}, note=reason)
    change = Change(claim, Event.RELEASED, story, next_action_at=act.at.business)
    lifecycle.apply(session, [change], act)
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, f"released by {act.actor}", [waited_for])


def void(session: Session, act: Act, claim: Claim, reason: str, payers: Mapping[str, PayerProfile]) -> None:
    """Withdraw the claim: closed when no payer has it, else a void filing goes the way of every filing."""
    named(session, act, Role.BILLER)
    bundle = load_bundle(session, claim.id)
    story = Story("voided by a person", note=reason)
    out = [f for f in bundle.filings if f.submission is not Submission.NONE]
    if any(f.submission in (Submission.QUEUED, Submission.SENDING) for f in out):
        raise NotAllowed("The claim is on its way in a batch.", tip="Wait for the receipt, then void it.")
    changes = [] if not claim.hold_reason else [Change(bundle.claim, Event.RELEASED, story)]
    if any(f.submission in (Submission.ACCEPTED, Submission.SENT, Submission.SENT_UNCONFIRMED) for f in out):
        changes.append(request_void(session, act, bundle, payers, story))
    else:
        changes.append(Change(bundle.claim, Event.VOIDED, story))
    lifecycle.apply(session, changes, act)
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, f"voided by {act.actor}")
    session.refresh(claim)
