"""X12's external code lists: pages as saved from the publisher's site, or licensed CSV and spreadsheets.

Their texts are X12's: they come from the operator's own copy and stay in the operator's home.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from claims.codes.building import Row
from claims.codes.layouts.named import plain_day, read_list
from claims.codes.sets import Kind
from claims.codes.sources import Member, refuse
from claims.codes.tables import OPEN_END, OPEN_START

_SHAPES = {
    "carc": r"[A-Z]?\d{1,3}",
    "rarc": r"(?:M|MA|N)\d{1,4}",
    "adjustment_group": r"[A-Z]{2}",
    "status_category": r"[A-Z]{1,2}\d{0,2}[A-Z]?",
    "status_code": r"\d{1,4}",
}
_DATES = re.compile(r"(?:^|\s)(Start|Last Modified|Stop):\s*(\d{1,2}/\d{1,2}/\d{4})")
_NOTES = re.compile(r"\s*(?:\||Start:|Last Modified:|Stop:|Notes:).*", re.DOTALL)


class _Tables(HTMLParser):
    """The text of each table cell, row by row, with the line that the row begins in."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append((self.getpos()[0], []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open and self.rows[-1][1]:
            self.rows[-1][1][-1] += data


def read_x12_list(member: Member, kind: Kind) -> Iterator[Row]:
    """Code, description, and in its cell Start, Last Modified and Stop; the stop is the last day."""
    if not member.name.lower().endswith((".html", ".htm")):
        yield from read_list(member, kind)
        return
    page = _Tables()
    for _, text in member.lines():
        page.feed(f"{text}\n")
    found = False
    for line, cells in page.rows:
        if len(cells) < 2 or cells[0].strip().lower() in ("code", ""):
            continue
        code = cells[0].strip()
        if not re.fullmatch(_SHAPES[kind.name], code):
            refuse(member, line, 1, f"a code of the list {kind.title}", code)
        found = True
        yield _page_row(member, line, code, " ".join(" ".join(cells[1:]).split()))
    if not found:
        refuse(member, 1, 1, "a table of codes and descriptions", "")


def _page_row(member: Member, line: int, code: str, text: str) -> Row:
    dates = dict(_DATES.findall(text))
    days = {name: plain_day(told) for name, told in dates.items()}
    for name, day in days.items():
        if day is None:
            refuse(member, line, 2, f"a day behind {name}", dates[name])
    start, stop = days.get("Start"), days.get("Stop")
    first = start.toordinal() if start else OPEN_START
    return code, first, stop.toordinal() if stop else OPEN_END, _NOTES.sub("", text).strip()
