"""`cleanclaim edits …`: what every claim is checked for before it goes."""

from typing import Annotated

import typer

from deployments.cli.output import AsJson, emit, one_of, say, table

app = typer.Typer(help="The edits: every rule that a claim must pass before it goes.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="edits")


@app.command("list")
def list_edits(
    step: Annotated[str | None, typer.Option(help="Only coding_review or scrub.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only those whose findings go to this queue.")] = None,
    as_json: AsJson = False,
) -> None:
    """The catalogue, in the order in which a person mends a claim."""
    from claims.edits.catalogue import CODING_REVIEW, SCRUB, catalogue
    from claims.errors import BadInput
    from claims.model import Queue

    if step not in (None, CODING_REVIEW, SCRUB):
        raise BadInput(f"There is no step {step!r}.", tip=f"Choose one of {CODING_REVIEW}, {SCRUB}.")
    desk = one_of(Queue, queue)
    found = [e for e in catalogue() if step in (None, e.step) and desk in (None, e.queue)]
    if as_json:
        emit({"edits": [edit.as_json() for edit in found]})
        return
    rows = [(e.id, e.title, e.severity, e.snip, e.step, e.queue) for e in found]
    table(f"{len(rows)} edits", ("id", "title", "severity", ">SNIP", "step", "queue"), rows)


@app.command()
def explain(
    id: Annotated[str, typer.Argument(help="The edit's id; see `edits list`.")], as_json: AsJson = False
) -> None:
    """One edit: what it wants, where it looks, how it is mended, and where the rule comes from."""
    from claims.edits.catalogue import explain as find

    edit = find(id).as_json()
    if as_json:
        emit(edit)
        return
    for name, value in edit.items():
        if value not in (None, "", ()):
            say(f"{name:>10}: {', '.join(value) if isinstance(value, tuple) else value}")
