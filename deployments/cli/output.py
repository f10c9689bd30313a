"""What commands say: JSON for programs, tables for people, complaints on standard error.

rich is imported where something is drawn: the quick commands say little.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from claims.errors import BadInput, CleanclaimError

if TYPE_CHECKING:
    from rich.console import Console

_Choice = TypeVar("_Choice", bound=StrEnum)
_WIDE = 10_000

AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables for people.")]
Who = Annotated[str, typer.Option("--as", help="The named user who acts; see `cleanclaim users list`.")]
MaybeWho = Annotated[
    str | None, typer.Option("--as", help="Who asks, a named user; needed where patient data are shown.")
]
ShowPhi = Annotated[bool, typer.Option("--phi", help="Show who the patient is, and what notes say.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the claim's history.")]


def one_of(choices: type[_Choice], given: str | None) -> _Choice | None:
    """The choice of that name; raises BadInput listing what there is."""
    if given is None:
        return None
    try:
        return choices(given)
    except ValueError as unknown:
        names = ", ".join(choice.value for choice in choices)
        raise BadInput(f"There is no {given!r}.", tip=f"Choose one of {names}.") from unknown


def emit(data: Any) -> None:
    """Print JSON; dates and amounts as text."""
    json.dump(data, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


def console() -> "Console":
    """A terminal is as wide as it is; a file or a pipe takes every line whole."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=_WIDE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A column that begins with > is set to the right. The first one names the row and is never cut."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for place, column in enumerate(columns):
        drawn.add_column(
            column.lstrip(">"),
            justify="right" if column.startswith(">") else "left",
            no_wrap=place == 0,
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(drawn)


def say(text: str) -> None:
    print(text, flush=True)


def complain(error: CleanclaimError, about: str = "") -> None:
    """One line on standard error: the stable code, what happened, what to do next."""
    print(": ".join(part for part in (error.code, about, str(error)) if part), file=sys.stderr)
