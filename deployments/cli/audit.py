"""`cleanclaim audit …` and `cleanclaim trace`: what an auditor uses."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.output import AsJson, ShowPhi, Who, emit, say

app = typer.Typer(help="Verify the history, or export it for verification elsewhere.", no_args_is_help=True)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    HTML = "html"


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="audit")
    parent.command()(trace)


@app.command()
def verify(
    bundle: Annotated[
        Path | None, typer.Option(help="An exported bundle; needs no keys and no database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole chain of the history and name the first break."""
    from claims import audit

    if bundle is not None:
        found = audit.verify_bundle(bundle)
    else:
        from deployments.cli.context import looking

        with looking() as (_rt, session):
            found = audit.verify(session)
    if as_json:
        emit(found.as_json())
    else:
        say(f"{found.events} events, {found.sealed} of them sealed.")
        say("The history is whole." if found.ok else f"BROKEN: {found.first_break}")
    sys.exit(0 if found.ok else 1)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the bundle.")],
    who: Who,
    claim: Annotated[list[str] | None, typer.Option(help="Only these claims; otherwise all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a signed bundle that anyone can verify offline; raw documents are in it decrypted, mode 0600."""
    from claims import audit
    from claims.database import reading
    from claims.listing import find_claim
    from deployments.cli.context import acting

    with acting(who) as (rt, _session, act):
        pass
    with reading(rt.engine) as session:
        ids = [find_claim(session, name).id for name in claim] if claim else None
    made = audit.export(rt.engine, act, out, ids)
    if as_json:
        emit({"folder": str(made.folder), "events": made.events, "documents": made.documents})
    else:
        say(f"{made.events} events and {made.documents} documents in {made.folder}.")


def trace(
    claim: Annotated[str, typer.Argument(help="Claim id or patient control number.")],
    format: Annotated[
        Format, typer.Option(help="text, json or html (one self-contained page).")
    ] = Format.TEXT,
    phi: ShowPhi = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file (mode 0600) instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """A claim's whole history: every state change with who, when, why and in which run."""
    from claims import trace as tracing
    from claims.listing import find_claim
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = tracing.trace(session, find_claim(session, claim).id, phi=phi)
    if as_json or format is Format.JSON:
        emit(tracing.as_json(found))
        return
    text = tracing.as_html(found) if format is Format.HTML else tracing.as_text(found)
    if out is None:
        sys.stdout.write(text)
    else:
        out.touch(mode=0o600)
        out.write_text(text, "utf-8")
        say(f"Written to {out}.")
