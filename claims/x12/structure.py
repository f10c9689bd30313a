"""Does a transaction have the structure of its guide: required segments, the HL tree, line numbers."""

from collections.abc import Iterator

from claims.findings import Finding, Severity
from claims.x12.conformance import check_conformance
from claims.x12.envelope import Transaction
from claims.x12.guides import ALLOWED, LINES_PER_CLAIM, NEEDS, PARENTS, Need
from claims.x12.parts_io import padded
from claims.x12.syntax import US, Segment

TIP = "Correct it at the source: a receiver that keeps to the guide refuses the file."
MOST_FINDINGS = 500


def check_structure(transaction: Transaction) -> list[Finding]:
    """What the guide requires and the transaction lacks; of an unknown guide only that it was not judged."""
    if transaction.type not in NEEDS or transaction.version.startswith("004"):
        message = "The transaction follows no guide that is known here: its structure was not judged."
        tip = "Ask the sender for version 005010 if it is to be worked."
        return [Finding("x12_guide_unknown", Severity.NOTE, message, tip, snip=2, segment=transaction.first)]
    findings: list[Finding] = []
    for check in (_unknown_segments, _missing_segments, _hierarchy, _line_numbers, check_conformance):
        for finding in check(transaction):
            findings.append(finding)
            if len(findings) >= MOST_FINDINGS:
                return findings
    return findings


def _error(code: str, message: str, transaction: Transaction, index: int, loop: str, element: str) -> Finding:
    at = transaction.first + index
    return Finding(code, Severity.ERROR, message, TIP, snip=2, segment=at, loop=loop or None, element=element)


def _unknown_segments(transaction: Transaction) -> Iterator[Finding]:
    allowed = ALLOWED[transaction.type]
    for index, segment in enumerate(transaction.segments):
        if segment[0] not in allowed:
            message = f"This segment does not belong in an {transaction.type}."
            yield _error("x12_unknown_segment", message, transaction, index, "", segment[0][:3])


def _missing_segments(transaction: Transaction) -> Iterator[Finding]:
    """One pass with the loops that are open: a need is met, or its loop ends without it."""
    by_start: dict[str, list[Need]] = {}
    for need in NEEDS[transaction.type]:
        by_start.setdefault(need.start.partition("*")[0], []).append(need)
    pending: list[tuple[Need, int]] = []
    for index, segment in enumerate(transaction.segments):
        name = segment[0]
        ended = [each for each in pending if name in each[0].stops]
        yield from (_missing(need, start, transaction) for need, start in ended)
        pending = [
            each for each in pending if name not in each[0].stops and not _matches(each[0].segment, segment)
        ]
        pending += [(need, index) for need in by_start.get(name, ()) if _matches(need.start, segment)]
    yield from (_missing(need, start, transaction) for need, start in pending)


def _missing(need: Need, start: int, transaction: Transaction) -> Finding:
    message = f"Loop {need.loop} has no {need.segment.replace('/', ' or ')}."
    return _error(
        "x12_missing_segment", message, transaction, start, need.loop, need.segment.partition("*")[0]
    )


def _matches(pattern: str, segment: Segment) -> bool:
    name, _, qualifiers = pattern.partition("*")
    if segment[0] != name:
        return False
    place = 3 if name == "HL" else 1
    value = segment[place].partition(US)[0] if len(segment) > place else ""
    return not qualifiers or value in qualifiers.split("/")


def _hierarchy(transaction: Transaction) -> Iterator[Finding]:
    """HL01 counts from 1, HL02 names a parent of the right level, HL04 says whether children follow."""
    parents = PARENTS.get(transaction.type, {})
    levels: dict[str, str] = {}
    tree = [(i, padded(s, 4)) for i, s in enumerate(transaction.segments) if s[0] == "HL"]
    with_children = {elements[1] for _, elements in tree}
    for count, (index, (number, parent, level, children)) in enumerate(tree, 1):
        if number != str(count):
            yield _error("x12_hl", "HL01 does not count on from 1.", transaction, index, "", "HL01")
        if level not in parents or levels.get(parent, "") not in parents[level].split("/"):
            yield _error("x12_hl", "HL02 names no parent of the right level.", transaction, index, "", "HL02")
        if children and (children == "1") != (number in with_children):
            yield _error("x12_hl", "HL04 is wrong about children.", transaction, index, "", "HL04")
        levels[number] = level


def _line_numbers(transaction: Transaction) -> Iterator[Finding]:
    """LX counts from 1 in each claim, up to the guide's limit."""
    most = LINES_PER_CLAIM.get(transaction.type)
    expected = 1
    for index, segment in enumerate(transaction.segments if most else ()):
        if segment[0] == "CLM":
            expected = 1
        elif segment[0] == "LX":
            if segment[1:] != [str(expected)]:
                yield _error("x12_lx", "LX01 does not count on from 1.", transaction, index, "2400", "LX01")
            if expected == (most or 0) + 1:
                message = f"The claim has more than {most} lines."
                yield _error("x12_lx", message, transaction, index, "2400", "LX")
            expected += 1
