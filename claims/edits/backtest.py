"""A rule on past claims: how many denials it would have stopped, how many good claims held."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from claims.edits.catalogue import Edit
from claims.edits.engine import run
from claims.edits.filed import Filed
from claims.edits.lookups import Lookups
from config.payers import PayerProfile
from config.settings import Settings

ZERO = Decimal("0.00")


@dataclass(slots=True)
class Backtest:
    """Of the decided filings: those with a denial and the good ones, and which of both the edit names.

    ``refused`` is what payers refused of the claims that it would have stopped, ``billed`` the charge of the
    good ones that it would have held.
    """

    edit: str
    denied: int = 0
    good: int = 0
    stopped: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    refused: Decimal = ZERO
    billed: Decimal = ZERO

    def told(self) -> str:
        stopped = f"{len(self.stopped)} of {self.denied} denied claims ({self.refused} refused)"
        held = f"{len(self.held)} of {self.good} good ones ({self.billed} billed)"
        return f"would have stopped {stopped}, and held {held}"

    def as_json(self) -> dict[str, Any]:
        return {
            "edit": self.edit,
            "denied": self.denied,
            "good": self.good,
            "stopped": len(self.stopped),
            "held": len(self.held),
            "refused": str(self.refused),
            "billed": str(self.billed),
            "stopped_claims": self.stopped,
            "held_claims": self.held,
            "reasons": dict(self.reasons.most_common()),
        }


def backtest(
    past: Iterable[Filed],
    edits: Sequence[Edit],
    settings: Settings,
    payers: Mapping[str, PayerProfile],
) -> list[Backtest]:
    """One answer for each edit, over the same past filings; each as of the day on which it was sent."""
    made = {each.id: Backtest(each.id) for each in edits}
    for one in past:
        judged = run([one.bundle], one.day, settings, None, Lookups(payers), edits)
        named = {finding.code for finding in judged[one.bundle.claim.id]}
        for id, test in made.items():
            _count(test, one, id in named)
    return list(made.values())


def _count(test: Backtest, one: Filed, named: bool) -> None:
    if one.denials:
        test.denied += 1
    elif one.good:
        test.good += 1
    if named and one.denials:
        test.stopped.append(one.filing.claim_id)
        test.refused += sum((d.amount for d in one.denials), ZERO)
        test.reasons.update({f"{d.group_code}-{d.reason_code}" for d in one.denials})
    elif named and one.good:
        test.billed += one.filing.charge
        test.held.append(one.filing.claim_id)
