"""Second looks at a decided claim: appeals, records that came, and money taken back."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from sqlite3 import Row
from typing import TYPE_CHECKING

from deployments.sandbox.clock import Clock
from deployments.sandbox.payers import Market, cents
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.store import Store
from deployments.sandbox.values import Adjustment, LineResult, Outcome, Result

if TYPE_CHECKING:
    from deployments.sandbox.days import Desk

RECORDS_DAYS = 5
TAKEN_BACK_AFTER_DAYS = 20


@dataclass
class Reviews:
    store: Store
    market: Market
    clock: Clock
    desk: "Desk"

    def open(self, kind: str, key: str, claim: Row, content: bytes, sha256: str) -> None:
        """Take in an appeal or records; both are looked at some days later."""
        payer = self.market.payers[claim["payer"]]
        days = payer.appeal_days if kind == "appeal" else RECORDS_DAYS
        self.store.insert(
            "review",
            kind=kind,
            key=key,
            claim=claim["id"],
            sha256=sha256,
            content=content.decode(),
            received_at=self.clock.now.isoformat(),
            decide_on=(self.clock.today + timedelta(days=days)).isoformat(),
        )

    def open_recoupment(self, paid: Row, paid_on: date) -> None:
        """The payer will find that it overpaid; it finds so once a claim."""
        sql = "select 1 from review where kind = 'recoupment' and key = ?"
        if self.store.row(sql, paid["icn"]):
            return
        self.store.insert(
            "review",
            kind="recoupment",
            key=paid["icn"],
            claim=paid["claim"],
            sha256="",
            content="",
            received_at=self.clock.now.isoformat(),
            decide_on=(paid_on + timedelta(days=TAKEN_BACK_AFTER_DAYS)).isoformat(),
        )

    def work(self) -> None:
        today = self.clock.today.isoformat()
        sql = "select * from review where decide_on <= ? and decision = '' order by id"
        for review in self.store.rows(sql, today):
            claim = self.store.rows("select * from claim where id = ?", review["claim"])[0]
            decision = {"appeal": self._appeal, "records": self._records, "recoupment": self._take_back}
            self.store.update("review", review["id"], decision=decision[review["kind"]](review, claim))

    def _appeal(self, review: Row, claim: Row) -> str:
        """Overturned, upheld, or dismissed where nothing stands to be appealed; a letter says which."""
        decision = self._verdict(claim)
        if decision == "overturned":
            self.desk.decide(claim, overturned=True)
        asked = json.loads(review["content"])
        letter = {
            "payer": claim["payer"],
            "icn": claim["icn"],
            "pcn": claim["pcn"],
            "level": asked.get("level"),
            "key": review["key"],
            "decision": decision,
            "decided_on": self.clock.today.isoformat(),
        }
        self.store.deliver(claim["sender"], "appeal", json.dumps(letter).encode(), self.clock.now.isoformat())
        return decision

    def _verdict(self, claim: Row) -> str:
        script, payer = scenario_of(claim["member"]), self.market.payers[claim["payer"]]
        denied = claim["state"] == "decided" and claim["result"] in (Result.DENIED, Result.PARTLY)
        late = script.denial is not None and script.denial.reason == "29"
        if not denied or (late and not payer.late_can_be_appealed):
            return "dismissed"
        return script.appeal

    def _records(self, review: Row, claim: Row) -> str:
        denial = scenario_of(claim["member"]).denial
        denied = claim["state"] == "decided" and claim["result"] == Result.DENIED
        asked_for = denial is not None and denial.cured_by_records
        if claim["state"] == "pended" or (denied and asked_for):
            self.desk.decide(claim, overturned=False)
            return "reviewed"
        return "filed"

    def _take_back(self, review: Row, claim: Row) -> str:
        """Half of a payment was too much: reverse and correct, take the money next time (PLB WO)."""
        standing = self.desk.standing(claim)
        if claim["state"] != "decided" or standing is None or not standing.paid:
            return "dropped"
        corrected = Outcome(
            status=standing.status, lines=[_halved(x) for x in standing.lines], remarks=standing.remarks
        )
        self.desk.record(claim, corrected)
        owed: Decimal = standing.paid - corrected.paid
        self.desk.adjust(claim, "WO", -owed)
        payer = self.market.payers[claim["payer"]]
        after_this = payer.next_payment(self.clock.today) + timedelta(days=1)
        self.desk.adjust(claim, "WO", owed, not_before=after_this)
        return "taken back"


def _halved(result: LineResult) -> LineResult:
    """Half of the payment turns into contract adjustment."""
    cut = cents(result.paid / 2)
    contract = result.sum_of("CO", "45") + cut
    rest = [a for a in result.adjustments if (a.group, a.reason) != ("CO", "45")]
    rows = [Adjustment(group="CO", reason="45", amount=contract), *rest]
    kept = [a for a in rows if a.amount]
    amounts = {"paid": result.paid - cut, "allowed": result.allowed - cut, "adjustments": kept}
    return result.model_copy(update=amounts)
