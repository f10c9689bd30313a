"""How the codec's models are made."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Model = TypeVar("_Model")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(model: type[_Model]) -> type[_Model]:
    """A slotted dataclass that the type checker holds to be frozen, for what is made by the thousand.

    A dataclass that is frozen at run time too sets each field through ``object.__setattr__``, which takes a
    third of the time of a whole read; see docs/x12.md for the figures, pydantic's and msgspec's among them.
    """
    return dataclass(slots=True, unsafe_hash=True)(model)
