"""Forms as PDF: each value at the place of its box."""

from io import BytesIO
from itertools import pairwise

import pytest
from claim_forms import SIGNED, office_visit
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from claims.documents import cms1500
from claims.documents.forms import form
from claims.documents.printing import render
from claims.errors import BadSettings


@pytest.mark.parametrize("name", ["cms1500", "ub04"])
def test_no_two_boxes_of_a_form_share_a_place_and_all_lie_on_the_sheet(name):
    places = sorted((box.y, box.x, box.x + box.width * 7.2, key) for key, box in form(name).boxes.items())
    for (y, _, end, this), (next_y, start, _, other) in pairwise(places):
        # Less than the space inside a letter may be shared.
        assert y != next_y or end <= start + 1.5, f"{this} runs into {other}"
    assert all(x >= 0 and end <= 612 and 0 < y < 792 for y, x, end, _ in places)


def printed(pdf: bytes) -> list[dict[str, tuple[float, float]]]:
    """Each text of each page, and where it stands: points from the left and the lower edge."""
    found: list[dict[str, tuple[float, float]]] = []
    for page in PdfReader(BytesIO(pdf)).pages:
        texts: dict[str, tuple[float, float]] = {}

        def visit(text, _cm, tm, _font, _size, into=texts):
            if text.strip():
                into.setdefault(text.strip(), (round(tm[4], 1), round(tm[5], 1)))

        page.extract_text(visitor_text=visit)
        found.append(texts)
    return found


def test_the_pdf_has_each_value_at_the_place_of_its_box():
    cms = form("cms1500")
    (texts,) = printed(render(cms, cms1500.pages(office_visit(), SIGNED)))
    for box, value in (("1a", "PAY1001"), ("26", "VISIT1"), ("row.1.D", "99213")):
        assert texts[value] == (round(cms.boxes[box].x, 1), round(792 - cms.boxes[box].y, 1))
    (moved,) = printed(render(cms, cms1500.pages(office_visit(), SIGNED), offset=(3, -2)))
    assert moved["VISIT1"] == pytest.approx((texts["VISIT1"][0] + 3, texts["VISIT1"][1] - 2), abs=0.11)
    assert len(printed(render(cms, cms1500.pages(office_visit(lines=7), SIGNED)))) == 2


def test_the_values_are_merged_onto_the_operators_blank():
    blank = BytesIO()
    paper = PdfWriter()
    paper.add_blank_page(612, 792)
    paper.write(blank)
    cms = form("cms1500")
    (texts,) = printed(render(cms, cms1500.pages(office_visit(), SIGNED), blank=blank.getvalue()))
    assert "VISIT1" in texts
    with pytest.raises(BadSettings, match="no PDF"):
        render(cms, [{}], blank=b"a picture")


def test_the_blank_is_in_the_file_once_however_many_pages_it_is_printed_under():
    drawn = BytesIO()
    canvas = Canvas(drawn, pagesize=letter, invariant=1)
    for place in range(50):
        canvas.drawString(place % 20 * 30, place + 100, f"{place} THE OFFICE'S OWN")
    canvas.save()
    one, many = (
        render(form("cms1500"), [{"26": f"VISIT{n}"} for n in range(pages)], blank=drawn.getvalue())
        for pages in (1, 9)
    )
    texts = [page.extract_text() for page in PdfReader(BytesIO(many)).pages]
    assert all(f"VISIT{n}" in text and "49 THE OFFICE'S OWN" in text for n, text in enumerate(texts))
    assert len(many) < len(one) + 9 * 1_000
