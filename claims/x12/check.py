"""``x12 check``: what is in a file, and what is wrong with it. Light to import."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple, TypeVar

from claims.findings import Finding, Severity
from claims.x12.envelope import MOST_FINDINGS, Group, Interchange, Transaction, TransactionStream
from claims.x12.judges import judged
from claims.x12.places import loops
from claims.x12.structure import check_structure
from claims.x12.syntax import Segment, X12Error
from claims.x12.tips import ELEMENTS, tip_of

# CMS and most payers take no more CLM in one ST.
CLAIMS_PER_TRANSACTION = 5000
# More segments of one transaction are not held; see ``large``.
LARGEST = 200_000
# A transaction: its first segment, how many follow it, ST02.
Span = tuple[int, int, str]
Placed = TypeVar("Placed", Interchange, Group)


class Taken(NamedTuple):
    """What was found in a transaction, and how many claims and segments it holds."""

    claims: int
    segments: int
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One file's part of the answer. ``transactions`` are pairs of type and number of claims."""

    name: str
    readable: bool
    transactions: tuple[tuple[str, int], ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def has_errors(self) -> bool:
        """Something is wrong, not merely worth a note."""
        return any(each.severity is Severity.ERROR for each in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The shape of the design's ``x12 check``, for one file."""
        return {
            "file": self.name,
            "readable": self.readable,
            "transactions": [{"type": kind, "claims": claims} for kind, claims in self.transactions],
            "findings": [each.as_json() for each in self.findings],
        }


def check(data: bytes | BinaryIO, *, name: str) -> CheckResult:
    """Reads and judges a file: syntax, envelope, structure, sums. Never raises for what the bytes hold.

    An open file is read as a stream: what is held is one transaction, and of a very large one not even that.
    """
    findings: list[Finding] = []
    transactions: list[tuple[str, int]] = []
    spans: list[Span] = []
    stream = TransactionStream(data, findings)
    try:
        for transaction, segments in stream:
            read = len(findings)
            taken = take(transaction, segments)
            findings[read:] = _all_placed(findings[read:], transaction)
            transactions.append((transaction.type, taken.claims))
            spans.append((transaction.first, taken.segments, transaction.control_number))
            if len(findings) < MOST_FINDINGS:
                findings += taken.findings
    except X12Error as error:
        at = stream.position + 1
        findings.append(Finding(error.code, Severity.ERROR, error.message, error.tip, snip=1, segment=at))
        located = [_located(each, stream.interchanges, spans) for each in findings]
        return CheckResult(name, False, tuple(transactions), tuple(located))
    if len(findings) >= MOST_FINDINGS:
        message = "There are more findings; only the first ones are listed."
        findings.append(Finding("x12_more_findings", Severity.NOTE, message, snip=1))
    acknowledged = sum(len(each.ta1) for each in stream.interchanges)
    transactions += [("TA1", 0)] * acknowledged
    if not transactions:
        message = "The file holds no transaction."
        findings.append(Finding("x12_no_transaction", Severity.ERROR, message, snip=1, segment=1))
    located = [_located(each, stream.interchanges, spans) for each in findings]
    located.sort(key=lambda finding: finding.segment or 0)
    return CheckResult(name, True, tuple(transactions), tuple(located))


def take(transaction: Transaction, segments: Iterator[Segment]) -> Taken:
    """Judges a transaction of a stream, which then holds its segments unless it is very large."""
    held = list(islice(segments, LARGEST + 1))
    if len(held) > LARGEST:
        from claims.x12.large import judge_large

        return Taken(*judge_large(transaction, chain(held, segments)))
    transaction.segments = held
    return Taken(transaction.claims, len(held), judge_transaction(transaction))


def _located(finding: Finding, interchanges: Sequence[Interchange], spans: Sequence[Span]) -> Finding:
    """The finding with a tip, and the control numbers of the envelopes and the transaction it stands in."""
    element = finding.element or ELEMENTS.get(finding.code)
    finding = replace(finding, tip=finding.tip or tip_of(finding.code), element=element)
    at = finding.segment
    if at is None:
        return finding
    interchange = _last(interchanges, at)
    group = _last(interchange.groups, at) if interchange else None
    before = bisect_right(spans, at, key=lambda span: span[0]) - 1
    first, length, number = spans[before] if before >= 0 else (0, 0, "")
    return replace(
        finding,
        interchange=interchange.control_number if interchange else None,
        group=group.number if group else None,
        transaction=number if first and at <= first + length else None,
    )


def _last(places: Sequence[Placed], at: int) -> Placed | None:
    """The last of these envelopes that begins at or before a segment."""
    index = bisect_right(places, at, key=lambda place: place.position) - 1
    return places[index] if index >= 0 else None


def judge_transaction(transaction: Transaction) -> list[Finding]:
    """Everything that is wrong with one transaction: structure, values, sums, situations."""
    return _all_placed([_anchored(each, transaction) for each in _judged(transaction)], transaction)


def _all_placed(findings: list[Finding], transaction: Transaction) -> list[Finding]:
    """The findings with their loops."""
    if all(each.loop is not None for each in findings):
        return findings
    places = loops(transaction)
    return [_placed(each, transaction.first, places) for each in findings]


def _anchored(finding: Finding, transaction: Transaction) -> Finding:
    """The finding at the first segment that its element belongs to, unless it names one itself."""
    if finding.segment is not None:
        return finding
    name = finding.element or ""
    places = (i for i, segment in enumerate(transaction.segments) if name.startswith(segment[0]))
    return replace(finding, segment=transaction.first + next(places, 0))


def _placed(finding: Finding, first: int, places: Sequence[str]) -> Finding:
    """The finding with the loop that its segment stands in, unless it names one itself."""
    index = (finding.segment or 0) - first
    if finding.loop is not None or not 0 <= index < len(places):
        return finding
    return replace(finding, loop=places[index] or None)


def _judged(transaction: Transaction) -> list[Finding]:
    findings = check_structure(transaction)
    if transaction.claims > CLAIMS_PER_TRANSACTION:
        message = f"More than {CLAIMS_PER_TRANSACTION} claims in one transaction."
        findings.append(
            Finding("x12_too_many_claims", Severity.WARNING, message, snip=7, segment=transaction.first)
        )
    return findings + judged(transaction)
