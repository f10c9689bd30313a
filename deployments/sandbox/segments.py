"""Segments in and out: the sandbox's own small reader and writer of interchanges.

The other side must not understand a file through the very code that wrote it, or a misreading would
never show; so nothing of our codec is used here. Only the 999 comes from outside, from pyx12.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from claims.errors import BadInput

Segment = list[str]
ISA_LENGTH = 106


def at(segment: Segment, position: int) -> str:
    """The element at an X12 position (``at(clm, 1)`` is CLM01), "" where the segment is shorter."""
    return segment[position] if position < len(segment) else ""


@dataclass
class TransactionSet:
    kind: str
    control: str
    version: str
    group: str
    segments: list[Segment] = field(default_factory=list)


@dataclass
class Interchange:
    """An envelope as it came: its addresses, its sets, and the TA105 note of what is wrong with it."""

    isa: Segment
    component: str
    repetition: str
    sets: list[TransactionSet]
    note: str = "000"
    ta1: Segment = field(default_factory=list)

    @property
    def control(self) -> str:
        return at(self.isa, 13)

    @property
    def sender(self) -> str:
        return at(self.isa, 6).strip()

    @property
    def receiver(self) -> str:
        return at(self.isa, 8).strip()


def read(raw: bytes) -> Interchange:
    """Take an interchange apart; raise BadInput when not even its ISA can be read."""
    text = raw.decode("latin-1").lstrip()
    if not text.startswith("ISA") or len(text) < ISA_LENGTH:
        raise BadInput("This is not an X12 interchange.", tip="Send a file that begins with ISA.")
    element, terminator = text[3], text[ISA_LENGTH - 1]
    isa = text[: ISA_LENGTH - 1].split(element)
    if len(isa) != 17:
        raise BadInput("The ISA segment is broken.", tip="Send an ISA of 16 elements in 105 characters.")
    rows = [row.strip("\r\n").split(element) for row in text[ISA_LENGTH:].split(terminator)]
    body = [row for row in rows if row != [""]]
    ta1 = next((row for row in body if row[0] == "TA1"), [])
    return Interchange(isa, isa[16], isa[11], _sets(body), _note(isa, body), ta1)


def _note(isa: Segment, body: list[Segment]) -> str:
    """TA105: what is wrong with the envelope, "000" when nothing is."""
    groups = sum(row[0] == "GS" for row in body)
    trailer = body[-1] if body else [""]
    checks = [
        ("023", trailer[0] != "IEA"),
        ("022", any(row[0] == "ISA" for row in body)),
        ("001", at(trailer, 2) != isa[13]),
        ("021", at(trailer, 1) != str(groups) or groups == 0),
        ("017", isa[12] != "00501"),
        ("018", not re.fullmatch(r"\d{9}", isa[13])),
    ]
    return next((note for note, broken in checks if broken), "000")


def _sets(body: list[Segment]) -> list[TransactionSet]:
    sets: list[TransactionSet] = []
    group: Segment = []
    for row in body:
        if row[0] == "GS":
            group = row
        elif row[0] == "ST":
            sets.append(TransactionSet(at(row, 1), at(row, 2), at(row, 3) or at(group, 8), at(group, 6)))
        elif sets and row[0] not in ("SE", "GE", "IEA"):
            sets[-1].segments.append(row)
    return sets


@dataclass(frozen=True)
class Address:
    """Who sends an outgoing interchange to whom, when, and under which control number."""

    sender: str
    receiver: str
    control: int
    at: datetime


def text(value: str) -> str:
    """Echoed data without the separators that this writer uses."""
    return re.sub(r"[~*:^]", " ", value).strip()


def compose(*parts: str) -> str:
    return ":".join(parts).rstrip(":")


def write(kind: tuple[str, str, str], address: Address, bodies: Iterable[Sequence[Segment]]) -> bytes:
    """An interchange of one group; ``kind`` is (GS01, ST01, version), each body excludes ST and SE."""
    group_code, set_code, version = kind
    day, clock = address.at.strftime("%Y%m%d"), address.at.strftime("%H%M")
    number = f"{address.control:09d}"
    sets = [_framed(set_code, version, n, body) for n, body in enumerate(bodies, 1)]
    rows = [
        ["GS", group_code, address.sender, address.receiver, day, clock, str(address.control), "X", version],
        *(row for rows in sets for row in rows),
        ["GE", str(len(sets)), str(address.control)],
        ["IEA", "1", number],
    ]
    return _joined([isa(address, number), *rows])


def isa(address: Address, number: str) -> Segment:
    sender, receiver = f"{address.sender:<15}", f"{address.receiver:<15}"
    start = ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", sender, "ZZ", receiver]
    return [
        *start,
        address.at.strftime("%y%m%d"),
        address.at.strftime("%H%M"),
        "^",
        "00501",
        number,
        "0",
        "T",
        ":",
    ]


def ta1(address: Address, about: Interchange, verdict: str) -> bytes:
    """An interchange that holds one TA1 about another interchange."""
    number = f"{address.control:09d}"
    row = ["TA1", about.control, at(about.isa, 9), at(about.isa, 10), verdict, about.note]
    return _joined([isa(address, number), row, ["IEA", "0", number]])


def _framed(code: str, version: str, number: int, body: Sequence[Segment]) -> list[Segment]:
    control = f"{number:04d}"
    # The 835 alone does not name its guide in ST03.
    return [
        ["ST", code, control, "" if code == "835" else version],
        *body,
        ["SE", str(len(body) + 2), control],
    ]


def _joined(rows: Iterable[Segment]) -> bytes:
    return "".join("*".join(_trimmed(row)) + "~\n" for row in rows).encode("ascii", "replace")


def _trimmed(row: Segment) -> Segment:
    end = len(row)
    while end > 1 and not row[end - 1]:
        end -= 1
    return row[:end]
