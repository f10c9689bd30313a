"""`cleanclaim report …`: what came in, what did not, why, and what it adds up to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.output import AsJson, Who, emit, say, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from claims.reports.report import Figure, Period, Report
    from tasks.runtime import Runtime

app = typer.Typer(help="Reports; each figure is told with its definition.", no_args_is_help=True)
_DAY = ["%Y-%m-%d"]
Since = Annotated[datetime | None, typer.Option(formats=_DAY, help="The first day; else see the command.")]
AsOf = Annotated[datetime | None, typer.Option(formats=_DAY, help="The last day; default today.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write a table to this file, for spreadsheets.")]
TableName = Annotated[
    str | None, typer.Option("--table", help="Which table --csv writes; default the first.")
]
Svg = Annotated[Path | None, typer.Option("--svg", help="Write the first chart to this file.")]
Png = Annotated[Path | None, typer.Option("--png", help="Write the report as a picture to this file.")]
Pdf = Annotated[Path | None, typer.Option("--pdf", help="Write the report to this file, to be printed.")]
_Make = Callable[["Runtime", "Session", "Period"], "Report"]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="report")


def _aging(_rt: "Runtime", session: "Session", period: "Period") -> "Report":
    from claims.reports.aging import aging

    return aging(session, period.last)


def _kpi(_rt: "Runtime", session: "Session", period: "Period") -> "Report":
    from claims.reports.kpi import kpi

    return kpi(session, period)


def _denials(_rt: "Runtime", session: "Session", period: "Period") -> "Report":
    from claims.reports.denials import denials

    return denials(session, period)


def _waterfall(_rt: "Runtime", session: "Session", period: "Period") -> "Report":
    from claims.reports.waterfall import waterfall

    return waterfall(session, period)


def _variance(rt: "Runtime", session: "Session", period: "Period") -> "Report":
    from claims.codes import open_codes
    from claims.reports.variance import variance

    return variance(session, period, open_codes(rt.settings.home), rt.payers)


def _command(name: str, days: int, make: _Make, does: str) -> None:
    def command(
        since: Since = None,
        as_of: AsOf = None,
        csv: Csv = None,
        only: TableName = None,
        svg: Svg = None,
        png: Png = None,
        pdf: Pdf = None,
        as_json: AsJson = False,
    ) -> None:
        from deployments.cli.context import looking

        with looking() as (rt, session):
            report = make(rt, session, _period(rt, since, as_of, days))
        written = _write(report, only, csv, svg, png, pdf)
        if as_json:
            emit(report.as_json())
        elif written:
            say(f"Written: {', '.join(map(str, written))}")
        else:
            _show(report)

    app.command(name, help=f"{does} Default: the last {days} days.")(command)


for _name, _days, _make, _does in (
    ("denials", 7, _denials, "What payers refused: coding against billing first, why, by whom, the trend."),
    ("aging", 1, _aging, "Who owes what for how long, by payer and age, as of a day."),
    ("kpi", 90, _kpi, "Clean-claim, first-pass and denial rates, days in A/R, collection, touches."),
    ("waterfall", 365, _waterfall, "Payments by month of service and month of posting."),
    ("variance", 90, _variance, "Paid otherwise than the contract says, with the evidence; credits."),
):
    _command(_name, _days, _make, _does)


def _period(rt: "Runtime", since: datetime | None, as_of: datetime | None, days: int) -> "Period":
    """Days are those on which the ledger was written."""
    from claims.errors import BadInput
    from claims.reports.report import Period

    last = as_of.date() if as_of else rt.clock.now().business.date()
    first = since.date() if since else last - timedelta(days=days - 1)
    if first > last:
        raise BadInput(f"{first} is after {last}.", tip="Give --since before --as-of.")
    return Period(first, last)


def _write(
    report: "Report",
    only: str | None,
    csv: Path | None,
    svg: Path | None,
    png: Path | None,
    pdf: Path | None,
) -> list[Path]:
    """The files that were asked for, each for its owner's eyes."""
    from claims.errors import BadInput
    from claims.reports import drawing
    from deployments.cli.paths import write_private

    if only and not csv:
        raise BadInput("--table goes with --csv.", tip="Add --csv FILE.")
    if svg and not any(chart.labels for chart in report.charts):
        raise BadInput("There is nothing to draw.", tip="Choose another period.")
    chosen = report.table(only) if only else report.every_table[0]
    makers: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (csv, lambda: drawing.as_csv(chosen).encode()),
        (svg, lambda: drawing.as_svg(next(chart for chart in report.charts if chart.labels)).encode()),
        (png, lambda: drawing.as_png(report)),
        (pdf, lambda: drawing.as_pdf(report)),
    )
    for path, make in makers:
        if path:
            write_private(path, make())
    return [path for path, _ in makers if path]


def _show(report: "Report") -> None:
    say(f"{report.title}: {report.about}\n")
    for each in report.figures:
        say(_figure(each))
    for drawn in report.tables:
        say("")
        columns = [f"{'' if c.kind == 'text' else '>'}{c.name}" for c in drawn.columns]
        table(drawn.title, columns, drawn.as_text())


def _figure(each: "Figure") -> str:
    from claims.reports.report import shown

    value = shown(each.value, each.kind) or "nothing to count"
    of, goal = f" ({each.of})" if each.of else "", f", goal {each.goal}" if each.goal else ""
    return f"{each.title}: {value}{of}{goal}\n    {each.words}. Source: {each.source}."


@app.command()
def quality(
    out: Annotated[Path, typer.Argument(help="The file to write; .csv, or .json for FHIR R4.")],
    who: Who,
    since: Since = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Coded data without anything that tells who the patient is (HIPAA safe harbour). Default: a year."""
    from claims import events
    from claims.errors import BadInput
    from claims.events import Story
    from claims.reports.quality import as_csv, collect
    from claims.reports.quality_fhir import as_fhir
    from deployments.cli.context import acting
    from deployments.cli.paths import write_private

    forms = {".csv": as_csv, ".json": as_fhir}
    if out.suffix not in forms:
        raise BadInput(f"{out.name} is neither .csv nor .json.", tip="Name the file by its form.")
    with acting(who) as (rt, session, act):
        period = _period(rt, since, as_of, 365)
        rows = collect(session, act, period, rt.payers)
        write_private(out, forms[out.suffix](rows).encode())
        facts = {"claims": len(rows), "services": str(period), "form": out.suffix}
        events.note(session, act, "quality_exported", Story("de-identified coded data", facts))
    emit({"claims": len(rows), "file": str(out)}) if as_json else say(f"{len(rows)} claims in {out}.")
