"""276 in, 277 (X212) out: where each claim stands today, by payer number, control number or visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from sqlite3 import Row

from deployments.sandbox.clock import Clock
from deployments.sandbox.frontdoor import HOUSE, FrontDoor
from deployments.sandbox.payers import Market
from deployments.sandbox.received import day, money
from deployments.sandbox.segments import Interchange, Segment, TransactionSet, at, text, write
from deployments.sandbox.store import Store
from deployments.sandbox.tree import Level, levels
from deployments.sandbox.values import ZERO, Claim, Outcome

KIND = ("HN", "277", "005010X212")
UNKNOWN_PAYER = "E0:153:PR"
NEVER_HEARD_OF_CLAIM = "A4:35"
NEVER_HEARD_OF_MEMBER = "D0:33:IL"
DECIDED_NOT_PAID = "F0:3"
# What a claim's state says on list 507 and 508; the pended and the rejected speak for themselves.
STATES = {"waiting": "P1:20", "silent": NEVER_HEARD_OF_CLAIM, "replaced": "F3:101", "voided": "F3:101"}
RESULTS = {"paid": "F1:65", "partly_paid": "F1:65", "zero_paid": "F4:104", "denied": "F2:585"}


@dataclass
class Statuses:
    store: Store
    market: Market
    clock: Clock
    door: FrontDoor

    def answer(self, request: Interchange) -> bytes:
        """One 277 set for each 276 set, one answer for each claim asked about."""
        bodies = [list(self._body(one)) for one in request.sets if one.kind == "276"]
        return write(KIND, self.door.address(request.sender, HOUSE), bodies)

    def _body(self, one: TransactionSet) -> Iterator[Segment]:
        bht = next((s for s in one.segments if s[0] == "BHT"), ["BHT"])
        now = self.clock.now
        yield ["BHT", "0010", "08", text(at(bht, 3)) or "0", f"{now:%Y%m%d}", f"{now:%H%M}", "DG"]
        for level in levels(one):
            yield from self._level(level)

    def _level(self, level: Level) -> Iterator[Segment]:
        source = level.above("20")
        payer = self.market.payers.get(at(source.first("NM1"), 9)) if source else None
        if payer is None and level.code not in ("20", "21"):
            return
        refused = payer is None and level.code == "21"
        yield [*level.hl[:4], "0" if refused else at(level.hl, 4)]
        yield [level.first("NM1")[0], *(text(element) for element in level.first("NM1")[1:])]
        if refused:
            yield ["TRN", "2", "0"]
            yield ["STC", UNKNOWN_PAYER, f"{self.clock.today:%Y%m%d}"]
        if payer and level.code in ("22", "23"):
            for inquiry in inquiries(level):
                yield from self._claim(inquiry, payer.id)

    def _claim(self, inquiry: "Inquiry", payer: str) -> Iterator[Segment]:
        yield ["TRN", "2", text(inquiry.trace)]
        row = self._find(inquiry, payer)
        if row is None:
            yield ["STC", self._unknown(inquiry, payer), f"{self.clock.today:%Y%m%d}"]
            yield from self._references("", inquiry.pcn)
            return
        claim = Claim.model_validate_json(row["claim"])
        yield self._stc(row, claim)
        # Who met a claim with silence does not know its number either.
        yield from self._references(row["icn"] or "", claim.pcn)
        if claim.first and claim.last:
            yield ["DTP", "472", "RD8", f"{claim.first:%Y%m%d}-{claim.last:%Y%m%d}"]

    def _references(self, icn: str, pcn: str) -> Iterator[Segment]:
        if icn:
            yield ["REF", "1K", icn]
        if pcn:
            yield ["REF", "EJ", text(pcn)]

    def _find(self, inquiry: "Inquiry", payer: str) -> Row | None:
        """The newest version that fits, by the best evidence that the inquiry gives."""
        searches = [("icn = ?", inquiry.icn), ("pcn = ?", inquiry.pcn)]
        for condition, value in searches:
            sql = f"select * from claim where payer = ? and {condition} order by id desc limit 1"
            found = self.store.row(sql, payer, value) if value else None
            if found:
                return found
        return None if inquiry.pcn or inquiry.icn else self._by_visit(inquiry, payer)

    def _by_visit(self, inquiry: "Inquiry", payer: str) -> Row | None:
        sql = "select * from claim where payer = ? and member = ? order by id desc"
        for row in self.store.rows(sql, payer, inquiry.member):
            claim = Claim.model_validate_json(row["claim"])
            if claim.first == inquiry.first and inquiry.charge in (ZERO, claim.charge):
                return row
        return None

    def _unknown(self, inquiry: "Inquiry", payer: str) -> str:
        known = self.store.row("select 1 from claim where payer = ? and member = ?", payer, inquiry.member)
        return NEVER_HEARD_OF_CLAIM if known else NEVER_HEARD_OF_MEMBER

    def _stc(self, row: Row, claim: Claim) -> Segment:
        """The status with charge, paid amount and dates; the trace once the claim was paid out."""
        start = ["STC", self._code(row), f"{self.clock.today:%Y%m%d}", "", str(claim.charge)]
        if row["state"] != "decided":
            return start
        outcome, remit = self._standing(row)
        closed = row["closed_on"].replace("-", "")
        if remit is None:
            return [*start, str(outcome.paid), closed]
        return [*start, str(outcome.paid), closed, "", remit["paid_on"].replace("-", ""), remit["trace"]]

    def _code(self, row: Row) -> str:
        if row["state"] == "rejected":
            return str(row["code"])
        if row["state"] == "pended":
            category = self.market.payers[row["payer"]].pend_category
            return f"{category}:{'294' if category.startswith('R') else '297'}"
        if row["state"] == "decided":
            return RESULTS[row["result"]] if self._standing(row)[1] else DECIDED_NOT_PAID
        return STATES[row["state"]]

    def _standing(self, row: Row) -> tuple[Outcome, Row | None]:
        """The last decision, and the payment that carried it."""
        sql = "select outcome, remit from decision where claim = ? order by id desc limit 1"
        decision = self.store.rows(sql, row["id"])[0]
        remit = self.store.row("select * from remit where id = ?", decision["remit"])
        return Outcome.model_validate_json(decision["outcome"]), remit


@dataclass(frozen=True)
class Inquiry:
    """One TRN of a 276 with what follows it."""

    trace: str
    member: str
    icn: str
    pcn: str
    first: date | None
    charge: Decimal


def inquiries(level: Level) -> Iterator[Inquiry]:
    subscriber = level.above("22") or level
    member = at(subscriber.first("NM1"), 9)
    starts = [n for n, s in enumerate(level.segments) if s[0] == "TRN"]
    for start, end in zip(starts, [*starts[1:], len(level.segments)], strict=True):
        one = Level(level.hl, level.parent, level.segments[start:end])
        yield Inquiry(
            trace=at(one.segments[0], 2),
            member=member,
            icn=at(one.first("REF", "1K"), 2),
            pcn=at(one.first("REF", "EJ"), 2),
            first=day(at(one.first("DTP", "472"), 3)),
            charge=money(at(one.first("AMT", "T3"), 2)),
        )
