"""`cleanclaim import`: visits into claims."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claims.errors import BadInput
from deployments.cli.output import AsJson, complain, emit, say, table
from deployments.cli.paths import files_of, require_end


def register(parent: typer.Typer) -> None:
    parent.command("import")(import_files)


def import_files(
    paths: Annotated[list[Path], typer.Argument(help="FHIR bundles, NDJSON, 837P, 837I or CSV files.")],
    as_json: AsJson = False,
) -> None:
    """Take in visits. A file or visit that was taken in before adds nothing.

    Exit 0 when every file was taken in, 2 when one was refused; the others are taken in all the same.
    """
    from claims.intake.importer import import_path
    from tasks.runtime import open_runtime

    rt = open_runtime()
    charge_map = rt.charge_map
    taken, refused = [], []
    for path in files_of(paths):
        try:
            require_end(path)
            report = import_path(
                rt.engine,
                path,
                act=rt.act(),
                settings=rt.settings,
                charge_map=charge_map,
                payers=rt.payers,
            )
        except BadInput as error:
            refused.append({"file": str(path), "code": error.code, "message": str(error)})
            complain(error, str(path))
        else:
            taken.append({"file": str(path), **report.as_json()})
    if as_json:
        emit({"files": taken, "refused": refused})
    else:
        _tell(taken)
    sys.exit(2 if refused else 0)


def _tell(taken: list[dict[str, Any]]) -> None:
    if not taken:
        return
    columns = ("file", "kind", ">visits", ">claims", ">held", ">planned", ">known")
    shown = ("file", "kind", "visits", "claims", "held", "planned", "known")
    rows = [[{**t, "claims": len(t["claims"])}[key] for key in shown] for t in taken]
    table("Taken in", columns, rows)
    for file in taken:
        for message in file["messages"]:
            say(f"{file['file']}: {message}")
