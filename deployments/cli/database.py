"""`cleanclaim db …`: the claims database."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.output import AsJson, Who, emit, say

if TYPE_CHECKING:
    from claims.backup import Copied

app = typer.Typer(help="The claims database.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="db")


@app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Make keys if there are none yet, bring the database to this version, and make ICD-10's own file."""
    from deployments.home import prepare_codes, prepare_home

    prepared = prepare_home()
    prepare_codes(prepared.home)
    if as_json:
        emit({"home": str(prepared.home), "revision": prepared.revision, "new_keys": prepared.new_keys})
        return
    if prepared.new_keys:
        say(f"New keys in {prepared.home / 'keys.json'} (mode 0600). Keep a copy apart from the database.")
    say(f"The claims database is at revision {prepared.revision}.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; it gets mode 0600.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """Copy the whole database into one file, while others work on. The keys are not in it."""
    from claims import backup as copies
    from claims.users import named
    from deployments.cli.context import looking

    with looking() as (rt, session):
        act = rt.act(actor=named(session, who).name)
    _tell(copies.backup(rt.engine, act, file), file, as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `db backup` wrote.")],
    who: Who,
    complete: Annotated[
        bool, typer.Option("--complete", help="Nothing was sent since the copy was made: sending may go on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill this home's empty database from a copy. The keys.json of the copy's home must be here first."""
    from claims import backup as copies
    from claims.clock import SystemClock
    from claims.events import Act
    from deployments.home import empty_home

    act = Act(who, SystemClock().now())
    copied = copies.restore(file, empty_home(), act, complete=complete)
    paused = "" if complete else "Nothing is sent until the work item `restored` is finished."
    _tell(copied, file, as_json, paused)


def _tell(copied: "Copied", file: Path, as_json: bool, paused: str = "") -> None:
    if as_json:
        emit({"file": str(file), **copied.as_json(), "paused": bool(paused)})
    else:
        say(f"{copied.rows} rows of {copied.tables} tables, {copied.history.events} events.")
        whole = copied.history.ok
        say("The history in the copy is whole." if whole else f"BROKEN: {copied.history.first_break}")
        if paused:
            say(paused)
    sys.exit(0 if copied.history.ok else 1)
