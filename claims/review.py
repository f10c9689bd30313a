"""The week's denials: how many, how much, why, from whom, and whose gap it was."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.model import Claim, Denial

ZERO = Decimal("0.00")


@dataclass(slots=True)
class Tally:
    denials: int = 0
    amount: Decimal = ZERO

    def add(self, amount: Decimal) -> None:
        self.denials += 1
        self.amount += amount


@dataclass(slots=True)
class Review:
    """Denials that were posted from ``since`` on, by several views of the same ones."""

    since: date
    total: Tally = field(default_factory=Tally)
    by_cause: dict[str, Tally] = field(default_factory=dict)
    by_reason: dict[str, Tally] = field(default_factory=dict)
    by_payer: dict[str, Tally] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        views = {"cause": self.by_cause, "reason": self.by_reason, "payer": self.by_payer}
        return {
            "since": self.since.isoformat(),
            "denials": self.total.denials,
            "amount": str(self.total.amount),
            "states": dict(self.states),
            **{f"by_{name}": _ordered(view) for name, view in views.items()},
        }


def review(session: Session, since: datetime, day: date) -> Review:
    """Coding against billing against front desk first: most denials come from the gap between them."""
    made = Review(day)
    query = select(Denial, Claim.payer_id).join(Claim, col(Claim.id) == col(Denial.claim_id))
    for denial, payer_id in session.exec(query.where(col(Denial.at) >= since)):
        reason = f"{denial.group_code}-{denial.reason_code}"
        made.total.add(denial.amount)
        made.by_cause.setdefault(denial.root_cause, Tally()).add(denial.amount)
        made.by_reason.setdefault(reason, Tally()).add(denial.amount)
        made.by_payer.setdefault(payer_id or "none", Tally()).add(denial.amount)
        made.states[denial.state] += 1
    return made


def _ordered(view: dict[str, Tally]) -> list[dict[str, Any]]:
    """The most dollars first."""
    rows = sorted(view.items(), key=lambda pair: (-pair[1].amount, pair[0]))
    return [{"name": name, "denials": t.denials, "amount": str(t.amount)} for name, t in rows]
