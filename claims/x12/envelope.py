"""The envelope: interchanges (ISA), groups (GS) and transactions (ST), read with their counts checked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from claims.findings import Finding, Severity
from claims.x12.syntax import Delimiters, Segment, SegmentReader, X12Error

# What the guide's number inside GS08 or ST03 tells about the type; 4010 guides below the 5010 ones.
GUIDES = {
    ("837", "X222"): "837P",
    ("837", "X223"): "837I",
    ("837", "X224"): "837D",
    ("277", "X214"): "277CA",
    ("837", "X098"): "837P",
    ("837", "X096"): "837I",
    ("837", "X097"): "837D",
}
ISA_ELEMENTS = 16
MOST_FINDINGS = 10_000
MOST_INTERCHANGES = 10_000
ENVELOPE_IDS = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))


@dataclass(slots=True)
class Group:
    """GS and where it stands."""

    segment: Segment
    position: int
    transactions: int = 0
    set_numbers: set[str] = field(default_factory=set)

    @property
    def functional_id(self) -> str:
        """GS01."""
        return self._element(1)

    @property
    def number(self) -> str:
        """GS06."""
        return self._element(6)

    @property
    def version(self) -> str:
        """GS08."""
        return self._element(8)

    def _element(self, number: int) -> str:
        return self.segment[number] if len(self.segment) > number else ""


@dataclass(slots=True)
class Interchange:
    """ISA: its elements (ISA01 at index 1) with their padding, its delimiters, and any TA1 in it."""

    isa: Segment
    delimiters: Delimiters
    position: int
    groups: list[Group] = field(default_factory=list)
    ta1: list[Segment] = field(default_factory=list)

    @property
    def control_number(self) -> str:
        """ISA13."""
        return self.isa[13]

    @property
    def sender(self) -> str:
        """ISA06 without its padding."""
        return self.isa[6].rstrip()

    @property
    def receiver(self) -> str:
        """ISA08 without its padding."""
        return self.isa[8].rstrip()

    @property
    def is_test(self) -> bool:
        """ISA15 T."""
        return self.isa[15] == "T"


@dataclass(slots=True)
class Transaction:
    """One ST to SE. ``segments`` begins with ST, leaves SE out; number i stands at ``first + i``."""

    type: str
    control_number: str
    version: str
    first: int
    segments: list[Segment]
    group: Group | None = None
    interchange: Interchange | None = None

    @property
    def claims(self) -> int:
        """How many CLM or CLP it holds."""
        return sum(segment[0] in ("CLM", "CLP") for segment in self.segments)


@dataclass(slots=True)
class X12File:
    """A file read: several interchanges may follow one another."""

    interchanges: list[Interchange]
    transactions: list[Transaction]
    findings: list[Finding]


class TransactionStream:
    """Iterates over the transactions of a file one at a time, for files of any size.

    Each item is a ``Transaction`` with no segments yet and an iterator over them; what is left of it is
    skipped when the next one is asked for.
    """

    def __init__(self, source: bytes | BinaryIO, findings: list[Finding]) -> None:
        self.interchanges: list[Interchange] = []
        self.findings = findings
        self._reader = SegmentReader(source, findings)
        self._segments = iter(self._reader)
        self._pushed: Segment | None = None
        self._interchange: Interchange | None = None
        self._group: Group | None = None
        self._missed = 0
        self._numbers: set[str] = set()

    def __iter__(self) -> Iterator[tuple[Transaction, Iterator[Segment]]]:
        handlers = {"ISA": self._isa, "GS": self._gs, "GE": self._ge, "IEA": self._iea, "TA1": self._ta1}
        while (segment := self._next()) is not None:
            if segment[0] == "ST":
                transaction = self._st(segment)
                body = self._body(segment, transaction)
                yield transaction, body
                for _ in body:
                    pass
            else:
                handlers.get(segment[0], self._outside)(segment)
        self._close_interchange("the end of the file")

    @property
    def position(self) -> int:
        """The segment of the file that was read last."""
        return self._reader.position

    def _next(self) -> Segment | None:
        pushed, self._pushed = self._pushed, None
        return pushed if pushed is not None else next(self._segments, None)

    def _body(self, segment: Segment, transaction: Transaction) -> Iterator[Segment]:
        count = 1
        yield segment
        for each in self._segments:
            if each[0] in ENVELOPE_IDS:
                if each[0] == "SE":
                    self._se(each, transaction, count + 1)
                else:
                    self._missing("SE", "ST", transaction.first)
                    self._pushed = each
                return
            count += 1
            yield each
        self._missing("SE", "ST", transaction.first)

    def _st(self, segment: Segment) -> Transaction:
        _, kind, number, version, *_ = segment + [""] * 4
        group = self._group
        version = version or (group.version if group else "")
        if group:
            group.transactions += 1
            if number in group.set_numbers:
                self._error("x12_control_number", "ST02 occurs twice in its group.", "ST02")
            group.set_numbers.add(number)
        type_ = type_of(kind, version)
        return Transaction(type_, number, version, self._reader.position, [], group, self._interchange)

    def _se(self, segment: Segment, transaction: Transaction, count: int) -> None:
        self._trailer(segment, "SE", count, transaction.control_number, "segments")

    def _isa(self, segment: Segment) -> None:
        if len(segment) <= ISA_ELEMENTS:
            return self._outside(segment)
        self._close_interchange("the next ISA")
        self._interchange = Interchange(segment, self._reader.delimiters, self._reader.position)
        if segment[13] in self._numbers:
            self._error("x12_control_number", "ISA13 occurs twice in this file.", "ISA13")
        self._numbers.add(segment[13])
        self.interchanges.append(self._interchange)
        if len(self.interchanges) > MOST_INTERCHANGES:
            raise X12Error(
                f"Segment {self._reader.position}: more than {MOST_INTERCHANGES} interchanges in one file.",
                tip="Split the file, or ask the sender what it is.",
            )

    def _gs(self, segment: Segment) -> None:
        self._close_group()
        self._group = Group(segment, self._reader.position)
        if self._interchange:
            self._interchange.groups.append(self._group)

    def _ge(self, segment: Segment) -> None:
        if self._group is None:
            return self._outside(segment)
        self._trailer(segment, "GE", self._group.transactions, self._group.number, "transactions")
        self._group = None

    def _iea(self, segment: Segment) -> None:
        self._close_group()
        if self._interchange is None:
            return
        groups = len(self._interchange.groups)
        self._trailer(segment, "IEA", groups, self._interchange.control_number, "groups")
        self._interchange = None

    def _ta1(self, segment: Segment) -> None:
        if self._interchange:
            self._interchange.ta1.append(segment)
        else:
            self._outside(segment)

    def _outside(self, segment: Segment) -> None:
        """One finding for a run of stray segments would hide none, but a thousand would hide the rest."""
        self._missed += 1
        if self._missed <= 10:
            self._error("x12_outside", "A segment stands outside any transaction.", segment[0][:3])

    def _trailer(self, segment: Segment, name: str, count: int, number: str, what: str) -> None:
        _, said, control, *_ = segment + [""] * 3
        if said.strip().lstrip("0") != str(count).lstrip("0"):
            self._error(
                "x12_count", f"{name}01 does not give the number of {what}, which is {count}.", f"{name}01"
            )
        if control != number:
            self._error(
                "x12_control_number", f"{name}02 is not the number that the header gave.", f"{name}02"
            )

    def _close_group(self) -> None:
        if self._group is not None:
            self._missing("GE", "GS", self._group.position)
            self._group = None

    def _close_interchange(self, before: str) -> None:
        self._close_group()
        if self._interchange is not None:
            self._missing("IEA", "ISA", self._interchange.position)
            self._interchange = None

    def _missing(self, trailer: str, header: str, position: int) -> None:
        message = f"The {header} at segment {position} has no {trailer}: the file may be cut off."
        self._error("x12_no_trailer", message, trailer)

    def _error(self, code: str, message: str, element: str) -> None:
        at = self._reader.position
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(code, Severity.ERROR, message, snip=1, segment=at, element=element))


def read_file(data: bytes) -> X12File:
    """Reads a whole file. Raises X12Error when it is no X12 at all; lesser trouble is in ``findings``."""
    findings: list[Finding] = []
    stream = TransactionStream(data, findings)
    transactions = []
    for transaction, segments in stream:
        transaction.segments = list(segments)
        transactions.append(transaction)
    return X12File(stream.interchanges, transactions, findings)


def type_of(kind: str, version: str) -> str:
    """837P, 837I, 837D, 277CA by the guide's number, otherwise ST01 itself."""
    for (code, guide), name in GUIDES.items():
        if code == kind and guide in version:
            return name
    return kind
