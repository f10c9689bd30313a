"""``x12 split``: every transaction of a file in a file of its own."""

from claims.x12.envelope import Transaction, read_file
from claims.x12.rendering import encode, line
from claims.x12.syntax import Delimiters


def split(data: bytes) -> list[bytes]:
    """One file per transaction, in their order, each inside its own envelope with the counts put right.

    A file that came without ISA gives files without one. Raises X12Error for what is no X12.
    """
    return [_alone(transaction) for transaction in read_file(data).transactions]


def _alone(transaction: Transaction) -> bytes:
    interchange, group = transaction.interchange, transaction.group
    marks = interchange.delimiters if interchange else Delimiters()
    lines = [line(*group.segment)] if group else []
    lines += [line(*segment) for segment in transaction.segments]
    lines.append(line("SE", str(len(transaction.segments) + 1), transaction.control_number))
    if group:
        lines.append(line("GE", "1", group.number))
    if interchange is None:
        return encode(lines, marks, [])
    lines.append(line("IEA", str(int(group is not None)), interchange.control_number))
    head = (marks.element.join(interchange.isa) + marks.terminator).encode("latin-1")
    return head + encode(lines, marks, [])
