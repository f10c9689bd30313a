"""What each transaction set is read with and judged by. Each is imported when a file has need of it: most
files hold one set, and a cold start is short."""

from collections.abc import Callable
from importlib import import_module

from claims.findings import Finding
from claims.x12.envelope import Transaction


def judged(transaction: Transaction) -> list[Finding]:
    """Values, sums and situations of one transaction; nothing of a set that is not read into models."""
    if transaction.type in JUDGES:
        return JUDGES[transaction.type](transaction)
    return _read(transaction) if transaction.type in READERS else []


def _claims(transaction: Transaction) -> list[Finding]:
    from claims.x12.claim837_balance import balance_837
    from claims.x12.claim837_read import read_837
    from claims.x12.claim837_situations import judge_situations
    from claims.x12.dental_rules import judge_dental

    findings: list[Finding] = []
    claims = read_837(transaction, findings)
    return findings + balance_837(claims) + judge_situations(claims) + judge_dental(claims)


def _payment(transaction: Transaction) -> list[Finding]:
    from claims.x12.remit835_balance import balance_835
    from claims.x12.remit835_read import read_835

    return balance_835(read_835(transaction))


def _reviews(transaction: Transaction) -> list[Finding]:
    from claims.x12.header27x import read_bht
    from claims.x12.review278_read import read_278
    from claims.x12.review278_rules import judge_278

    findings: list[Finding] = []
    reviews = read_278(transaction, findings)
    return findings + judge_278(read_bht(transaction), reviews)


def _read(transaction: Transaction) -> list[Finding]:
    module, function = READERS[transaction.type]
    findings: list[Finding] = []
    getattr(import_module(f"claims.x12.{module}"), function)(transaction, findings)
    return findings


JUDGES: dict[str, Callable[[Transaction], list[Finding]]] = {
    "837P": _claims,
    "837I": _claims,
    "837D": _claims,
    "835": _payment,
    "278": _reviews,
}
READERS = {
    "270": ("eligibility_read", "read_270"),
    "271": ("eligibility_read", "read_271"),
    "276": ("status_read", "read_276"),
    "277": ("status_read", "read_277"),
    "277CA": ("ack277ca_io", "read_277ca"),
    "999": ("ack999_io", "read_999"),
}
