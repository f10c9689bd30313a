"""Several decisions on one item: which go together, in which order, and what their fixes set."""

from collections.abc import Mapping, Sequence
from typing import Any

from claims.bundle import Bundle
from claims.errors import NotAllowed

Option = Mapping[str, Any]
WAYS = ("fix", "accept", "query")
"""Fixes and acceptances first: a question holds the claim, and what is asked is asked of what then stands."""


def turns(chosen: Sequence[Option]) -> list[list[Option]]:
    """What is carried out at one time: all fixes, then each acceptance and each question by itself.

    Raises NotAllowed for an option that ends the item in another way: it stands alone.
    """
    if len(chosen) == 1:
        return [list(chosen)]
    for option in chosen:
        if option.get("way") not in WAYS:
            raise NotAllowed(
                f"{option['id']} cannot be decided together with others.",
                tip="Decide for it alone, or leave it out.",
            )
    fixes = [option for option in chosen if option["way"] == "fix"]
    others = [[option] for way in WAYS[1:] for option in chosen if option["way"] == way]
    return [fixes, *others] if fixes else others


def merged(bundle: Bundle, fixes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The fields that several fixes set. What two do to one line's modifiers is done both.

    Raises NotAllowed where they contradict each other.
    """
    wanted: dict[str, list[str]] = {}
    for sets in fixes:
        for path, value in sets.items():
            if value not in wanted.setdefault(path, []):
                wanted[path].append(value)
    off = tuple(f"{path}." for path, values in wanted.items() if "" in values)
    return {path: _one(bundle, path, values, off) for path, values in wanted.items()}


def _one(bundle: Bundle, path: str, values: Sequence[str], off: tuple[str, ...]) -> str:
    taken_off = path.startswith(off)
    if len(values) == 1 and not taken_off:
        return values[0]
    there = None if taken_off else _modifiers(bundle, path)
    if there is None:
        raise NotAllowed(
            f"The options want {path} in two ways.",
            tip="Choose one of them; the rest can be decided when the claim comes back.",
        )
    lists = [value.split() for value in values]
    kept = [modifier for modifier in there if all(modifier in each for each in lists)]
    added = [modifier for each in lists for modifier in each if modifier not in there]
    return " ".join(dict.fromkeys([*kept, *added]))


def _modifiers(bundle: Bundle, path: str) -> list[str] | None:
    """Those of the line, where that is what the path names."""
    return next((x.modifiers for x in bundle.lines if path == f"line.{x.number}.modifiers"), None)
