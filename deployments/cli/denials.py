"""`cleanclaim denials …`: what waits for a decision, by pattern; and one decision for all of a pattern."""

from typing import Annotated

import typer

from deployments.cli.output import AsJson, Reason, Who, emit, say, table

app = typer.Typer(help="Denials by pattern, and one decision for many claims.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="denials")


@app.command("patterns")
def list_patterns(as_json: AsJson = False) -> None:
    """Denials that wait, by payer, reason and remark; the most dollars first."""
    from claims.money.patterns import patterns
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = patterns(session)
    if as_json:
        emit({"patterns": found})
        return
    columns = ("payer", "reason", "remark", ">claims", ">amount", "class", "options")
    rows = [(*list(each.values())[:6], ", ".join(each["options"])) for each in found]
    table(f"{len(found)} patterns", columns, rows)


@app.command()
def decide(
    option: Annotated[str, typer.Argument(help="correct, appeal, bill_next_payer, bill_patient, write_off.")],
    payer: Annotated[str, typer.Option(help="The payer that refused.")],
    denied: Annotated[str, typer.Option("--denied", help="Group and reason, as in CO-16.")],
    who: Who,
    reason: Reason,
    remark: Annotated[str, typer.Option(help="A remark code, as in N290; default any.")] = "",
    most: Annotated[int, typer.Option(min=1, max=1000, help="At most so many claims.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Decide for every waiting claim of a pattern, each in its own history. Exit 1 if any is left."""
    from claims.money.patterns import Pattern, work_pattern
    from deployments.cli.context import acting

    pattern = Pattern(payer, denied.upper(), remark.upper())
    with acting(who) as (rt, session, act):
        worked = work_pattern(session, act, pattern, option, reason, rt.payers, most=most)
    if as_json:
        emit(worked.as_json())
    else:
        say(f"{pattern}: {option} for {len(worked.done)} claims over {worked.amount}.")
        for claim, why in worked.left.items():
            say(f"  left: {claim}: {why}")
    if worked.left:
        raise typer.Exit(1)
