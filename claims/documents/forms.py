"""A form as data: where each box is printed; and a page as values by box. We ship no picture of any form."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from claims.errors import BadInput
from claims.x12.parts import Party

Page = dict[str, str]
"""Values by box; a box of a row is called ``row.1.F``."""

_FORBIDDEN = re.compile(r"[^A-Z0-9 ,\-/]")


class TooLong(BadInput):
    """A number that does not fit its box: shortened it would be another one."""

    code = "too_long_for_box"


@dataclass(frozen=True, slots=True)
class Box:
    """``x`` and ``y`` are points from the left and the upper edge to where its text begins, at its foot."""

    x: float
    y: float
    width: int
    right: bool = False
    cut: bool = False

    def fit(self, name: str, text: str) -> str:
        """In the form's own letters, no longer than the box; raises TooLong where it must not be cut."""
        text = " ".join(_FORBIDDEN.sub("", text.upper()).split())
        if len(text) > self.width and not self.cut:
            tip = "Correct the value, or send this claim another way."
            raise TooLong(f"Box {name} holds {self.width} characters, the claim has {len(text)}.", tip=tip)
        return text[: self.width].rjust(self.width) if self.right else text[: self.width]


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    boxes: dict[str, Box]
    rows: int

    def fitted(self, page: Page) -> Page:
        """What is printed, box by box; empty ones are left out."""
        return {name: self.boxes[name].fit(name, value) for name, value in page.items() if value}


@cache
def form(name: str) -> Form:
    """``cms1500`` or ``ub04``, from the table beside this file."""
    table = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))
    boxes = {box: _box(table, place, 0) for box, place in table["boxes"].items()}
    rows = table["rows"]
    for number in range(rows["count"]):
        down = number * rows["step"]
        boxes |= {f"row.{number + 1}.{b}": _box(table, place, down) for b, place in rows["boxes"].items()}
    return Form(name, boxes, rows["count"])


def _box(table: dict[str, Any], place: list[Any], down: int) -> Box:
    line, column, width, *marks = place
    (left, top), (across, high) = table["origin"], table["pitch"]
    x, y = left + (column - 1) * across, top + (line + down) * high
    return Box(x, y, width, "right" in marks, "cut" in marks)


def money(amount: Decimal | None) -> str:
    """12050 as 120 50: dollars and cents with a blank between them, no sign of any kind."""
    return f"{amount:.2f}".replace(".", " ") if amount is not None else ""


def day(box: str, when: date | None, *, long: bool = False) -> Page:
    """Month, day and year (two figures, or four) in their three boxes."""
    if when is None:
        return {}
    year = f"{when:%Y}" if long else f"{when:%y}"
    return {f"{box}.month": f"{when:%m}", f"{box}.day": f"{when:%d}", f"{box}.year": year}


def short(when: date | None) -> str:
    """MMDDYY, as the UB-04 has it."""
    return f"{when:%m%d%y}" if when else ""


def mark(box: str, *, yes: bool) -> Page:
    return {f"{box}.{'yes' if yes else 'no'}": "X"}


def name(party: Party | None) -> str:
    """A person as LAST, FIRST, MIDDLE; an organization as it is called."""
    if party is None:
        return ""
    return ", ".join(part for part in (party.last, party.first, party.middle) if part)


def spoken(party: Party | None) -> str:
    """A person as FIRST MIDDLE LAST; an organization as it is called."""
    return " ".join(part for part in (party.first, party.middle, party.last) if part) if party else ""


def lines(box: str, party: Party | None) -> Page:
    """Name, street, and city with state and ZIP, in the boxes ``box.1`` to ``box.3``."""
    if party is None:
        return {}
    made = {f"{box}.1": spoken(party)}
    if where := party.address:
        street = f"{where.line1} {where.line2}".strip()
        made |= {f"{box}.2": street, f"{box}.3": f"{where.city} {where.state} {where.zip}".strip()}
    return made
