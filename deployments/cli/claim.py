"""`cleanclaim claims …`: looking at claims, and changing them in somebody's name."""

from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.output import AsJson, MaybeWho, Reason, ShowPhi, Who, emit, one_of, say, table

if TYPE_CHECKING:
    from claims.model import Claim

app = typer.Typer(help="Look at claims; correct, hold, release and void them.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="CLAIM", help="Claim id or patient control number.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="claims")


@app.command("list")
def list_claims(
    stage: Annotated[str | None, typer.Option(help="Only this stage.")] = None,
    payer: Annotated[str | None, typer.Option(help="Only this payer.")] = None,
    hold: Annotated[str | None, typer.Option(help="Only this hold reason or owner.")] = None,
    older: Annotated[
        int | None, typer.Option(min=0, help="Only services more than so many days ago.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    within: Annotated[
        int | None, typer.Option(help="Only with at most so many days left to file, correct or appeal.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Where each claim stands, with its money, filings, and the days left to the next limit."""
    from claims.listing import Wanted
    from claims.listing import list_claims as find
    from claims.model import Stage
    from deployments.cli.context import looking

    with looking() as (rt, session):
        today = rt.clock.now().day(rt.settings.zone_info)
        wanted = Wanted(one_of(Stage, stage), payer, hold, older, limit, within)
        listed = find(session, wanted, today, rt.payers)
    found = [claim.as_json() for claim in listed]
    if as_json:
        emit({"claims": found})
        return
    columns = (
        "claim",
        "payer",
        "service",
        "stage",
        "hold",
        ">charge",
        ">paid",
        ">patient",
        ">adjusted",
        ">open",
        "clock",
    )
    keys = ("id", "payer", "from_date", "stage", "hold", "charge", "paid", "patient", "adjusted", "open")
    rows = ([claim[key] for key in keys] for claim in found)
    clocked = ([*row, each.clock or ""] for row, each in zip(rows, listed, strict=True))
    table(f"{len(found)} claims", columns, clocked)


@app.command()
def show(claim: Name, phi: ShowPhi = False, who: MaybeWho = None, as_json: AsJson = False) -> None:
    """One claim: lines, diagnoses, filings, money, and what it waits for."""
    from claims import trace as tracing
    from deployments.cli.context import tracing_of

    found = tracing_of(claim, phi=phi, who=who, form="json" if as_json else "text")
    emit(tracing.as_json(found)) if as_json else say(tracing.as_text(found))


@app.command()
def edit(
    claim: Name,
    who: Who,
    reason: Reason,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE, e.g. line.1.modifiers=25; may be repeated."),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(help="Of one new line, line.FIELD=VALUE; or a diagnosis, diagnosis=CODE."),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Take off line.N or diagnosis.N.")] = None,
    as_json: AsJson = False,
) -> None:
    """Correct a claim; it then goes through every check again. docs/intake.md lists the fields."""
    from claims import lifecycle
    from claims.bundle import load_bundle
    from claims.intake.correct import correct
    from claims.listing import find_claim
    from deployments.cli.context import acting
    from deployments.cli.corrections import edits_of

    with acting(who) as (rt, session, act):
        bundle = load_bundle(session, find_claim(session, claim).id)
        edits = edits_of(bundle, set_ or [], add or [], drop or [])
        lifecycle.apply(session, correct(session, act, bundle, edits, reason, rt.payers), act)
        _tell(bundle.claim, as_json)


@app.command()
def hold(claim: Name, who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Keep a claim from going on until somebody releases it."""
    from claims import manage
    from claims.listing import find_claim
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        found = find_claim(session, claim)
        manage.hold(session, act, found, reason)
        _tell(found, as_json)


@app.command()
def release(claim: Name, who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Let a held claim go on; its open work is closed with the reason."""
    from claims import manage
    from claims.listing import find_claim
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        found = find_claim(session, claim)
        manage.release(session, act, found, reason)
        _tell(found, as_json)


@app.command()
def void(claim: Name, who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Withdraw a claim: closed if it never went out, else voided with the payer (frequency 8)."""
    from claims import manage
    from claims.listing import find_claim
    from deployments.cli.context import acting

    with acting(who) as (rt, session, act):
        found = find_claim(session, claim)
        manage.void(session, act, found, reason, rt.payers)
        _tell(found, as_json)


@app.command("not-forwarded")
def not_forwarded(claim: Name, who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Bill the next payer now: the crossover for which the claim waits did not happen."""
    from claims.listing import find_claim
    from claims.money import next_payer
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        found = find_claim(session, claim)
        next_payer.not_forwarded(session, act, found, reason)
        _tell(found, as_json)


def _tell(claim: "Claim", as_json: bool) -> None:
    if as_json:
        emit({"id": claim.id, "pcn": claim.pcn, "stage": claim.stage, "hold": claim.hold_reason})
    else:
        say(f"{claim.id}: {claim.stage}" + (f", held: {claim.hold_reason}" if claim.hold_reason else ""))
