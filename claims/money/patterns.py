"""Denials of one kind worked in one go: all CO-16 N290 of one payer, each claim with its own history.

A pattern is payer, group, reason and, where one is given, a remark. Each claim's open item is decided as if a
person had opened it, in a savepoint of its own: one that cannot be decided so is told and left as it was.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.decisions import decide
from claims.errors import BadInput, CleanclaimError
from claims.events import Act
from claims.model import Claim, Denial, Filing, RemittanceClaim, Role, WorkItem, WorkState
from claims.money.decisions import SHIPPED
from claims.money.denials import amount
from claims.money.ledger import named
from claims.money.prospects import TITLES
from config.office import Office
from config.payers import PayerProfile

MOST = 1000
Value = Callable[[Claim], str | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """``reason`` as in CO-16; ``remark`` a RARC, empty for any."""

    payer: str
    reason: str
    remark: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.payer, self.reason, self.remark) if part)

    def fits(self, denials: Iterable[Denial]) -> bool:
        """Whether every one of a claim's open denials is of this pattern: else it needs eyes of its own."""
        return all(
            f"{each.group_code}-{each.reason_code}" == self.reason
            and (not self.remark or self.remark in each.remarks)
            for each in denials
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim whose denial waits for a decision; ``item`` is its work item."""

    item: WorkItem
    payer: str
    denials: tuple[Denial, ...]

    @property
    def options(self) -> list[str]:
        return [each["id"] for each in self.item.options]


@dataclass(slots=True)
class Worked:
    """What became of each claim: ``done`` by its id, ``left`` with the reason why not."""

    pattern: Pattern
    option: str
    amount: Decimal = Decimal("0.00")
    done: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "pattern": str(self.pattern),
            "option": self.option,
            "amount": str(self.amount),
            "done": self.done,
            "left": self.left,
        }


def waiting(session: Session, payer: str | None = None) -> list[Waiting]:
    """Claims held for a denial that nobody else has taken, the most urgent first."""
    items = session.exec(
        select(WorkItem)
        .where(WorkItem.kind == "denial", WorkItem.state == WorkState.OPEN)
        .order_by(col(WorkItem.due_at), col(WorkItem.id))
    ).all()
    open_denials = (
        select(Denial, Filing.payer_id)
        .join(Filing, col(Filing.id) == col(Denial.filing_id))
        .join(RemittanceClaim, col(RemittanceClaim.id) == col(Denial.remittance_claim_id))
        .where(Denial.state == "open", col(RemittanceClaim.undone_by).is_(None))
    )
    of_claim: dict[str, list[tuple[Denial, str]]] = {}
    for denial, payer_id in session.exec(open_denials):
        of_claim.setdefault(denial.claim_id, []).append((denial, payer_id))
    return [
        Waiting(item, found[0][1], tuple(denial for denial, _ in found))
        for item in items
        if (found := of_claim.get(item.claim_id or "")) and payer in (None, found[0][1])
    ]


def patterns(session: Session) -> list[dict[str, Any]]:
    """What waits, by pattern, the most dollars first; the options are those that all of its claims have."""
    groups: dict[Pattern, list[Waiting]] = {}
    for each in waiting(session):
        groups.setdefault(_pattern_of(each), []).append(each)
    rows = [
        {
            "payer": pattern.payer,
            "reason": pattern.reason,
            "remark": pattern.remark,
            "claims": len(group),
            "amount": str(sum((amount(each.denials) for each in group), Decimal("0.00"))),
            "class": Counter(d.denial_class for each in group for d in each.denials).most_common(1)[0][0],
            "options": [name for name in TITLES if all(name in each.options for each in group)],
        }
        for pattern, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-Decimal(row["amount"]), row["payer"], row["reason"]))


def _pattern_of(each: Waiting) -> Pattern:
    """By the costliest denial, with its first remark."""
    first = max(each.denials, key=lambda denial: denial.amount)
    return Pattern(each.payer, f"{first.group_code}-{first.reason_code}", next(iter(first.remarks), ""))


def work_pattern(
    session: Session,
    act: Act,
    pattern: Pattern,
    option: str,
    reason: str,
    payers: Mapping[str, PayerProfile],
    *,
    value: Value = lambda _claim: None,
    most: int = MOST,
    office: Office = SHIPPED,
) -> Worked:
    """Decide ``option`` on every waiting claim of the pattern, at most ``most``; each by its own event.

    ``value`` gives what the option needs for a claim: its records' document, or a write-off's code.
    Only a named biller or coder, and each decision asks again whether the actor may. Raises NotAllowed, and
    BadInput for an option that is none or a reason that is empty.
    """
    named(session, act, Role.BILLER, Role.CODER)
    if option not in TITLES:
        raise BadInput(f"{option} is no decision on a denial.", tip=f"Choose one of {', '.join(TITLES)}.")
    if not reason.strip():
        raise BadInput("A decision needs a reason.", tip="Say why; each claim's history keeps it.")
    worked = Worked(pattern, option)
    fitting = [each for each in waiting(session, pattern.payer) if pattern.fits(each.denials)]
    for each in fitting[:most]:
        _work(session, act, each, worked, reason, payers, value, office)
    return worked


def _work(
    session: Session,
    act: Act,
    each: Waiting,
    worked: Worked,
    reason: str,
    payers: Mapping[str, PayerProfile],
    value: Value,
    office: Office,
) -> None:
    claim_id, refused = each.item.claim_id or "", amount(each.denials)
    try:
        with session.begin_nested():
            told = value(session.get_one(Claim, claim_id))
            decide(session, act, each.item.id, worked.option, reason, payers, told, office)
            session.flush()
    except CleanclaimError as cannot:
        worked.left[claim_id] = str(cannot)
        return
    worked.done.append(claim_id)
    worked.amount += refused
