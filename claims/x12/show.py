"""``x12 show``: a file as a tree of loops in plain words. Patient data is shown too."""

from collections.abc import Iterator

from claims.findings import Finding
from claims.x12.envelope import Transaction, TransactionStream
from claims.x12.syntax import GS, RS, US, Segment

# The first words of a loop, by its first segment and that segment's qualifier (HL03 for an HL).
NAMES = {
    "HL*20": "Source or billing provider level",
    "HL*21": "Receiver level",
    "HL*19": "Provider level",
    "HL*22": "Subscriber level",
    "HL*23": "Dependent level",
    "HL*PT": "Patient level",
    "HL*EV": "Patient event",
    "HL*SS": "Service",
    "NM1*03": "Dependent",
    "NM1*1P": "Provider",
    "NM1*40": "Receiver",
    "NM1*41": "Submitter",
    "NM1*45": "Drop-off place",
    "NM1*71": "Attending provider",
    "NM1*72": "Operating physician",
    "NM1*77": "Service facility",
    "NM1*82": "Rendering provider",
    "NM1*85": "Billing provider",
    "NM1*87": "Pay-to address",
    "NM1*AY": "Clearinghouse",
    "NM1*DD": "Assistant surgeon",
    "NM1*DK": "Ordering provider",
    "NM1*DN": "Referring provider",
    "NM1*DQ": "Supervising provider",
    "NM1*IL": "Subscriber",
    "NM1*P3": "Primary care provider",
    "NM1*PE": "Pay-to plan",
    "NM1*PR": "Payer",
    "NM1*PW": "Pick-up place",
    "NM1*QC": "Patient",
    "NM1*TT": "Payer the claim was forwarded to",
    "NM1*X3": "Reviewing payer",
    "NM1*SJ": "Service provider",
    "NM1": "Party",
    "N1*PR": "Payer",
    "N1*PE": "Payee",
    "N1": "Party",
    "SBR": "Coverage",
    "CLM": "Claim",
    "LX": "Line",
    "LIN": "Drug",
    "SVD": "Another payer's decision on the line",
    "CLP": "Claim payment",
    "SVC": "Service",
    "PLB": "Provider adjustment",
    "EQ": "Question",
    "EB": "Benefit",
    "TRN": "Trace",
    "AK1": "Acknowledged group",
    "AK2": "Acknowledged set",
    "IK3": "Segment fault",
    "IK4": "Element fault",
    "IK5": "Verdict on the set",
    "AK9": "Verdict on the group",
}
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
            lines += _envelope(transaction)
        transaction.segments = list(segments)
        lines += _transaction(transaction)
    lines += [_text("", 0, "TA1", segment) for each in stream.interchanges for segment in each.ta1]
    lines += [f"! segment {each.segment}: {each.message}" for each in findings]
    return "\n".join(lines) + "\n"


def _envelope(transaction: Transaction) -> Iterator[str]:
    if interchange := transaction.interchange:
        kind = "test" if interchange.is_test else "production"
        parties = f"{interchange.sender} -> {interchange.receiver}"
        yield f"Interchange {interchange.control_number}  {parties}  {kind}"
    if group := transaction.group:
        yield f"  Group {group.number}  {group.functional_id} {group.version}"


def _transaction(transaction: Transaction) -> Iterator[str]:
    claims = f", {transaction.claims} claims" if transaction.claims else ""
    yield f"    {transaction.type}  number {transaction.control_number}{claims}"
    depths = _Depths(transaction)
    for position, segment in enumerate(transaction.segments[1:], transaction.first + 1):
        begins, depth = depths.of(segment)
        label = _name(segment) if begins else ""
        yield _text(str(position), depth, label, segment)


class _Depths:
    """Keeps the depth of the loops that are open."""

    def __init__(self, transaction: Transaction) -> None:
        kind = next((key for key in ABOVE if transaction.type.startswith(key)), "")
        self._above = ABOVE.get(kind, {})
        self._has_nm1_loops = kind in ("837", "278", "27")
        self._open: dict[str, int] = {}
        self._levels: dict[str, int] = {}
        self._depth = 0

    def of(self, segment: Segment) -> tuple[bool, int]:
        """Whether the segment begins a loop, and how deep it stands."""
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
            return False, self._depth + 1
        self._open = {key: value for key, value in self._open.items() if value < depth}
        self._open[name] = self._depth = depth
        return True, depth


def _name(segment: Segment) -> str:
    place = 3 if segment[0] == "HL" else 1
    qualifier = segment[place] if len(segment) > place else ""
    return NAMES.get(f"{segment[0]}*{qualifier}") or NAMES.get(segment[0], "")


def _text(position: str, depth: int, label: str, segment: Segment) -> str:
    text = GS.join(segment).replace(GS, "*").replace(US, ":").replace(RS, "^")
    indent = "  " * (depth + 1)
    return f"{position:>6}{indent}{label}{'  ' if label else ''}{text}"
