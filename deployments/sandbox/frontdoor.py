"""From the bytes that arrived to acknowledged claims: TA1, 999, 277CA.

A submission is stored when it is posted and worked through later, one transaction each, so that a
process killed in between takes up where it stood.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from sqlite3 import Row
from threading import Lock

from claims.errors import BadInput, CleanclaimError
from claims.x12.acknowledge import acknowledge
from deployments.sandbox.acks import KIND, Source, Verdict, acknowledgement
from deployments.sandbox.clock import Clock
from deployments.sandbox.inbox import Inbox, is_silent
from deployments.sandbox.payers import Market
from deployments.sandbox.received import claims
from deployments.sandbox.segments import Address, Interchange, TransactionSet, at, read, ta1, write
from deployments.sandbox.store import Store
from deployments.sandbox.values import Claim

HOUSE = "SBXCLEAR"
ANSWER_OF = {"270": "271", "276": "277"}
TAKEN = ("837", *ANSWER_OF)
"""What may be sent in batch."""
CLEARINGHOUSE = Source("AY", "SANDBOX CLEARINGHOUSE", HOUSE)


@dataclass
class FrontDoor:
    store: Store
    market: Market
    clock: Clock
    inbox: Inbox
    busy: Lock = field(default_factory=Lock)
    answers: dict[str, Callable[[Interchange], bytes]] = field(default_factory=dict)
    """What answers questions that come in batch, by kind."""

    def settle(self) -> None:
        """Work through every submission that is stored but not yet read."""
        with self.busy:
            for row in self.store.rows("select * from submission where not read order by id"):
                self._read(row)

    def address(self, sender: str, author: str = HOUSE) -> Address:
        """The envelope of the next file from us to a sender."""
        return Address(author, sender, self.store.next_number("isa13"), self.clock.now)

    def deliver(self, sender: str, kind: str, content: bytes) -> None:
        self.store.deliver(sender, kind, content, self.clock.now.isoformat())

    def _read(self, row: Row) -> None:
        interchange = read(row["content"])
        if self._used_before(row):
            interchange.note = "025"
        # pyx12 takes its time, so the store stays free while it reads.
        ack = self._judged(row, interchange) if interchange.note == "000" else b""
        with self.store.transaction():
            self._answer(row, interchange, ack)
            self.store.update("submission", row["id"], read=1)

    def _judged(self, row: Row, interchange: Interchange) -> bytes:
        """The 999 (or the TA1) that pyx12's reading makes; nothing for what it cannot read at all."""
        number = self.store.next_number("isa13")
        try:
            return acknowledge(row["content"], created=self.clock.now, isa13=number, gs06=number)
        except CleanclaimError:
            interchange.note = "024"
            return b""

    def _answer(self, row: Row, interchange: Interchange, ack: bytes) -> None:
        if interchange.note != "000":
            self._ta1(row["sender"], interchange, "R")
            return
        if at(interchange.isa, 14) == "1":
            self._ta1(row["sender"], interchange, "A")
        self._claims(row, interchange, ack)

    def _used_before(self, row: Row) -> bool:
        sql = "select 1 from submission where sender = ? and isa13 = ? and id < ?"
        return self.store.row(sql, row["sender"], row["isa13"], row["id"]) is not None

    def _ta1(self, sender: str, interchange: Interchange, verdict: str) -> None:
        self.deliver(sender, "TA1", ta1(self.address(sender), interchange, verdict))

    def _claims(self, row: Row, interchange: Interchange, ack: bytes) -> None:
        said = read(ack)
        taken, groups = accepted_sets(said), accepted_groups(said)
        sets = [s for s in interchange.sets if (s.group, s.control) in taken and s.kind == "837"]
        asked = [s for s in interchange.sets if s.group in groups and s.kind in self.answers]
        heard = [list(claims(interchange, s)) for s in sets]
        every = [claim for some in heard for claim in some]
        if not every or not all(map(is_silent, every)):
            self.deliver(row["sender"], "999" if said.sets else "TA1", ack)
        self._acknowledge(row, interchange, heard)
        self._answer_questions(row, interchange, asked)

    def _answer_questions(self, row: Row, interchange: Interchange, asked: list[TransactionSet]) -> None:
        """What was asked in batch is answered in one file for each kind of question."""
        for kind, answer in self.answers.items():
            sets = [one for one in asked if one.kind == kind]
            if sets:
                self.deliver(row["sender"], ANSWER_OF[kind], answer(replace(interchange, sets=sets)))

    def _acknowledge(self, row: Row, interchange: Interchange, sets: list[list[Claim]]) -> None:
        """Store the claims of each set; answer as the clearinghouse, then as each payer."""
        house: list[list[Verdict]] = []
        payers: dict[str, list[list[Verdict]]] = defaultdict(list)
        for some in sets:
            verdicts = [self.inbox.take(row, interchange.control, claim) for claim in some]
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


def verdict_of(ack: Interchange) -> tuple[str, str, str]:
    """Of a partner's answer to a file of ours: its kind, which group or interchange it means, the verdict."""
    if ack.ta1:
        return "TA1", at(ack.ta1, 1), at(ack.ta1, 4)
    found = {row[0]: row for one in ack.sets if one.kind == "999" for row in one.segments}
    if "AK1" not in found or "AK9" not in found:
        raise BadInput(
            "This is neither a 999 nor a TA1.", tip="Send an acknowledgement of a file of the mailbox."
        )
    return "999", at(found["AK1"], 2), at(found["AK9"], 1)


def accepted_groups(ack: Interchange) -> set[str]:
    """The groups that a 999 accepts as they are, without a word on their sets."""
    rows = [row for one in ack.sets for row in one.segments]
    starts = [at(row, 2) for row in rows if row[0] == "AK1"]
    verdicts = [at(row, 1) for row in rows if row[0] == "AK9"]
    return {group for group, verdict in zip(starts, verdicts, strict=True) if verdict in ("A", "E")}


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
