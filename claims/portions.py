"""Many things a portion at a time: what they take of memory is flat."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """In their order, ``size`` at a time, the last with what is left."""
    return (items[start : start + size] for start in range(0, len(items), size))
