"""What arrived at the bank against what remittances say was paid: by trace number, to the cent.

A deposit is an entry in the history by a named person; the latest one of a trace counts. A remittance without
a deposit, and a deposit without a remittance, are both listed until the other half comes.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims import events, work
from claims.errors import BadInput
from claims.events import Act, Story
from claims.model import EventRow, Queue, Remittance, Role
from claims.money.came_before import NOT_OURS
from claims.money.ledger import CENT, named

ENTERED = "deposit_entered"
DIFFERS = "deposit_differs"


@dataclass(frozen=True, slots=True)
class Line:
    """One trace: what the remittance says, what the bank says; None where that half is missing."""

    trace: str
    payer: str
    paid_on: date | None
    told: Decimal | None
    deposited: Decimal | None

    @property
    def state(self) -> str:
        if self.told is None:
            return "no remittance yet"
        if self.deposited is None:
            return "no deposit yet"
        return "agrees" if self.told == self.deposited else "differs"

    def as_json(self) -> dict[str, Any]:
        amounts = {"remittance": self.told, "deposit": self.deposited}
        return {
            "trace": self.trace,
            "payer": self.payer,
            "paid_on": str(self.paid_on or ""),
            **{name: None if amount is None else str(amount) for name, amount in amounts.items()},
            "state": self.state,
        }


def deposit(session: Session, act: Act, trace: str, amount: Decimal, received_on: date) -> Line:
    """Enter what the bank received under a trace number; a difference becomes work for a biller.

    Only a named biller. The same again changes nothing.
    """
    named(session, act, Role.BILLER)
    if amount < 0 or amount != amount.quantize(CENT):
        raise BadInput("A deposit is an amount in cents.", tip="Enter it as 1250.00.")
    before = _entered(session).get(trace)
    if before != amount:
        facts = {"trace": trace, "amount": amount, "received_on": received_on}
        events.note(session, act, ENTERED, Story(f"{amount} arrived under {trace}", facts))
        session.flush()
    line = next(each for each in reconcile(session) if each.trace == trace)
    subject = f"deposit:{trace}"
    if line.state == "differs":
        work.open_item(
            session,
            act,
            queue=Queue.BILLING,
            kind=DIFFERS,
            reason=f"Payment {trace}: {line.told} by the remittance, {amount} at the bank: ask the payer.",
            subject=subject[:60],
        )
    else:
        work.cancel_for(session, subject[:60], act.at.business, "the deposit agrees", (DIFFERS,))
    return line


def reconcile(session: Session) -> list[Line]:
    """Every payment with money in it, and every deposit; what does not agree first."""
    entered = _entered(session)
    lines: dict[str, Line] = {}
    ours = select(Remittance).where(Remittance.state != NOT_OURS)
    for each in session.exec(ours.order_by(col(Remittance.paid_on), col(Remittance.id))):
        told = each.amount + (lines[each.trace].told or 0 if each.trace in lines else 0)
        lines[each.trace] = Line(each.trace, each.payer_id, each.paid_on, told, entered.get(each.trace))
    due = [each for each in lines.values() if each.told or each.deposited is not None]
    due += [Line(trace, "", None, None, amount) for trace, amount in entered.items() if trace not in lines]
    return sorted(due, key=lambda each: (each.state == "agrees", each.paid_on or date.max, each.trace))


def _entered(session: Session) -> dict[str, Decimal]:
    """The latest entry of each trace."""
    notes = select(EventRow).where(EventRow.kind == ENTERED).order_by(col(EventRow.id))
    return {row.facts["trace"]: Decimal(row.facts["amount"]) for row in session.exec(notes)}
