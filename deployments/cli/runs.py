"""`cleanclaim run …`: the scheduled runs, now and by hand; the same runs, with a parameter."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, emit, say, table

app = typer.Typer(help="Do a scheduled run now, in this process.", no_args_is_help=True)
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The business date: in the sandbox the clock moves there first."),
]
_SHOWN = ("claim", "payer", "stage", "charge", "would", "why")
NAMES = {
    "daily": "daily-submission",
    "eligibility": "sweep-eligibility",
    "responses": "collect-responses",
    "poll": "poll-status",
    "denials": "work-denials",
    "appeals": "work-appeals",
    "weekly": "weekly-review",
    "statements": "patient-statements",
    "reconcile": "reconcile",
}


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="run")


@app.command()
def daily(
    as_of: AsOf = None,
    payer: Annotated[str | None, typer.Option(help="Only this payer's claims.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check, review, scrub and send every claim that is due, and account for the day."""
    from tasks.runtime import open_runtime

    if payer is not None:
        open_runtime().profile(payer)
    parameters: dict[str, Any] = {"payer": payer, "dry_run": dry_run}
    if as_of:
        parameters["as_of"] = as_of.date()
    _run("daily", as_of, as_json, parameters, (lambda: _outlook(payer)) if dry_run else None, _account)


def _outlook(payer: str | None) -> list[dict[str, Any]]:
    """What would happen to each claim that was not sent yet."""
    from claims.edits.outlook import outlook
    from deployments.cli.context import looking

    with looking() as (rt, session):
        return [each.as_json() for each in outlook(session, rt.clock.now(), rt.settings, rt.payers, payer)]


def _account(state: str) -> None:
    """What the run published, as tables: the plan of a dry run, else the day's certificate."""
    from deployments.cli import day

    if state == "Planned":
        day.show(day.foreseen().tables())
    elif state in ("DayClosed", "NeedsAttention"):
        day.show_certificate(day.certificate_of())


def _command(name: str, does: str) -> None:
    def command(as_of: AsOf = None, as_json: AsJson = False) -> None:
        _run(name, as_of, as_json, {})

    app.command(name, help=does)(command)


for _name, _does in (
    ("eligibility", "Ask about the coverage of the coming days' appointments."),
    ("responses", "Fetch the mailboxes and apply what payers answered."),
    ("poll", "Ask payers about claims whose time has come."),
    ("denials", "Classify and route what payers decided."),
    ("appeals", "Send approved appeals and watch deadlines."),
    ("weekly", "The week's denials by reason, cause and payer; draw the coding audit."),
    ("statements", "Bill patients what no payer owes."),
    ("reconcile", "Find what crashes left behind; ask about unconfirmed sends."),
):
    _command(_name, _does)


def _run(
    name: str,
    as_of: datetime | None,
    as_json: bool,
    parameters: dict[str, Any],
    claims: Callable[[], list[dict[str, Any]]] | None = None,
    account: Callable[[str], None] | None = None,
) -> None:
    """Exit 0 when the run completed, 1 when it failed; its page in the Prefect UI offers Retry then.

    ``claims`` tells of each claim what would happen to it, ``account`` shows what came of the run's state.
    """
    from deployments.running import run_flow

    ran = run_flow(NAMES[name], parameters, as_of.date() if as_of else None)
    told = claims() if claims is not None and ran.ok else None
    if as_json:
        foreseen = {} if told is None else {"claims": told}
        emit({"run": ran.run_id, "state": ran.state, "message": ran.message, "ok": ran.ok, **foreseen})
    else:
        say(f"{NAMES[name]}: {ran.state}. {ran.message}")
        if account is not None:
            account(ran.state)
        if told:
            columns = [f">{name}" if name == "charge" else name for name in _SHOWN]
            table("What would happen", columns, [[row[name] for name in _SHOWN] for row in told])
    sys.exit(0 if ran.ok else 1)
