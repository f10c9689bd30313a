"""X12 syntax: bytes to segments.

In memory a segment is a list of strings, its id first. The components of a composite are joined by US
(0x1F) and the repetitions of an element by RS (0x1E), so that nothing behind the reader knows a file's own
delimiters. Segments are counted from the file's first one as 1.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from claims.errors import CleanclaimError
from claims.findings import Finding, Severity
from claims.x12.foreign import looks_like
from claims.x12.remarks import Remarks

Segment = list[str]

FS, GS, RS, US = "\x1c", "\x1d", "\x1e", "\x1f"
CHUNK = 1 << 16
# No segment of the guides comes near these; beyond them a file is not X12, whatever its first bytes say.
LONGEST_SEGMENT = 1 << 20
MOST_BAD_SEGMENTS = 100
# How far the first composite is looked for, and how many segments are cut off at a time.
SNIFFED = 1 << 13
BATCH = 256
ISA_LENGTH = 106
BLANKS = b" \t\r\n\x00\x1a"
OPENING = re.compile(rb"ISA|(?:GS|ST)([^\w\s])")
ISA_BEGUN = re.compile(rb"ISA([^\w\r\n])..\1", re.DOTALL)
WHOLE_ISA = re.compile(rb"ISA([^\w\r\n])..\1.{10}\1..\1.{10}\1..\1.{15}\1..\1.{15}\1", re.DOTALL)
LINE_END = re.compile(rb"[\r\n]")
SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
# The second segment of a file that begins without ISA shows which character ended the first.
SECOND_SEGMENT = re.compile(rb"([^\w\s])[\r\n]*(?:BPR|BHT|ST|AK1|BGN|BHT)[^\w\s]")
# Some files use another component separator than their ISA16 declares; their composites tell: a code behind
# its list (HC, ABK), a place of service before its A or B, where the guides have them and in no other data.
COMPOSITE = (
    rb"(?:\A|%(end)s)\s*(?:"
    rb"(?:HI|SVC|SV1|SV3|SV2%(next)s|SVD%(next)s%(next)s)%(mark)s(?:HC|ABK|BK|AD)([^\w\s])[0-9A-Z]"
    rb"|CLM%(next)s%(next)s%(next)s%(next)s%(mark)s\d\d([^\w\s])[AB]\2)"
)
SEPARATORS = b":><|\\"


class X12Error(CleanclaimError):
    """The bytes are not X12, or so broken that no transaction can be told apart."""

    code = "x12_unreadable"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """One character each; ``repetition`` is empty where the file declares none."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    terminator: str = "~"


class SegmentReader:
    """Iterates over the segments of a file, several interchanges included, in bounded memory.

    ``delimiters`` are those of the interchange just read. Raises X12Error when the bytes are no X12; lesser
    trouble goes into ``findings``.
    """

    def __init__(self, source: bytes | BinaryIO, findings: list[Finding]) -> None:
        self.delimiters = Delimiters()
        self.position = 0
        self._findings = findings
        self._chunks = _chunks(source)
        self._known: set[str] = set()
        self._seen = Counter[str]()
        self._is_odd = False
        self._bad = 0
        self._buffer = b""

    def __iter__(self) -> Iterator[Segment]:
        while self._at_start():
            if self._buffer[:3] == b"ISA":
                yield self._count(self._read_isa())
            else:
                self._sniff_without_isa()
            yield from self._until_iea()

    def _at_start(self) -> bool:
        """Skips what may stand before an interchange; False at the end of the data."""
        self._buffer = self._buffer.lstrip(BLANKS)
        while len(self._buffer) < 2 * ISA_LENGTH and self._more():
            self._buffer = self._buffer.removeprefix(b"\xef\xbb\xbf").lstrip(BLANKS)
        if not self._buffer and self.position == 0:
            raise X12Error("The file is empty.", tip="Fetch or export it again.")
        if self.position == 0:
            self._skip_banner()
        if self._buffer[:3] == b"ISA" or not self._buffer or self.position == 0:
            return bool(self._buffer)
        return self._skip_to_isa()

    def _skip_banner(self) -> None:
        """Mailboxes put lines of their own in front of a file."""
        if OPENING.match(self._buffer) or looks_like(self._buffer):
            return
        while len(self._buffer) < SNIFFED and self._more():
            pass
        if found := WHOLE_ISA.search(self._buffer):
            self._buffer = self._buffer[found.start() :]
            self._warn("x12_leading_data", "In front of the interchange stands something that is not X12.", 1)

    def _skip_to_isa(self) -> bool:
        self._warn("x12_trailing_data", "After the end of the interchange comes something that is not X12.")
        while (found := ISA_BEGUN.search(self._buffer)) is None:
            self._buffer = self._buffer[-6:]
            if not self._more():
                return False
        self._buffer = self._buffer[found.start() :]
        while len(self._buffer) < 2 * ISA_LENGTH and self._more():
            pass
        return True

    def _read_isa(self) -> Segment:
        """ISA has a fixed width; its last element and the byte behind it name two delimiters."""
        if LINE_END.search(self._buffer[: ISA_LENGTH - 1]):
            # Lines of 80 columns: the ISA itself is wrapped.
            head = LINE_END.sub(b"", self._buffer[: 2 * ISA_LENGTH])
            self._buffer = head + self._buffer[2 * ISA_LENGTH :]
        head, element = self._buffer[: 2 * ISA_LENGTH], self._buffer[3:4]
        parts = head.split(element, 16) if element and not element.isalnum() else []
        exact = head[103:104] == element and len(head) >= ISA_LENGTH
        if len(parts) < 17 or len(parts[16]) < 2:
            raise X12Error(
                f"Segment {self.position + 1}: an ISA with 16 elements was expected, {len(parts[1:])} found.",
                tip="The file is cut off or its envelope is damaged: ask the sender for it again.",
            )
        size = ISA_LENGTH if exact else len(head) - len(parts[16]) + 2
        if size != ISA_LENGTH:
            self._warn(
                "x12_isa_width", f"The ISA is {size} bytes long instead of {ISA_LENGTH}.", self.position + 1
            )
        declared, terminator = head[size - 2 : size - 1], head[size - 1 : size]
        self._buffer = self._buffer[size:]
        component = self._component_used(declared, element, terminator)
        if component != declared:
            message = "The component separator in use is not the one that ISA16 declares."
            self._warn("x12_component_separator", message, self.position + 1)
        self._set_delimiters(element, parts[11], component, terminator)
        return [part.decode("latin-1") for part in (*parts[:16], declared)]

    def _sniff_without_isa(self) -> None:
        """Some portals hand out files that begin at GS or ST: the delimiters are guessed from the text."""
        head = self._buffer[: 8 * ISA_LENGTH]
        opening = OPENING.match(head)
        if opening is None or opening[1] is None:
            raise X12Error(
                f"This is not an X12 file: it begins with neither ISA, GS nor ST.{looks_like(head)}",
                tip="Check that the right file was sent, unpacked and decrypted.",
            )
        element = opening[1]
        ends = [each[1] for each in SECOND_SEGMENT.finditer(head) if each[1] != element]
        terminator = ends[0] if ends else b"\n" if b"\n" in head else b"~"
        component = self._component_used(b":", element, terminator)
        self._set_delimiters(element, b"^", component, terminator)
        self._warn("x12_no_envelope", "The file begins without an ISA envelope.", 1)

    def _component_used(self, declared: bytes, element: bytes, terminator: bytes) -> bytes:
        """Another than the declared one only where no composite has that."""
        head = self._buffer[:SNIFFED].partition(b"IEA")[0]
        mark, end = re.escape(element), re.escape(terminator)
        names = {b"mark": mark, b"end": end, b"next": mark + b"[^" + mark + end + b"]*"}
        used = [code or place for code, place in re.findall(COMPOSITE % names, head)]
        usual = [each for each in used if each in SEPARATORS and each not in (element, terminator)]
        return usual[0] if usual and declared not in used else declared

    def _set_delimiters(self, element: bytes, repetition: bytes, component: bytes, terminator: bytes) -> None:
        if (
            repetition.isalnum()
            or repetition in (b" ", element, component, terminator)
            or len(repetition) != 1
        ):
            repetition = b""
        if len({element, component, terminator}) < 3 or terminator.isalnum() or component.isalnum():
            lacking = " The ISA is followed by no segment terminator." if terminator.isalnum() else ""
            raise X12Error(
                f"Segment {self.position + 1}: three different delimiters were expected.{lacking}",
                tip="The envelope is damaged: ask the sender for the file again.",
            )
        names = (each.decode("latin-1") for each in (element, repetition, component, terminator))
        self.delimiters = Delimiters(*names)
        table = bytearray(range(256))
        table[:32] = b" " * 32
        table[terminator[0]], table[element[0]], table[component[0]] = terminator[0], element[0], ord(US)
        if repetition:
            table[repetition[0]] = ord(RS)
        self._table, self._terminator = bytes(table), terminator
        kept = element + repetition + component + terminator
        self._drop = bytes(byte for byte in b"\r\n\x00\x1a" if byte not in kept)
        self._remarks = Remarks(element, repetition + component, terminator, self._drop)

    def _until_iea(self) -> Iterator[Segment]:
        """The segments up to the IEA, or to the ISA that comes without one."""
        element, mark, known = self.delimiters.element, self._terminator, self._known
        pieces = [b""]
        while pieces or self._more():
            pieces = self._buffer.split(mark, BATCH)
            self._buffer = pieces.pop()
            for number, text in enumerate(self._texts(pieces)):
                if text[:3] == "ISA" and pieces[number].lstrip(BLANKS)[:3] == b"ISA":
                    self._buffer = mark.join([*pieces[number:], self._buffer])
                    return
                if text:
                    segment = text.split(element)
                    self.position += 1
                    if segment[0] not in known:
                        self._check_id(segment[0])
                    if self._is_odd:
                        self._remark(pieces[number])
                    yield segment
                    if segment[0] == "IEA":
                        self._buffer = mark.join([*pieces[number + 1 :], self._buffer])
                        return
        (rest,), self._buffer = self._texts([self._buffer]), b""
        if rest:
            message = "The last segment has no end: the file may be cut off."
            self._warn("x12_no_terminator", message, self.position + 1)
            yield self._count(rest.split(element))

    def _texts(self, pieces: list[bytes]) -> list[str]:
        """The segments' text without padding, cleaned many at a time: a reader's time goes here."""
        raw = self._terminator.join(pieces)
        self._is_odd = self._remarks.any_in(raw)
        clean = raw.translate(self._table, self._drop)
        texts = clean.decode().split(self.delimiters.terminator) if clean.isascii() else []
        if len(texts) != len(pieces):
            # Not ASCII, or a terminator that stray control characters are turned into.
            texts = [_decoded(each.translate(self._table, self._drop)) for each in pieces]
        element = self.delimiters.element
        return [text.lstrip(" ").rstrip(element) for text in texts]

    def _remark(self, piece: bytes) -> None:
        for code, message in self._remarks.on(piece, self._seen):
            self._warn(code, message)

    def _count(self, segment: Segment) -> Segment:
        self.position += 1
        if segment[0] not in self._known:
            self._check_id(segment[0])
        return segment

    def _check_id(self, name: str) -> None:
        if SEGMENT_ID.fullmatch(name):
            self._known.add(name)
            return
        self._bad += 1
        message = "A segment has no valid id."
        self._findings.append(
            Finding("x12_segment_id", Severity.ERROR, message, snip=1, segment=self.position)
        )
        if self._bad > MOST_BAD_SEGMENTS:
            raise X12Error(
                f"Segment {self.position}: a segment id was expected, as at {MOST_BAD_SEGMENTS} before.",
                tip="The file is damaged or is not X12: ask the sender for it again.",
            )

    def _more(self) -> bool:
        chunk = next(self._chunks, b"")
        self._buffer += chunk
        if len(self._buffer) > LONGEST_SEGMENT:
            raise X12Error(
                f"Segment {self.position + 1}: its end was expected within {LONGEST_SEGMENT} bytes.",
                tip="The file is damaged or is not X12: ask the sender for it again.",
            )
        return bool(chunk)

    def _warn(self, code: str, message: str, segment: int | None = None) -> None:
        at = segment if segment is not None else self.position
        self._findings.append(Finding(code, Severity.WARNING, message, snip=1, segment=at))


def _decoded(clean: bytes) -> str:
    try:
        return clean.decode()
    except UnicodeDecodeError:
        return clean.decode("latin-1")


def _chunks(source: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), CHUNK):
            yield source[start : start + CHUNK]
        return
    while chunk := source.read(CHUNK):
        yield chunk
