"""Pages as PDF: the values alone, for pre-printed forms, or on a blank that the operator supplies."""

from collections.abc import Sequence
from io import BytesIO
from typing import cast

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject
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
    """Each page is drawn over the blank, which the file holds once however many pages there are."""
    writer, made = PdfWriter(clone_from=BytesIO(overlay)), BytesIO()
    try:
        under = PdfReader(BytesIO(blank)).pages[0]
        picture = writer._add_object(_picture(under, writer))
    except (PyPdfError, IndexError) as unusable:
        raise BadSettings(
            "The blank form is no PDF with a page.", tip="Name a PDF of one page."
        ) from unusable
    draw = StreamObject()
    draw.set_data(b"q /Blank Do Q\n")
    first = writer._add_object(draw)
    for page in writer.pages:
        own = cast(DictionaryObject, page["/Resources"].get_object())
        own[NameObject("/XObject")] = DictionaryObject({NameObject("/Blank"): picture})
        page[NameObject("/Contents")] = ArrayObject([first, page.raw_get("/Contents")])
        page.mediabox, page.cropbox = under.mediabox, under.cropbox
        page.rotation = under.rotation
    writer.write(made)
    return made.getvalue()


def _picture(page: PageObject, writer: PdfWriter) -> StreamObject:
    """A page as a form XObject, which other pages may draw."""
    content, picture = page.get_contents(), StreamObject()
    picture.set_data(b"" if content is None else content.get_data())
    picture.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): page.mediabox,
            NameObject("/Resources"): page.get("/Resources", DictionaryObject()).get_object().clone(writer),
        }
    )
    return picture.flate_encode()
