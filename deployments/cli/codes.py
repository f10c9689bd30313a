"""`cleanclaim codes …`: the code sets, what is loaded of them, and the way from words to codes."""

import sys
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claims.errors import BadInput, BadSettings
from deployments.cli.output import AsJson, emit, say, table

if TYPE_CHECKING:
    from claims.codes import Edition
    from claims.codes.search import Found
    from claims.codes.status import State
    from config.settings import Settings

app = typer.Typer(help="The code sets: import them, see what is loaded, search them.", no_args_is_help=True)

_Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Valid on this day; today without it.")
]
_Limit = Annotated[int, typer.Option(min=1, max=200, help="At most so many.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="codes")


@app.command("import")
def import_(
    set: Annotated[str, typer.Argument(help="Which set; see `codes status`. ptp and mue tell by the file.")],
    files: Annotated[
        list[Path], typer.Argument(help="The publisher's file or zip; all parts of it at once.")
    ],
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="First day of the edition, where no name tells it."
        ),
    ] = None,
    fewer: Annotated[
        bool, typer.Option("--fewer", help="The set really lost more than a quarter of its codes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import a code set. A second time changes nothing; a file in another layout changes nothing either."""
    from claims.codes.importing import import_files, set_of

    settings = _settings()
    day = since.date() if since else None
    made = import_files(settings.home, set_of(set, files), files, day, fewer=fewer)
    _remember()
    if as_json:
        emit({"imported": [each.as_json() for each in made]})
        return
    for each in made:
        found, edition = each.changes, each.edition
        say(f"{edition.set}, {edition.version}: {found.rows} rows, {_days(edition)}.")
        say(f"  {found.added} added, {found.changed} changed, {found.ended} ended")
        for what, code in found.examples:
            say(f"    {what:>7}  {code}")


def _remember() -> None:
    """A claims database, where there is one, keeps which editions are in force from now on."""
    from tasks.runtime import open_runtime

    with suppress(BadSettings):
        open_runtime()


def _days(edition: "Edition") -> str:
    until = f"until {edition.complete_until}" if edition.complete_until else "without end"
    first = edition.complete_from
    return f"complete from {first} {until}" if first and first > date.min else f"complete {until}"


@app.command()
def status(as_json: AsJson = False) -> None:
    """What is loaded of each set: source, version, rows, dates, and what to mend."""
    from claims.codes.status import overview

    settings = _settings()
    states = overview(settings.home, _today(settings))
    if as_json:
        emit({"sets": [state.as_json() for state in states]})
        return
    rows = [(s.edition.set, s.edition.version, s.edition.rows, _held(s), s.warning) for s in states]
    table("Code sets", ("set", "version", ">rows", "held", "warning"), rows)
    for state in states:
        if state.edition.rows and not state.edition.seed:
            say(f"{state.edition.set}: {state.edition.source}")


def _held(state: "State") -> str:
    return "" if state.edition.seed else _days(state.edition)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="Words of a title or an inclusion term, or a code.")],
    set: Annotated[list[str] | None, typer.Option("--set", help="Only this set; may be repeated.")] = None,
    on: _Day = None,
    limit: _Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Type words, get codes: best first, valid on the day, with what they lack to be billed."""
    from claims.codes.search import SEARCHED
    from claims.codes.search import search as find
    from claims.codes.sets import kind_of
    from claims.codes.status import ready

    settings = _settings()
    sets = [kind_of(name).name for name in set] if set else SEARCHED
    found = find(ready(settings.home), " ".join(words), _day(on, settings), sets, limit)
    if as_json:
        emit({"codes": [each.as_json() for each in found]})
        return
    table(f"{len(found)} codes", ("code", "set", "title", "specificity", "by"), map(_row, found))


@app.command()
def suggest(
    text: Annotated[
        list[str] | None, typer.Argument(help="A note or problem list; - reads it from input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    on: _Day = None,
    limit: _Limit = 5,
    as_json: AsJson = False,
) -> None:
    """Propose ICD-10-CM codes for what a text says, with the words that led there. A person decides."""
    from claims.codes.search import suggest as propose
    from claims.codes.status import ready

    settings = _settings()
    said = _text(text, file)
    made = propose(ready(settings.home), said, _day(on, settings), limit)
    if as_json:
        emit({"suggestions": [each.as_json() for each in made]})
        return
    if not made:
        say("Nothing in it leads to a code.")
    for each in made:
        table(each.phrase, ("code", "set", "title", "specificity", "by"), map(_row, each.candidates))


def _row(found: "Found") -> tuple[str, ...]:
    by = " ".join(found.words)
    return found.code, found.set, found.title, found.specificity, f"{by}: {found.term}" if found.term else by


def _text(words: list[str] | None, file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as trouble:
            raise BadInput(f"{file.name} is no readable text.", tip="Name a text file in UTF-8.") from trouble
    if words == ["-"]:
        return sys.stdin.read()
    if not words:
        raise BadInput("There is no text.", tip="Give it as words, with --file, or - for standard input.")
    return " ".join(words)


def _settings() -> "Settings":
    from deployments.home import settings_of

    return settings_of()


def _today(settings: "Settings") -> date:
    return datetime.now(settings.zone_info).date()


def _day(on: datetime | None, settings: "Settings") -> date:
    return on.date() if on else _today(settings)
