"""Pages as PDF: the values alone, for pre-printed forms, or on a blank that the operator supplies."""

from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from claims.documents.forms import Form, Page
from claims.errors import BadSettings

FONT, SIZE = "Courier", 12.0  # ten characters an inch


def render(
    form: Form, pages: Sequence[Page], *, offset: tuple[float, float] = (0, 0), blank: bytes | None = None
) -> bytes:
    """A PDF of letter size, one sheet a page. ``offset`` is in points to the right and upwards.

    Raises BadSettings where ``blank`` is no PDF.
    """
    overlay = _overlay(form, pages, offset)
    return overlay if blank is None else _merged(overlay, blank)


def _overlay(form: Form, pages: Sequence[Page], offset: tuple[float, float]) -> bytes:
    made = BytesIO()
    canvas = Canvas(made, pagesize=letter, invariant=1)
    right, up = offset
    for page in pages:
        canvas.setFont(FONT, SIZE)
        for name, text in page.items():
            box = form.boxes[name]
            blanks = len(text) - len(text.lstrip())
            across = box.x + blanks * SIZE * 0.6
            canvas.drawString(across + right, letter[1] - box.y + up, text.lstrip())
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _merged(overlay: bytes, blank: bytes) -> bytes:
    writer, made = PdfWriter(), BytesIO()
    try:
        for page in PdfReader(BytesIO(overlay)).pages:
            sheet = writer.add_page(PdfReader(BytesIO(blank)).pages[0])
            sheet.merge_page(page)
    except (PyPdfError, IndexError) as unusable:
        raise BadSettings(
            "The blank form is no PDF with a page.", tip="Name a PDF of one page."
        ) from unusable
    writer.write(made)
    return made.getvalue()
