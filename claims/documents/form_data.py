"""A claim form's data alone, where there is no blank to print them on: services as a table, boxes by name."""

from collections.abc import Sequence

from claims.documents.forms import Page
from claims.documents.packet import Exhibit, Table

_PARTS = ("month", "day", "year")


def as_exhibit(title: str, pages: Sequence[Page]) -> Exhibit:
    """All pages' services in one table; of the other boxes the last page's, where the totals stand."""
    services = [row for page in pages for row in _services(page)]
    columns = tuple(dict.fromkeys(box for row in services for box in row))
    table = Table(("Row", *columns), [(n, *_in(row, columns)) for n, row in enumerate(services, start=1)])
    words = "The claim's data by box of the form, as they were filed. The services stand in the table."
    others = {box: value.strip() for box, value in _joined(pages[-1]).items() if not box.startswith("row.")}
    return Exhibit(
        title, words, tables=[table], boxes=sorted(others.items(), key=lambda pair: _place(pair[0]))
    )


def _in(row: Page, columns: Sequence[str]) -> list[str]:
    return [row.get(column, "").strip() for column in columns]


def _services(page: Page) -> list[Page]:
    rows: dict[str, Page] = {}
    for box, value in _joined(page).items():
        if box.startswith("row."):
            _, number, part = box.split(".", 2)
            rows.setdefault(number, {})[part] = value
    return list(rows.values())


def _joined(page: Page) -> Page:
    """The three boxes of a day as one: 04/05/1980."""
    made: Page = {}
    for box, value in page.items():
        head, _, part = box.rpartition(".")
        if part in _PARTS and head:
            day = [page[f"{head}.{each}"].strip() for each in _PARTS if f"{head}.{each}" in page]
            made[head] = "/".join(day)
        else:
            made[box] = value
    return made


def _place(box: str) -> tuple[int, str]:
    """Boxes in the order of the form: 1, 1a, 2 …; what has no number stands first."""
    digits = "".join(letter for letter in box.split(".")[0] if letter.isdigit())
    return (int(digits) if digits else 0, box)
