"""What a payer says, in a few words: an 835 about the claims of a test, balanced unless the test says not."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from claims.archive import archive
from claims.bundle import Bundle
from claims.events import Act
from claims.money import payments
from claims.money.remittance import Posted
from claims.x12.parts import Adjustment, Party, Period, Procedure, Reference, Trace
from claims.x12.remit835 import Payment, ProviderAdjustment, Remark, RemitClaim, RemitService, Remittance835
from config.payers import PayerProfile

PAID_ON = date(2026, 3, 2)


def cas(*words: str) -> tuple[Adjustment, ...]:
    """``cas("CO-45 20.00", "PR-1 10.00")``."""
    triplets = []
    for word in words:
        code, amount = word.split()
        group, reason = code.split("-")
        triplets.append(Adjustment(group, reason, Decimal(amount)))
    return tuple(triplets)


def clp(
    bundle: Bundle,
    *words: str,
    status: str = "1",
    icn: str = "ICN1",
    line: int = 0,
    remarks: tuple[str, ...] = (),
    moa: tuple[str, ...] = (),
) -> RemitClaim:
    """One line's adjudication: what the words leave of the charge is paid."""
    row = bundle.lines[line]
    sign = -1 if status == "22" else 1
    adjustments = tuple(Adjustment(a.group, a.reason, sign * a.amount) for a in cas(*words))
    charge = sign * row.charge
    paid = charge - sum(a.amount for a in adjustments)
    service = RemitService(
        Procedure(row.procedure_code, tuple(row.modifiers)),
        charge,
        paid,
        adjustments=adjustments,
        references=(Reference("6R", row.id.upper()),),
        dates=(Period("472", row.from_date),),
        remarks=tuple(Remark("HE", code) for code in remarks),
    )
    return RemitClaim(
        bundle.claim.pcn, status, charge, paid, icn=icn, services=(service,), moa=("", "", *moa)
    )


@dataclass
class Payer:
    """Sends 835s to the test's practice and applies what follows."""

    session: Session
    act: Act
    payers: dict[str, PayerProfile]
    traces: int = field(default=0)

    def payment(
        self, *claims: RemitClaim, payer: str = "SBXCO", plb: str = "0.00", trace: str = ""
    ) -> Remittance835:
        self.traces += 1
        withheld = Decimal(plb)
        amount = sum((claim.paid for claim in claims), Decimal("0.00")) - withheld
        return Remittance835(
            Payment("I", abs(amount), "D" if amount < 0 else "C", "ACH", date=PAID_ON),
            Trace("1", trace or f"T{self.traces}"),
            Party("PR", "A PAYER", references=(Reference("2U", payer),)),
            Party("PE", "A PRACTICE"),
            claims=claims,
            provider_adjustments=(ProviderAdjustment("1", None, "WO", withheld),) if withheld else (),
        )

    def receive(self, payment: Remittance835) -> Posted:
        document = archive(
            self.session, repr(payment).encode(), kind="835", direction="in", at=self.act.at.real
        )
        posted = payments.receive_835(self.session, self.act, document, payment, self.payers)
        self.session.flush()
        return posted

    def say(self, *claims: RemitClaim, payer: str = "SBXCO") -> Posted:
        return self.receive(self.payment(*claims, payer=payer))
