"""Elements, order and repetitions of the transactions that pyx12 has no map of, held against ``elements``."""

from collections import Counter
from collections.abc import Iterator

from claims.findings import Finding, Severity
from claims.x12.elements import Rule, most, order, rules
from claims.x12.envelope import Transaction
from claims.x12.syntax import US, Segment

TIP = "Correct it at the source: a receiver that keeps to the guide refuses the file."


def check_conformance(transaction: Transaction) -> Iterator[Finding]:
    """Missing, unknown and too long elements; segments out of their order or repeated too often."""
    yield from _elements(transaction)
    yield from _loops(transaction)


def _elements(transaction: Transaction) -> Iterator[Finding]:
    known = rules(transaction.type)
    for index, segment in enumerate(transaction.segments[1:] if known else (), 1):
        qualifier = segment[1] if len(segment) > 1 else ""
        found = known.get(f"{segment[0]}*{qualifier}") or known.get(segment[0], ())
        for rule in found:
            if fault := _fault(rule, segment):
                code, message, snip = fault
                element = f"{segment[0]}{rule.number:02d}"
                yield _finding(transaction, index, code, message, snip, element)


def _fault(rule: Rule, segment: Segment) -> tuple[str, str, int] | None:
    value = segment[rule.number] if len(segment) > rule.number else ""
    if not value:
        return ("x12_missing_element", "A required element is missing.", 2) if rule.required else None
    head = value.partition(US)[0]
    if rule.codes and head not in rule.codes:
        return "x12_code_value", f"The code is not one of {', '.join(sorted(rule.codes))}.", 5
    if rule.longest and len(head) > rule.longest:
        return "x12_too_long", f"The element is longer than {rule.longest} characters.", 1
    return None


def _loops(transaction: Transaction) -> Iterator[Finding]:
    orders, limits = order(transaction.type), most(transaction.type)
    loop, at, counts = "", 0, Counter[str]()
    for index, segment in enumerate(transaction.segments[1:] if orders else (), 1):
        name = segment[0]
        if name in orders:
            loop, at, counts = name, 0, Counter()
            continue
        places = orders.get(loop, ())
        if name not in places:
            continue
        if places.index(name) < at:
            message = f"{name} stands behind a segment that comes after it in the guide."
            yield _finding(transaction, index, "x12_order", message, 2, name)
        at = max(at, places.index(name))
        counts[name] += 1
        if counts[name] == limits.get((loop, name), 1 << 30) + 1:
            message = f"{name} stands more than {limits[loop, name]} times in its loop."
            yield _finding(transaction, index, "x12_repeats", message, 2, name)


def _finding(
    transaction: Transaction, index: int, code: str, message: str, snip: int, element: str
) -> Finding:
    at = transaction.first + index
    return Finding(code, Severity.ERROR, message, TIP, snip=snip, segment=at, element=element)
