"""What the account of a day is made of: lines that count claims and dollars, and the tables it is told in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ZERO = Decimal("0.00")


@dataclass(slots=True)
class Line:
    """Some claims of one kind: how many, and for how many dollars."""

    claims: int = 0
    charge: Decimal = ZERO

    def add(self, charge: Decimal) -> None:
        self.claims += 1
        self.charge += charge

    def __add__(self, other: "Line") -> "Line":
        return Line(self.claims + other.claims, self.charge + other.charge)

    def as_json(self) -> dict[str, Any]:
        return {"claims": self.claims, "charge": str(self.charge)}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people; a column that begins with > is set to the right. Ids only, nothing of patients."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def as_markdown(self) -> str:
        names = [column.lstrip(">") for column in self.columns]
        rules = ["---:" if column.startswith(">") else "---" for column in self.columns]
        lines = [names, rules, *([_cell(value) for value in row] for row in self.rows)]
        drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"### {self.title}\n\n{drawn if self.rows else 'none'}\n"


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
