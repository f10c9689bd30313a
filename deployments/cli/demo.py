"""`cleanclaim demo`: the whole life of a small practice's claims, in one command."""

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.output import AsJson, console, emit, say, table

if TYPE_CHECKING:
    from claims.money.whereabouts import Whereabouts
    from deployments.demo.show import Ended


def register(parent: typer.Typer) -> None:
    parent.command()(demo)


def demo(
    claims: Annotated[int, typer.Option(min=1, help="How many visits the practice has in its month.")] = 60,
    days: Annotated[int, typer.Option(min=1, help="How many days follow the month.")] = 60,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when it is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """A believable small practice, a sandbox payer, and months of scheduled runs in minutes.

    Without a terminal it does not stay up. Its data are in .cleanclaim/demo, made anew each time.
    """
    from deployments.demo.show import run_demo

    begun = time.monotonic()
    stay = sys.stdout.isatty() and not no_serve and not as_json
    with run_demo(claims, days, os.environ, progress=console() if not as_json else None) as ended:
        if as_json:
            emit({**ended.as_json(), "seconds": round(time.monotonic() - begun, 1)})
        else:
            _tell(ended, time.monotonic() - begun)
        if stay:
            say(f"Prefect UI: {ended.ui}   Stop with Ctrl-C.")
            ended.stay()
    sys.exit(0 if ended.good else 1)


def _tell(ended: "Ended", seconds: float) -> None:
    outcome, money = ended.outcome, ended.outcome.money
    table("Claims by outcome", ("outcome", ">claims"), outcome.groups.most_common())
    dollars = {
        "billed": money.charge,
        "allowed": ended.allowed,
        "paid": money.paid,
        "owed by patients": money.patient,
        "written off": outcome.written_off,
        "adjusted by contract": money.adjusted - outcome.written_off,
        "open with payers or in a queue": money.open,
    }
    table("Dollars", ("", ">amount"), ((name, f"{amount:,.2f}") for name, amount in dollars.items()))
    say(f"They tie out to the cent: {'yes' if ended.ties_out else 'NO'}.")
    _tell_whereabouts(outcome.whereabouts)
    say(f"They agree with the payers' own books: {ended.agrees}.")
    table("Denials by cause", ("reason", ">denials"), outcome.denials.most_common())
    runs = ", ".join(f"{count} {name}" for name, count in ended.runs.most_common())
    say(f"{sum(ended.runs.values())} Prefect runs: {runs}.")
    say(f"{ended.diary.days} days were worked, {ended.diary.items} work items done by the staff.")
    say(f"It took {seconds:.0f} s.")
    say(f"Claims that the payer received twice: {ended.duplicates}. History: {ended.history}.")
    for failure in ended.diary.failures:
        say(f"A run failed: {failure}")
    say(f"\nOne claim's trace ({outcome.example}):")
    say(ended.trace)


def _tell_whereabouts(where: "Whereabouts") -> None:
    """Who has every dollar, and that they sum to what was billed."""
    parts = {
        "paid": where.paid,
        "adjusted or written off": where.adjusted,
        "owed by patients": where.patients,
        **{f"with {who or 'NOBODY'}": amount for who, amount in sorted(where.held.items())},
    }
    rows = [*parts.items(), ("billed", where.billed)]
    table("Every billed dollar", ("where it is", ">amount"), ((name, f"{a:,.2f}") for name, a in rows))
    say(f"Every dollar has somebody who answers for it: {'yes' if where.is_exact else 'NO'}.")
    for claim in where.lost:
        say(f"Nobody holds what is open on claim {claim}.")
