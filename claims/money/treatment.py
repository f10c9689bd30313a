"""How each adjustment of a remittance is posted: a table by group and CARC, in ``adjustments.csv``.

Some reasons lower what is paid, or refuse it: rows of ``line`` paid hold where something was paid.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from claims.model import Account


@dataclass(frozen=True, slots=True)
class Treatment:
    """``account`` is where the amount goes, None leaves it open; ``denial``: it counts as refused."""

    account: Account | None
    kind: str
    denial: bool


_ACCOUNTS = {"patient": Account.PATIENT, "contractual": Account.CONTRACTUAL}


@lru_cache(maxsize=4096)
def treatment(group: str, reason: str, paid: bool) -> Treatment:
    """The most specific row: group and CARC, then the group (PR is the patient's whatever the CARC),
    then the CARC; what is in no row is a denial. ``paid``: its line, or of the claim's own adjustments the
    claim, was paid something."""
    rows = _table()
    places = [(group, reason), (group, "*"), ("*", reason), ("*", "*")]
    lines = ("paid", "*") if paid else ("*",)
    return next(rows[*place, line] for place in places for line in lines if (*place, line) in rows)


@cache
def _table() -> dict[tuple[str, str, str], Treatment]:
    text = files("claims.money").joinpath("adjustments.csv").read_text("utf-8")
    return {
        (row["group"], row["reason"], row["line"]): Treatment(
            _ACCOUNTS.get(row["account"]), row["kind"], row["denial"] == "yes"
        )
        for row in csv.DictReader(text.splitlines())
    }
