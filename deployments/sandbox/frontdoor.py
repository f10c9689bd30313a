"""From the bytes that arrived to acknowledged claims: TA1, 999, 277CA, and the payers' inboxes.

A submission is stored when it is posted and worked through later, one transaction each, so that a
process killed in between takes up where it stood.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from sqlite3 import Row

from claims.errors import CleanclaimError
from claims.x12.acknowledge import acknowledge
from deployments.sandbox.acks import KIND, Source, Verdict, acknowledgement
from deployments.sandbox.clock import Clock
from deployments.sandbox.payers import Market, Payer
from deployments.sandbox.received import claims
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.segments import Address, Interchange, at, read, ta1, write
from deployments.sandbox.store import Store
from deployments.sandbox.values import ZERO, Claim

HOUSE = "SBXCLEAR"
CLEARINGHOUSE = Source("AY", "SANDBOX CLEARINGHOUSE", HOUSE)
UNKNOWN_PAYER = "A7:153:PR"
PENDED_AFTER_DAYS = 3
OPEN = ("waiting", "pended")


@dataclass
class FrontDoor:
    store: Store
    market: Market
    clock: Clock

    def settle(self) -> None:
        """Work through every submission that is stored but not yet read."""
        with self.store.lock:
            for row in self.store.rows("select * from submission where not read order by id"):
                with self.store.transaction():
                    self._read(row)
                    self.store.update("submission", row["id"], read=1)

    def address(self, sender: str, author: str = HOUSE) -> Address:
        """The envelope of the next file from us to a sender."""
        return Address(author, sender, self.store.next_number("isa13"), self.clock.now)

    def deliver(self, sender: str, kind: str, content: bytes) -> None:
        self.store.deliver(sender, kind, content, self.clock.now.isoformat())

    def _read(self, row: Row) -> None:
        interchange = read(row["content"])
        if self._used_before(row):
            interchange.note = "025"
        if interchange.note != "000":
            self._ta1(row["sender"], interchange, "R")
            return
        if at(interchange.isa, 14) == "1":
            self._ta1(row["sender"], interchange, "A")
        self._claims(row, interchange)

    def _used_before(self, row: Row) -> bool:
        sql = "select 1 from submission where sender = ? and isa13 = ? and id < ?"
        return self.store.row(sql, row["sender"], row["isa13"], row["id"]) is not None

    def _ta1(self, sender: str, interchange: Interchange, verdict: str) -> None:
        self.deliver(sender, "TA1", ta1(self.address(sender), interchange, verdict))

    def _claims(self, row: Row, interchange: Interchange) -> None:
        try:
            number = self.store.next_number("isa13")
            ack = acknowledge(row["content"], created=self.clock.now, isa13=number, gs06=number)
        except CleanclaimError:
            interchange.note = "024"
            self._ta1(row["sender"], interchange, "R")
            return
        taken = accepted_sets(read(ack))
        sets = [s for s in interchange.sets if (s.group, s.control) in taken and s.kind == "837"]
        heard = [list(claims(interchange, s)) for s in sets]
        every = [claim for some in heard for claim in some]
        if not every or not all(map(self._silent, every)):
            self.deliver(row["sender"], "TA1" if b"~TA1*" in ack else "999", ack)
        self._acknowledge(row, interchange, heard)

    def _silent(self, claim: Claim) -> bool:
        return "silent" in scenario_of(claim.member).marks

    def _acknowledge(self, row: Row, interchange: Interchange, sets: list[list[Claim]]) -> None:
        """Store the claims of each set; answer as the clearinghouse, then as each payer."""
        house: list[list[Verdict]] = []
        payers: dict[str, list[list[Verdict]]] = defaultdict(list)
        for some in sets:
            verdicts = [self._take(row, interchange, claim) for claim in some]
            heard = [v for v in verdicts if v]
            house.append([self._passed_on(v) for v in heard])
            for payer in self.market.payers:
                payers[payer].append([v for v in heard if v.claim.payer == payer])
        self._277ca(row["sender"], CLEARINGHOUSE, house)
        for payer, groups in payers.items():
            self._277ca(row["sender"], Source("PR", self.market.payers[payer].name, payer), groups)

    def _passed_on(self, verdict: Verdict) -> Verdict:
        """What the clearinghouse says: it knows payers, and nothing of their numbers and reasons."""
        known = verdict.claim.payer in self.market.payers
        return replace(verdict, code="A1:20", icn="") if known else verdict

    def _277ca(self, sender: str, source: Source, groups: Sequence[Sequence[Verdict]]) -> None:
        spoken = [group for group in groups if group]
        if not spoken:
            return
        address = self.address(sender)
        number, now = f"{address.control:09d}", self.clock.now
        bodies = [acknowledgement(source, sender, g, f"{number}{n}", now) for n, g in enumerate(spoken)]
        self.deliver(sender, "277CA", write(KIND, address, bodies))

    def _take(self, row: Row, interchange: Interchange, claim: Claim) -> Verdict | None:
        """Put one claim into the ledger and judge it; None for the one that is met with silence."""
        payer = self.market.payers.get(claim.payer)
        code = self._code(claim, payer)
        state = "silent" if self._silent(claim) else "waiting" if code.startswith("A2") else "rejected"
        id = self.store.insert("claim", **self._columns(row, interchange, claim), state=state, code=code)
        if state == "waiting" and payer:
            return Verdict(claim, code, self._admit(id, claim, payer))
        return None if state == "silent" else Verdict(claim, code)

    def _columns(self, row: Row, interchange: Interchange, claim: Claim) -> dict[str, object]:
        seen = (
            "select 1 from claim where payer = ? and pcn = ? and frequency = ? and version = ? and state != ?"
        )
        repeated = self.store.row(seen, claim.payer, claim.pcn, claim.frequency, claim.version, "rejected")
        return {
            "submission": row["id"],
            "payer": claim.payer,
            "sender": row["sender"],
            "provider": claim.provider,
            "pcn": claim.pcn,
            "frequency": claim.frequency,
            "sequence": claim.sequence,
            "member": claim.member,
            "year": f"{claim.first or self.clock.today:%Y}",
            "content": claim.content,
            "version": claim.version,
            "repeated": int(repeated is not None),
            "isa13": interchange.control,
            "gs06": claim.group,
            "st02": claim.set_control,
            "received_at": self.clock.now.isoformat(),
            "claim": claim.model_dump_json(),
        }

    def _admit(self, id: int, claim: Claim, payer: Payer) -> str:
        """Give the claim its number and its day; what it replaces and is still open drops out."""
        icn = f"{payer.icn_prefix}{self.clock.today:%y%j}{id:07d}"
        script = scenario_of(claim.member)
        days = PENDED_AFTER_DAYS if "pends" in script.marks else payer.adjudication_days + script.slow_days
        target = self.original(claim)
        family = target["family"] if target else id
        due = (self.clock.today + timedelta(days=days)).isoformat()
        self.store.update("claim", id, icn=icn, family=family, due_on=due)
        if target and target["state"] in OPEN:
            state = "voided" if claim.frequency == "8" else "replaced"
            self.store.update("claim", target["id"], state=state, due_on=None)
        return icn

    def original(self, claim: Claim) -> Row | None:
        """The live version of what a frequency 7 or 8 names by its REF*F8."""
        if claim.frequency not in ("7", "8"):
            return None
        sql = """select * from claim where payer = ? and state in ('waiting', 'pended', 'decided')
            and family = (select family from claim where payer = ? and icn = ?)
            and frequency != '8' order by id desc limit 1"""
        return self.store.row(sql, claim.payer, claim.payer, claim.refs.get("F8", ""))

    def _code(self, claim: Claim, payer: Payer | None) -> str:
        """The status that the claim meets at the door; A2:20:PR is accepted."""
        if payer is None:
            return UNKNOWN_PAYER
        checks: list[Callable[[Claim, Payer], str]] = [
            self._identity,
            self._scripted,
            self._frequency,
            _amounts,
        ]
        return next((code for check in checks if (code := check(claim, payer))), "A2:20:PR")

    def _identity(self, claim: Claim, payer: Payer) -> str:
        """A member on the roster must be called and born as the roster says."""
        sql = "select * from member where payer = ? and member = ?"
        known, given = self.store.row(sql, payer.id, claim.member), claim.subscriber
        if known is None:
            return ""
        if (known["last"], known["first"]) != (given.last.upper(), given.first.upper()):
            return "A7:125:IL"
        return "" if known["born"] == given.born else "A7:158:IL"

    def _scripted(self, claim: Claim, payer: Payer) -> str:
        script = scenario_of(claim.member)
        if script.rejection and "until_identity_changes" in script.marks and self._changed(claim, payer):
            return ""
        return script.rejection

    def _changed(self, claim: Claim, payer: Payer) -> bool:
        """Was the same service rejected before under another member id, name or birth date?"""
        sql = "select claim from claim where payer = ? and state = 'rejected' and year = ?"
        before = [
            Claim.model_validate_json(r[0]) for r in self.store.rows(sql, payer.id, f"{claim.first:%Y}")
        ]
        same = [b for b in before if (b.first, b.charge) == (claim.first, claim.charge)]
        return any(b.subscriber != claim.subscriber for b in same)

    def _frequency(self, claim: Claim, payer: Payer) -> str:
        names = "F8" in claim.refs
        if claim.frequency == "1":
            return "A8:535" if names else ""
        if claim.frequency not in ("7", "8") or not payer.takes_replacement:
            return "A7:535"
        if not names:
            return "A6:464"
        return "" if self.original(claim) else "A7:464"


def _amounts(claim: Claim, payer: Payer) -> str:
    """Lines must be there, add up to the claim, and have a day."""
    if claim.first is None:
        return "A6:187"
    total = sum((line.charge for line in claim.lines), ZERO)
    return "" if claim.lines and total == claim.charge else "A8:178"


def accepted_sets(ack: Interchange) -> set[tuple[str, str]]:
    """(GS06, ST02) of the sets that a 999 accepts, with or without errors noted."""
    taken: set[tuple[str, str]] = set()
    for one in ack.sets:
        group = control = ""
        for segment in one.segments:
            if segment[0] == "AK1":
                group = at(segment, 2)
            elif segment[0] == "AK2":
                control = at(segment, 2)
            elif segment[0] == "IK5" and at(segment, 1) in ("A", "E"):
                taken.add((group, control))
    return taken
