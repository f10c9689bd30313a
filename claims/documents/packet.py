"""An appeal's packet: letter, proof of receipt, remittance, claim form and records, merged into one PDF.

typst, pypdf and reportlab take half a second to import: only where paper is wanted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

from claims.errors import BadInput

if TYPE_CHECKING:
    from pypdf import PdfReader, PdfWriter

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL, MARGIN = 7.5, 28.0


@dataclass(frozen=True, slots=True)
class Table:
    """``right`` are the places of the columns that hold amounts."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    right: tuple[int, ...] = ()
    title: str = ""

    def as_json(self) -> dict[str, Any]:
        rows = [[_shown(value) for value in row] for row in self.rows]
        return {
            "title": self.title,
            "columns": list(self.columns),
            "right": list(self.right),
            "rows": rows,
        }


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What we set ourselves, or, with ``pages``, a PDF that is put in as it is behind its title."""

    title: str
    words: str = ""
    facts: Sequence[tuple[str, Any]] = ()
    tables: Sequence[Table] = ()
    boxes: Sequence[tuple[str, str]] = ()
    pages: bytes | None = None

    def as_json(self, letter: str) -> dict[str, Any]:
        return {
            "letter": letter,
            "title": self.title,
            "words": self.words,
            "facts": [[name, _shown(value)] for name, value in self.facts],
            "tables": [each.as_json() for each in self.tables],
            "boxes": [list(pair) for pair in self.boxes],
        }


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter's parts in words; it names the patient."""

    title: str
    sender: Sequence[str]
    addressee: Sequence[str]
    written: date
    subject: Sequence[tuple[str, Any]]
    opening: str
    refused: Table
    ask: str
    grounds: Sequence[str]
    decision_days: int
    exhibits: Sequence[Exhibit] = field(default_factory=tuple)


def render(letter: Letter, mark: str) -> bytes:
    """The whole packet; ``mark`` (our number of the claim, and no name) stands at the foot of each page.

    Raises BadInput where an exhibit's pages are no PDF that can be read.
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    own = PdfReader(BytesIO(_set(letter)))
    starts = _starts(own, letter.exhibits)
    for page in own.pages[: starts[0] if starts else None]:
        writer.add_page(page)
    writer.add_outline_item(title=letter.title, page_number=0)
    ends = [*starts[1:], len(own.pages)]
    for place, (exhibit, first, last) in enumerate(zip(letter.exhibits, starts, ends, strict=True)):
        name = f"Exhibit {LETTERS[place]}: {exhibit.title}"
        writer.add_outline_item(title=name, page_number=len(writer.pages))
        for page in own.pages[first:last]:
            writer.add_page(page)
        if exhibit.pages is not None:
            _append(writer, exhibit.pages)
    return _finished(writer, mark)


def _set(letter: Letter) -> bytes:
    import typst

    source = files("claims.documents").joinpath("packet.typ").read_bytes()
    told = {"packet": json.dumps(_told(letter))}
    return typst.compile(source, format="pdf", sys_inputs=told, ignore_system_fonts=True)


def _told(letter: Letter) -> dict[str, Any]:
    day = letter.written
    return {
        "title": letter.title,
        "sender": list(letter.sender),
        "addressee": list(letter.addressee),
        "date": f"{day:%B} {day.day}, {day.year}",
        "subject": [[name, _shown(value)] for name, value in letter.subject],
        "opening": letter.opening,
        "refused": letter.refused.as_json(),
        "ask": letter.ask,
        "grounds": list(letter.grounds),
        "decision_days": letter.decision_days,
        "enclosures": [f"Exhibit {LETTERS[n]}, {each.title}" for n, each in enumerate(letter.exhibits)],
        "exhibits": [each.as_json(LETTERS[n]) for n, each in enumerate(letter.exhibits)],
    }


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"${value:,.2f}"
    return f"{value:%m/%d/%Y}" if isinstance(value, date) else str(value)


def _starts(own: "PdfReader", exhibits: Sequence[Exhibit]) -> list[int]:
    """On which page each exhibit begins: they stand in the outline that typst makes of the headings."""
    pages = [own.get_destination_page_number(each) or 0 for each in _tops(own)]
    return pages[1 : 1 + len(exhibits)]


def _tops(own: "PdfReader") -> list[Any]:
    return [each for each in own.outline if not isinstance(each, list)]


def _append(writer: "PdfWriter", content: bytes) -> None:
    for page in pages_of(content):
        writer.add_page(page)


def pages_of(content: bytes) -> list[Any]:
    """The pages of a PDF; raises BadInput where it is none, is locked, or has none."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = list(PdfReader(BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError, OSError) as wrong:
        raise BadInput("This PDF cannot be read.", tip="Print it anew, without a password.") from wrong
    if not pages:
        raise BadInput("This PDF has no page.", tip="Name another file.")
    return pages


def _finished(writer: "PdfWriter", mark: str) -> bytes:
    """Each page says of which claim and which of how many it is."""
    count = len(writer.pages)
    for number, page in enumerate(writer.pages, start=1):
        page.merge_page(_foot(page, f"{mark} · page {number} of {count}"))
    writer.metadata = None
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _foot(page: Any, text: str) -> Any:
    from pypdf import PdfReader
    from reportlab.pdfgen.canvas import Canvas

    drawn, box = BytesIO(), page.mediabox
    canvas = Canvas(drawn, pagesize=(float(box.width), float(box.height)), invariant=1)
    canvas.setFont("Helvetica", SMALL)
    canvas.drawRightString(float(box.width) - MARGIN, MARGIN / 1.6, text)
    canvas.save()
    return PdfReader(drawn).pages[0]


def picture(content: bytes) -> bytes:
    """A PNG or JPEG as a page of a PDF, as large as it fits."""
    import typst

    source = b"""#set document(date: none)
#set page(paper: "us-letter", margin: 1.5cm)
#image(bytes(json(bytes(sys.inputs.bytes))), width: 100%, height: 100%, fit: "contain")
"""
    inputs = {"bytes": json.dumps(list(content))}
    try:
        return typst.compile(source, format="pdf", sys_inputs=inputs, ignore_system_fonts=True)
    except typst.TypstError as wrong:
        raise BadInput("This picture cannot be read.", tip="Enclose PDF, PNG, JPEG or text.") from wrong


def page_of_text(content: str) -> bytes:
    """Plain text as pages of a PDF."""
    import typst

    source = b"""#set document(date: none)
#set page(paper: "us-letter", margin: 2cm)
#set text(font: "DejaVu Sans Mono", size: 9pt)
#sys.inputs.words
"""
    return typst.compile(source, format="pdf", sys_inputs={"words": content}, ignore_system_fonts=True)


def enclosable(content: bytes) -> bytes:
    """Any record as PDF pages; raises BadInput for what is neither PDF, PNG, JPEG nor text."""
    if content.startswith(b"%PDF"):
        pages_of(content)
        return content
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return picture(content)
    try:
        words = content.decode()
    except UnicodeDecodeError as wrong:
        raise BadInput("This file cannot be enclosed.", tip="Enclose PDF, PNG, JPEG or text.") from wrong
    return page_of_text(words)
