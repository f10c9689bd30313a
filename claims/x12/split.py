"""``x12 split``: every transaction of a file, or every claim, in a file of its own."""

from collections.abc import Iterator, Sequence

from claims.x12.envelope import Interchange, Transaction, read_file
from claims.x12.rendering import encode_read, line
from claims.x12.syntax import Delimiters, Segment

# What begins a claim below its levels, by ST01; of answers and questions only at a level of patients.
BEGINS = {"837": "CLM", "276": "TRN", "277": "TRN"}
PATIENTS = ("22", "23", "PT")


def split(data: bytes) -> list[bytes]:
    """One file per transaction, in their order, each inside its own envelope with the counts put right.

    An interchange that holds TA1 is a file with these alone. A file that came without ISA gives files without
    one. Raises X12Error for what is no X12.
    """
    file = read_file(data)
    found = [(each.first, _alone(each, each.segments)) for each in file.transactions]
    found += [(each.position, _acknowledged(each)) for each in file.interchanges if each.ta1]
    return [piece for _, piece in sorted(found)]


def split_claims(data: bytes) -> list[bytes]:
    """One file per claim: of an 837 (CLM), of a 276, 277 or 277CA (the patient's TRN), of an 835 (CLP).

    Each has what stands above it, with the levels' numbers put right. A piece of an 835 keeps the payment of
    the whole (BPR) without its provider adjustments, so that it does not balance: it is for reading, and
    nothing posts it. Transactions of other sets hold no claims and are left out.
    """
    transactions = read_file(data).transactions
    return [_alone(each, claim) for each in transactions for claim in _claims(each)]


def _claims(transaction: Transaction) -> Iterator[list[Segment]]:
    kind = transaction.type[:3]
    if kind == "835":
        return _payments(transaction.segments)
    return _below_levels(transaction.segments, BEGINS[kind]) if kind in BEGINS else iter(())


def _payments(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """What stands above the first group, the claim's own group, the claim."""
    head: list[Segment] = []
    group: list[Segment] | None = None
    claim: list[Segment] | None = None
    for segment in segments:
        if claim is not None and segment[0] in ("CLP", "LX", "PLB"):
            yield [*head, *(group or ()), *claim]
            claim = None
        if segment[0] == "PLB":
            return
        if segment[0] == "LX":
            group = [segment]
        elif segment[0] == "CLP":
            claim = [segment]
        else:
            (claim if claim is not None else group if group is not None else head).append(segment)
    if claim is not None:
        yield [*head, *(group or ()), *claim]


def _below_levels(segments: Sequence[Segment], begins: str) -> Iterator[list[Segment]]:
    """The segments of each claim: what stands before the first level, its own levels, itself."""
    head: list[Segment] = []
    levels: list[list[Segment]] = []
    claim: list[Segment] | None = None
    for segment in segments:
        is_claim = segment[0] == begins and (begins == "CLM" or _is_patient(levels))
        if claim is not None and (is_claim or segment[0] == "HL"):
            yield [*head, *_levels(levels), *claim]
            claim = None
        if segment[0] == "HL":
            levels = [*_above(levels, segment), [segment]]
        elif is_claim:
            claim = [segment]
        else:
            (claim if claim is not None else levels[-1] if levels else head).append(segment)
    if claim is not None:
        yield [*head, *_levels(levels), *claim]


def _is_patient(levels: Sequence[Sequence[Segment]]) -> bool:
    return bool(levels) and levels[-1][0][3:4] != [] and levels[-1][0][3] in PATIENTS


def _above(levels: list[list[Segment]], segment: Segment) -> list[list[Segment]]:
    """The open levels down to the one that the new one names as its parent (HL02)."""
    parent = segment[2] if len(segment) > 2 else ""
    places = [place for place, level in enumerate(levels, 1) if level[0][1:2] == [parent]]
    return levels[: places[-1]] if places else []


def _levels(levels: list[list[Segment]]) -> Iterator[Segment]:
    """HL01 and HL02 counted anew; HL04 says whether another level follows."""
    for number, (first, *rest) in enumerate(levels, 1):
        kind = first[3] if len(first) > 3 else ""
        # Some levels of some guides have no HL04.
        follows = ["1" if number < len(levels) else "0"] if len(first) > 4 else []
        yield ["HL", str(number), str(number - 1) if number > 1 else "", kind, *follows]
        yield from rest


def _alone(transaction: Transaction, segments: Sequence[Segment]) -> bytes:
    interchange, group = transaction.interchange, transaction.group
    marks = interchange.delimiters if interchange else Delimiters()
    lines = [line(*group.segment)] if group else []
    lines += [line(*segment) for segment in segments]
    lines.append(line("SE", str(len(segments) + 1), transaction.control_number))
    if group:
        lines.append(line("GE", "1", group.number))
    if interchange is None:
        return encode_read(lines, marks)
    return _enveloped(interchange, lines, int(group is not None))


def _acknowledged(interchange: Interchange) -> bytes:
    """The interchange with its TA1 alone."""
    return _enveloped(interchange, [line(*segment) for segment in interchange.ta1], 0)


def _enveloped(interchange: Interchange, lines: list[str], groups: int) -> bytes:
    marks = interchange.delimiters
    # ISA16 is the separator in use, whatever the file declared.
    isa = [*interchange.isa[:16], marks.component]
    head = (marks.element.join(isa) + marks.terminator).encode("latin-1")
    trailer = line("IEA", str(groups), interchange.control_number)
    return head + encode_read([*lines, trailer], marks)
