"""What follows from an audit that disagrees: the claim is corrected, replaced, refunded or voided.

An overpayment that an audit finds is found on that day: the clock to give it back starts (42 CFR 401.305).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from claims import filing, lifecycle, work
from claims.bundle import Bundle, load_bundle
from claims.coding.verdicts import OVER
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.intake.correct import correct
from claims.lifecycle import Change
from claims.model import CodingAudit, Queue, Role, WorkItem
from claims.money import credits
from claims.transitions import Event
from config.payers import PayerProfile

if TYPE_CHECKING:
    from claims.decisions import Decision

DISAGREED = "audit_disagreed"
VOID = {
    "id": "void",
    "way": "void",
    "title": "Void the claim",
    "effect": "the claim is closed, or a void goes to the payer that has it",
    "roles": [Role.BILLER],
}
SETTLED = {"id": "settled", "title": "Settled with the payer, or left as it is; the reason says why"}

Payers = Mapping[str, PayerProfile]


def hand_over(
    session: Session, act: Act, audit: CodingAudit, right: Mapping[str, str], payers: Payers
) -> WorkItem:
    """The coders get the claim to put right; the right codes are one decision away, whatever became of it."""
    bundle = load_bundle(session, audit.claim_id)
    reason = f"An audit found {len(audit.errors)} codes that the record does not support."
    days = credits.refund_days(payers.get(bundle.claim.payer_id or ""))
    due = act.at.business + timedelta(days=days) if days and _over(audit) else None
    if due is not None:
        reason += f" What was paid for them is given back by {due.date()}, {days} days after it was found."
    return work.open_item(
        session,
        act,
        queue=Queue.CODING,
        kind=DISAGREED,
        reason=reason,
        subject=f"audit:{audit.id}",
        claim=bundle.claim,
        options=list(_options(session, bundle, audit, right)),
        note=audit.note,
        due_at=due,
    )


def _over(audit: CodingAudit) -> bool:
    return any(error["favours"] == OVER for error in audit.errors)


def _options(
    session: Session, bundle: Bundle, audit: CodingAudit, right: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    changes = "; ".join(f"{field} → {code or 'none'}" for field, code in right.items())
    yield {
        "id": "correct",
        "way": "put_right",
        "title": "Set the reviewer's codes; what a payer has decided goes there as a corrected claim",
        "effect": changes,
        "sets": dict(right),
    }
    if _over(audit) and bundle.filings:
        yield {
            "id": "refund_part",
            "title": "Refunded without a corrected claim: the value is the amount, the reason the cheque",
            "effect": f"the ledger gives it back and asks for it no more; {_paid(session, bundle, audit)}",
            "roles": [Role.BILLER],
        }
    yield VOID
    yield SETTLED


def _paid(session: Session, bundle: Bundle, audit: CodingAudit) -> str:
    """What the payer paid so far for the lines in question, of which the right codes may be worth a part."""
    wrong = {error["field"].split(".")[1] for error in audit.errors if error["field"].startswith("line.")}
    paid = credits.paid_by_line(session, bundle.claim.id)
    told = [f"{paid.get(x.id, 0):.2f} for line {x.number}" for x in bundle.lines if str(x.number) in wrong]
    return f"so far the payer paid {', '.join(told)}" if told else "the diagnoses alone are worth nothing"


def put_right(decision: "Decision") -> list[Change]:
    """Set the reviewer's codes. A claim that its payer has decided is opened again for its replacement."""
    session, act = decision.session, decision.act
    bundle, (option,) = load_bundle(session, decision.claim.id), decision.chosen
    if not lifecycle.allows(bundle.claim, Event.CORRECTED, bundle.filing):
        _replace(session, act, bundle, decision.payers, decision.story)
    return correct(session, act, bundle, option["sets"], decision.reason, decision.payers)


def _replace(session: Session, act: Act, bundle: Bundle, payers: Payers, story: Story) -> None:
    decided = bundle.filing
    if decided is None or not lifecycle.allows(bundle.claim, Event.REPLACEMENT_DUE, decided):
        raise NotAllowed(
            f"A claim in {bundle.claim.stage} cannot be corrected.",
            tip="Wait for the payer's answer, and decide then; the item stays open.",
        )
    if any(f.sequence != decided.sequence for f in bundle.filings):
        raise NotAllowed(
            "More than one payer has decided this claim.",
            tip="Settle it with each of them, and say how in the reason of `settled`.",
        )
    planned = filing.plan(bundle, payers)
    if planned is None or planned.frequency != "7":
        raise NotAllowed(
            f"{decided.payer_id} takes no corrected claim for this one.",
            tip="Ask the payer to reopen it, or refund what was paid too much.",
        )
    due = Change(bundle.claim, Event.REPLACEMENT_DUE, story, filing=decided, next_action_at=act.at.business)
    lifecycle.apply(session, [due], act)


def refund(decision: "Decision") -> list[Change]:
    """Enter what was given back to the payer; the reason names the cheque or the transfer."""
    amount = credits.give_back(
        decision.session, decision.act, decision.claim, _amount(decision.value), decision.reason
    )
    told = Story(f"{amount} refunded to the payer after an audit", {"amount": amount}, note=decision.reason)
    return [Change(decision.claim, "refunded", told)]


def _amount(value: str | None) -> Decimal:
    try:
        amount = Decimal(value or "")
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        raise BadInput("How much was refunded?", tip="Give the amount as the value: --value 42.10.")
    return amount
