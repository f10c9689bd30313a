"""Payment days: one 835 for each provider that has something decided and not yet paid."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from sqlite3 import Row

from deployments.sandbox.clock import Clock
from deployments.sandbox.frontdoor import FrontDoor
from deployments.sandbox.payers import Market, Payer
from deployments.sandbox.remit835 import KIND, Paid, Remittance, body
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.segments import write
from deployments.sandbox.store import Store
from deployments.sandbox.values import ZERO, Claim, Outcome

WAITING = """select decision.id, decision.outcome, claim.id as claim, claim.icn, claim.member,
    claim.claim as body, claim.payer, claim.sender, claim.provider
    from decision join claim on claim.id = decision.claim
    where remit is null and payer = ? order by sender, provider, decision.id"""


@dataclass
class Payee:
    """What one payer owes one provider today."""

    sender: str
    provider: str
    rows: list[Row] = field(default_factory=list)


@dataclass
class Cashier:
    store: Store
    market: Market
    clock: Clock
    door: FrontDoor

    def pay(self) -> list[Row]:
        """Pay what waits, for each payer whose day it is; answer the decisions that were paid."""
        today = self.clock.today
        paid: list[Row] = []
        for payer in self.market.payers.values():
            if payer.pays_on(today):
                for payee in self._payees(payer):
                    self._pay(payer, payee)
                    paid += payee.rows
        return paid

    def payment_days(self, start: date) -> Iterator[date]:
        """For each payer with something to pay, its next payment day from ``start`` on."""
        sql = (
            "select distinct payer from decision join claim on claim.id = decision.claim where remit is null"
        )
        for row in self.store.rows(sql):
            yield self.market.payers[row["payer"]].next_payment(start)

    def _payees(self, payer: Payer) -> list[Payee]:
        payees: dict[tuple[str, str], Payee] = {}
        for row in self.store.rows(WAITING, payer.id):
            key = (row["sender"], row["provider"])
            payees.setdefault(key, Payee(*key)).rows.append(row)
        return list(payees.values())

    def _pay(self, payer: Payer, payee: Payee) -> None:
        claims = [_paid(row) for row in payee.rows]
        total = sum((one.outcome.paid for one in claims), ZERO)
        adjustments = self._adjustments(payer, payee, total)
        amount = total - sum((Decimal(a["amount"]) for a in adjustments), ZERO)
        trace = f"{payer.icn_prefix}{self.clock.today:%Y%m%d}{self.store.next_number('trace'):05d}"
        remittance = Remittance(
            payer, payee.sender, trace, self.clock.today, amount, claims, _plb(adjustments)
        )
        content = write(KIND, self.door.address(payee.sender, payer.id), [list(body(remittance))])
        self._book(payer, payee, remittance, adjustments, content)

    def _adjustments(self, payer: Payer, payee: Payee, total: Decimal) -> list[Row]:
        """The PLB amounts that are due; what a payment cannot bear is carried forward (FB)."""
        due = self._due(payer, payee)
        rest = total - sum((Decimal(a["amount"]) for a in due), ZERO)
        if rest < 0:
            tomorrow = self.clock.today + timedelta(days=1)
            self._carry(payer, payee, rest, self.clock.today)
            self._carry(payer, payee, -rest, tomorrow)
            due = self._due(payer, payee)
        return due

    def _due(self, payer: Payer, payee: Payee) -> list[Row]:
        sql = """select * from provider_adjustment where remit is null and not_before <= ?
            and payer = ? and sender = ? and provider = ? order by id"""
        today = self.clock.today.isoformat()
        return self.store.rows(sql, today, payer.id, payee.sender, payee.provider)

    def _carry(self, payer: Payer, payee: Payee, amount: Decimal, day: date) -> None:
        self.store.insert(
            "provider_adjustment",
            payer=payer.id,
            sender=payee.sender,
            provider=payee.provider,
            reason="FB",
            reference=f"{payer.icn_prefix}FB{self.clock.today:%Y%m%d}",
            amount=str(amount),
            not_before=day.isoformat(),
        )

    def _book(
        self, payer: Payer, payee: Payee, remittance: Remittance, adjustments: list[Row], content: bytes
    ) -> None:
        file = self.store.deliver(payee.sender, "835", content, self.clock.now.isoformat())
        remit = self.store.insert(
            "remit",
            payer=payer.id,
            provider=payee.provider,
            trace=remittance.trace,
            paid_on=remittance.day.isoformat(),
            amount=str(remittance.amount),
            file=file,
        )
        for row in payee.rows:
            self.store.update("decision", row["id"], remit=remit)
        for row in adjustments:
            self.store.update("provider_adjustment", row["id"], remit=remit)


def taken_back_later(row: Row) -> bool:
    """Is this a payment of which the payer will want half back?"""
    outcome = Outcome.model_validate_json(row["outcome"])
    return "taken_back" in scenario_of(row["member"]).marks and outcome.paid > 0


def _paid(row: Row) -> Paid:
    claim = Claim.model_validate_json(row["body"])
    return Paid(claim, row["icn"], Outcome.model_validate_json(row["outcome"]))


def _plb(rows: list[Row]) -> list[tuple[str, str, Decimal]]:
    return [(row["reason"], row["reference"], Decimal(row["amount"])) for row in rows]
