"""The first pass over a payment: who pays what, and every reason why it cannot be posted. Nothing is stored.

A payment is posted in a second pass only when the first one has read it to its end without any.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

from claims.findings import Finding, Severity
from claims.money.ledger import CENT
from claims.x12.remit835 import RemitClaim, Remittance835
from claims.x12.remit835_balance import Balance
from claims.x12.remit835_read import RemittanceReader, stream_835

_LARGEST = Decimal(10) ** 10
_SAMPLE = 500
_GROUP, _REASON = re.compile(r"CO|CR|OA|PI|PR"), re.compile(r"[A-Z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Examined:
    """A payment without its claims. ``trouble`` tells why it cannot be posted and is empty when it can;
    ``pcns`` are control numbers of its first claims, by which a payer is known that nothing else tells;
    ``content`` is the same for the same claims and provider adjustments in any order."""

    payment: Remittance835
    trouble: tuple[str, ...]
    claims: int
    pcns: frozenset[str]
    content: str

    @property
    def trace(self) -> str:
        """TRN02."""
        return self.payment.trace.number

    @property
    def paid_on(self) -> date | None:
        """BPR16, else the day on which the remittance was produced."""
        produced = next((d.start for d in self.payment.dates if d.qualifier == "405"), None)
        return self.payment.payment.date or produced

    @property
    def amount(self) -> Decimal:
        """BPR02 with its sign, as it can be stored; zero for one that cannot, which is trouble."""
        told = self.payment.payment
        amount = -told.amount if told.credit_debit == "D" else told.amount
        return amount.quantize(CENT) if abs(amount) < _LARGEST else Decimal("0.00")


def examine_next(reader: RemittanceReader, findings: list[Finding]) -> Examined:
    """The next payment of a file, read claim by claim; ``findings`` is the list that its stream writes to."""
    before, examiner = len(findings), Examiner()
    examiner.add(reader.claims())
    payment = reader.finish()
    return examiner.finish(payment, findings[before:])


def examine_file(content: bytes) -> list[Examined]:
    """Every payment of a file. Raises X12Error where the bytes are no X12."""
    findings: list[Finding] = []
    return [examine_next(reader, findings) for reader in stream_835(content, findings, verbatim=False)]


def examine(payment: Remittance835) -> Examined:
    """The same for a payment that is in memory with its claims."""
    examiner = Examiner()
    examiner.add(payment.claims)
    return examiner.finish(payment, ())


class Examiner:
    """Takes a payment's claims, then the payment itself."""

    def __init__(self) -> None:
        self._balance = Balance()
        self._claims = 0
        self._content = 0
        self._pcns: set[str] = set()
        self._odd_amount = self._odd_code = False

    def add(self, claims: Iterable[RemitClaim]) -> None:
        for claim in claims:
            self._balance.add(claim)
            self._claims += 1
            self._content += _hash(claim.pcn, claim.icn)
            if len(self._pcns) < _SAMPLE:
                self._pcns.add(claim.pcn)
            self._look_at(claim)

    def _look_at(self, claim: RemitClaim) -> None:
        amounts = [claim.charge, claim.paid, claim.patient_responsibility or Decimal(0)]
        adjustments = [*claim.adjustments]
        for service in claim.services:
            amounts += (service.charge, service.paid)
            adjustments += service.adjustments
        amounts += (each.amount for each in adjustments)
        self._odd_amount = self._odd_amount or any(map(_is_odd, amounts))
        self._odd_code = self._odd_code or not all(_is_code(each.group, each.reason) for each in adjustments)

    def finish(self, payment: Remittance835, cut: Iterable[Finding]) -> Examined:
        """``cut`` are the reader's findings on the transaction as a whole: missing, miscounted segments."""
        found = [f for f in cut if f.severity is Severity.ERROR] + self._balance.finish(payment)
        trouble = [f"{f.message} (segment {f.segment})" if f.segment else f.message for f in found]
        provider = (each.amount for each in payment.provider_adjustments)
        if self._odd_amount or any(map(_is_odd, (payment.payment.amount, *provider))):
            trouble.append("An amount is not in whole cents, or absurdly large.")
        if self._odd_code:
            trouble.append("A group or a reason of an adjustment (CAS) is no code.")
        content = self._content + sum(
            _hash(each.reason, each.reference, str(each.amount)) for each in payment.provider_adjustments
        )
        pcns = frozenset(self._pcns)
        return Examined(payment, tuple(trouble), self._claims, pcns, f"{content % 2**64:016x}")


def _hash(*words: str) -> int:
    return int.from_bytes(blake2b("\0".join(words).encode(), digest_size=8).digest())


@lru_cache(maxsize=4096)
def _is_odd(amount: Decimal) -> bool:
    """Fractions of a cent, or more than a column holds."""
    exponent = amount.as_tuple().exponent
    fraction = not isinstance(exponent, int) or (exponent < -2 and amount != amount.quantize(CENT))
    return fraction or abs(amount) >= _LARGEST


@lru_cache(maxsize=4096)
def _is_code(group: str, reason: str) -> bool:
    return bool(_GROUP.fullmatch(group) and _REASON.fullmatch(reason))
