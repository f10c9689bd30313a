"""The receiver's side: a real 999 or TA1 for a file received, made from pyx12's judgement of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from claims.x12.ack999 import Ack999, ElementError, SegmentError, SetAck
from claims.x12.ack999_io import write_999
from claims.x12.envelope import Group, Interchange, read_file
from claims.x12.gate import JUDGED, Fault, Verdict, envelope_codes, faults, judge, set_codes
from claims.x12.interchange import write_interchange
from claims.x12.receipt import answering
from claims.x12.syntax import X12Error
from claims.x12.ta1 import Ta1, write_ta1
from claims.x12.values import BadValue, day

# Guides that pyx12 has no usable map of: their groups are acknowledged by the envelope alone.
UNMAPPED = frozenset(("005010X279A1", "005010X212"))
SEEN_BEFORE = "025"
VERSION_NOT_SUPPORTED = "2"


def acknowledge(
    data: bytes, *, created: datetime, isa13: int, gs06: int = 1, duplicate: bool = False
) -> bytes:
    """The answer to a received file: a 999 for each group, or one TA1 that rejects a broken envelope.

    ``duplicate`` says that the receiver has seen this ISA13 before. The answer goes from the file's receiver
    to its sender; of several interchanges the first is answered. Raises X12Error when the file has no ISA
    that an answer could be addressed by.
    """
    file = read_file(data)
    if not file.interchanges:
        raise X12Error("The file has no ISA: nobody can be answered.", tip="Send it inside an interchange.")
    received = file.interchanges[0]
    envelope = answering(received)
    verdict = judge(data) if _mapped(received) else None
    codes = [SEEN_BEFORE] if duplicate else _envelope_codes(verdict, received)
    if codes:
        return write_ta1(envelope, [_rejection(received, codes[0])], created=created, isa13=isa13)
    acks = [write_999(each) for each in _acks(verdict, received)]
    return write_interchange(envelope, acks, created=created, isa13=isa13, gs06=gs06)


def _mapped(received: Interchange) -> bool:
    return all(group.version in JUDGED for group in received.groups)


def _envelope_codes(verdict: Verdict | None, received: Interchange) -> list[str]:
    if not received.groups:
        return ["024"]
    return envelope_codes(verdict) if verdict is not None else []


def _rejection(received: Interchange, code: str) -> Ta1:
    isa = received.isa
    try:
        when = day("20" + isa[9])
    except BadValue:
        when = None
    return Ta1(received.control_number, "R", code, when, isa[10])


def _acks(verdict: Verdict | None, received: Interchange) -> Iterator[Ack999]:
    if verdict is not None:
        for group in verdict.document["interchanges"][0]["groups"]:
            yield _judged(group)
        return
    for each in received.groups:
        yield _unjudged(each)


def _unjudged(group: Group) -> Ack999:
    """A guide without a map: the group is taken as it is, or refused for its version."""
    count = group.transactions
    identity = (group.functional_id, group.number)
    if group.version in UNMAPPED:
        return Ack999(*identity, "A", group.version, count, count, count)
    return Ack999(*identity, "R", group.version, count, count, 0, (VERSION_NOT_SUPPORTED,))


def _judged(group: dict[str, Any]) -> Ack999:
    sets = [_set(each) for each in group["transactions"]]
    codes = sorted({error["err_cde"] for error in group["errors"]})
    accepted = sum(each.is_accepted for each in sets)
    status = "A" if accepted == len(sets) and not codes else "P" if accepted and not codes else "R"
    counts = (int(group["st_count_orig"] or 0), int(group["st_count_recv"] or 0), accepted)
    head = (group["fic"], group["gs_control_num"], status, group["vriic"])
    return Ack999(*head, *counts, tuple(codes), tuple(sets))


def _set(transaction: dict[str, Any]) -> SetAck:
    found, codes = faults(transaction), set_codes(transaction)
    if found and "5" not in codes:
        codes.append("5")
    return SetAck(
        transaction["trn_set_id"],
        transaction["trn_set_control_num"],
        "R" if codes else "A",
        transaction["vriic"] or "",
        tuple(codes),
        tuple(_errors(found)),
    )


def _errors(found: list[Fault]) -> Iterator[SegmentError]:
    """Segment faults as they are; element faults gathered under one IK3 of their segment."""
    elements: dict[tuple[str, int, str], list[ElementError]] = {}
    for fault in found:
        if fault.element:
            component, repetition = str(fault.component or ""), str(fault.repetition or "")
            error = ElementError(str(fault.element), fault.code, component, repetition, fault.reference)
            elements.setdefault((fault.segment, fault.place, fault.loop), []).append(error)
        else:
            yield SegmentError(fault.segment, fault.place, fault.code, fault.loop)
    for (segment, place, loop), errors in elements.items():
        yield SegmentError(segment, place, "8", loop, elements=tuple(errors))
