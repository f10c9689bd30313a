"""A report's pictures and files: bars as SVG, a table as CSV, the whole as PDF or PNG by typst."""

import csv
import io
import json
import textwrap
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Any, Literal

from claims.reports.report import Chart, Kind, Report, Table, plain, shown

COLOURS = ("#2f6db3", "#d98e2b", "#5b8f4a", "#a34a6b", "#7a6fb0", "#8a8f98")
_LEFT, _LONG, _RIGHT = 200, 250, 90
_BAR, _GAP, _HEAD, _LETTERS = 20, 8, 52, 36


def as_csv(table: Table) -> str:
    """One table for a spreadsheet: amounts without thousands' marks, shares as fractions."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([plain(v, c.kind) for c, v in zip(table.columns, row, strict=True)])
    return text.getvalue()


def as_svg(chart: Chart) -> str:
    """Bars with their legend and figures as text, without a script; stands by itself."""
    sums = [sum(parts) for parts in zip(*(values for _, values in chart.series), strict=True)]
    longest = max(sums, default=0) or 1
    height = _HEAD + len(chart.labels) * (_BAR + _GAP)
    drawn = [_word(0, 14, chart.title, 14), *_legend(chart)]
    for row, label in enumerate(chart.labels):
        top = _HEAD + row * (_BAR + _GAP)
        drawn += _label(top, label)
        left = float(_LEFT)
        for (_, values), colour in zip(chart.series, _colours(), strict=False):
            long = float(values[row] / longest) * _LONG
            drawn.append(
                f'<rect x="{left:.1f}" y="{top}" width="{long:.1f}" height="{_BAR}" fill="{colour}"/>'
            )
            left += long
        drawn.append(_word(left + 6, top + 14, shown(sums[row], chart.kind)))
    width = _LEFT + _LONG + _RIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(chart.title)}" '
        f'font-family="sans-serif">{"".join(drawn)}</svg>\n'
    )


def _label(top: int, label: str) -> list[str]:
    """One line, or two smaller ones; what does not fit into two is cut."""
    lines = textwrap.wrap(label, _LETTERS, max_lines=2, placeholder=" …")
    if len(lines) < 2:
        return [_word(0, top + 14, label)]
    return [_word(0, top + 8 + 11 * place, line, 10) for place, line in enumerate(lines)]


def _legend(chart: Chart) -> Iterator[str]:
    """None where there is one series: the title says what it is."""
    if len(chart.series) < 2:
        return
    left = 0
    for (name, _), colour in zip(chart.series, _colours(), strict=False):
        yield f'<rect x="{left}" y="24" width="10" height="10" fill="{colour}"/>'
        yield _word(left + 14, 33, name)
        left += 26 + 7 * len(name)


def _colours() -> Iterator[str]:
    while True:
        yield from COLOURS


def _word(x: float, y: int, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}">{escape(text)}</text>'


def as_pdf(report: Report) -> bytes:
    """The whole report on paper, with page numbers."""
    return _compiled(report, "pdf")


def as_png(report: Report) -> bytes:
    """The whole report as one long picture."""
    return _compiled(report, "png")


def _compiled(report: Report, form: Literal["pdf", "png"]) -> bytes:
    import typst  # takes a tenth of a second: only where paper is asked for

    source = files("claims.reports").joinpath("report.typ").read_bytes()
    inputs = {"report": json.dumps(_told(report)), "form": form}
    return typst.compile(source, format=form, sys_inputs=inputs, ignore_system_fonts=True)


def _told(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "about": report.about,
        "figures": [each.as_json() | {"money": each.kind is Kind.MONEY} for each in report.figures],
        "charts": [as_svg(each) for each in report.charts if each.labels],
        "tables": [
            {
                "title": table.title,
                "columns": [column.name for column in table.columns],
                "right": [column.kind != "text" for column in table.columns],
                "rows": table.as_text(),
            }
            for table in report.tables
            if table.rows
        ],
    }
