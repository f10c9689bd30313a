"""What a patient paid too much: work for a biller, who gives it back or applies it to another claim."""

from collections.abc import Sequence
from decimal import Decimal

from sqlmodel import Session, col, select

from claims import plans, work
from claims.bundle import Bundle
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Claim, Coverage, Queue, Role, Stage
from claims.money.credits import move_credit
from claims.money.ledger import Balance, balance, balances, named
from claims.money.said import ZERO
from claims.transitions import Event

CREDIT = "patient_credit"
OPTIONS = (
    {"id": "refund", "title": "Given back: the reason names the cheque"},
    {
        "id": "apply_credit",
        "title": "Apply it to another claim: name that one with --value",
        "roles": [Role.BILLER],
    },
    {"id": "wait", "title": "The refund is on its way"},
)


def hold_credit(session: Session, act: Act, bundle: Bundle, owed: Balance) -> Change:
    """A claim that waits for its patient alone stays until somebody has given the credit back."""
    reason = _too_much(session, bundle.claim, owed)
    return work.hold(
        session, act, bundle.claim, queue=Queue.BILLING, kind=CREDIT, reason=reason, options=OPTIONS
    )


def show_credit(session: Session, act: Act, bundle: Bundle, owed: Balance) -> None:
    """The same for a closed claim, which nothing else looks at."""
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind=CREDIT,
        reason=_too_much(session, bundle.claim, owed),
        subject=f"claim:{bundle.claim.id}",
        claim=bundle.claim,
        options=OPTIONS,
    )


def _too_much(session: Session, claim: Claim, owed: Balance) -> str:
    others = [f"{amount} is owed on {other.pcn}" for other, amount in owing(session, claim)]
    apply = f", or apply it: {', '.join(others)}" if others else ""
    return f"The patient has paid {-owed.patient} too much: give it back{apply}."


def owing(session: Session, claim: Claim) -> list[tuple[Claim, Decimal]]:
    """The patient's other claims that wait for the patient, the oldest service first, with what is owed."""
    rows = select(Claim).where(
        Claim.patient_id == claim.patient_id, Claim.id != claim.id, Claim.stage == Stage.PATIENT
    )
    claims = session.exec(rows.order_by(col(Claim.from_date), col(Claim.id))).all()
    money = balances(session, [each.id for each in claims])
    return [(each, money[each.id].patient) for each in claims if money[each.id].patient > 0]


def apply_credit(
    session: Session, act: Act, source: Bundle, target: Claim, reason: str, amount: Decimal | None = None
) -> list[Change]:
    """Let what was paid too much on one claim pay another one: a named biller's entry.

    ``amount`` is all of it where it is None, and never more than is owed there. Both are claims of one
    patient, or of a family under one member number, and no payer is to decide on either. Raises NotAllowed,
    and BadInput for an amount that cannot be.
    """
    named(session, act, Role.BILLER)
    _check_claims(session, source.claim, target)
    credit, owed = -balance(session, source.claim.id).patient, balance(session, target.id).patient
    most = min(credit, owed)
    if most <= 0:
        told = f"{max(credit, ZERO)} is too much here and {max(owed, ZERO)} is owed there."
        raise NotAllowed(told, tip="Look at both balances.")
    moved = most if amount is None else amount
    if not 0 < moved <= most:
        raise BadInput(f"{moved} cannot be applied.", tip=f"At most {most}.")
    move_credit(session, act, source.claim, target, moved)
    story = Story(
        f"{moved} paid too much on {source.claim.pcn} applied to {target.pcn}",
        {"amount": moved, "from": source.claim.id, "to": target.id},
        note=reason,
    )
    return [*_given(session, act, source, story), *paid_on(session, act, target, story, owed - moved)]


def _check_claims(session: Session, source: Claim, target: Claim) -> None:
    if source.id == target.id:
        raise NotAllowed("It is the same claim.", tip="Name the claim that is to be paid.")
    if source.stage not in (Stage.PATIENT, Stage.CLOSED):
        raise NotAllowed("A payer is still to decide on this claim.", tip="Wait for what the patient owes.")
    if target.stage is not Stage.PATIENT:
        raise NotAllowed(f"{target.pcn} does not wait for its patient.", tip="Choose one that does.")
    if source.patient_id != target.patient_id and not _one_family(session, source, target):
        raise NotAllowed("It is another patient's, under another member number.", tip="Give the credit back.")


def _one_family(session: Session, source: Claim, target: Claim) -> bool:
    """Whether both are covered by one payer under one member number."""
    numbers: Sequence[set[tuple[str, str | None]]] = [
        {
            (each.payer_id, each.member_id_index)
            for each in session.exec(select(Coverage).where(Coverage.patient_id == claim.patient_id))
            if each.member_id_index
        }
        for claim in (source, target)
    ]
    return bool(numbers[0] & numbers[1])


def _given(session: Session, act: Act, bundle: Bundle, story: Story) -> list[Change]:
    """The claim with the credit: done with, or shown again with what is left."""
    claim, owed = bundle.claim, balance(session, bundle.claim.id)
    told = Change(claim, "credit_applied", story)
    if owed.patient < 0 and claim.stage is Stage.PATIENT:
        return [told, hold_credit(session, act, bundle, owed)]
    if owed.patient < 0:
        show_credit(session, act, bundle, owed)
        return [told]
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, "the credit was applied", [CREDIT])
    released = [Change(claim, Event.RELEASED, story)] if claim.hold_reason == CREDIT else []
    ends = claim.stage is Stage.PATIENT and not owed.open
    settled = [Change(claim, Event.CLOSED, Story("the patient owes nothing more"))] if ends else []
    return [told, *released, *settled]


def paid_on(session: Session, act: Act, claim: Claim, story: Story, left: Decimal) -> list[Change]:
    """What a patient's payment does to a claim that waits for its patient: closed where nothing is left."""
    changes = [Change(claim, Event.PATIENT_PAID, story, next_action_at=claim.next_action_at)]
    changes += plans.paid(session, act, claim, left)
    if not left and (not claim.hold_reason or len(changes) > 1):
        changes.append(Change(claim, Event.CLOSED, Story("the patient owes nothing more")))
    return changes
