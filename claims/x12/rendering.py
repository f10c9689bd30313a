"""X12 syntax on the way out: segments in memory form (see ``syntax``) to bytes."""

import unicodedata
from collections.abc import Sequence

from claims.findings import Finding, Severity
from claims.x12.guides import ALLOWED
from claims.x12.syntax import FS, GS, RS, US, Delimiters

# Known segments without composites or repetitions: a US or RS in them is stray data.
COMPOSITES = frozenset(
    ("CLM", "HI", "SV1", "SV2", "SV3", "SV5", "TOO", "SVD", "SVC", "STC", "PLB", "EB", "EQ", "CTP", "REF")
) | frozenset(("CTX", "IK4", "UM", "HCR", "QTY", "MEA", "DMG", "PRV", "K3", "RDM", "III", "PWK"))
SIMPLE = frozenset().union(("GS", "GE", "SE", "IEA", "TA1"), *ALLOWED.values()) - COMPOSITES
# The same with what follows a short id, so that three characters tell.
HEADS = frozenset((name + GS)[:3] for name in SIMPLE)

OWN_MARKS = FS + GS + RS + US
# What stands in for our own marks where they come in data: ``encode`` finds it, replaces it and says so.
STRAY_MARK = "\x1b"


def line(*elements: str) -> str:
    """One segment in memory form, empty elements at its end cut off."""
    text = GS.join(elements)
    if text.count(GS) >= len(elements):
        text = GS.join([element.replace(GS, STRAY_MARK) for element in elements])
    return text.rstrip(GS)


def composite(*components: str) -> str:
    """A composite element, empty components at its end cut off."""
    text = US.join(components)
    if text.count(US) >= len(components):
        text = US.join([component.replace(US, STRAY_MARK) for component in components])
    return text.rstrip(US)


def encode(
    lines: Sequence[str], delimiters: Delimiters, findings: list[Finding], newline: str = "", first: int = 1
) -> bytes:
    """The bytes of segments in memory form. What X12 cannot hold in data is replaced, with a finding.

    ``newline`` is put behind each segment for people to read, ``first`` is the position of the first segment
    in the file. The output is plain ASCII.
    """
    declared = delimiters.element + delimiters.component + delimiters.terminator + delimiters.repetition
    # Where a file's delimiters are our own marks, none of them is left in data: ``line`` sees to that.
    marks = "".join(mark for mark in declared if mark not in OWN_MARKS)
    marks += "" if delimiters.repetition else RS
    text = FS.join(lines)
    if not _is_clean(text, lines, marks):
        text = FS.join(_cleaned(number, each, marks, findings) for number, each in enumerate(lines, first))
    body = _bytes(text, delimiters, "ascii")
    if newline:
        end = body[-1:]
        body = body.replace(end, end + newline.encode("ascii"))
    return body


def encode_read(lines: Sequence[str], delimiters: Delimiters) -> bytes:
    """The bytes of segments that were read with these delimiters: nothing in their data is replaced.

    Text beyond ASCII becomes UTF-8, or latin-1 where a delimiter itself is beyond ASCII.
    """
    declared = delimiters.element + delimiters.component + delimiters.terminator + delimiters.repetition
    return _bytes(FS.join(lines), delimiters, "utf-8" if declared.isascii() else "latin-1")


def _bytes(text: str, delimiters: Delimiters, charset: str) -> bytes:
    table = bytearray(range(256))
    table[ord(GS)], table[ord(US)] = ord(delimiters.element), ord(delimiters.component)
    table[ord(RS)] = ord(delimiters.repetition or " ")
    table[ord(FS)] = ord(delimiters.terminator)
    return (text + FS).encode(charset, "replace").translate(table)


def _is_clean(text: str, lines: Sequence[str], marks: str) -> bool:
    """Nothing in the data but what X12 allows; one look at the whole text costs less than many small ones."""
    if not text.isascii() or any(mark in text for mark in marks) or text.count(FS) != len(lines) - 1:
        return False
    raw = text.encode("ascii")
    return len(raw.translate(None, CONTROLS)) == len(raw) and not any(
        each[:3] in HEADS for each in lines if US in each or RS in each
    )


CONTROLS = bytes([*range(ord(FS)), 0x7F])
TYPOGRAPHY = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


def _cleaned(number: int, text: str, marks: str, findings: list[Finding]) -> str:
    """The segment without delimiters, control and non-ASCII characters in its data."""
    segment_id = text.split(GS, 1)[0]
    clean = unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY))
    clean = "".join(c for c in clean if not unicodedata.combining(c)).encode("ascii", "replace").decode()
    table = dict.fromkeys([*map(ord, marks + FS), *CONTROLS], " ")
    if segment_id in SIMPLE:
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
