"""The tables behind the demo: the practice, its services, and the cases with the answers of its staff."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAYERS = ("SBXCO", "SBXMC", "SBXMD")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member of staff does with a work item of the kind ``work`` on the claim of one visit.

    ``decision`` is the id of one of the item's options, or ``correct`` where it has none: then ``changes``
    are the fields to set, as `cleanclaim claims edit --set` takes them. ``note`` is the reason they give.
    """

    work: str
    actor: str
    decision: str
    note: str
    changes: dict[str, str] = field(default_factory=dict)

    def filled(self, values: dict[str, str]) -> "Answer":
        changes = {name: text.format(**values) for name, text in self.changes.items()}
        return Answer(self.work, self.actor, self.decision, self.note, changes)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of fate: see the head of cases.toml."""

    name: str
    words: str
    prefix: str
    weight: int
    payers: tuple[str, ...]
    services: tuple[str, ...]
    mistake: str
    form: str
    second: tuple[str, str] | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    weight: int
    payers: tuple[str, ...]
    ages: tuple[int, int]
    lines: tuple[str, ...]
    diagnoses: tuple[tuple[str, ...], ...]


@cache
def cases() -> tuple[Case, ...]:
    tables = tomllib.loads((HERE / "cases.toml").read_text("utf-8"))
    return tuple(_case(name, table) for name, table in tables.items())


def _case(name: str, table: dict[str, Any]) -> Case:
    second = table.get("second")
    return Case(
        name=name,
        words=table["words"],
        prefix=table["prefix"],
        weight=table.get("weight", 1),
        payers=tuple(table.get("payers", PAYERS)),
        services=tuple(table.get("services", ())),
        mistake=table.get("mistake", ""),
        form=table.get("as", ""),
        second=(second["payer"], second["prefix"]) if second else None,
        answers=tuple(_answer(each) for each in table.get("answers", ())),
    )


@cache
def everyday() -> tuple[Answer, ...]:
    """Answers to work that any claim may bring."""
    return tuple(_answer(each) for each in practice_tables()["everyday"])


def _answer(table: dict[str, Any]) -> Answer:
    return Answer(table["work"], table["by"], table["decision"], table["note"], table.get("set", {}))


@cache
def practice_tables() -> dict[str, Any]:
    return tomllib.loads((HERE / "practice.toml").read_text("utf-8"))


@cache
def services() -> dict[str, Service]:
    found = practice_tables()["services"]
    return {
        name: Service(
            name,
            table["weight"],
            tuple(table.get("payers", PAYERS)),
            tuple(table.get("ages", (0, 120))),
            tuple(table["lines"]),
            tuple(tuple(codes) for codes in table["diagnoses"]),
        )
        for name, table in found.items()
    }
