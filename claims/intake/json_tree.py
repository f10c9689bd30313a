"""JSON from outside: read strictly, then walked with the path of every step, so that a message can say where.

The path names FHIR elements and positions only, never a value.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from claims.errors import BadInput
from claims.intake import values as v

T = TypeVar("T")

LARGEST_TEXT = 64 * 1024 * 1024
DEEPEST = 100
_ELEMENT_NAME = re.compile(r"[A-Za-z_]{1,40}")
_TIP = "Export the file again, or ask its sender for it."


class Doubled(dict[str, Any]):
    """An object in which a key stood twice; which one is meant cannot be known."""


def load(text: str, where: str = "") -> Any:
    """The JSON value; raises BadInput for anything that is not plain JSON, told by line and column.

    ``where`` goes before the place, for files in which each line is a document of its own.
    """
    if len(text) > LARGEST_TEXT:
        raise BadInput(f"{where}JSON of at most 64 MB was expected.", tip="Export it as NDJSON instead.")
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno} column {wrong.colno}"
        raise BadInput(f"{where}{place}: this is not JSON ({wrong.msg}).", tip=_TIP) from wrong
    except (ValueError, RecursionError) as wrong:
        reason = (
            "it is nested too deeply"
            if isinstance(wrong, RecursionError)
            else "it holds an impossible number"
        )
        raise BadInput(f"{where}The JSON cannot be read: {reason}.", tip=_TIP) from wrong
    _inspect(value, where)
    return value


def _refuse(_constant: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(found)


def _inspect(value: Any, where: str) -> None:
    """Refuse doubled keys and depths that no record has; told by the path."""
    left: list[tuple[str, int, Any]] = [("", 0, value)]
    while left:
        path, depth, each = left.pop()
        if isinstance(each, Doubled):
            raise BadInput(f"{where}{path or 'The document'}: the same key stands there twice.", tip=_TIP)
        if depth > DEEPEST:
            raise BadInput(f"{where}The JSON cannot be read: it is nested too deeply.", tip=_TIP)
        if isinstance(each, dict):
            left += [(_join(path, k), depth + 1, x) for k, x in each.items() if isinstance(x, dict | list)]
        elif isinstance(each, list):
            left += [(f"{path}[{n}]", depth + 1, x) for n, x in enumerate(each) if isinstance(x, dict | list)]


def _join(path: str, key: str) -> str:
    """A key that does not look like an element's name may be data: it is not repeated."""
    name = key if _ELEMENT_NAME.fullmatch(key) else "?"
    return f"{path}.{name}" if path else name


class Node:
    """One JSON object with its path. What has the wrong type counts as absent, and as a trouble."""

    __slots__ = ("path", "troubles", "value")

    def __init__(self, value: dict[str, Any], path: str, troubles: v.Troubles) -> None:
        self.value, self.path, self.troubles = value, path, troubles

    def __bool__(self) -> bool:
        return bool(self.value)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}"

    def with_troubles(self, troubles: v.Troubles) -> "Node":
        """The same object, telling its troubles to someone else."""
        return Node(self.value, self.path, troubles)

    def child(self, name: str) -> "Node":
        """The object under ``name``; an empty one where there is none."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, dict):
            self.troubles.add(self.at(name), "an object")
            found = None
        return Node(found or {}, self.at(name), self.troubles)

    def each(self, name: str) -> list["Node"]:
        """The objects of the list under ``name``."""
        return [Node(x, where, self.troubles) for where, x in self._items(name) if self._is(dict, x, where)]

    def texts(self, name: str) -> list[str]:
        """The texts of the list under ``name``."""
        return [x for where, x in self._items(name) if self._is(str, x, where)]

    def _items(self, name: str) -> Iterator[tuple[str, Any]]:
        found = self.value.get(name)
        if isinstance(found, list):
            yield from ((f"{self.at(name)}[{n}]", x) for n, x in enumerate(found))
        elif found is not None:
            self.troubles.add(self.at(name), "a list")

    def _is(self, kind: type, value: Any, where: str) -> bool:
        if not isinstance(value, kind):
            self.troubles.add(where, "an object" if kind is dict else "a text")
        return isinstance(value, kind)

    def text(self, name: str) -> str | None:
        found = self.value.get(name)
        if found is None or not self._is(str, found, self.at(name)):
            return None
        return v.clean(found[: v.LONGEST_VALUE]) or None

    def take(self, form: v.Form[T], name: str) -> T | None:
        """The text under ``name`` as one of the forms."""
        return self.troubles.take(form, self.text(name), self.at(name))

    def number(self, form: v.Form[Decimal], name: str) -> Decimal | None:
        """The JSON number under ``name`` as an amount or a quantity."""
        found = self.value.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            self.troubles.add(self.at(name), "a number")
            return None
        exact = Decimal(found)
        small = exact.adjusted() < 18 and int(exact.as_tuple().exponent) > -18
        plain = f"{exact.normalize():f}" if small else "?"  # an exponent of millions would fill the memory
        return self.troubles.take(form, plain, self.at(name))

    def position(self, name: str) -> int | None:
        """A small counting number: FHIR's positiveInt."""
        found = self.value.get(name)
        if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 < found < 10_000):
            return found
        self.troubles.add(self.at(name), "a position counted from 1")
        return None

    def day(self, name: str, zone: ZoneInfo) -> date | None:
        """A date, or the day that an instant falls on in the practice's zone."""
        text = self.text(name)
        if text is None or "T" not in text:
            return self.troubles.take(v.DAY, text, self.at(name))
        try:
            at = datetime.fromisoformat(text)
            return (at.astimezone(zone) if at.tzinfo else at).date()
        except (ValueError, OverflowError):
            self.troubles.add(self.at(name), "a date such as 2026-02-16")
            return None
