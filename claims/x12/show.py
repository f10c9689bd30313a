"""``x12 show``: a file as a tree of loops in plain words. Patient data is shown too."""

from collections.abc import Iterator

from claims.findings import Finding
from claims.x12.envelope import Group, Interchange, Transaction, TransactionStream
from claims.x12.syntax import GS, RS, US, Segment
from claims.x12.words import word

# How deep a loop stands: below the transaction (number), or below the last loop of one of these.
ABOVE: dict[str, dict[str, tuple[str, ...]]] = {
    "837": {"SBR": ("CLM", "HL"), "CLM": ("HL",), "LX": ("CLM",), "LIN": ("LX",), "SVD": ("LX",)},
    "835": {"N1": (), "LX": (), "CLP": ("LX",), "SVC": ("CLP",), "PLB": ()},
    "278": {},
    "27": {"EQ": ("HL",), "EB": ("HL",), "TRN": ("HL",), "SVC": ("TRN",)},
    "999": {"AK1": (), "AK2": (), "IK3": ("AK2",), "IK4": ("IK3",), "IK5": ("AK2",), "AK9": ()},
}
NM1_BELOW = ("SVD", "LX", "SBR", "CLM", "EB", "HL")


def show(data: bytes) -> str:
    """The file's tree: position, depth, name and elements of each segment. Raises X12Error for no X12."""
    findings: list[Finding] = []
    lines: list[str] = []
    envelope = None
    stream = TransactionStream(data, findings)
    for transaction, segments in stream:
        head = (transaction.interchange, transaction.group)
        if head != envelope:
            envelope = head
            lines += _envelope(*head)
        transaction.segments = list(segments)
        lines += _transaction(transaction)
    for interchange in stream.interchanges:
        if interchange.ta1:
            lines += _envelope(interchange, None)
            lines += [_text("", 0, word("TA1", segment), segment) for segment in interchange.ta1]
    lines += [f"! segment {each.segment}: {each.message}" for each in findings]
    return "\n".join(lines) + "\n"


def _envelope(interchange: Interchange | None, group: Group | None) -> Iterator[str]:
    if interchange:
        kind = "test" if interchange.is_test else "production"
        parties = f"{interchange.sender} -> {interchange.receiver}"
        yield f"Interchange {interchange.control_number}  {parties}  {kind}"
    if group:
        yield f"  Group {group.number}  {group.functional_id} {group.version}"


def _transaction(transaction: Transaction) -> Iterator[str]:
    count = transaction.claims
    claims = f", {count} claim{'s' * (count != 1)}" if count else ""
    yield f"    {transaction.type}  number {transaction.control_number}{claims}"
    depths = _Depths(transaction)
    for position, segment in enumerate(transaction.segments[1:], transaction.first + 1):
        yield _text(str(position), depths.of(segment), word(transaction.type, segment), segment)


class _Depths:
    """Keeps the depth of the loops that are open."""

    def __init__(self, transaction: Transaction) -> None:
        kind = next((key for key in ABOVE if transaction.type.startswith(key)), "")
        self._above = ABOVE.get(kind, {})
        self._has_nm1_loops = kind in ("837", "278", "27")
        self._open: dict[str, int] = {}
        self._levels: dict[str, int] = {}
        self._depth = 0

    def of(self, segment: Segment) -> int:
        """How deep the segment stands."""
        name = segment[0]
        if name == "HL":
            padded = [*segment, "", "", ""]
            depth = self._levels[padded[1]] = self._levels.get(padded[2], -1) + 1
            self._open.clear()
        elif name in self._above:
            depth = next((self._open[each] + 1 for each in self._above[name] if each in self._open), 0)
        elif name == "NM1" and self._has_nm1_loops:
            depth = next((self._open[each] + 1 for each in NM1_BELOW if each in self._open), 0)
        else:
            return self._depth + 1
        self._open = {key: value for key, value in self._open.items() if value < depth}
        self._open[name] = self._depth = depth
        return depth


def plain(segment: Segment) -> str:
    """The segment with the usual delimiters."""
    return GS.join(segment).replace(GS, "*").replace(US, ":").replace(RS, "^")


def _text(position: str, depth: int, label: str, segment: Segment) -> str:
    indent = "  " * (depth + 1)
    return f"{position:>6}{indent}{label}{'  ' if label else ''}{plain(segment)}"
