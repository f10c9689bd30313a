"""``x12 split``: every transaction of a file, or every claim of an 837, in a file of its own."""

from collections.abc import Iterator, Sequence

from claims.x12.envelope import Transaction, read_file
from claims.x12.rendering import encode_read, line
from claims.x12.syntax import Delimiters, Segment


def split(data: bytes) -> list[bytes]:
    """One file per transaction, in their order, each inside its own envelope with the counts put right.

    A file that came without ISA gives files without one. Raises X12Error for what is no X12.
    """
    return [_alone(each, each.segments) for each in read_file(data).transactions]


def split_claims(data: bytes) -> list[bytes]:
    """One file per claim (CLM) of the file's 837s, each with the levels above it, their numbers put right.

    Other transactions are left out: the sums of a payment file, say, speak of all its claims together.
    """
    transactions = [each for each in read_file(data).transactions if each.type.startswith("837")]
    return [_alone(each, claim) for each in transactions for claim in _claims(each.segments)]


def _claims(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """The segments of each claim: what stands before the first level, its own levels, itself."""
    head: list[Segment] = []
    levels: list[list[Segment]] = []
    claim: list[Segment] | None = None
    for segment in segments:
        if claim is not None and segment[0] in ("CLM", "HL"):
            yield [*head, *_levels(levels), *claim]
            claim = None
        if segment[0] == "HL":
            levels = [*_above(levels, segment), [segment]]
        elif segment[0] == "CLM":
            claim = [segment]
        else:
            (claim if claim is not None else levels[-1] if levels else head).append(segment)
    if claim is not None:
        yield [*head, *_levels(levels), *claim]


def _above(levels: list[list[Segment]], segment: Segment) -> list[list[Segment]]:
    """The open levels down to the one that the new one names as its parent (HL02)."""
    parent = segment[2] if len(segment) > 2 else ""
    places = [place for place, level in enumerate(levels, 1) if level[0][1:2] == [parent]]
    return levels[: places[-1]] if places else []


def _levels(levels: list[list[Segment]]) -> Iterator[Segment]:
    """HL01 and HL02 counted anew; HL04 says whether another level follows."""
    for number, (first, *rest) in enumerate(levels, 1):
        kind = first[3] if len(first) > 3 else ""
        follows = "1" if number < len(levels) else "0"
        yield ["HL", str(number), str(number - 1) if number > 1 else "", kind, follows]
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
    lines.append(line("IEA", str(int(group is not None)), interchange.control_number))
    head = (marks.element.join(interchange.isa) + marks.terminator).encode("latin-1")
    return head + encode_read(lines, marks)
