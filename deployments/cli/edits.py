"""`cleanclaim edits …`: what every claim is checked for before it goes, and the operator's own rules."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.cli.output import AsJson, emit, one_of, say, table
from deployments.cli.paths import bytes_of, files_of, new_folder, write_private

if TYPE_CHECKING:
    from claims.edits import Edit
    from claims.edits.backtest import Backtest
    from claims.edits.suggest import Draft
    from claims.edits.trial import Trial

Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was filed on or after this day.")
]
DraftFile = Annotated[Path | None, typer.Option("--edit", help="Only the edits of this pack, a TOML file.")]

app = typer.Typer(help="The edits: every rule that a claim must pass before it goes.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="edits")


@app.command("list")
def list_edits(
    step: Annotated[str | None, typer.Option(help="Only coding_review or scrub.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only those whose findings go to this queue.")] = None,
    own: Annotated[bool, typer.Option("--own", help="Only the operator's, from the packs.")] = False,
    as_json: AsJson = False,
) -> None:
    """The catalogue, in the order in which a person mends a claim; then the operator's packs."""
    from claims.edits.catalogue import CODING_REVIEW, SCRUB, catalogue
    from claims.errors import BadInput
    from claims.model import Queue

    if step not in (None, CODING_REVIEW, SCRUB):
        raise BadInput(f"There is no step {step!r}.", tip=f"Choose one of {CODING_REVIEW}, {SCRUB}.")
    desk = one_of(Queue, queue)
    edits = (*(() if own else catalogue()), *_own_edits())
    found = [e for e in edits if step in (None, e.step) and desk in (None, e.queue)]
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

    edit = find(id, _own_edits()).as_json()
    packed = edit.pop("own", None) or {}
    edit |= {name: value for name, value in packed.items() if value not in ("", False)}
    if as_json:
        emit(edit)
        return
    for name, value in edit.items():
        if value not in (None, "", ()):
            say(f"{name:>12}: {', '.join(value) if isinstance(value, tuple) else value}")


def _own_edits() -> "Sequence[Edit]":
    """The edits of the home's packs; no database is needed for them."""
    from claims.edits.packs import open_packs

    settings, payers = _settings()
    return open_packs(settings, payers).edits


def _settings() -> tuple[Any, Any]:
    """Settings and payers of the home; raises BadSettings."""
    from claims.errors import BadSettings
    from config.payers import load_payers
    from config.settings import SettingsProblem, load_settings

    try:
        settings = load_settings()
        return settings, load_payers(settings)
    except SettingsProblem as problem:
        raise BadSettings(str(problem), tip="Correct it and start again.") from problem


def _drafted(path: Path, payers: Any) -> "Sequence[Edit]":
    """A draft's edits, compiled as if they were in force; raises BadSettings, BadInput."""
    from claims.edits.packs import compile_packs
    from claims.errors import BadInput, BadSettings
    from config.edit_packs import read_pack
    from config.settings import SettingsProblem

    if not path.is_file():
        raise BadInput(
            f"There is no file {path}.", tip="Name a pack; docs/edits.md shows how one is written."
        )
    try:
        return compile_packs([read_pack(path)], payers).edits
    except SettingsProblem as wrong:
        raise BadSettings(f"{wrong}.", tip="docs/edits.md shows how a pack is written.") from wrong


@app.command("test")
def try_files(
    paths: Annotated[list[Path], typer.Argument(help="837, FHIR or CSV files, or whole folders.")],
    edit: DraftFile = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge as of this day, not the file's own.")
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Allow made-up identifiers, such as NPIs of books.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Every edit, or one draft, over the claims of files; nothing is stored.

    Exit 0 without errors (warnings and notes allowed), 1 with errors, 2 when a file is unreadable.
    """
    from claims.edits.trial import try_file
    from deployments.home import prepare_codes

    settings, payers = _settings()
    if synthetic:
        settings = settings.model_copy(update={"synthetic_identifiers": True})
    asked = _drafted(edit, payers) if edit else None
    prepare_codes(settings.home)
    day = as_of.date() if as_of else None
    tried = [try_file(bytes_of(path), str(path), settings, payers, asked, day) for path in files_of(paths)]
    if as_json:
        emit({"files": [each.as_json() for each in tried]})
    else:
        for each in tried:
            _tell(each)
    readable = all(each.readable for each in tried)
    sys.exit(int(any(each.has_errors for each in tried)) if readable else 2)


def _tell(trial: "Trial") -> None:
    kinds = ", ".join(f"{kind} with {claims} claims" for kind, claims in trial.transactions)
    judged = f"as of {trial.day}" if trial.day else "UNREADABLE"
    say(f"{trial.name}: {kinds or 'nothing'}, {judged}, {len(trial.findings)} findings")
    for finding in trial.findings:
        where = " ".join(part for part in (finding.claim, finding.loop, finding.element) if part)
        what = f"{finding.severity} {finding.code} ({where or 'file'})"
        say(f"  {what}: {finding.message} {finding.tip}".rstrip())


@app.command()
def backtest(
    id: Annotated[str, typer.Argument(help="An edit's id, or a draft: a pack's TOML file.")],
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Past claims as filed: denials that the edit would have stopped, good claims it would have held."""
    from claims.edits.backtest import backtest as judge
    from claims.edits.catalogue import explain as find
    from claims.edits.filed import filed
    from deployments.cli.context import looking

    with looking() as (rt, session):
        draft = Path(id)
        edits = _drafted(draft, rt.payers) if draft.suffix == ".toml" else [find(id, _own_edits())]
        past = filed(session, rt.payers, since.date() if since else None)
        made = judge(past, edits, rt.settings, rt.payers)
    if as_json:
        emit({"backtests": [each.as_json() for each in made]})
        return
    for each in made:
        _tell_backtest(each)


def _tell_backtest(made: "Backtest") -> None:
    say(f"{made.edit} {made.told()}.")
    for words, claims in (("would have stopped", made.stopped), ("would have held", made.held)):
        if claims:
            say(f"  {words}: {', '.join(claims)}")
    if made.reasons:
        say("  stopped: " + ", ".join(f"{n} with {reason}" for reason, n in made.reasons.most_common()))


@app.command()
def suggest(
    since: Since = None,
    at_least: Annotated[int, typer.Option(min=2, help="How many denials make a pattern.")] = 3,
    most: Annotated[int, typer.Option(min=1, help="Look at this many filings, the latest ones.")] = 20_000,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder for the drafts, a pack each.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Repeated denials (payer, code, modifiers, reason) as draft edits, each with its backtest."""
    from claims.edits.filed import filed, line_numbers
    from claims.edits.suggest import suggest as draft
    from deployments.cli.context import looking

    with looking() as (rt, session):
        past = list(filed(session, rt.payers, since.date() if since else None, most))
        numbers = line_numbers(session, [denial for one in past for denial in one.denials])
        drafts = draft(past, numbers, rt.settings, rt.payers, at_least)
    if out is not None and drafts:
        folder = new_folder(out)
        for each in drafts:
            write_private(folder / f"{each.pack.name}.toml", each.toml.encode())
    if as_json:
        emit({"drafts": [each.as_json() for each in drafts]})
        return
    for each in drafts:
        _tell_draft(each)
    if not drafts:
        say(f"No denial came {at_least} times in one pattern.")


def _tell_draft(draft: "Draft") -> None:
    pattern = draft.pattern
    named = " ".join((pattern.code, *pattern.modifiers))
    say(
        f"{pattern.payer} refused {named} {draft.denials} times with {pattern.reason}, {draft.amount} in all."
    )
    say(f"  {draft.pack.edit[0].id}: {draft.pack.edit[0].when}")
    say(f"  {draft.backtest.told()}.")
