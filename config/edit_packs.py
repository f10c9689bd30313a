"""Operators' own edits are data: TOML files in ``CLEANCLAIM_HOME/edits``; docs/edits.md describes them.

A pack is for one or more payers, or for all. Its conditions are written in CEL and compiled by
`claims.edits.packs`; here the files are read and every wrong key is named with what is allowed.
"""

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from config.section import Section
from config.settings import Settings, SettingsProblem

FOLDER = "edits"
_WORDS = r"^[^\r\n]+$"
_SHAPES = {
    "tuple_type": 'takes a list: ["…"], or [[edit]] for each edit',
    "string_type": "takes a text, with quotation marks",
    "too_short": "a pack has at least one [[edit]]",
}


class PackEdit(Section):
    """One edit: when it applies (CEL), and what it then does.

    ``do``: flag tells (``severity`` warning or note), hold stops the claim until it is mended or accepted,
    route holds it in ``queue`` whatever else is wrong, set and add_modifier change the claim and write that
    into its history.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=60)
    title: str = Field(pattern=_WORDS, max_length=200)
    when: str = Field(min_length=1, max_length=4000)
    each: Literal["claim", "line"] = "claim"
    do: Literal["flag", "hold", "route", "set", "add_modifier"] = "flag"
    severity: Literal["warning", "note"] = "warning"
    queue: Literal["coding", "billing", "front_desk", "authorization", "follow_up", "operations"] = "billing"
    field: str = ""
    value: str = ""
    modifier: str = Field(default="", pattern=r"^([0-9A-Z]{2})?$")
    rule: str = ""
    tip: str = ""
    source: str = ""
    snip: int = Field(default=7, ge=1, le=7)
    box: str = ""
    x12: str = ""
    forms: Literal["P", "I", "PI"] = "PI"
    payers: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None
    version: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _fits_what_it_does(self) -> Self:
        wanted = {"set": {"field", "value"}, "add_modifier": {"modifier"}}.get(self.do, set())
        given = {name for name in ("field", "value", "modifier") if getattr(self, name)}
        if given != wanted:
            needs = " and ".join(sorted(wanted)) or "none of field, value, modifier"
            raise ValueError(f"do = {self.do!r} takes {needs}")
        if self.do == "add_modifier" and self.each != "line":
            raise ValueError("do = 'add_modifier' goes with each = 'line'")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends is before starts: the edit would never be asked")
        if "severity" in self.model_fields_set and self.do != "flag":
            raise ValueError("severity goes with do = 'flag'")
        return self


class Pack(Section):
    """One file. ``payers`` are ids or kinds of payers, all when empty; an edit may narrow them."""

    name: str = ""
    payers: tuple[str, ...] = ()
    source: str = ""
    edit: tuple[PackEdit, ...] = Field(min_length=1)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_packs(settings: Settings) -> tuple[Pack, ...]:
    """The packs by name; raises SettingsProblem naming each wrong file, key and what is allowed."""
    packs, problems = [], []
    for path in sorted((settings.home / FOLDER).glob("*.toml")):
        try:
            packs.append(read_pack(path))
        except SettingsProblem as wrong:
            problems += wrong.problems
    if problems:
        raise SettingsProblem(str(settings.home / FOLDER), problems)
    return tuple(packs)


def read_pack(path: Path) -> Pack:
    """One file; raises SettingsProblem."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
        return Pack.model_validate({"name": path.stem, **values})
    except OSError as trouble:
        raise SettingsProblem(str(path), [f"{path.name} cannot be read: {trouble.strerror}"]) from trouble
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsProblem(str(path), [f"{path.name} is not TOML: {wrong}"]) from wrong
    except ValidationError as wrong:
        errors = wrong.errors()
        told = [error for error in errors if error["type"] != "too_short"] or errors
        lines = [f"{path.name}, {_key(error)}: {_allowed(error)}" for error in told]
        raise SettingsProblem(str(path), lines) from wrong


def _key(error: Any) -> str:
    """``edit 2, severity``: edits are counted from 1, as one reads the file."""
    parts = [f"edit {part + 1}" if isinstance(part, int) else str(part) for part in error["loc"]]
    return (
        ", ".join(part for place, part in enumerate(parts) if not (place == 0 and part == "edit")) or "edit"
    )


def _allowed(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"is no key; there are {', '.join(PackEdit.model_fields)}"
    if error["type"] in _SHAPES:
        return _SHAPES[error["type"]]
    message: str = error["msg"]
    return message.removeprefix("Value error, ")
