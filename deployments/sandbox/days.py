"""Living through the days: what is due is decided, and on each payer's payment days it is paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from sqlite3 import Row
from typing import Any

from deployments.sandbox.adjudication import Facts, adjudicate
from deployments.sandbox.clock import Clock
from deployments.sandbox.frontdoor import FrontDoor
from deployments.sandbox.payers import Market, Payer, cents
from deployments.sandbox.remittance import Cashier, taken_back_later
from deployments.sandbox.reviews import Reviews
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.store import Store
from deployments.sandbox.values import ZERO, Claim, Outcome, Result

INTEREST = Decimal("0.10")  # a year
RECORDS_AWAITED_DAYS = 45


@dataclass
class Desk:
    """Decides claims that are due and writes each decision once."""

    store: Store
    market: Market
    clock: Clock
    door: FrontDoor

    def work(self) -> None:
        today = self.clock.today.isoformat()
        for row in self.store.rows("select * from claim where due_on <= ? order by id", today):
            self._work(row)

    def _work(self, row: Row) -> None:
        claim = Claim.model_validate_json(row["claim"])
        if (
            "pends" in scenario_of(claim.member).marks
            and row["state"] == "waiting"
            and not self._records(row)
        ):
            until = self.clock.today + timedelta(days=RECORDS_AWAITED_DAYS)
            self.store.update("claim", row["id"], state="pended", due_on=until.isoformat())
            return
        self._take_back_original(row)
        if claim.frequency == "8":
            self._close(row, "voided", "")
        else:
            self.decide(row, overturned=False)

    def decide(self, row: Row, *, overturned: bool) -> Outcome:
        """Adjudicate a claim, for the first time or again, and remember what is to be paid."""
        claim, payer = Claim.model_validate_json(row["claim"]), self.market.payers[row["payer"]]
        facts = self._facts(row, claim, overturned=overturned)
        outcome = adjudicate(claim, payer, self.market, scenario_of(claim.member), facts)
        if not (facts.overturned or facts.records):
            outcome.interest = self._interest(row, payer, outcome.paid)
        self.record(row, outcome)
        return outcome

    def record(self, row: Row, outcome: Outcome) -> None:
        """Reverse what an earlier decision paid or left to the patient, then write the new one."""
        self.reverse(row)
        self._decision(row, outcome)
        if outcome.interest:
            self.adjust(row, "L6", -outcome.interest)
        self._close(row, "decided", outcome.result)

    def reverse(self, row: Row) -> None:
        """Turn the standing decision round; nothing to turn where it was a plain denial."""
        standing = self.standing(row)
        if standing and standing.result != Result.DENIED:
            self._decision(row, standing.reversed())

    def standing(self, row: Row) -> Outcome | None:
        """The claim's last decision, None when there is none or it was reversed."""
        sql = "select outcome from decision where claim = ? order by id desc limit 1"
        found = self.store.value(sql, row["id"])
        outcome = Outcome.model_validate_json(found) if found else None
        return None if outcome and outcome.status == "22" else outcome

    def adjust(self, row: Row, reason: str, amount: Decimal, not_before: date | None = None) -> None:
        """A PLB amount for the provider: positive takes money from a payment, negative adds to it."""
        self.store.insert(
            "provider_adjustment",
            payer=row["payer"],
            sender=row["sender"],
            provider=row["provider"],
            reason=reason,
            reference=row["icn"],
            amount=str(amount),
            not_before=(not_before or self.clock.today).isoformat(),
        )

    def _take_back_original(self, row: Row) -> None:
        """A replacement or void reverses the version before it."""
        if row["frequency"] == "1":
            return
        sql = "select * from claim where family = ? and id < ? and state = 'decided' order by id desc limit 1"
        before = self.store.row(sql, row["family"], row["id"])
        if before:
            self.reverse(before)
            self.store.update(
                "claim", before["id"], state="voided" if row["frequency"] == "8" else "replaced"
            )

    def _decision(self, row: Row, outcome: Outcome) -> None:
        self.store.insert(
            "decision",
            claim=row["id"],
            decided_on=self.clock.today.isoformat(),
            outcome=outcome.model_dump_json(),
            deductible=str(outcome.deductible),
        )

    def _close(self, row: Row, state: str, result: str) -> None:
        closed = self.clock.today.isoformat()
        self.store.update("claim", row["id"], state=state, result=result, due_on=None, closed_on=closed)

    def _facts(self, row: Row, claim: Claim, *, overturned: bool) -> Facts:
        cover = self.store.row(
            "select starts, ends from member where payer = ? and member = ?", row["payer"], row["member"]
        )
        return Facts(
            received=date.fromisoformat(row["received_at"][:10]),
            duplicate=self._duplicate(row),
            earlier=self._earlier(row),
            deductible_used=self._deductible_used(row),
            records=self._records(row),
            overturned=overturned,
            cover=(_day(cover, "starts"), _day(cover, "ends")),
        )

    def _duplicate(self, row: Row) -> bool:
        """A first claim for what is already open, paid, or (where replacements are taken) denied."""
        if row["frequency"] != "1":
            return False
        forgiven = "" if self.market.payers[row["payer"]].takes_replacement else "denied"
        sql = """select 1 from claim where payer = ? and id < ? and sequence = ? and (pcn = ? or content = ?)
            and state in ('waiting', 'pended', 'decided') and (state != 'decided' or result != ?)"""
        values = (row["payer"], row["id"], row["sequence"], row["pcn"], row["content"], forgiven)
        return self.store.row(sql, *values) is not None

    def _earlier(self, row: Row) -> Claim | None:
        """The version that this one corrects: of its family, or the denied claim for the same visit."""
        sql = """select claim from claim where payer = ? and member = ? and id < ? and year = ?
            and (family = ? or (state = 'decided' and result = 'denied') or result = 'partly_paid')
            order by id desc"""
        values = (row["payer"], row["member"], row["id"], row["year"], row["family"])
        mine = Claim.model_validate_json(row["claim"])
        rows = (Claim.model_validate_json(r["claim"]) for r in self.store.rows(sql, *values))
        return next((c for c in rows if c.first == mine.first), None)

    def _deductible_used(self, row: Row) -> Decimal:
        sql = """select deductible from decision join claim on claim.id = decision.claim
            where payer = ? and member = ? and year = ? and claim.id != ?"""
        rows = self.store.rows(sql, row["payer"], row["member"], row["year"], row["id"])
        return sum((Decimal(r[0]) for r in rows), ZERO)

    def _records(self, row: Row) -> bool:
        sql = "select 1 from review where claim = ? and kind = 'records'"
        return self.store.row(sql, row["id"]) is not None

    def _interest(self, row: Row, payer: Payer, paid: Decimal) -> Decimal:
        """Simple interest on a clean claim for each day from the limit to the next payment day."""
        received = date.fromisoformat(row["received_at"][:10])
        late = (payer.next_payment(self.clock.today) - received).days - payer.interest_after_days
        return cents(paid * INTEREST * late / 365) if late > 0 and paid > 0 else ZERO


def _day(row: Row | None, name: str) -> date | None:
    return date.fromisoformat(row[name]) if row and row[name] else None


@dataclass
class Calendar:
    """Moves the clock forward one day at a time, so that nothing between two dates is skipped."""

    store: Store
    market: Market
    clock: Clock
    desk: Desk
    reviews: Reviews
    cashier: Cashier

    def live_through(self, goal: date) -> None:
        while self.clock.today < goal:
            with self.store.transaction():
                self._live(min(self.clock.today + timedelta(days=1), goal))

    def _live(self, day: date) -> None:
        """One day: what is due is decided, looked at again, and paid."""
        if day <= self.clock.today:
            return
        self.store.set("today", day.isoformat())
        self.desk.work()
        self.reviews.work()
        self._watch(self.cashier.pay())

    def _watch(self, paid: list[Row]) -> None:
        """A payment that will turn out too high is found out later, once."""
        for row in filter(taken_back_later, paid):
            self.reviews.open_recoupment(row, self.clock.today)

    def next_day(self) -> date | None:
        """The next date on which something new comes of itself, None when nothing is under way."""
        dates: list[Any] = [
            self.store.value("select min(due_on) from claim"),
            self.store.value("select min(decide_on) from review where decision = ''"),
            *(day.isoformat() for day in self.cashier.payment_days(self.clock.today + timedelta(days=1))),
        ]
        soonest = min((d for d in dates if d), default=None)
        return date.fromisoformat(soonest) if soonest else None
