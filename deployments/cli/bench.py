"""`cleanclaim bench NAME`: figures side by side with the floor, in one run."""

from typing import Annotated

import typer

from deployments.cli.output import AsJson, emit, say

app = typer.Typer(help="What the work costs, side by side with the floor.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="bench")


@app.callback()
def bench() -> None:
    """Each bench makes a temporary home of its own; nothing of yours is touched."""


@app.command()
def runs(
    claims: Annotated[int, typer.Option(min=1, help="How many claim runs, and as many empty ones.")] = 60,
    as_json: AsJson = False,
) -> None:
    """A claim's run in Prefect against an empty run with as many empty tasks."""
    from deployments.bench.runs import BAR, bench_runs

    measured = bench_runs(claims)
    told = measured.as_json()
    if as_json:
        emit(told)
        return
    say(f"{claims} claim runs: {told['claim_runs_per_second']} a second, {measured.tasks} tasks each")
    say(f"{claims} empty runs: {told['empty_runs_per_second']} a second, as many empty tasks each")
    say(f"A claim's run costs {measured.ratio:.2f} of an empty one (bar: {BAR}).")
