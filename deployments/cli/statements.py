"""`cleanclaim statements …`: what patients are told that they owe."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.output import AsJson, Who, emit, say, table

app = typer.Typer(help="Statements of patients.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="statements")


@app.command("list")
def list_statements(as_json: AsJson = False) -> None:
    """Claims that wait for their patient: what is owed, statements sent, and what comes next."""
    from claims.patients import waiting
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = waiting(session)
    if as_json:
        emit({"statements": found})
        return
    columns = ("claim", ">owed", ">sent", "last", "next look", "what holds it")
    table(f"{len(found)} claims wait for their patient", columns, [[*each.values()] for each in found])


@app.command()
def show(
    claim: Annotated[str, typer.Argument(help="The claim's id or control number.")],
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    who: Who,
    preview: Annotated[
        bool, typer.Option("--preview", help="The next statement as it would be, not the last one sent.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The last statement of a claim as PDF. It names the patient; printing it is on record."""
    from claims import lifecycle
    from claims.bundle import load_bundle
    from claims.listing import find_claim
    from claims.patients import printed
    from deployments.cli.context import acting
    from deployments.cli.paths import write_private

    with acting(who) as (_rt, session, act):
        bundle = load_bundle(session, find_claim(session, claim).id)
        content, change = printed(session, act, bundle, preview=preview)
        write_private(out, content)
        lifecycle.apply(session, [change], act)
    told = {"claim": bundle.claim.id, "file": str(out), "bytes": len(content)}
    emit(told) if as_json else say(f"{out}: {len(content)} bytes.")
