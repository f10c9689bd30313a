"""What is loaded of each set, and what somebody should do about it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from claims.codes.files import Edition
from claims.codes.lookup import Codes, open_codes
from claims.codes.sets import KINDS
from claims.codes.shipped import ship


@dataclass(frozen=True, slots=True)
class State:
    edition: Edition
    title: str
    warning: str

    def as_json(self) -> dict[str, Any]:
        return self.edition.as_json() | {"title": self.title, "warning": self.warning or None}


def ready(home: Path) -> Codes:
    """The code sets of a home, with ICD-10 made from the libraries that carry it if it is not there yet."""
    ship(home)
    return open_codes(home)


def overview(home: Path, day: date) -> list[State]:
    """Each set as it stands on ``day``."""
    found = ready(home).editions()
    return [State(each, KINDS[each.set].title, _warning(each, day)) for each in found]


def _warning(edition: Edition, day: date) -> str:
    if edition.seed and not edition.rows:
        return "nothing loaded: codes are unknown"
    if edition.seed:
        return "only the shipped seed: other codes are unknown"
    if edition.complete_until is not None and edition.complete_until < day:
        return f"out of date since {edition.complete_until}: import the newer edition"
    if edition.complete_from is not None and edition.complete_from > day:
        return f"holds from {edition.complete_from} on only"
    return ""
