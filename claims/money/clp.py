"""One CLP while it is posted: the columns of `RemittanceClaim` without the ORM, for there are thousands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlmodel import Session

from claims.model import Remittance, RemittanceClaim
from claims.model.bulk import append
from claims.model.types import new_id
from claims.money.said import Said

POSTED, UNMATCHED, NOTED = "posted", "unmatched", "noted"
STANDING = ("paid", "partially_paid", "denied", "zero_paid")


@dataclass(slots=True)
class Clp:
    """As `RemittanceClaim` says of each field."""

    id: str
    remittance_id: str
    position: int
    pcn: str
    status: str
    icn: str
    charge: Decimal
    paid: Decimal
    patient: Decimal
    claim_id: str | None = None
    filing_id: str | None = None
    state: str = POSTED
    matched_by: str = ""
    outcome: str = ""
    crossed_over: bool = False
    undone_by: str | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> frozenset[str]:
        """Our lines that it speaks of."""
        return frozenset(each["line_id"] for each in self.body.get("lines", ()) if each.get("line_id"))

    def is_apart(self, other: "Clp") -> bool:
        """Whether both are parts of a claim that the payer split: they name lines, and none of them twice."""
        return bool(self.lines and other.lines) and self.lines.isdisjoint(other.lines)


def together(outcomes: Collection[str]) -> str:
    """What the parts of a split claim come to."""
    several = set(outcomes)
    if len(several) == 1:
        return several.pop()
    return "paid" if several == {"paid", "zero_paid"} else "partially_paid"


_TABLE = RemittanceClaim.__table__  # type: ignore[attr-defined]
_NAMES = [each.name for each in fields(Clp)]
_COLUMNS = [_TABLE.c[name] for name in _NAMES]
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("at_id"))
    .values({column: bindparam(f"new_{column.name}") for column in _COLUMNS[1:]})
)


def clp_of(remittance: Remittance, position: int, what: Said) -> Clp:
    """The CLP as it was read, before it is known whose it is; its body is set when that is decided."""
    return Clp(
        new_id(),
        remittance.id,
        position,
        what.pcn,
        what.status,
        what.icn,
        what.charge,
        what.paid,
        what.patient,
        crossed_over=what.crossed_over,
    )


def load(session: Session, *where: ColumnElement[bool]) -> list[Clp]:
    """Stored ones, in the order in which they came."""
    came = Remittance.__table__  # type: ignore[attr-defined]
    rows = (
        select(*_COLUMNS)
        .join(came, came.c.id == _TABLE.c.remittance_id)
        .where(*where)
        .order_by(came.c.at, _TABLE.c.position)
    )
    return [Clp(*row) for row in session.execute(rows)]


def store(session: Session, clps: Iterable[Clp]) -> None:
    """New ones."""
    append(session, RemittanceClaim, [{name: getattr(each, name) for name in _NAMES} for each in clps])


def change(session: Session, clps: Iterable[Clp]) -> None:
    """Stored ones, as they are now."""
    rows = [{"at_id": each.id, **{f"new_{name}": getattr(each, name) for name in _NAMES}} for each in clps]
    if rows:
        session.connection().execute(_UPDATE, rows)
