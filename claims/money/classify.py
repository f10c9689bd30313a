"""What a denial is: class, root cause, whether it can be appealed, and what to do, by ``denials.csv``.

Group, CARC, RARC and the payer's kind decide together. A star in a condition fits anything; a star in an
answer leaves that answer to the next less specific row, so that N211 takes the appeal away from any CARC.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from claims.model import Queue

CONDITIONS = ("payer_kind", "rarc", "carc", "group")
ANSWERS = ("class", "root_cause", "appealable", "action", "queue", "words")
# How much each condition says: a remark takes precedence over a CARC, and any CARC over its group.
WEIGHTS = {"payer_kind": 8, "rarc": 4, "carc": 2, "group": 1}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``denial_class`` and ``root_cause`` (coding, billing, front desk) name it; ``words`` are for people."""

    denial_class: str
    root_cause: str
    appealable: bool
    action: str
    queue: Queue
    words: str

    @property
    def is_known(self) -> bool:
        return self.denial_class != "unknown"


def classify(group: str, carc: str, rarcs: Iterable[str] = (), payer_kind: str = "") -> Diagnosis:
    """The answers of the most specific rows that fit; the last row of the table fits everything."""
    return _classify(group, carc, frozenset(rarcs), payer_kind)


@cache
def _classify(group: str, carc: str, rarcs: frozenset[str], payer_kind: str) -> Diagnosis:
    said = {"group": {group}, "carc": {carc}, "rarc": rarcs, "payer_kind": {payer_kind}}
    fitting = [row for row in _rows() if all(row[name] in ("*", *said[name]) for name in CONDITIONS)]
    answers = {name: next(row[name] for row in fitting if row[name] != "*") for name in ANSWERS}
    return Diagnosis(
        answers["class"],
        answers["root_cause"],
        answers["appealable"] == "yes",
        answers["action"],
        Queue(answers["queue"]),
        answers["words"],
    )


@cache
def _rows() -> list[dict[str, str]]:
    """The most specific first; rows that say equally much stay in the order of the file."""
    text = files("claims.money").joinpath("denials.csv").read_text("utf-8")
    return sorted(csv.DictReader(text.splitlines()), key=_specific, reverse=True)


def _specific(row: dict[str, str]) -> int:
    return sum(WEIGHTS[name] for name in CONDITIONS if row[name] != "*")
