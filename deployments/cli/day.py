"""`cleanclaim day …`: what the day will bring, how it closed, and which answers should have come by now."""

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.cli.output import AsJson, emit, say, table

if TYPE_CHECKING:
    from claims.day import Table
    from claims.run_plan import Plan

app = typer.Typer(help="The run plan, the day-closed certificate, the answers due.", no_args_is_help=True)
_Of = Annotated[
    datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="Which day; else the last one that closed.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="day")


def show(tables: Iterable["Table"]) -> None:
    """The tables that have rows; of the others, that there is nothing."""
    for each in tables:
        if each.rows:
            table(each.title, each.columns, each.rows)
        else:
            say(f"{each.title}: none")


@app.command()
def plan(as_json: AsJson = False) -> None:
    """What the next daily run will send, to whom and until when; what is held, and which limits are near."""
    made = foreseen()
    if as_json:
        emit(made.as_json())
    else:
        say(f"Plan for {made.day}: {made.told()}")
        show(made.tables())


def foreseen() -> "Plan":
    from deployments.cli.context import looking
    from tasks.day import foresee

    with looking() as (rt, session):
        return foresee(rt, session)


@app.command()
def closed(of: _Of = None, as_json: AsJson = False) -> None:
    """The day-closed certificate as it was stored. Exit 1 when it differs or something was left over."""
    told = certificate_of(of)
    if as_json:
        emit(told)
    else:
        show_certificate(told)
    sys.exit(0 if told["ties_out"] and told["complete"] else 1)


def certificate_of(of: datetime | None = None) -> dict[str, Any]:
    from claims.day_closed import stored
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        return stored(session, of.date() if of else None)


def show_certificate(told: dict[str, Any]) -> None:
    from claims.day_shown import tables

    show(tables(told))


@app.command()
def answers(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what came, and what is not due yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The acknowledgement ledger: what each interchange should get and has not got. Exit 1 when overdue."""
    from claims.ack_ledger import ledger
    from deployments.cli.context import looking

    with looking() as (rt, session):
        rows = ledger(session, rt.clock.now().business, everything=everything)
    overdue = sum(row.overdue for row in rows)
    if as_json:
        emit({"overdue": overdue, "answers": [row.as_json() for row in rows]})
    else:
        columns = ("Batch", "Payer", "Control number", "Sent", "Answer", "From", "Due", "Came", "State")
        table("Answers due", columns, [row.shown() for row in rows])
        say(f"{overdue} overdue, not rejected: ask (`cleanclaim work list --queue follow_up`)")
    sys.exit(1 if overdue else 0)
