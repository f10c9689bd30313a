"""`cleanclaim coding …`: audits of finished coding, what they say, and the patterns in it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, Reason, Who, emit, one_of, say, table
from deployments.cli.paths import bytes_of

app = typer.Typer(help="Second looks at finished coding, and the patterns in it.", no_args_is_help=True)
Audit = Annotated[str, typer.Argument(help="The audit's id; see `coding audits`.")]
_QUARTER = timedelta(days=91)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="coding")


@app.command("audits")
def list_audits(
    verdict: Annotated[str | None, typer.Option(help="open, agree or disagree.")] = None,
    as_json: AsJson = False,
) -> None:
    """The claims that were drawn for a second look, the latest first."""
    from claims.coding.audits import every
    from claims.model import Verdict
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = [_as_json(each) for each in every(session, one_of(Verdict, verdict))]
    if as_json:
        emit({"audits": found})
        return
    columns = ("id", "claim", "drawn", "coder", "chosen_for", "verdict", "reviewer")
    rows = [[*(each[name] for name in columns), len(each["errors"])] for each in found]
    table(f"{len(rows)} audits", [*(name.replace("_", " ") for name in columns), ">errors"], rows)


@app.command("audit")
def show_audit(
    audit: Audit,
    svg: Annotated[Path | None, typer.Option(help="Write the pattern's drawing to this new file.")] = None,
    as_json: AsJson = False,
) -> None:
    """One audit: the codes to judge, the pattern it was drawn for, the verdict."""
    from claims.coding.audits import find
    from claims.coding.picture import as_svg, as_text
    from claims.errors import BadInput
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = _as_json(find(session, audit))
    if svg is not None:
        if not found["picture"]:
            raise BadInput(
                "This claim was drawn at random: there is no pattern to draw.", tip="Leave --svg out."
            )
        _write_new(svg, as_svg(found["picture"]))
    if as_json:
        emit(found)
        return
    for name in ("id", "claim", "drawn", "coder", "chosen_for", "verdict", "reviewer"):
        say(f"{name.replace('_', ' '):>12}: {found[name] or ''}")
    for row in found["codes"]:
        say(f"{row['field']:>12}: {' '.join(f'{v}' for name, v in row.items() if name != 'field' and v)}")
    for error in found["errors"]:
        change = f"{error['was'] or 'none'} → {error['should'] or 'none'}"
        say(f"{'error':>12}: {error['field']} {change}: {error['kind']}")
    if found["picture"]:
        say(f"\n{as_text(found['picture'])}")


@app.command()
def verdict(
    audit: Audit,
    given: Annotated[str, typer.Argument(metavar="VERDICT", help="agree or disagree.")],
    who: Who,
    reason: Reason,
    right: Annotated[
        list[str] | None, typer.Option("--set", help="A right code, as in line.1.procedure_code=99213.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A second person's verdict; those who disagree name the right codes. Never on one's own coding."""
    from claims.coding.audits import agree, disagree, parse
    from claims.errors import BadInput
    from deployments.cli.context import acting

    if given not in ("agree", "disagree") or (given == "agree") == bool(right):
        raise BadInput("The verdict is agree, or disagree with --set.", tip="See `coding verdict --help`.")
    with acting(who) as (rt, session, act):
        if given == "agree":
            told = _as_json(agree(session, act, audit, reason))
        else:
            told = _as_json(disagree(session, act, audit, parse(" ".join(right or ())), reason, rt.payers))
    emit(told) if as_json else say(f"{audit}: {told['verdict']}, {len(told['errors'])} errors")


@app.command()
def report(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: a quarter.")] = None,
    as_json: AsJson = False,
) -> None:
    """Agreement and accuracy by coder, by family of codes and by kind of error."""
    from claims.coding.audit_report import report as make
    from deployments.cli.context import looking

    with looking() as (rt, session):
        day = rt.clock.now().day(rt.settings.zone_info)
        told = make(session, since.date() if since else day - _QUARTER).as_json()
    if as_json:
        emit(told)
        return
    columns = (">audits", ">agreed", ">agreement", ">between", ">codes", ">accuracy")
    for view in ("coder", "family", "sample"):
        rows = [(each["name"], *_figures(each)) for each in told[f"by_{view}"]]
        table(f"By {view}, since {told['since']}", (view, *columns), rows)
    kinds = [(kind, count) for kind, count in told["by_kind"].items()]
    table("Errors", ("kind", ">count"), kinds)
    for coder, favours in told["favours_by_coder"].items():
        say(f"{coder}: " + ", ".join(f"{count} {direction}" for direction, count in favours.items()))
    say(f"{told['open']} audits wait for a verdict.")


def _figures(tally: dict[str, Any]) -> tuple[Any, ...]:
    low, high = tally["agreement_between"]
    shares = [tally["agreement"], tally["accuracy"]]
    agreement, accuracy = (f"{share:.0%}" if share is not None else "" for share in shares)
    return tally["audits"], tally["agreed"], agreement, f"{low:.0%}–{high:.0%}", tally["codes"], accuracy


@app.command("patterns")
def show_patterns(
    every: Annotated[
        bool, typer.Option("--all", help="All measures, not only those that stand out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Whose levels, modifiers, units and unspecified codes stand out; nothing is drawn for an audit."""
    from claims.codes import open_codes
    from claims.coding.benchmarks import in_force
    from claims.coding.patterns import patterns, picture
    from claims.coding.picture import as_text
    from deployments.cli.context import looking

    with looking() as (rt, session):
        day, rules = rt.clock.now().day(rt.settings.zone_info), rt.settings.coding
        benchmarks = in_force(session)
        found = patterns(session, day, rules, open_codes(rt.settings.home), benchmarks)
        first = day - timedelta(days=rules.pattern_days)
        shown = [
            picture(each, found, benchmarks, first, day) | {"outlier": each.outlier}
            for each in found
            if every or each.outlier
        ]
    if as_json:
        emit({"patterns": shown})
        return
    for each in shown:
        say(("STANDS OUT  " if each["outlier"] else "") + as_text(each) + "\n")
    say(f"{sum(each.outlier for each in found)} of {len(found)} measures stand out.")


@app.command()
def benchmark(
    file: Annotated[Path, typer.Argument(help="A CSV; docs/coding.md has its columns.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """Import a table of benchmarks; from now on patterns are compared with it."""
    from claims.coding.benchmarks import store
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        rows = store(session, act, bytes_of(file))
    emit({"rows": rows}) if as_json else say(f"{rows} benchmarks are in force.")


def _write_new(path: Path, text: str) -> None:
    from claims.errors import BadInput

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as trouble:
        raise BadInput(f"{path} cannot be written: {trouble.strerror}.", tip="Name a new file.") from trouble


def _as_json(audit: Any) -> dict[str, Any]:
    return {
        "id": audit.id,
        "claim": audit.claim_id,
        "drawn": audit.drawn_on.isoformat(),
        "coder": audit.coder,
        "chosen_for": audit.chosen_for,
        "verdict": audit.verdict,
        "reviewer": audit.reviewer,
        "codes": audit.codes,
        "errors": audit.errors,
        "picture": audit.picture,
    }
