"""``x12 check``: what is in a file, and what is wrong with it. Light to import."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, BinaryIO, TypeVar

from claims.findings import Finding, Severity
from claims.x12.ack277ca_io import read_277ca
from claims.x12.ack999_io import read_999
from claims.x12.claim837_balance import balance_837
from claims.x12.claim837_read import read_837
from claims.x12.claim837_situations import judge_situations
from claims.x12.dental_rules import judge_dental
from claims.x12.eligibility_read import read_270, read_271, read_header_27x
from claims.x12.envelope import MOST_FINDINGS, Group, Interchange, Transaction, TransactionStream
from claims.x12.large import LARGEST, Judged, judge_large
from claims.x12.places import loops
from claims.x12.remit835_balance import balance_835
from claims.x12.remit835_read import read_835
from claims.x12.review278_read import read_278
from claims.x12.review278_rules import judge_278
from claims.x12.status_read import read_276, read_277
from claims.x12.structure import check_structure
from claims.x12.syntax import Segment, X12Error

# CMS and most payers take no more CLM in one ST.
CLAIMS_PER_TRANSACTION = 5000
# A transaction: its first segment, how many follow it, ST02.
Span = tuple[int, int, str]
Placed = TypeVar("Placed", Interchange, Group)


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
            judged = _taken(transaction, segments)
            transactions.append((transaction.type, judged.claims))
            spans.append((transaction.first, judged.segments, transaction.control_number))
            if len(findings) < MOST_FINDINGS:
                findings += judged.findings
    except X12Error as error:
        findings.append(Finding(error.code, Severity.ERROR, error.message, error.tip, snip=1))
        return CheckResult(name, False, tuple(transactions), tuple(findings))
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


def _taken(transaction: Transaction, segments: Iterator[Segment]) -> Judged:
    held = list(islice(segments, LARGEST + 1))
    if len(held) > LARGEST:
        return judge_large(transaction, chain(held, segments))
    transaction.segments = held
    return Judged(transaction.claims, len(held), judge_transaction(transaction))


def _located(finding: Finding, interchanges: Sequence[Interchange], spans: Sequence[Span]) -> Finding:
    """The finding with the control numbers of the interchange, group and transaction that it stands in."""
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
    findings = _judged(transaction)
    if any(each.loop is None for each in findings):
        places = loops(transaction)
        findings = [_placed(each, transaction.first, places) for each in findings]
    return findings


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
    return findings + READERS.get(transaction.type, _not_typed)(transaction)


def _check_837(transaction: Transaction) -> list[Finding]:
    findings: list[Finding] = []
    claims = read_837(transaction, findings)
    return findings + balance_837(claims) + judge_situations(claims) + judge_dental(claims)


def _check_835(transaction: Transaction) -> list[Finding]:
    return balance_835(read_835(transaction))


def _check_278(transaction: Transaction) -> list[Finding]:
    findings: list[Finding] = []
    reviews = read_278(transaction, findings)
    return findings + judge_278(read_header_27x(transaction), reviews)


def _typed(read: Callable[[Transaction, list[Finding]], object]) -> Callable[[Transaction], list[Finding]]:
    def findings_of(transaction: Transaction) -> list[Finding]:
        findings: list[Finding] = []
        read(transaction, findings)
        return findings

    return findings_of


def _not_typed(_: Transaction) -> list[Finding]:
    return []


READERS: dict[str, Callable[[Transaction], list[Finding]]] = {
    "837P": _check_837,
    "837I": _check_837,
    "837D": _check_837,
    "835": _check_835,
    "270": _typed(read_270),
    "271": _typed(read_271),
    "276": _typed(read_276),
    "277": _typed(read_277),
    "277CA": _typed(read_277ca),
    "278": _check_278,
    "999": _typed(read_999),
}
