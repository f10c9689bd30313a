"""How each adjustment of a remittance is posted: a table by group and CARC, in ``adjustments.csv``."""

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
def treatment(group: str, reason: str) -> Treatment:
    """The most specific row: group and CARC, then the group (PR is the patient's whatever the CARC),
    then the CARC; what is in no row is a denial."""
    rows = _table()
    places = [(group, reason), (group, "*"), ("*", reason), ("*", "*")]
    return next(rows[place] for place in places if place in rows)


@cache
def _table() -> dict[tuple[str, str], Treatment]:
    text = files("claims.money").joinpath("adjustments.csv").read_text("utf-8")
    return {
        (row["group"], row["reason"]): Treatment(
            _ACCOUNTS.get(row["account"]), row["kind"], row["denial"] == "yes"
        )
        for row in csv.DictReader(text.splitlines())
    }
