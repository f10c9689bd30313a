"""TA1, the interchange acknowledgement: did the envelope arrive and could it be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime

from claims.x12.envelope import Interchange
from claims.x12.interchange import Envelope, isa_bytes
from claims.x12.parts_io import padded
from claims.x12.rendering import encode, line
from claims.x12.values import BadValue, day


@dataclass(frozen=True, slots=True)
class Ta1:
    """``control_number`` is our ISA13; ``status`` A, E or R; ``code`` TA105 (000 fine, 025 seen before)."""

    control_number: str
    status: str
    code: str
    date: Date | None = None
    time: str = ""

    @property
    def is_accepted(self) -> bool:
        """A and E."""
        return self.status in ("A", "E")


def read_ta1(interchange: Interchange) -> list[Ta1]:
    """The TA1 segments of an interchange."""
    return [_read(padded(segment, 5)) for segment in interchange.ta1]


def _read(elements: list[str]) -> Ta1:
    number, when, time, status, code = elements
    try:
        # ISA09 and so TA102 have a year of two digits.
        return Ta1(number, status, code, day(when if len(when) == 8 else f"20{when}"), time)
    except BadValue:
        return Ta1(number, status, code, None, time)


def write_ta1(envelope: Envelope, acks: Sequence[Ta1], *, created: datetime, isa13: int) -> bytes:
    """An interchange that holds nothing but acknowledgements of interchanges."""
    lines = [_line(each) for each in acks]
    lines.append(line("IEA", "0", f"{isa13:09d}"))
    body = encode(lines, envelope.delimiters, [], envelope.newline, first=2)
    return isa_bytes(envelope, created, isa13) + body


def _line(ack: Ta1) -> str:
    when = ack.date.strftime("%y%m%d") if ack.date else ""
    return line("TA1", ack.control_number, when, ack.time, ack.status, ack.code)
