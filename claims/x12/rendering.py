"""X12 syntax on the way out: segments in memory form (see ``syntax``) to bytes."""

import re
import unicodedata
from collections.abc import Sequence

from claims.findings import Finding, Severity
from claims.x12.syntax import FS, GS, RS, US, Delimiters

# Segments that hold composites or repetitions; in any other a US or RS is stray data.
COMPOSITES = frozenset(
    ("CLM", "HI", "SV1", "SV2", "SV3", "SV5", "TOO", "SVD", "SVC", "STC", "PLB", "EB", "EQ", "CTP", "REF")
) | frozenset(("CTX", "IK4", "UM", "HCR", "QTY", "MEA", "DMG", "PRV", "K3"))


def line(*elements: str) -> str:
    """One segment in memory form, empty elements at its end cut off; stray control marks become spaces."""
    text = GS.join(elements)
    if text.count(GS) != len(elements) - 1 or FS in text:
        text = GS.join([element.replace(GS, " ").replace(FS, " ") for element in elements])
    return text.rstrip(GS)


def composite(*components: str) -> str:
    """A composite element, empty components at its end cut off."""
    return US.join(components).rstrip(US)


def encode(
    lines: Sequence[str], delimiters: Delimiters, findings: list[Finding], newline: str = "", first: int = 1
) -> bytes:
    """The bytes of segments in memory form. What X12 cannot hold in data is replaced, with a finding.

    ``newline`` is put behind each segment for people to read, ``first`` is the position of the first segment
    in the file. The output is plain ASCII.
    """
    stray = [
        i
        for i, text in enumerate(lines)
        if (US in text or RS in text) and text.split(GS, 1)[0] not in COMPOSITES
    ]
    text = FS.join(lines)
    marks = delimiters.element + delimiters.component + delimiters.terminator + delimiters.repetition
    if stray or not text.isascii() or any(mark in text for mark in marks) or _has_control(text):
        text = FS.join(_cleaned(number, each, marks, findings) for number, each in enumerate(lines, first))
    table = {
        ord(GS): delimiters.element,
        ord(US): delimiters.component,
        ord(RS): delimiters.repetition or " ",
    }
    body = text.translate(table).replace(FS, delimiters.terminator + newline)
    return (body + delimiters.terminator + newline).encode("ascii")


TYPOGRAPHY = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
CONTROL = re.compile(r"[\x00-\x1b\x7f]")


def _has_control(text: str) -> bool:
    return CONTROL.search(text) is not None


def _cleaned(number: int, text: str, marks: str, findings: list[Finding]) -> str:
    """The segment without delimiters, control and non-ASCII characters in its data."""
    segment_id = text.split(GS, 1)[0]
    clean = unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY))
    clean = "".join(c for c in clean if not unicodedata.combining(c)).encode("ascii", "replace").decode()
    table = dict.fromkeys([*map(ord, marks), *range(0x1C), 0x7F], " ")
    if segment_id not in COMPOSITES:
        table |= {ord(US): " ", ord(RS): " "}
    clean = clean.translate(table)
    if clean != text:
        message = f"{segment_id} holds a character that X12 does not allow in data; it was replaced."
        findings.append(
            Finding(
                "x12_character_replaced",
                Severity.WARNING,
                message,
                snip=1,
                segment=number,
                element=segment_id,
            )
        )
    return clean
