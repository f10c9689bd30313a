"""Payment plans: what a patient pays each month over what is owed, and what happens when a payment is missed.

While a plan is kept its claims get no statements. A payment counts whenever what is owed has become less; an
installment is missed when it has not by five days after its day.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims import work
from claims.bundle import Bundle
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Claim, PaymentPlan, Queue, Stage
from claims.model.among import among
from claims.money.ledger import CASHIERS, CENT, balances, named
from claims.transitions import Event

GRACE = timedelta(days=5)
LONGEST = 60
MISSED = "plan_missed"
_OPTIONS = (
    {"id": "wait", "title": "The patient will pay: look again in two weeks"},
    {"id": "end_plan", "title": "The plan is over: statements go on"},
    {"id": "write_off", "title": "Write it off"},
)
_DUNNED = ("patient_unpaid", MISSED)
"""Holds that a plan, or enough money, settles."""


@dataclass(frozen=True, slots=True)
class Installment:
    due: date
    amount: Decimal


def schedule(amount: Decimal, installment: Decimal, first_due: date) -> list[Installment]:
    """Monthly on the day of the first one, or the month's last; the last installment is the rest."""
    found: list[Installment] = []
    while amount > 0:
        found.append(Installment(_months_after(first_due, len(found)), min(installment, amount)))
        amount -= installment
    return found


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def agree(
    session: Session, act: Act, bundles: Sequence[Bundle], installment: Decimal, first_due: date
) -> tuple[PaymentPlan, list[Change]]:
    """A plan over claims of one patient that wait for their patient, entered by a biller or ops.

    Raises NotAllowed where a claim is not the patient's to pay or has a plan, BadInput for what cannot be.
    """
    named(session, act, *CASHIERS)
    claims = [bundle.claim for bundle in bundles]
    amount = _owed(session, claims)
    _check(session, act, claims, amount, installment, first_due)
    plan = PaymentPlan(
        patient_id=claims[0].patient_id,
        claim_ids=[claim.id for claim in claims],
        amount=amount,
        installment=installment,
        first_due=first_due,
        agreed_by=act.actor,
        at=act.at.business,
    )
    session.add(plan)
    session.flush()
    count = len(schedule(amount, installment, first_due))
    why = f"payment plan: {amount} in {count} monthly payments of {installment}, from {first_due}"
    facts = {"plan": plan.id, "amount": amount, "installment": installment, "first_due": first_due}
    return plan, [c for claim in claims for c in _settled(session, act, claim, Story(why, facts), first_due)]


def _settled(session: Session, act: Act, claim: Claim, story: Story, due: date) -> list[Change]:
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, "a payment plan", _DUNNED)
    released = [Change(claim, Event.RELEASED, story)] if claim.hold_reason in _DUNNED else []
    return [*released, Change(claim, Event.PATIENT_WAITS, story, next_action_at=_after(act, due))]


def _after(act: Act, due: date) -> datetime:
    return datetime.combine(due + GRACE, time(), act.at.business.tzinfo)


def _owed(session: Session, claims: Iterable[Claim]) -> Decimal:
    owed = balances(session, [claim.id for claim in claims])
    return sum((each.patient for each in owed.values()), Decimal("0.00"))


def _check(
    session: Session,
    act: Act,
    claims: Sequence[Claim],
    amount: Decimal,
    installment: Decimal,
    first_due: date,
) -> None:
    planned = active(session, [claim.patient_id for claim in claims])
    for claim in claims:
        if claim.stage is not Stage.PATIENT:
            raise NotAllowed(
                f"Claim {claim.pcn} does not wait for its patient.", tip="Look where it stands first."
            )
        if claim.id in planned:
            raise NotAllowed(
                f"Claim {claim.pcn} has a plan, {planned[claim.id].id}.", tip="Cancel that one first."
            )
    if len({claim.patient_id for claim in claims}) != 1:
        raise BadInput("These claims are of several patients.", tip="Make a plan for each.")
    if not CENT <= installment <= amount or installment != installment.quantize(CENT):
        raise BadInput(f"{installment} is no installment of {amount}.", tip="Enter it as 25.00.")
    if amount > installment * LONGEST:
        raise BadInput(f"That takes more than {LONGEST} months.", tip="Agree on more a month.")
    if not act.at.business.date() <= first_due <= act.at.business.date() + timedelta(days=62):
        raise BadInput("The first payment is due today or within two months.", tip="Enter a day.")


def active(session: Session, patient_ids: Iterable[str]) -> dict[str, PaymentPlan]:
    """The plan of each claim that has one."""
    plans = select(PaymentPlan).where(
        among(col(PaymentPlan.patient_id), patient_ids), PaymentPlan.state == "active"
    )
    return {claim_id: plan for plan in session.exec(plans) for claim_id in plan.claim_ids}


def behind(session: Session, plan: PaymentPlan, today: date) -> Decimal:
    """How much of what was due, with five days of grace, has not come."""
    ahead = schedule(plan.amount, plan.installment, plan.first_due)
    due = sum((each.amount for each in ahead if each.due + GRACE <= today), Decimal("0.00"))
    came = plan.amount - _owed(session, _claims(session, plan))
    return max(due - came, Decimal("0.00"))


def _claims(session: Session, plan: PaymentPlan) -> list[Claim]:
    return list(session.exec(select(Claim).where(among(col(Claim.id), plan.claim_ids))))


def look(session: Session, act: Act, claim: Claim, plan: PaymentPlan) -> Change:
    """The claim waits for the next installment, or a person must see that one was missed."""
    today = act.at.business.date()
    missing = behind(session, plan, today)
    if not missing:
        ahead = schedule(plan.amount, plan.installment, plan.first_due)
        due = next((each.due for each in ahead if each.due + GRACE > today), today)
        story = Story(f"payment plan kept; the next payment is due on {due}", {"plan": plan.id})
        return Change(claim, Event.PATIENT_WAITS, story, next_action_at=_after(act, due))
    reason = f"Payment plan: {missing} that was due has not come. Call the patient."
    return work.hold(session, act, claim, queue=Queue.FOLLOW_UP, kind=MISSED, reason=reason, options=_OPTIONS)


def paid(session: Session, act: Act, claim: Claim, owed: Decimal) -> list[Change]:
    """After a payment: a plan that nothing is owed of any more is kept, a hold for missing money ends."""
    plan = active(session, [claim.patient_id]).get(claim.id)
    caught_up = plan is not None and not behind(session, plan, act.at.business.date())
    if plan is not None and _owed(session, _claims(session, plan)) <= 0:
        plan.state = "kept"
        session.add(plan)
    if claim.hold_reason not in _DUNNED or not (owed <= 0 or caught_up):
        return []
    why = "the patient has paid"
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, why, _DUNNED)
    return [Change(claim, Event.RELEASED, Story(why), next_action_at=act.at.business)]


def cancel(session: Session, act: Act, plan_id: str, reason: str) -> list[Change]:
    """The plan is over: its claims get statements again. A biller's or ops' word, with a reason."""
    named(session, act, *CASHIERS)
    plan = session.get(PaymentPlan, plan_id)
    if plan is None:
        raise NotFound(f"No payment plan {plan_id}.", tip="List them with `cleanclaim plans list`.")
    if plan.state != "active":
        raise NotAllowed(f"Plan {plan.id} is {plan.state} already.", tip="Nothing is left to do.")
    if not reason.strip():
        raise BadInput("Why is the plan over?", tip="Give a reason.")
    plan.state = "cancelled"
    session.add(plan)
    story = Story("the payment plan is over", {"plan": plan.id}, note=reason)
    waiting = [claim for claim in _claims(session, plan) if claim.stage is Stage.PATIENT]
    return [change for claim in waiting for change in _unplanned(session, act, claim, story)]


def _unplanned(session: Session, act: Act, claim: Claim, story: Story) -> list[Change]:
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, "the plan is over", (MISSED,))
    released = [Change(claim, Event.RELEASED, story)] if claim.hold_reason == MISSED else []
    return [*released, Change(claim, Event.PATIENT_WAITS, story, next_action_at=act.at.business)]


def listed(session: Session, today: date, *, every: bool = False) -> list[Mapping[str, Any]]:
    """Active plans, or all: what was agreed, what is left, what is behind and the next day."""
    plans = select(PaymentPlan).order_by(col(PaymentPlan.first_due), col(PaymentPlan.id))
    rows = session.exec(plans if every else plans.where(PaymentPlan.state == "active"))
    return [_row(session, plan, today) for plan in rows]


def _row(session: Session, plan: PaymentPlan, today: date) -> Mapping[str, Any]:
    claims = _claims(session, plan)
    ahead = schedule(plan.amount, plan.installment, plan.first_due)
    open_ = plan.state == "active"
    return {
        "id": plan.id,
        "claims": [claim.pcn for claim in claims],
        "amount": str(plan.amount),
        "installment": str(plan.installment),
        "payments": len(ahead),
        "owed": str(_owed(session, claims)),
        "behind": str(behind(session, plan, today)) if open_ else "",
        "next": str(next((each.due for each in ahead if each.due >= today), "")) if open_ else "",
        "state": plan.state,
        "agreed_by": plan.agreed_by,
    }
