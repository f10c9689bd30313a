"""ICD-10-CM and -PCS order files of CDC and CMS: headers and billable codes in fixed columns."""

import re
from collections.abc import Iterator

from claims.codes.building import Row
from claims.codes.sets import Kind
from claims.codes.sources import Member, refuse

_CODE = {"icd10cm": re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}"), "icd10pcs": re.compile(r"[0-9A-HJ-NP-Z]{3,7}")}


def read_order(member: Member, kind: Kind) -> Iterator[Row]:
    """Columns 1-5 order number, 7-13 code, 15 billable, 17-76 short and 77- long title.

    The addenda, lists of changes with shifted columns, are refused: the order file has them already.
    """
    line, silent = 0, (None,) * (len(kind.columns) - 2)
    for line, text in member.lines():
        if not text.strip():
            continue
        code, billable, title = text[6:13].rstrip(), text[14:15], text[77:].strip() or text[16:76].strip()
        if not text[:5].isdecimal():
            refuse(member, line, 1, "an order number of five digits", text)
        if not _CODE[kind.name].fullmatch(code) or text[5:6] != " " or text[13:14] != " ":
            refuse(member, line, 7, f"a code of {kind.title}", text[5:14])
        if billable not in ("0", "1"):
            refuse(member, line, 15, "0 for a heading or 1 for a billable code", billable)
        if not title:
            refuse(member, line, 17, "a title", "")
        yield code, None, None, title, billable, *silent
    if line == 0:
        refuse(member, 1, 1, "an order number of five digits", "")
