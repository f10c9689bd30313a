"""What commands say: JSON for programs, tables for people, complaints on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from claims.errors import BadInput, CleanclaimError

_Choice = TypeVar("_Choice", bound=StrEnum)

AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables for people.")]
Who = Annotated[str, typer.Option("--as", help="The named user who acts; see `cleanclaim users list`.")]
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


def console() -> Console:
    return Console(soft_wrap=not sys.stdout.isatty())


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        drawn.add_row(*("" if value is None else str(value) for value in row))
    console().print(drawn)


def say(text: str) -> None:
    console().print(text, highlight=False)


def complain(error: CleanclaimError) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[bold]{error.code}[/]: ", end="")
    Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
