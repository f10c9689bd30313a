"""What we answer to a file received: a 999 for each of its groups, or a TA1 about a broken envelope.

The judgement is our own reader's. A set with faults that could be used all the same is accepted with errors
(E); one that cannot be used is rejected (R), as is a payment that may lack a part. Balances are no matter of
a 999: they stop the posting instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from claims.findings import Finding, Severity
from claims.x12.ack999 import Ack999, ElementError, SegmentError, SetAck
from claims.x12.ack999_io import write_999
from claims.x12.check import Taken, take
from claims.x12.envelope import Group, Interchange, Transaction, TransactionStream
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts_io import padded
from claims.x12.remit835_read import read_835
from claims.x12.syntax import Segment
from claims.x12.ta1 import Ta1, write_ta1
from claims.x12.values import BadValue, day

# What a finding is called in IK304 (segments), IK403 (elements), IK502 (sets), AK905 (groups), TA105.
SEGMENT_CODES = {
    "x12_segment_id": "1",
    "x12_unexpected": "2",
    "x12_missing_segment": "3",
    "x12_unknown_segment": "6",
}
ELEMENT_CODES = {"x12_hl": "7", "x12_lx": "7", "x12_code_value": "7", "x12_missing_element": "1"}
SET_CODES = {"SE": "2", "SE02": "3", "SE01": "4", "ST02": "23"}
GROUP_CODES = {"GE": "3", "GE02": "4", "GE01": "5"}
TA1_CODES = {"IEA02": "001", "IEA01": "021", "IEA": "023", "ISA13": "025"}
SOUND = "000"
NOT_SUPPORTED, SEGMENTS_IN_ERROR, ELEMENTS_IN_ERROR = "1", "5", "8"
# Acknowledgements are not acknowledged, or two partners would never be done.
UNANSWERED = frozenset(("999", "997", "TA1"))
UNUSABLE = frozenset(("x12_bad_value",))
WORSE = "AEPR"
PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2}?)(\d\d)?(?:-(\d+))?")
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """What answers one interchange: ``kind`` 999 or TA1, ``about`` the ISA13 that it answers.

    ``status`` is A, E (accepted with errors), P (in part) or R, the worst of its groups.
    """

    kind: str
    status: str
    about: str
    content: bytes


def receipts(
    data: bytes, understood: frozenset[str], *, created: datetime, number: Callable[[], int]
) -> list[Receipt]:
    """The answers to a file: a 999 for the groups of each interchange, a TA1 for each broken envelope.

    A sender who asks for a TA1 (ISA14) gets one for a sound envelope too. ``understood`` are the types of
    transactions that we can work; ``number`` gives the next control number. Raises X12Error
    when the file is no X12, or its sender cannot be addressed.
    """
    file = TransactionStream(data, [])
    sets = [(each.group, _set(file, each, segments, understood)) for each, segments in file]
    found = []
    for interchange in file.interchanges:
        envelope = answering(interchange)
        if codes := _codes(file, interchange, TA1_CODES) or _asked(interchange):
            ta1 = _ta1(interchange, codes[0])
            content = write_ta1(envelope, [ta1], created=created, isa13=number())
            found.append(Receipt("TA1", ta1.status, interchange.control_number, content))
        if acks := list(_acks(file, interchange, sets)):
            isa13 = number()
            written = [write_999(each) for each in acks]
            content = write_interchange(envelope, written, created=created, isa13=isa13, gs06=isa13)
            worst = max((each.status for each in acks), key=WORSE.index)
            found.append(Receipt("999", worst, interchange.control_number, content))
    return found


def _acks(
    file: TransactionStream, interchange: Interchange, sets: Sequence[tuple[Group | None, SetAck]]
) -> Iterator[Ack999]:
    for group in interchange.groups:
        own = [ack for place, ack in sets if place is group]
        if not own or not all(each.kind in UNANSWERED for each in own):
            yield _group(file, group, own)


def answering(received: Interchange) -> Envelope:
    """The envelope that leads back to who sent this one."""
    isa = received.isa
    return Envelope(
        sender=received.receiver,
        receiver=received.sender,
        sender_qualifier=isa[7],
        receiver_qualifier=isa[5],
        usage=isa[15],
    )


def _asked(received: Interchange) -> list[str]:
    """The code of a sound interchange whose sender wants to know that it came (ISA14)."""
    return [SOUND] if received.isa[14] == "1" and received.groups else []


def _ta1(received: Interchange, code: str) -> Ta1:
    isa = received.isa
    try:
        when = day("20" + isa[9])
    except BadValue:
        when = None
    return Ta1(received.control_number, "A" if code == SOUND else "E", code, when, isa[10])


def _codes(file: TransactionStream, place: Interchange | Group, names: dict[str, str]) -> list[str]:
    """The codes of what the reader found wrong with this envelope, before the next one begins."""
    places = [each.position for each in file.interchanges]
    if isinstance(place, Group):
        places += [group.position for each in file.interchanges for group in each.groups]
    until = min((each for each in places if each > place.position), default=1 << 60)
    return [
        names[each.element]
        for each in file.findings
        if each.element in names and place.position <= (each.segment or 0) <= until
    ]


def _group(file: TransactionStream, group: Group, acks: Sequence[SetAck]) -> Ack999:
    codes = tuple(_codes(file, group, GROUP_CODES))
    accepted = sum(each.is_accepted for each in acks)
    statuses = {each.status for each in acks}
    status = "P" if accepted and "R" in statuses else "R" if not accepted else "E" if "E" in statuses else "A"
    if status == "A" and codes:
        status = "E"
    head = (group.functional_id, group.number, status, group.version)
    return Ack999(*head, group.transactions, len(acks), accepted, codes, tuple(acks))


def _set(
    file: TransactionStream, transaction: Transaction, segments: Iterator[Segment], understood: frozenset[str]
) -> SetAck:
    """What we say of one set; of the file no more than one is held."""
    start = next(segments)
    taken = take(transaction, chain([start], segments))
    until = transaction.first + taken.segments + 1
    codes = [
        SET_CODES[each.element]
        for each in file.findings
        if each.element in SET_CODES and transaction.first <= (each.segment or 0) <= until
    ]
    name = (padded(start, 1)[0], transaction.control_number)
    if transaction.type not in understood:
        return SetAck(*name, "R", transaction.version, (NOT_SUPPORTED,))
    faults = [each for each in taken.findings if _is_syntax(each)]
    errors = tuple(error for each in faults[:MOST_FAULTS] if (error := _error(each, transaction)).segment)
    unusable = any(each.code in UNUSABLE for each in faults) or _cannot_be_posted(transaction, codes, taken)
    if errors:
        codes.append(SEGMENTS_IN_ERROR)
    status = "R" if unusable else "E" if codes else "A"
    transaction.segments = []
    return SetAck(*name, status, transaction.version, tuple(codes), errors)


def _cannot_be_posted(transaction: Transaction, codes: Sequence[str], taken: Taken) -> bool:
    """A payment that may lack a part is not posted (`claims.money.examine`): so it is not accepted."""
    if transaction.type != "835":
        return False
    # Of one too large to be held nothing but its reading was judged.
    found = read_835(transaction).unreadable if transaction.segments else taken.findings
    return bool(codes) or any(each.severity is Severity.ERROR and each.snip in (1, 2) for each in found)


def _is_syntax(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and finding.snip in (1, 2) and finding.segment is not None


def _error(finding: Finding, transaction: Transaction) -> SegmentError:
    """IK3, with an IK4 where the finding names an element."""
    found = PLACE.fullmatch((finding.element or "").partition("*")[0])
    segment, element, component = found.groups() if found else ("", None, None)
    place = (finding.segment or transaction.first) - transaction.first + 1
    loop, claim = (finding.loop or "")[:4], finding.claim or ""
    if element is None:
        code = SEGMENT_CODES.get(finding.code, ELEMENTS_IN_ERROR)
        return SegmentError(segment, place, code, loop, claim)
    fault = ElementError(str(int(element)), ELEMENT_CODES.get(finding.code, "7"), component or "")
    return SegmentError(segment, place, ELEMENTS_IN_ERROR, loop, claim, (fault,))
