"""`cleanclaim audit …` and `cleanclaim trace`: what an auditor uses."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claims.errors import BadInput
from deployments.cli.output import AsJson, MaybeWho, ShowPhi, emit, say
from deployments.cli.paths import new_folder, write_private

if TYPE_CHECKING:
    from claims.trace import Trace

app = typer.Typer(help="Verify the history, or export it for verification elsewhere.", no_args_is_help=True)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="audit")
    parent.command()(trace)


@app.command()
def verify(
    bundle: Annotated[
        Path | None, typer.Option(help="An exported bundle; needs no keys and no database.")
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option(help="The head on a day-closed certificate that was kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole chain of the history and name the first break."""
    from claims import audit

    if bundle is not None:
        if not bundle.is_dir():
            raise BadInput(f"{bundle} is no folder.", tip="Name the folder that `audit export` made.")
        found = audit.verify_bundle(bundle)
    else:
        from deployments.cli.context import looking

        with looking() as (_rt, session):
            found = audit.verify(session, head or ())
    if as_json:
        emit(found.as_json())
    else:
        say(f"{found.events} events, {found.sealed} of them sealed.")
        say("The history is whole." if found.ok else f"BROKEN: {found.first_break}")
    sys.exit(0 if found.ok else 1)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the bundle.")],
    who: Annotated[str | None, typer.Option("--as", help="Who exports, a named user.")] = None,
    claim: Annotated[list[str] | None, typer.Option(help="Only these claims; otherwise all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a signed bundle that anyone can verify offline; raw documents are in it decrypted, mode 0600."""
    from claims import audit
    from claims.events import SYSTEM
    from claims.listing import find_claim
    from claims.users import named
    from deployments.cli.context import looking

    new_folder(out)
    with looking() as (rt, session):
        act = rt.act(actor=named(session, who).name if who else SYSTEM)
        ids = [find_claim(session, name).id for name in claim] if claim else None
    made = audit.export(rt.engine, act, out, ids)
    if as_json:
        told = {"events": made.events, "documents": made.documents, "manifest_sha256": made.manifest_sha256}
        emit({"folder": str(made.folder), **told})
    else:
        say(f"{made.events} events and {made.documents} documents in {made.folder}.")
        say(f"SHA-256 of its manifest: {made.manifest_sha256}")


def trace(
    claim: Annotated[str, typer.Argument(help="Claim id or patient control number.")],
    format: Annotated[
        Format, typer.Option(help="text, json, html (one self-contained page) or pdf.")
    ] = Format.TEXT,
    phi: ShowPhi = False,
    raw: Annotated[bool, typer.Option(help="With --phi: the text of its documents too.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file (mode 0600) instead.")] = None,
    who: MaybeWho = None,
    as_json: AsJson = False,
) -> None:
    """A claim's whole history: every state change with who, when, why and in which run."""
    from deployments.cli.context import tracing_of

    form = Format.JSON if as_json else format
    found = tracing_of(claim, phi=phi, who=who, form=form, on_record=out is not None, raw=raw)
    content = _told(found, form)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        write_private(out, content)
        print(f"Written to {out}.", file=sys.stderr)


def _told(found: "Trace", form: Format) -> bytes:
    import json

    from claims import trace as tracing

    match form:
        case Format.PDF:
            return tracing.as_pdf(found)
        case Format.HTML:
            return tracing.as_html(found).encode()
        case Format.JSON:
            return f"{json.dumps(tracing.as_json(found), indent=2, default=str)}\n".encode()
        case Format.TEXT:
            return tracing.as_text(found).encode()
