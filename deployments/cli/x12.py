"""`cleanclaim x12 …`: reading X12 files without a database."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claims.errors import BadInput
from deployments.cli.output import AsJson, emit, say

if TYPE_CHECKING:
    from claims.x12.check import CheckResult

app = typer.Typer(help="Check and read X12 files; nothing is stored.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="Files or whole folders.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="x12")


@app.command()
def check(paths: Files, as_json: AsJson = False) -> None:
    """Exit 0 without errors (warnings and notes allowed), 1 with errors, 2 when a file is unreadable."""
    from claims.x12.check import check as judge

    results = [judge(_bytes(path), name=str(path)) for path in _files(paths)]
    if as_json:
        emit({"files": [result.as_json() for result in results]})
    else:
        for result in results:
            _tell(result)
    errors = any(finding.severity == "error" for result in results for finding in result.findings)
    sys.exit(2 if not all(result.readable for result in results) else int(errors))


def _tell(result: "CheckResult") -> None:
    kinds = [f"{kind} with {n} claims" if n else kind for kind, n in result.transactions]
    say(f"{result.name}: {', '.join(kinds) or 'no transaction'}{'' if result.readable else ', UNREADABLE'}")
    for finding in result.findings:
        segment = f"segment {finding.segment}" if finding.segment else None
        where = " ".join(part for part in (segment, finding.loop, finding.element) if part)
        say(f"  {finding.severity} {finding.code} ({where}): {finding.message} {finding.tip}")


@app.command()
def show(path: Annotated[Path, typer.Argument(help="One X12 file.")]) -> None:
    """Draw the file's loops in plain words."""
    from claims.x12.show import show as draw

    sys.stdout.write(draw(_bytes(path)))


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        else:
            yield path


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read: {trouble.strerror}.") from trouble
