"""What is wrong with a file of settings, in words: where, why, and what is allowed there."""

from difflib import get_close_matches
from inspect import isclass
from typing import Any, get_args

from pydantic import BaseModel

_SECTION = ("model_type", "model_attributes_type", "dict_type")


def told(error: Any, model: type[BaseModel], where: str = "") -> str:
    """One of pydantic's errors about a file read into ``model``; ``where`` is the place of the whole.

    Never the value itself: it may be a secret.
    """
    path = [*error["loc"]]
    place = ".".join(part for part in (where, *map(str, path)) if part)
    holder = _inside(model, path[:-1])
    keys = list(holder.model_fields) if holder else []
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(str(path[-1]), keys, 1)
            meant = f"; did you mean {near[0]}?" if near else "."
            return f"{place}: is no key here{meant} There are {', '.join(keys)}"
        case "missing":
            return f"{place}: is missing{_described(holder, path)}"
        case kind if kind in _SECTION and (section := _inside(model, path)):
            return f"{place}: is a section with the keys {', '.join(section.model_fields)}"
    if error["type"] == "value_error":  # our own words, which say what is allowed
        return f"{place}: {str(error['msg']).removeprefix('Value error, ')}"
    return f"{place}: {error['msg']}{_described(holder, path)}"


def _inside(model: type[BaseModel], path: list[Any]) -> type[BaseModel] | None:
    """The section at a place below ``model``; places in a list are skipped."""
    here: type[BaseModel] | None = model
    for part in path:
        if here is None or not isinstance(part, str):
            continue
        field = here.model_fields.get(part)
        here = _section(field.annotation) if field else None
    return here


def _section(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as ``tuple[Need, ...]`` or ``Contract | None``."""
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _section(each))), None)


def _described(holder: type[BaseModel] | None, path: list[Any]) -> str:
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    field = holder.model_fields.get(name) if holder else None
    return f" ({field.description})" if field and field.description else ""
