"""A transaction too large to be held: its values and sums are checked claim by claim, its structure is not.

A payer may put any number of claims into one 835. Beyond some size memory stays where it is.
"""

from collections.abc import Callable, Iterable, Iterator

from claims.findings import Finding, Severity
from claims.x12.claim837_balance import balance_837
from claims.x12.claim837_read import ClaimReader
from claims.x12.claim837_situations import judge_situations
from claims.x12.dental_rules import judge_dental
from claims.x12.envelope import Transaction
from claims.x12.remit835_balance import Balance
from claims.x12.remit835_read import RemittanceReader
from claims.x12.syntax import Segment

MOST_FINDINGS = 1000


class _Counted:
    """Passes segments on and counts them, and the claims among them."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments = self.claims = 0
        self._source = segments

    def __iter__(self) -> Iterator[Segment]:
        for segment in self._source:
            self.segments += 1
            self.claims += segment[0] in ("CLM", "CLP")
            yield segment


def judge_large(transaction: Transaction, segments: Iterable[Segment]) -> tuple[int, int, list[Finding]]:
    """How many claims and segments it holds, and what is wrong with them; other sets are only counted."""
    counted = _Counted(segments)
    findings = READERS.get(transaction.type, _not_read)(transaction, iter(counted))
    message = "A very large transaction: its values and sums were checked, its structure was not."
    tip = "Split it into smaller ones to have all of it checked."
    note = Finding("x12_large", Severity.NOTE, message, tip, snip=7, segment=transaction.first)
    return counted.claims, counted.segments, [note, *findings[:MOST_FINDINGS]]


def _read_837(transaction: Transaction, segments: Iterator[Segment]) -> list[Finding]:
    findings: list[Finding] = []
    for claim in ClaimReader(transaction, segments, findings).claims():
        if len(findings) < MOST_FINDINGS:
            findings += balance_837([claim]) + judge_situations([claim]) + judge_dental([claim])
    return findings


def _read_835(transaction: Transaction, segments: Iterator[Segment]) -> list[Finding]:
    reader, balance = RemittanceReader(transaction, segments), Balance()
    for claim in reader.claims():
        balance.add(claim)
    return balance.finish(reader.finish())


def _not_read(_: Transaction, segments: Iterator[Segment]) -> list[Finding]:
    for _segment in segments:
        pass
    return []


READERS: dict[str, Callable[[Transaction, Iterator[Segment]], list[Finding]]] = {
    "837P": _read_837,
    "837I": _read_837,
    "837D": _read_837,
    "835": _read_835,
}
