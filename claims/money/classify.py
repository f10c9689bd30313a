"""What a denial is: class, root cause, appealable or not, what to do and until when, by ``denials.csv``.

Group, CARC, RARC, the payer's kind and the payer decide together; a row may name several remarks and then
wants all of them. A star in a condition fits anything; a star in an answer leaves that answer to the next
less specific row. A "no" to the appeal in any row that fits is final: N211 takes the appeal away from any
CARC. An operator's own rows stand before shipped ones that say equally much (`claims.money.denial_rules`).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from claims.model import Queue

CONDITIONS = ("payer", "payer_kind", "rarc", "carc", "group")
ANSWERS = ("class", "root_cause", "action", "queue", "days", "words")
# How much each condition says: a remark takes precedence over a CARC, and any CARC over its group.
WEIGHTS = {"payer": 16, "payer_kind": 8, "rarc": 4, "carc": 2, "group": 1}
UNKNOWN = "unknown"
CAUSES = ("coding", "billing", "front desk")
ANY = "*"
APPEAL, GIVE_UP = "appeal", "write_off"
"""An appeal that is not heard is no way out; `instead.toml` tells the exceptions."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; ``id`` is that of an operator's own row, "" for a shipped one."""

    conditions: tuple[str, ...]
    answers: tuple[str, ...]
    appealable: str
    id: str = ""

    @property
    def weight(self) -> tuple[int, int]:
        """The more it names the more it weighs; of two that name the same, the one of more remarks."""
        named = dict(zip(CONDITIONS, self.conditions, strict=True))
        weight = sum(WEIGHTS[name] for name, value in named.items() if value != ANY)
        return weight, len(named["rarc"].split())


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``denial_class`` and ``root_cause`` (coding, billing, front desk) name it; ``words`` are for people.

    ``days`` is how long the action may take from the notice, None where other limits say so. ``rule`` is the
    operator's own row that named the class, "" where a shipped one did.
    """

    denial_class: str
    root_cause: str
    appealable: bool
    action: str
    queue: Queue
    days: int | None
    words: str
    rule: str = ""

    @property
    def is_known(self) -> bool:
        return self.denial_class != UNKNOWN


@dataclass(frozen=True, slots=True)
class Said:
    """What a payer said of an amount: ``payer_kind`` and ``payer`` are "" where they are not known."""

    group: str
    carc: str
    rarcs: frozenset[str] = frozenset()
    payer_kind: str = ""
    payer: str = ""

    def fits(self, row: Row) -> bool:
        told = ({self.payer}, {self.payer_kind}, self.rarcs, {self.carc}, {self.group})
        return all(
            value in (ANY, *said) or said >= set(value.split())
            for value, said in zip(row.conditions, told, strict=True)
        )


def classify(
    group: str,
    carc: str,
    rarcs: Iterable[str] = (),
    payer_kind: str = "",
    payer: str = "",
    own: tuple[Row, ...] = (),
) -> Diagnosis:
    """The answers of the most specific rows that fit; the last row of the table fits everything."""
    return _classify(Said(group, carc, frozenset(rarcs), payer_kind, payer), own)


@cache
def _classify(said: Said, own: tuple[Row, ...]) -> Diagnosis:
    rows = sorted((*own, *shipped()), key=lambda row: row.weight, reverse=True)
    fitting = [row for row in rows if said.fits(row)]
    answers = dict(zip(ANSWERS, (_first(fitting, place) for place in range(len(ANSWERS))), strict=True))
    appealable = all(row.appealable != "no" for row in fitting)
    heard = appealable or answers["action"] != APPEAL
    return Diagnosis(
        answers["class"],
        answers["root_cause"],
        appealable,
        answers["action"] if heard else GIVE_UP,
        Queue(answers["queue"]),
        int(answers["days"]) if answers["days"] else None,
        answers["words"],
        next(row.id for row in fitting if row.answers[0] != ANY),
    )


def _first(fitting: Iterable[Row], place: int) -> str:
    return next(row.answers[place] for row in fitting if row.answers[place] != ANY)


@cache
def shipped() -> tuple[Row, ...]:
    """The table that comes with the program, in the order of its file."""
    text = files("claims.money").joinpath("denials.csv").read_text("utf-8")
    return tuple(row_of(each) for each in csv.DictReader(text.splitlines()))


def row_of(values: dict[str, str], id: str = "") -> Row:
    """A row from its columns by name."""
    conditions = tuple(values[name] for name in CONDITIONS)
    return Row(conditions, tuple(values[name] for name in ANSWERS), values["appealable"], id)


@cache
def classes() -> tuple[str, ...]:
    """The classes that denials can have, in the order of the table."""
    found = dict.fromkeys(row.answers[0] for row in shipped())
    return tuple(name for name in found if name not in (ANY, UNKNOWN))
