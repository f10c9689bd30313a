"""Does a remittance balance: line, claim, payment (domain rules, section 7). AMT segments never count."""

from collections.abc import Iterable
from decimal import Decimal

from claims.findings import Finding, Severity
from claims.x12.parts import Adjustment
from claims.x12.remit835 import ZERO, RemitClaim, RemitService, Remittance835

# A payment that balances nowhere need not be told claim by claim for ever; the payment's own sum always is.
MOST_FINDINGS = 1000
TIP = "Do not post it: queue the remittance whole and ask the payer for a corrected one."


def balance_835(remittance: Remittance835) -> list[Finding]:
    """Every way in which the payment does not add up or could not be read; empty when it may post."""
    balance = Balance()
    for claim in remittance.claims:
        balance.add(claim)
    return balance.finish(remittance)


class Balance:
    """The same for a payment that is read claim by claim: ``add`` each, then ``finish`` with the payment."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._paid = ZERO

    def add(self, claim: RemitClaim) -> None:
        """Checks the claim and its services and counts its payment."""
        self._paid += claim.paid
        taken = _total(claim.adjustments)
        for service in claim.services:
            line_taken = _total(service.adjustments)
            taken += line_taken
            if service.charge - line_taken != service.paid:
                message = (
                    "The service's charge less its adjustments is not what was paid (SVC02, CAS, SVC03)."
                )
                self._say("x12_835_line_balance", message, "2110", "SVC03", claim, service)
        if claim.charge - taken != claim.paid:
            message = "The claim's charge less all adjustments is not what was paid (CLP03, CAS, CLP04)."
            self._say("x12_835_claim_balance", message, "2100", "CLP04", claim)
        if claim.services and sum(service.charge for service in claim.services) != claim.charge:
            message = "The services' charges do not add up to the claim's (SVC02, CLP03)."
            self._say("x12_835_charge_total", message, "2100", "CLP03", claim)

    def finish(self, remittance: Remittance835) -> list[Finding]:
        """All findings, those of the whole payment included."""
        payment = remittance.payment
        amount = -payment.amount if payment.credit_debit == "D" else payment.amount
        withheld = sum((each.amount for each in remittance.provider_adjustments), ZERO)
        if self._paid - withheld != amount:
            message = (
                "The claims' payments less the provider adjustments are not the payment (CLP04, PLB, BPR02)."
            )
            self._say("x12_835_payment_balance", message, "1000", "BPR02")
        if payment.handling == "H" and payment.amount:
            self._say("x12_835_notice_paid", "A notification only (BPR01 H) carries money.", "1000", "BPR02")
        unreadable = [each for each in remittance.unreadable if each.severity is Severity.ERROR]
        return unreadable + self._findings

    def _say(
        self,
        code: str,
        message: str,
        loop: str,
        element: str,
        claim: RemitClaim | None = None,
        service: RemitService | None = None,
    ) -> None:
        place = service or claim
        if len(self._findings) >= MOST_FINDINGS and claim:
            return
        self._findings.append(
            Finding(
                code,
                Severity.ERROR,
                message,
                TIP,
                snip=3,
                segment=place.segment or None if place else None,
                loop=loop,
                element=element,
                claim=claim.pcn if claim else None,
            )
        )


def _total(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((each.amount for each in adjustments), ZERO)
