"""`cleanclaim x12 …`: reading X12 files without a database."""

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claims.errors import BadInput
from deployments.cli.output import AsJson, emit, say
from deployments.cli.paths import bytes_of, files_of, new_folder, opened, write_private

if TYPE_CHECKING:
    from claims.x12.check import CheckResult

app = typer.Typer(help="Check and read X12 files; nothing is stored.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="Files or whole folders.")]
OneFile = Annotated[Path, typer.Argument(help="One X12 file.")]


class Cut(StrEnum):
    TRANSACTION = "transaction"
    CLAIM = "claim"


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="x12")


@app.command()
def check(
    paths: Files,
    show_data: Annotated[
        bool, typer.Option("--show-data", help="Quote the segment of each finding, patient data too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Exit 0 without errors (warnings and notes allowed), 1 with errors, 2 when a file is unreadable."""
    results = list(_checked(paths))
    quoted = {each.name: _quoted(each) if show_data else {} for each in results}
    if as_json:
        emit({"files": [_json(each, quoted[each.name]) for each in results]})
    else:
        for result in results:
            _tell(result, quoted[result.name])
    readable = all(result.readable for result in results)
    sys.exit(int(any(result.has_errors for result in results)) if readable else 2)


def _checked(paths: list[Path]) -> "Iterator[CheckResult]":
    """What is in each file; one that cannot even be opened is an answer too."""
    from claims.findings import Finding, Severity
    from claims.x12.check import CheckResult
    from claims.x12.check import check as judge

    for path in files_of(paths):
        try:
            with opened(path) as file:
                yield judge(file, name=str(path))
        except BadInput as unread:
            finding = Finding("file_unreadable", Severity.ERROR, unread.message, unread.tip)
            yield CheckResult(str(path), False, findings=(finding,))


def _quoted(result: "CheckResult") -> dict[int, str]:
    """The segments that the file's findings are about, by position; read anew, as a check keeps none."""
    from claims.x12.quotes import quotes

    positions = {each.segment for each in result.findings if each.segment is not None}
    if not positions:
        return {}
    with opened(Path(result.name)) as file:
        return quotes(file, positions)


def _json(result: "CheckResult", quoted: dict[int, str]) -> dict[str, Any]:
    answer = result.as_json()
    for finding in answer["findings"] if quoted else ():
        finding["data"] = quoted.get(finding["segment"])
    return answer


def _tell(result: "CheckResult", quoted: dict[int, str]) -> None:
    kinds = [f"{kind} with {n} claim{'s' * (n != 1)}" if n else kind for kind, n in result.transactions]
    say(f"{result.name}: {', '.join(kinds) or 'no transaction'}{'' if result.readable else ', UNREADABLE'}")
    for finding in result.findings:
        segment = f"segment {finding.segment}" if finding.segment else None
        where = " ".join(part for part in (segment, finding.loop, finding.element) if part)
        what = f"{finding.severity} {finding.code} ({where or 'file'})"
        say(f"  {what}: {finding.message} {finding.tip}".rstrip())
        if finding.segment in quoted:
            say(f"    {quoted[finding.segment]}")


@app.command()
def show(path: OneFile, as_json: AsJson = False) -> None:
    """Draw the file's loops in plain words; patient data are shown as they stand in it."""
    from claims.x12.show import show as draw

    drawn = draw(bytes_of(path))
    if as_json:
        emit({"file": str(path), "lines": drawn.splitlines()})
    else:
        sys.stdout.write(drawn)


@app.command()
def split(
    path: OneFile,
    by: Annotated[
        Cut,
        typer.Option(
            help="A file for each transaction, or for each claim; a piece of an 835 does not balance."
        ),
    ] = (Cut.TRANSACTION),
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder; otherwise one named like the file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cut a file into one per transaction or claim, each in its own envelope; mode 0600."""
    from claims.x12.split import split as cut
    from claims.x12.split import split_claims

    parts = (split_claims if by is Cut.CLAIM else cut)(bytes_of(path))
    if not parts:
        raise BadInput(f"{path} holds no {by}.", tip="See what is in it with `cleanclaim x12 check`.")
    folder = new_folder(out or Path(f"{path.stem}-split"))
    names = [folder / f"{number:04}.x12" for number in range(1, len(parts) + 1)]
    for name, content in zip(names, parts, strict=True):
        write_private(name, content)
    if as_json:
        emit({"file": str(path), "by": by, "files": [str(name) for name in names]})
    else:
        say(f"{len(names)} files in {folder}.")
