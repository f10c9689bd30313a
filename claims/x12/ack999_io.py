"""The 999, read and written."""

from dataclasses import replace

from claims.findings import Finding
from claims.x12.ack999 import Ack999, ElementError, SegmentError, SetAck
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from claims.x12.kept import kept, lines_of, restore
from claims.x12.loops import Blocks, Table, first, put_back
from claims.x12.parts_io import components, padded
from claims.x12.rendering import composite, line
from claims.x12.syntax import Segment

STARTERS = frozenset(("ST", "AK1", "AK2", "IK3", "IK4", "IK5", "AK9"))


def read_999(transaction: Transaction, findings: list[Finding] | None = None) -> Ack999:
    """The acknowledgement of one group. A missing AK1 or AK9 leaves its fields empty, with a finding."""
    blocks = Blocks(transaction.segments, transaction.first, STARTERS, [] if findings is None else findings)
    blocks.take()
    functional_id, group, version = padded(_head(blocks, "AK1"), 3)
    sets = []
    while blocks.left and not blocks.at("AK9"):
        if blocks.at("AK2"):
            sets.append(_set(blocks))
        else:
            blocks.skip()
    status, included, received, accepted, *codes = padded(_head(blocks, "AK9"), 9)
    while blocks.left:
        blocks.skip()
    counts = (_count(included), _count(received), _count(accepted))
    ack = Ack999(functional_id, group, status, version, *counts, _present(codes), tuple(sets))
    return replace(ack, kept=kept(lines_of(transaction.segments[1:]), write_999(ack).lines))


def _head(blocks: Blocks, name: str) -> Segment:
    if blocks.at(name):
        return blocks.take()[0]
    blocks.trouble("x12_missing_segment", f"The acknowledgement has no {name}.", blocks.position, name)
    return [name]


def _set(blocks: Blocks) -> SetAck:
    """AK2 to IK5."""
    kind, number, version = padded(blocks.take()[0], 3)
    errors = []
    while blocks.at("IK3"):
        errors.append(_segment_error(blocks))
    while blocks.at("IK4"):
        blocks.skip()
    status, *codes = padded(_head(blocks, "IK5"), 6)
    return SetAck(kind, number, status, version, _present(codes), tuple(errors))


def _segment_error(blocks: Blocks) -> SegmentError:
    block = blocks.take()
    name, position, loop, code = padded(block[0], 4)
    found, extra = blocks.sort_out(block, CONTEXT)
    elements = []
    while blocks.at("IK4"):
        elements.append(_element_error(blocks))
    return SegmentError(name, _count(position), code, loop, first(found, "CTX", ""), tuple(elements), extra)


def _element_error(blocks: Blocks) -> ElementError:
    """IK4 without IK404, the bad value itself, which may be patient data."""
    place, reference, code, _ = padded(blocks.take()[0], 4)
    element, component, repetition = components(place, 3)
    return ElementError(element, code, component, repetition, reference)


def _read_claim(segment: Segment) -> str | None:
    """The claim that a business unit context names; other contexts are left to the extras."""
    name, value = components(padded(segment, 1)[0], 2)
    return value if name == "CLM01" and len(segment) == 2 else None


CONTEXT: Table = {"CTX": (_read_claim, 1)}


def _present(codes: list[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def write_999(ack: Ack999) -> Outgoing:
    """One transaction."""
    lines = [line("AK1", ack.functional_id, ack.group, ack.version)]
    for each in ack.sets:
        lines.append(line("AK2", each.kind, each.control_number, each.version))
        for error in each.errors:
            _error_lines(error, lines)
        lines.append(line("IK5", each.status, *each.codes))
    counts = map(str, (ack.included, ack.received, ack.accepted))
    lines.append(line("AK9", ack.status, *counts, *ack.codes))
    restore(lines, 0, ack.kept)
    return Outgoing("999", lines)


def _error_lines(error: SegmentError, lines: list[str]) -> None:
    start = len(lines)
    lines.append(line("IK3", error.segment, str(error.position), error.loop, error.code))
    if error.claim:
        lines.append(line("CTX", composite("CLM01", error.claim)))
    put_back(lines, start, error.extra)
    for each in error.elements:
        place = composite(each.element, each.component, each.repetition)
        lines.append(line("IK4", place, each.reference, each.code))
