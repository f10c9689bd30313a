"""`cleanclaim eligibility …` and `cleanclaim authorizations …`: what payers told before a claim goes out."""

from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, MaybeWho, Reason, ShowPhi, Who, emit, say, table

eligibility = typer.Typer(help="What payers say of a patient's coverage.", no_args_is_help=True)
authorizations = typer.Typer(help="Prior authorizations on record.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A claim's id or patient control number.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(eligibility, name="eligibility")
    parent.add_typer(authorizations, name="authorizations")


@eligibility.command("show")
def show_eligibility(
    claim: Name, phi: ShowPhi = False, who: MaybeWho = None, as_json: AsJson = False
) -> None:
    """Each answer about the claim's patient: covered or not, the benefits, and what to do about a refusal."""
    from claims.coverage_view import coverage_seen
    from claims.listing import find_claim
    from deployments.cli.context import looking

    if phi:
        _put_on_record(claim, who)
    with looking() as (_rt, session):
        found = [seen.as_json() for seen in coverage_seen(session, find_claim(session, claim), phi=phi)]
    if as_json:
        emit({"answers": found})
        return
    if not found:
        say("No payer was asked about this coverage yet.")
    for seen in found:
        _tell(seen)


def _put_on_record(claim: str, who: str | None) -> None:
    from claims import events
    from claims.events import Story
    from claims.listing import find_claim
    from deployments.cli.context import acting, asking

    with acting(asking(who)) as (_rt, session, act):
        facts = {"claim": find_claim(session, claim).id}
        events.note(session, act, "coverage_shown", Story("a payer's answer was shown", facts))


def _tell(seen: dict[str, Any]) -> None:
    asked, told = seen["asked_for"], f"{seen['at']:%Y-%m-%d %H:%MZ}"
    say(f"{seen['payer']} ({seen['sequence']}): {seen['outcome']} on {asked}, told {told}")
    for name in ("dates", "advice"):
        if name in seen:
            say(f"  {name}: {seen[name]}")
    for name in ("plans", "messages"):
        for text in seen.get(name, ()):
            say(f"  {name.removesuffix('s')}: {text}")
    columns = ("what", "service", "whom", "network", "value", "per", "dates", "who", "more")
    rows = seen.get("benefits", [])
    if rows:
        kept = [name for name in columns if any(name in row for row in rows)]
        table("", kept, ([row.get(name, "") for name in kept] for row in rows))
    if "raw" in seen:
        say(seen["raw"])


@eligibility.command()
def advice(
    code: Annotated[str | None, typer.Argument(help="An AAA code; without it, all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """What each reason of a refusal means, who puts it right, and whether it is asked again."""
    from claims.codes import code_set
    from claims.errors import NotFound

    rows = [row for several in code_set("reject_reason").rows.values() for row in several]
    told = [
        {
            "code": row.code,
            "means": row.more["words"],
            "do": row.more["tip"],
            "who": row.more["queue"],
            "again": "yes" if row.more["retry"] == "1" else "no",
        }
        for row in rows
        if code in (None, row.code)
    ]
    if not told:
        raise NotFound(f"There is no reason {code}.", tip="Without a code all of them are listed.")
    if as_json:
        emit({"reasons": told})
    else:
        table(f"{len(told)} reasons", list(told[0]), (list(row.values()) for row in told))


@authorizations.command("list")
def list_authorizations(
    claim: Annotated[str | None, typer.Option(help="Only those of this claim's patient.")] = None,
    as_json: AsJson = False,
) -> None:
    """Requests and numbers with their units, days, and what is left."""
    from claims.authorization_view import authorizations_seen
    from claims.listing import find_claim
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        patient = find_claim(session, claim).patient_id if claim else None
        found = authorizations_seen(session, patient)
    if as_json:
        emit({"authorizations": found})
        return
    columns = ("id", "payer", "state", "number", "codes", "granted", "left", "from", "to", "claim", "reasons")
    table(f"{len(found)} authorizations", columns, ([_plain(row[name]) for name in columns] for row in found))


@authorizations.command("show")
def show_authorization(
    authorization: Annotated[str, typer.Argument(help="Its id, from `authorizations list`.")],
    as_json: AsJson = False,
) -> None:
    """One authorization and the lines that count against it."""
    from claims.authorization_view import one_authorization
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = one_authorization(session, authorization)
    if as_json:
        emit(found)
        return
    for name, value in found.items():
        if name != "lines":
            say(f"{name:>10}: {_plain(value)}")
    rows = ([line[name] for name in ("claim", "day", "code", "units")] for line in found["lines"])
    table(f"{len(found['lines'])} lines counted", ("claim", "day", "code", ">units"), rows)


@authorizations.command()
def add(
    claim: Name,
    number: Annotated[
        str, typer.Argument(help="'NUMBER [CODE=UNITS …] [FROM..TO]'; *=N: all codes together.")
    ],
    who: Who,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Put a number on record for the claim's coverage; claims that it covers take it by themselves."""
    from claims import events
    from claims.authorization_needs import codes_in_need
    from claims.authorization_record import enter, terms
    from claims.bundle import load_bundle
    from claims.events import Story
    from claims.listing import find_claim
    from claims.model import Queue
    from claims.users import named
    from claims.work import ROLES, require_role
    from deployments.cli.context import acting

    given = terms(number)
    with acting(who) as (rt, session, act):
        require_role(named(session, who), *ROLES[Queue.AUTHORIZATION])
        bundle = load_bundle(session, find_claim(session, claim).id)
        needed = codes_in_need(bundle, rt.payers.get(bundle.claim.payer_id or ""))
        row = enter(session, act, bundle, given, needed)
        facts = {"authorization": row.id, "claim": bundle.claim.id, "units": row.units, "codes": row.codes}
        events.note(session, act, "authorization_entered", Story("a number was entered", facts, note=reason))
        told = {"id": row.id, "number": row.number, "codes": row.codes, "units": row.units}
    emit(told) if as_json else say(f"{told['id']}: {told['number']} is on record")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{code}={units}" for code, units in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
