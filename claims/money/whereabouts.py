"""Where every billed dollar is: paid, adjusted, owed by a patient, or with somebody who has to do with it.

What is open has a holder: the desk or person of its work item, the payer that has the claim or is asked next,
else the run that takes the claim up again at a time that is set. What has none is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.model import Claim, Stage, WorkItem, WorkState
from claims.model.among import among
from claims.money.credits import payers_in_turn
from claims.money.ledger import Balance, balances
from claims.money.said import ZERO
from claims.portions import in_portions
from claims.transitions import WITH_PAYER

_PAYERS_TURN = (*WITH_PAYER, Stage.SECONDARY, Stage.APPEAL)
_CHUNK = 2000


@dataclass(slots=True)
class Whereabouts:
    """Sums over all claims. ``held`` is what is open, or paid too much, by who has to do with it; ``lost``
    has the claims whose money nobody holds."""

    billed: Decimal = ZERO
    paid: Decimal = ZERO
    adjusted: Decimal = ZERO
    patients: Decimal = ZERO
    held: dict[str, Decimal] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Nothing is lost, and the parts are the whole, to the cent."""
        parts = self.paid + self.adjusted + self.patients + sum(self.held.values(), ZERO)
        return not self.lost and parts == self.billed

    def as_json(self) -> dict[str, Any]:
        return {
            "billed": str(self.billed),
            "paid": str(self.paid),
            "adjusted": str(self.adjusted),
            "owed_by_patients": str(self.patients),
            "held": {who: str(amount) for who, amount in sorted(self.held.items())},
            "lost": self.lost,
            "exact": self.is_exact,
        }


def whereabouts(session: Session) -> Whereabouts:
    """Over all claims."""
    found = Whereabouts()
    claims = session.exec(select(Claim).order_by(col(Claim.id))).all()
    for some in in_portions(claims, _CHUNK):
        _add(session, found, some)
    return found


def _add(session: Session, found: Whereabouts, claims: Sequence[Claim]) -> None:
    ids = [claim.id for claim in claims]
    money, desks, payers = balances(session, ids), _desks(session, ids), payers_in_turn(session, ids)
    for claim in claims:
        owed = money[claim.id]
        found.billed += owed.charge
        found.paid += owed.paid
        found.adjusted += owed.adjusted
        _owe(found, claim, owed, desks.get(claim.id, ""), payers.get(claim.id, ""))


def _owe(found: Whereabouts, claim: Claim, owed: Balance, desk: str, payer: str) -> None:
    """A patient's debt is the patient's; a patient's credit and whatever is open needs somebody."""
    credit = min(owed.patient, ZERO)
    found.patients += owed.patient - credit
    if not owed.open and not credit:
        return
    who = holder(claim, desk, payer)
    if not who:
        found.lost.append(claim.id)
    found.held[who] = found.held.get(who, ZERO) + owed.open + credit


def holder(claim: Claim, desk: str, payer: str) -> str:
    """Who has to do with the claim now; empty where nobody has."""
    if claim.hold_owner or desk:
        return f"queue {claim.hold_owner or desk}"
    if claim.stage in _PAYERS_TURN and payer:
        return f"payer {payer}"
    return f"run at {claim.stage}" if claim.next_action_at and claim.stage is not Stage.CLOSED else ""


def _desks(session: Session, claim_ids: Sequence[str]) -> Mapping[str, str]:
    """The owner, else the queue, of each claim's oldest open work item."""
    open_ = (WorkState.OPEN, WorkState.TAKEN)
    items = select(WorkItem).where(among(col(WorkItem.claim_id), claim_ids), col(WorkItem.state).in_(open_))
    found: dict[str, str] = {}
    for item in session.exec(items.order_by(col(WorkItem.created_at))):
        found.setdefault(item.claim_id or "", item.owner or item.queue)
    return found
