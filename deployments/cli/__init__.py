"""The command line: `cleanclaim …`.

Exit 0 done, 1 errors found or claims held where it says so, 2 wrong use or unreadable input. Modules of
weight are imported by the commands that need them, so that small ones are quick.
"""

import sys

import typer

from claims.errors import (
    BadInput,
    BadSettings,
    CleanclaimError,
    IllegalTransition,
    NotAllowed,
    NotFound,
)
from claims.x12.syntax import X12Error
from deployments.cli import (
    appeals,
    audit,
    bench,
    claim,
    codes,
    coding,
    coverage,
    database,
    day,
    demo,
    denials,
    edits,
    files,
    payments,
    plans,
    queries,
    report,
    runs,
    serving,
    statements,
    users,
    work,
    x12,
)
from deployments.cli.output import complain

_WRONG_USE = (BadInput, BadSettings, IllegalTransition, NotAllowed, NotFound, X12Error)

app = typer.Typer(
    name="cleanclaim",
    help="Takes the visits of a medical practice and gets them paid.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    *(
        demo,
        serving,
        statements,
        files,
        runs,
        day,
        claim,
        work,
        queries,
        coding,
        coverage,
        denials,
        appeals,
        payments,
        plans,
        report,
        users,
    ),
    *(audit, codes, edits, x12, database, bench),
):
    module.register(app)


class Unforeseen(CleanclaimError):
    """An error of ours. Its text may hold patient data, so only its type and place are told."""

    code = "unforeseen"


def main() -> None:
    try:
        app()
    except CleanclaimError as error:
        complain(error)
        sys.exit(2 if isinstance(error, _WRONG_USE) else 1)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        from tasks.step import describe

        tip = "Please report it; with PYTHONDEVMODE=1 all is shown, which may hold patient data."
        complain(Unforeseen(f"{describe(error)}.", tip=tip))
        sys.exit(1)
