"""The envelope on the way out: transactions put between ISA and IEA, control numbers given by the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from claims.findings import Finding
from claims.x12.rendering import encode, line
from claims.x12.syntax import Delimiters, X12Error

# type: ST01, GS01, GS08
VERSIONS = {
    "837P": ("837", "HC", "005010X222A1"),
    "837I": ("837", "HC", "005010X223A2"),
    "837D": ("837", "HC", "005010X224A2"),
    "835": ("835", "HP", "005010X221A1"),
    "270": ("270", "HS", "005010X279A1"),
    "271": ("271", "HB", "005010X279A1"),
    "276": ("276", "HR", "005010X212"),
    "277": ("277", "HN", "005010X212"),
    "277CA": ("277", "HN", "005010X214"),
    "278": ("278", "HI", "005010X217"),
    "999": ("999", "FA", "005010X231A1"),
}

STANDARD = Delimiters()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends to whom. The group's sender and receiver are the interchange's unless given."""

    sender: str
    receiver: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    group_receiver: str = ""
    usage: str = "T"
    acknowledge: bool = False
    authorization: tuple[str, str] = ("00", "")
    security: tuple[str, str] = ("00", "")
    delimiters: Delimiters = STANDARD
    newline: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One transaction to be sent, without ST and SE: its segments in memory form (see ``rendering.line``)."""

    type: str
    lines: list[str]
    version: str = ""


def write_interchange(
    envelope: Envelope,
    transactions: Sequence[Outgoing],
    *,
    created: datetime,
    isa13: int,
    gs06: int = 1,
    st02: int = 1,
    findings: list[Finding] | None = None,
) -> bytes:
    """One interchange. Neighbours of one type share a group; the control numbers count up from those given.

    Delimiters and odd characters in the data are replaced and reported in ``findings``.
    """
    found: list[Finding] = []
    lines = []
    groups = [(key, list(members)) for key, members in groupby(transactions, key=_version)]
    for number, ((_, functional_id, version), members) in enumerate(groups, gs06):
        lines.append(_gs(envelope, functional_id, version, created, number))
        for each in members:
            lines += _transaction_lines(each, version, f"{st02:04d}")
            st02 += 1
        lines.append(line("GE", str(len(members)), str(number)))
    lines.append(line("IEA", str(len(groups)), f"{isa13:09d}"))
    body = encode(lines, envelope.delimiters, found, envelope.newline, first=2)
    if findings is not None:
        findings += found
    return isa_bytes(envelope, created, isa13) + body


def isa_bytes(envelope: Envelope, created: datetime, isa13: int) -> bytes:
    """The ISA with its terminator. Raises X12Error when a value does not fit its fixed width."""
    marks = envelope.delimiters
    elements = (
        *_qualified("ISA01", envelope.authorization, 10),
        *_qualified("ISA03", envelope.security, 10),
        *_qualified("ISA05", (envelope.sender_qualifier, envelope.sender), 15),
        *_qualified("ISA07", (envelope.receiver_qualifier, envelope.receiver), 15),
        created.strftime("%y%m%d"),
        created.strftime("%H%M"),
        marks.repetition or "U",
        "00501",
        _fixed("ISA13", f"{isa13:09d}", 9),
        str(int(envelope.acknowledge)),
        _fixed("ISA15", envelope.usage, 1),
        marks.component,
    )
    return (marks.element.join(("ISA", *elements)) + marks.terminator + envelope.newline).encode("ascii")


def _qualified(name: str, pair: tuple[str, str], width: int) -> tuple[str, str]:
    qualifier, value = pair
    return _fixed(name, qualifier, 2), _fixed(name, value, width)


def _fixed(name: str, value: str, width: int) -> str:
    if len(value) > width or not all(c.isalnum() or c in "-_. &" for c in value) or not value.isascii():
        raise X12Error(
            f"{name} does not fit {width} plain characters.",
            tip="Correct the identifiers in the payer's or the connector's settings.",
        )
    return value.ljust(width)


def _version(outgoing: Outgoing) -> tuple[str, str, str]:
    kind, functional_id, version = VERSIONS[outgoing.type]
    return kind, functional_id, outgoing.version or version


def _gs(envelope: Envelope, functional_id: str, version: str, created: datetime, number: int) -> str:
    sender = envelope.group_sender or envelope.sender
    receiver = envelope.group_receiver or envelope.receiver
    day, time = created.strftime("%Y%m%d"), created.strftime("%H%M")
    return line("GS", functional_id, sender, receiver, day, time, str(number), "X", version)


def _transaction_lines(outgoing: Outgoing, version: str, number: str) -> list[str]:
    # An 835 names its guide in GS08 alone.
    st03 = "" if outgoing.type == "835" else version
    start = line("ST", VERSIONS[outgoing.type][0], number, st03)
    return [start, *outgoing.lines, line("SE", str(len(outgoing.lines) + 2), number)]
