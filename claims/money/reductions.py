"""What a contract makes of several procedures in one day, two sides, an assistant: percents of the rate.

Which rule a procedure is under stands in the Medicare fee schedule (code set ``rvu``), indicator by
indicator; the percents are the payer's own (`config.payers.contract`). What the tables cannot price is said,
never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from config.payers.contract import Contract

RANKED = "2"
"""The indicator for multiple procedures by which each further one of the day is paid at a lower percent."""

_ASSISTANTS = frozenset({"80", "81", "82"})
_THERAPY_ASSISTANTS = frozenset({"CQ", "CO"})
"""42 CFR 410.59(a)(4) and 410.60(a)(4): 85 percent where an assistant furnished it in whole or in part."""
_BILATERAL = {"0": Decimal(100), "2": Decimal(100), "3": Decimal(200)}
_PART_OF_CARE = {"54": "during", "55": "after", "56": "before"}
_BY_REPORT = {
    "22": "more work than usual",
    "52": "a reduced service",
    "53": "a procedure that was broken off",
    "66": "a surgical team",
    "73": "a procedure that was broken off",
    "74": "a procedure that was broken off",
    "78": "a return to the operating room",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One percent of the rate and the rule that it comes from."""

    rule: str
    percent: Decimal

    def __str__(self) -> str:
        return f"{self.rule} {round(self.percent, 2).normalize():f} %"


class NotPriced(Exception):
    """The tables at hand do not say what this line is worth; the text says why."""


def own_shares(modifiers: Sequence[str], row: Mapping[str, str], contract: Contract) -> list[Share]:
    """What a line's own modifiers make of its rate. ``row`` has the indicators; raises NotPriced."""
    for modifier in modifiers:
        if modifier in _BY_REPORT:
            raise NotPriced(f"{_BY_REPORT[modifier]} (modifier {modifier}) is paid by report")
    shares = [*_sides(modifiers, row, contract), *_surgeons(modifiers, row, contract)]
    if not _THERAPY_ASSISTANTS.isdisjoint(modifiers):
        shares.append(Share("therapy by an assistant", contract.therapy_assistant))
    return shares + [_part(name, row) for name in modifiers if name in _PART_OF_CARE]


def _sides(modifiers: Sequence[str], row: Mapping[str, str], contract: Contract) -> list[Share]:
    if "50" not in modifiers:
        return []
    return [Share("bilateral", _BILATERAL.get(row.get("bilateral", ""), contract.bilateral))]


def _surgeons(modifiers: Sequence[str], row: Mapping[str, str], contract: Contract) -> list[Share]:
    if "62" in modifiers:
        return [Share("co-surgeon", contract.cosurgeon)]
    assisted = "AS" in modifiers or not _ASSISTANTS.isdisjoint(modifiers)
    if not assisted:
        return []
    if row.get("assistant") == "1":
        raise NotPriced("an assistant is not paid for at this procedure")
    percent = contract.assistant_not_physician if "AS" in modifiers else contract.assistant
    return [Share("assistant at surgery", percent)]


def _part(modifier: str, row: Mapping[str, str]) -> Share:
    """Modifiers 54 to 56: a part of the surgical package, as a fraction of the whole."""
    part = _PART_OF_CARE[modifier]
    if not row.get(part):
        raise NotPriced(f"the share of the care {part} surgery (modifier {modifier}) is not loaded")
    return Share(f"care {part} surgery", Decimal(row[part]) * 100)


def ranked(worth: Sequence[Decimal | None], contract: Contract) -> list[Share | None]:
    """The share of each procedure of a day by its worth, the dearest first; None for those without a rank."""
    order = sorted((i for i, each in enumerate(worth) if each is not None), key=lambda i: -(worth[i] or 0))
    shares: list[Share | None] = [None] * len(worth)
    for rank, place in enumerate(order):
        percent = contract.multiple[min(rank, len(contract.multiple) - 1)]
        shares[place] = Share(f"procedure {rank + 1} of the day", percent)
    return shares
