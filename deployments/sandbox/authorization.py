"""278 in, 278 out (X217): certified, modified, denied, pended, not needed, or an AAA; X215 asks after one.

A request is kept under its trace number; the same one again is counted as a repetition and decided once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from sqlite3 import Row

from deployments.sandbox.clock import Clock
from deployments.sandbox.eligibility import FOLLOW_UP, Eligibility
from deployments.sandbox.frontdoor import HOUSE, FrontDoor
from deployments.sandbox.payers import Market, Payer
from deployments.sandbox.received import day, money
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.segments import Interchange, Segment, TransactionSet, at, text, write
from deployments.sandbox.store import Store
from deployments.sandbox.tree import Level, levels

KIND = ("HI", "278", "005010X217")
INQUIRY = "005010X215"
PAYER, EVENT, SERVICE = "20", "EV", "SS"
NO_SUCH_REQUEST, NO_SUCH_PAYER = "AA", "79"
HOLDS_FOR = timedelta(days=90)
ACTIONS = {"certified": "A1", "modified": "A6", "denied": "A3", "pended": "A4", "not_needed": "NA"}
WHY = {"denied": "0Y", "pended": "0U"}


@dataclass
class Authorizations:
    store: Store
    market: Market
    clock: Clock
    door: FrontDoor
    members: Eligibility

    def answer(self, request: Interchange) -> bytes:
        """One answering set for each 278 set, request or inquiry."""
        bodies = [list(self._body(one, request)) for one in request.sets if one.kind == "278"]
        return write(KIND, self.door.address(request.sender, HOUSE), bodies)

    def _body(self, one: TransactionSet, request: Interchange) -> Iterator[Segment]:
        bht = next((s for s in one.segments if s[0] == "BHT"), ["BHT"])
        now = self.clock.now
        yield ["BHT", "0007", "11", text(at(bht, 3)), f"{now:%Y%m%d}", f"{now:%H%M}", "18"]
        every = list(levels(one))
        patients = {at(level.hl, 2) for level in every if level.code == EVENT}
        for level in every:
            payer = self._payer(level)
            if level.code == PAYER:
                yield from self._source(level, payer)
            elif payer and level.code == EVENT and not self._stranger(level.parent):
                services = [each for each in every if each.code == SERVICE and each.parent is level]
                yield from self._event(level, services, payer, one.version == INQUIRY, request)
            elif payer and level.code not in (EVENT, SERVICE):
                yield from self._person(level, is_patient=at(level.hl, 1) in patients)

    def _payer(self, level: Level) -> Payer | None:
        source = level.above(PAYER)
        return self.market.payers.get(at(source.first("NM1"), 9)) if source else None

    def _stranger(self, patient: Level | None) -> str:
        return self.members.trouble(patient) if patient else ""

    def _source(self, level: Level, payer: Payer | None) -> Iterator[Segment]:
        yield ["HL", at(level.hl, 1), "", PAYER, "1" if payer else "0"]
        yield _echo(level.first("NM1"))
        if payer is None:
            yield ["AAA", "N", "", NO_SUCH_PAYER, FOLLOW_UP]

    def _person(self, level: Level, *, is_patient: bool) -> Iterator[Segment]:
        reason = self._stranger(level) if is_patient else ""
        yield [*level.hl[:4], "0" if reason else at(level.hl, 4)]
        yield _echo(level.first("NM1"))
        if reason:
            yield ["AAA", "N", "", reason, FOLLOW_UP]
        yield from (_echo(s) for s in level.segments if s[0] in ("DMG", "INS"))

    def _event(
        self, level: Level, services: list[Level], payer: Payer, inquiry: bool, request: Interchange
    ) -> Iterator[Segment]:
        script = scenario_of(at((level.above("22") or level).first("NM1"), 9)).review
        found = self._find(level, payer)
        refused = script if script not in ACTIONS else ""
        if inquiry and found is None:
            refused = NO_SUCH_REQUEST
        elif not inquiry and not refused:
            found = self._keep(level, services, payer, found, script, request)
        yield [*level.hl[:4], "0" if refused or found is None else "1"]
        yield ["TRN", "2", *(text(each) for each in level.first("TRN")[2:])]
        if refused or found is None:
            yield ["AAA", "N", "", refused, FOLLOW_UP]
        yield _echo(level.first("UM"))
        if found is not None and not refused:
            yield from self._decided(at(level.hl, 1), self._today(found))

    def _find(self, level: Level, payer: Payer) -> Row | None:
        sql = "select * from authorization where payer = ? and trace = ?"
        return self.store.row(sql, payer.id, at(level.first("TRN"), 2))

    def _keep(
        self,
        level: Level,
        services: list[Level],
        payer: Payer,
        found: Row | None,
        script: str,
        request: Interchange,
    ) -> Row | None:
        if found is not None:
            self.store.update("authorization", found["id"], repeats=found["repeats"] + 1)
            return self._find(level, payer)
        first = day(at(level.first("DTP", "AAH"), 3)) or self.clock.today
        number = self.store.next_number("authorization")
        self.store.insert(
            "authorization",
            payer=payer.id,
            sender=request.sender,
            trace=at(level.first("TRN"), 2),
            state=script,
            number=f"{payer.icn_prefix}A{number:07d}",
            first=first.isoformat(),
            services=json.dumps([_service(each) for each in services]),
            received_on=self.clock.today.isoformat(),
        )
        return self._find(level, payer)

    def _today(self, row: Row) -> Row:
        """What was pended is certified from the next day on."""
        if row["state"] == "pended" and self.clock.today > date.fromisoformat(row["received_on"]):
            self.store.update("authorization", row["id"], state="certified")
            return self.store.rows("select * from authorization where id = ?", row["id"])[0]
        return row

    def _decided(self, parent: str, row: Row) -> Iterator[Segment]:
        state, granted = row["state"], row["state"] in ("certified", "modified")
        yield ["HCR", ACTIONS[state], row["number"] if granted else "", WHY.get(state, "")]
        yield ["REF", "NT", f"R{row['id']:07d}"]
        if granted:
            first = date.fromisoformat(row["first"])
            yield ["DTP", "007", "RD8", f"{first:%Y%m%d}-{first + HOLDS_FOR:%Y%m%d}"]
        for place, service in enumerate(json.loads(row["services"]), int(parent) + 1):
            yield ["HL", str(place), parent, SERVICE, "0"]
            if granted:
                yield ["HCR", ACTIONS[state], row["number"]]
            yield service["segment"]
            if state == "modified":
                yield ["HSD", "VS", str(max(Decimal(service["units"]) // 2, Decimal(1)))]


def _service(level: Level) -> dict[str, object]:
    """The service line as it came, and its units."""
    line = next((s for s in level.segments if s[0] in ("SV1", "SV2", "SV3")), ["SV1"])
    place = {"SV1": 4, "SV2": 5, "SV3": 6}[line[0]]
    return {"segment": line, "units": str(money(at(line, place)) or 1)}


def _echo(segment: Segment) -> Segment:
    return [segment[0], *(text(element) for element in segment[1:])]
