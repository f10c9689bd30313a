"""`cleanclaim db …`: the claims database."""

import typer

from deployments.cli.output import AsJson, emit, say

app = typer.Typer(help="The claims database.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="db")


@app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Make keys if there are none yet, bring the database to this version, and make ICD-10's own file."""
    from deployments.home import prepare_codes, prepare_home

    prepared = prepare_home()
    prepare_codes(prepared.home)
    if as_json:
        emit({"home": str(prepared.home), "revision": prepared.revision, "new_keys": prepared.new_keys})
        return
    if prepared.new_keys:
        say(f"New keys in {prepared.home / 'keys.json'} (mode 0600). Keep a copy apart from the database.")
    say(f"The claims database is at revision {prepared.revision}.")
