"""A report as a value: figures with their definitions, tables and charts, of which text and paper is made."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from claims.errors import BadInput

ZERO = Decimal("0.00")


class Kind(StrEnum):
    """How a value is shown: ``share`` is a fraction of one."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    DAYS = "days"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it means; ``value`` is None where there is nothing to divide by.

    ``of`` has the numbers that it was made from, in words.
    """

    id: str
    title: str
    kind: Kind
    value: Decimal | None
    of: str
    words: str
    source: str
    goal: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "value": plain(self.value, self.kind),
            "shown": shown(self.value, self.kind),
            "of": self.of,
            "definition": self.words,
            "source": self.source,
            "goal": self.goal,
        }


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` have a value for each column; the first column names the row."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {c.name: plain(value, c.kind) for c, value in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]

    def as_text(self) -> list[list[str]]:
        return [[shown(v, c.kind) for c, v in zip(self.columns, row, strict=True)] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars that lie: a label each, and one part of the bar for each series. No value is below zero."""

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[Decimal, ...]], ...]
    kind: Kind = Kind.MONEY


@dataclass(slots=True)
class Report:
    """``name`` is the command's word for it; ``about`` the day or the period."""

    name: str
    title: str
    about: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)

    @property
    def every_table(self) -> list[Table]:
        """The tables, and the figures as the last one."""
        columns = tuple(Column(name) for name in ("figure", "value", "of", "definition", "source", "goal"))
        rows = [(f.title, shown(f.value, f.kind), f.of, f.words, f.source, f.goal) for f in self.figures]
        return [*self.tables, Table("figures", "Figures", columns, rows)]

    def table(self, name: str) -> Table:
        """Raises BadInput listing what there is."""
        found = next((table for table in self.every_table if table.name == name), None)
        if found is None:
            names = ", ".join(table.name for table in self.every_table)
            raise BadInput(f"This report has no table {name!r}.", tip=f"Choose one of {names}.")
        return found

    def figure(self, id: str) -> Figure:
        return next(figure for figure in self.figures if figure.id == id)

    def as_json(self) -> dict[str, Any]:
        return {
            "report": self.name,
            "title": self.title,
            "about": self.about,
            "figures": {figure.id: figure.as_json() for figure in self.figures},
            **{table.name: table.as_json() for table in self.tables},
        }


def figure(id: str, value: Decimal | int | None, of: str = "") -> Figure:
    """A figure with its definition from ``definitions.toml``."""
    told = _definitions()[id]
    exact = Decimal(value) if isinstance(value, int) else value
    kind, goal = Kind(told["kind"]), told.get("goal", "")
    return Figure(id, told["title"], kind, exact, of, told["words"], told["source"], goal)


def share(id: str, part: Decimal | int, whole: Decimal | int) -> Figure:
    """``part`` of ``whole`` as a figure that says both."""
    return figure(id, ratio(part, whole), f"{part} of {whole}")


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole else None


@cache
def _definitions() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("claims.reports").joinpath("definitions.toml").read_text("utf-8"))


def plain(value: Any, kind: Kind) -> Any:
    """For JSON: money as text to the cent, counts as whole numbers, other numbers as such."""
    if value is None or kind is Kind.TEXT:
        return value
    if kind is Kind.MONEY:
        return str(value)
    return int(value) if kind is Kind.COUNT else round(float(value), 4)


_SHOWN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.COUNT: lambda value: f"{value:,}",
    Kind.MONEY: lambda value: f"{value:,.2f}",
    Kind.SHARE: lambda value: f"{_rounded(Decimal(value) * 100)} %",
    Kind.DAYS: lambda value: str(_rounded(Decimal(value))),
    Kind.NUMBER: lambda value: str(_rounded(Decimal(value))),
}


def shown(value: Any, kind: Kind) -> str:
    """For people; nothing is shown where there is no value."""
    return "" if value is None else _SHOWN[kind](value)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def total(rows: Iterable[Sequence[Any]], place: int) -> Decimal:
    return sum((row[place] for row in rows), ZERO)
