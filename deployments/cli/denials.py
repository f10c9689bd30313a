"""`cleanclaim denials …`: what waits for a decision, by pattern; and one decision for all of a pattern."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.output import AsJson, Reason, Who, emit, say, table
from deployments.cli.paths import ENCLOSING, bytes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from claims.events import Act
    from claims.model import Claim
    from claims.money.patterns import Value

app = typer.Typer(help="Denials by pattern, and one decision for many claims.", no_args_is_help=True)

Rule = Annotated[str, typer.Argument(metavar="ROW", help="The row's id; see `denials rules`.")]


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
    option: Annotated[str, typer.Argument(help="correct, send_records, appeal, bill_next_payer …")],
    payer: Annotated[str, typer.Option(help="The payer that refused.")],
    denied: Annotated[str, typer.Option("--denied", help="Group and reason, as in CO-16.")],
    who: Who,
    reason: Reason,
    remark: Annotated[str, typer.Option(help="A remark code, as in N290; default any.")] = "",
    value: Annotated[
        str | None,
        typer.Option(
            help="A folder with a file for each claim, named by its control number; a file for all; a code."
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="At most so many claims.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Decide for every waiting claim of a pattern, each in its own history. Exit 1 if any is left."""
    from claims.money.patterns import Pattern, work_pattern
    from deployments.cli.context import acting

    pattern = Pattern(payer, denied.upper(), remark.upper())
    with acting(who) as (rt, session, act):
        given = _value(session, act, option, value)
        worked = work_pattern(
            session,
            act,
            pattern,
            option,
            reason,
            rt.payers,
            value=given,
            most=most,
            office=rt.settings.office,
        )
    if as_json:
        emit(worked.as_json())
    else:
        say(f"{pattern}: {option} for {len(worked.done)} claims over {worked.amount}.")
        for claim, why in worked.left.items():
            say(f"  left: {claim}: {why}")
    if worked.left:
        raise typer.Exit(1)


def _value(session: "Session", act: "Act", option: str, value: str | None) -> "Value":
    """What the option needs for each claim: files are archived, anything else is taken as it is."""
    from claims.archive import archive

    def kept(path: Path) -> str:
        return archive(session, bytes_of(path), kind="records", direction="own", at=act.at.real).id

    if value is None or option not in ENCLOSING:
        return lambda _claim: value
    if not Path(value).is_dir():
        same = kept(Path(value))
        return lambda _claim: same
    files = {path.stem.upper(): path for path in sorted(Path(value).iterdir()) if path.is_file()}
    return lambda claim: kept(_of_claim(files, claim))


def _of_claim(files: "Mapping[str, Path]", claim: "Claim") -> Path:
    from claims.errors import BadInput

    found = files.get(claim.pcn.upper()) or files.get(claim.id.upper())
    if found is None:
        raise BadInput("The folder has no file for it.", tip=f"Name one {claim.pcn}, with any ending.")
    return found


@app.command()
def rules(
    state: Annotated[str | None, typer.Option(help="Only these: proposed, adopted or withdrawn.")] = None,
    as_json: AsJson = False,
) -> None:
    """The office's own rows of the denial table: proposed from decisions, and those in force."""
    from claims.money.denial_rules import listed
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = [each.model_dump(mode="json") for each in listed(session, state)]
    if as_json:
        emit({"rules": found})
        return
    keys = ("id", "state", "group_code", "carc", "rarc", "payer", "denial_class", "root_cause", "action",
            "queue", "appealable", "days", "decisions", "words")  # fmt: skip
    table(f"{len(found)} rows", keys, ([each[key] for key in keys] for each in found))


@app.command()
def adopt(
    rule: Rule,
    who: Who,
    denial_class: Annotated[str | None, typer.Option("--class", help="Which class of denial it is.")] = None,
    cause: Annotated[str | None, typer.Option(help="coding, billing or front desk.")] = None,
    action: Annotated[str | None, typer.Option(help="Another action than was decided.")] = None,
    queue: Annotated[str | None, typer.Option(help="The desk that such denials go to.")] = None,
    appealable: Annotated[bool | None, typer.Option(help="Whether the payer hears appeals.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long the action may take.")] = None,
    words: Annotated[str | None, typer.Option(help="What the payer means, in plain words.")] = None,
    any_payer: Annotated[bool, typer.Option("--any-payer", help="It holds whichever payer says so.")] = False,
    any_remark: Annotated[bool, typer.Option("--any-remark", help="It holds whatever the remarks.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a proposed row in force; open denials that it knows are classified anew at once."""
    from claims import lifecycle
    from claims.money import denial_rules
    from claims.money.reclassify import reclassify
    from deployments.cli.context import acting

    said = denial_rules.Answers(denial_class, cause, action, queue, appealable, days, words)
    wider = [name for name, is_any in (("payer", any_payer), ("rarc", any_remark)) if is_any]
    with acting(who) as (rt, session, act):
        row = denial_rules.adopt(session, act, rule, said, wider)
        changes = reclassify(session, act, rt.payers)
        lifecycle.apply(session, changes, act)
        told = row.model_dump(mode="json") | {"reclassified": len(changes)}
    emit(told) if as_json else say(f"{rule} is in force; {len(changes)} open denials were classified by it.")


@app.command()
def withdraw(rule: Rule, who: Who, as_json: AsJson = False) -> None:
    """Take a row off the table; what it classified stays as it is."""
    from claims.money import denial_rules
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        told = denial_rules.withdraw(session, act, rule).model_dump(mode="json")
    emit(told) if as_json else say(f"{rule} is withdrawn.")
