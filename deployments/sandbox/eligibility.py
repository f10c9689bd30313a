"""270 in, 271 (X279A1) out: active or inactive cover, cost sharing, other payers, or an AAA reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from sqlite3 import Row

from deployments.sandbox.clock import Clock
from deployments.sandbox.frontdoor import HOUSE, FrontDoor
from deployments.sandbox.payers import Market, Payer
from deployments.sandbox.received import day
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.segments import Interchange, Segment, TransactionSet, at, text, write
from deployments.sandbox.store import Store
from deployments.sandbox.tree import Level, levels
from deployments.sandbox.values import ZERO

KIND = ("HB", "271", "005010X279A1")
FOLLOW_UP = "C"  # correct and send again
PLAN_KINDS = {"MB": "MB", "MC": "MC"}  # EB04; commercial plans say C1


@dataclass
class Eligibility:
    store: Store
    market: Market
    clock: Clock
    door: FrontDoor

    def answer(self, request: Interchange) -> bytes:
        """One 271 set for each 270 set, one answer for each inquiry in it."""
        bodies = [list(self._body(one)) for one in request.sets if one.kind == "270"]
        return write(KIND, self.door.address(request.sender, HOUSE), bodies)

    def _body(self, one: TransactionSet) -> Iterator[Segment]:
        bht = next((s for s in one.segments if s[0] == "BHT"), ["BHT"])
        now = self.clock.now
        yield ["BHT", "0022", "11", text(at(bht, 3)), f"{now:%Y%m%d}", f"{now:%H%M}"]
        answer = {"20": self._source, "21": self._receiver, "22": self._person, "23": self._person}
        for level in levels(one):
            if level.code == "20" or self._payer(level):
                yield from answer[level.code](level)

    def _payer(self, level: Level) -> Payer | None:
        source = level.above("20")
        return self.market.payers.get(at(source.first("NM1"), 9)) if source else None

    def _source(self, level: Level) -> Iterator[Segment]:
        payer = self._payer(level)
        yield ["HL", at(level.hl, 1), "", "20", "1" if payer else "0"]
        if payer:
            yield ["NM1", "PR", "2", payer.name, "", "", "", "", "PI", payer.id]
        else:
            yield _echo(level.first("NM1"))
            yield ["AAA", "Y", "", "79", FOLLOW_UP]

    def _receiver(self, level: Level) -> Iterator[Segment]:
        yield level.hl
        yield _echo(level.first("NM1"))

    def _person(self, level: Level) -> Iterator[Segment]:
        yield level.hl
        for trn in (s for s in level.segments if s[0] == "TRN"):
            yield _echo(["TRN", "2", *trn[2:]])
        yield _echo(level.first("NM1"))
        if not level.leaf:
            return
        reason, payer = self.trouble(level), self._payer(level)
        if reason:
            yield ["AAA", "N", "", reason, FOLLOW_UP]
        yield from (_echo(s) for s in level.segments if s[0] == "DMG" and at(s, 2))
        if payer and not reason:
            yield from self._benefits(level, payer)

    def trouble(self, level: Level) -> str:
        """The AAA03 reason for which nobody can be found, "" when somebody is."""
        subscriber = level.above("22") or level
        member, born = at(subscriber.first("NM1"), 9), at(level.first("DMG"), 2)
        script = scenario_of(member).eligibility
        if not member:
            return "72"
        if not born:
            return "58"
        return script if script.isdigit() else self._mismatch(subscriber, member)

    def _mismatch(self, subscriber: Level, member: str) -> str:
        known, name = self._roster(subscriber, member), subscriber.first("NM1")
        if known is None:
            return ""
        if (known["last"], known["first"]) != (at(name, 3).upper(), at(name, 4).upper()):
            return "73"
        born = at(subscriber.first("DMG"), 2)
        return "71" if born and known["born"] != born else ""

    def _roster(self, level: Level, member: str) -> Row | None:
        payer = self._payer(level)
        sql = "select * from member where payer = ? and member = ?"
        return self.store.row(sql, payer.id if payer else "", member)

    def _benefits(self, level: Level, payer: Payer) -> Iterator[Segment]:
        member = at((level.above("22") or level).first("NM1"), 9)
        asked = day(at(level.first("DTP", "291"), 3)) or self.clock.today
        start, end = self._cover(level, member, asked)
        yield ["DTP", "346", "D8", f"{start:%Y%m%d}"]
        if end:
            yield ["DTP", "347", "D8", f"{end:%Y%m%d}"]
        if (end and asked > end) or asked < start:
            yield ["EB", "6", "", "30"]
            return
        yield ["EB", "1", "IND", "30", PLAN_KINDS.get(payer.filing_code, "C1"), f"{payer.name} PLAN"]
        yield from _shares(payer, self._deductible_left(payer, member, asked))
        if scenario_of(member).eligibility == "other_payer":
            yield from _other_payer(self.market.payers[payer.other_payer])

    def _cover(self, level: Level, member: str, asked: date) -> tuple[date, date | None]:
        """From when and to when the member is covered; the roster knows, or the script, or this year."""
        known = self._roster(level, member)
        if known:
            start = date.fromisoformat(known["starts"] or f"{asked.year}-01-01")
            return start, date.fromisoformat(known["ends"]) if known["ends"] else None
        if scenario_of(member).eligibility == "inactive":
            return date(asked.year - 1, 1, 1), date(asked.year - 1, 12, 31)
        return date(asked.year, 1, 1), None

    def _deductible_left(self, payer: Payer, member: str, asked: date) -> Decimal:
        script = scenario_of(member).deductible
        if script == "met":
            return ZERO
        sql = """select deductible from decision join claim on claim.id = decision.claim
            where payer = ? and member = ? and year = ?"""
        rows = self.store.rows(sql, payer.id, member, str(asked.year))
        used = ZERO if script == "all" else sum((Decimal(r[0]) for r in rows), ZERO)
        return max(payer.deductible - used, ZERO)


def _shares(payer: Payer, left: Decimal) -> Iterator[Segment]:
    if payer.copay:
        yield ["EB", "B", "IND", "98", "", "", "27", str(payer.copay)]
    if payer.deductible:
        yield ["EB", "C", "IND", "30", "", "", "23", str(payer.deductible)]
        yield ["EB", "C", "IND", "30", "", "", "29", str(left)]
    yield ["EB", "A", "IND", "30", "", "", "", "", str(payer.coinsurance)]


def _other_payer(other: Payer) -> Iterator[Segment]:
    yield ["EB", "R", "", "30"]
    yield ["LS", "2120"]
    yield ["NM1", "PRP", "2", other.name, "", "", "", "", "PI", other.id]
    yield ["LE", "2120"]


def _echo(segment: Segment) -> Segment:
    return [segment[0], *(text(element) for element in segment[1:])]
