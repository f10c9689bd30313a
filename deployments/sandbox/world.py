"""The sandbox as one object: everything behind the HTTP routes, wired once."""

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from sqlite3 import Row
from typing import Any

from claims.errors import BadInput, CleanclaimError, NotFound
from deployments.sandbox import payers
from deployments.sandbox.authorization import Authorizations
from deployments.sandbox.clock import Clock
from deployments.sandbox.days import Calendar, Desk
from deployments.sandbox.eligibility import Eligibility
from deployments.sandbox.faults import Faults
from deployments.sandbox.frontdoor import FrontDoor, verdict_of
from deployments.sandbox.inbox import Inbox
from deployments.sandbox.remittance import Cashier
from deployments.sandbox.reviews import Reviews
from deployments.sandbox.segments import read
from deployments.sandbox.status import Statuses
from deployments.sandbox.store import Store


class KeyReused(CleanclaimError):
    """The same Idempotency-Key came with other bytes."""

    code = "idempotency_key_reused"


@dataclass(frozen=True)
class Receipt:
    """What the sender gets for something delivered; ``new`` is false where it had come before."""

    body: dict[str, Any]
    new: bool


class World:
    """The clearinghouse and its payers over one store."""

    def __init__(self, path: str | Path, today: date | None) -> None:
        self.store = Store(path)
        market = payers.load()
        self.clock = Clock(self.store, today)
        self.door = FrontDoor(self.store, market, self.clock, Inbox(self.store, market, self.clock))
        desk = Desk(self.store, market, self.clock, self.door)
        self.reviews = Reviews(self.store, market, self.clock, desk)
        cashier = Cashier(self.store, market, self.clock, self.door)
        self.calendar = Calendar(self.store, market, self.clock, desk, self.reviews, cashier)
        self.eligibility = Eligibility(self.store, market, self.clock, self.door)
        self.authorizations = Authorizations(self.store, market, self.clock, self.door, self.eligibility)
        self.statuses = Statuses(self.store, market, self.clock, self.door)
        self.door.answers = {"270": self.eligibility.answer, "276": self.statuses.answer}
        self.faults = Faults(self.store)

    def catch_up(self) -> None:
        """Work through what was posted and, where the clock follows the calendar, live until today."""
        self.door.settle()
        self.calendar.live_through(self.clock.goal)

    def move_to(self, day: date) -> None:
        """Live through every day up to ``day``; the clock never goes back."""
        if day < self.clock.today:
            raise BadInput("The sandbox's clock does not go back.", tip="Start a new data file instead.")
        self.door.settle()
        self.store.set("pinned", "yes")
        self.calendar.live_through(day)

    def submit(self, key: str, sender: str, content: bytes) -> Receipt:
        """Store an interchange of claims or questions at once; it is read and answered afterwards."""
        interchange = read(content)
        if self.clock.today < self.clock.goal:
            self.catch_up()
        digest = sha256(content).hexdigest()
        with self.store.transaction():
            known = self.store.row("select * from submission where key = ?", key)
            if known:
                self._repeat("submission", known, digest)
                return Receipt(submission_receipt(known), new=False)
            self.store.insert(
                "submission",
                key=key,
                sender=sender or interchange.sender,
                isa13=interchange.control,
                sha256=digest,
                received_at=self.clock.now.isoformat(),
                content=content,
            )
        row = self.store.rows("select * from submission where key = ?", key)[0]
        return Receipt(submission_receipt(row), new=True)

    def submission(self, isa13: str, sender: str) -> dict[str, Any]:
        sql = "select * from submission where isa13 = ? and (sender = ? or ? = '') order by id limit 1"
        row = self.store.row(sql, isa13.zfill(9), sender, sender)
        if row is None:
            raise NotFound("No interchange of that number was ever received.")
        return submission_receipt(row)

    def review(self, kind: str, key: str, content: bytes) -> Receipt:
        """Take in an appeal or records for a claim that the payer knows."""
        self.catch_up()
        digest = sha256(content).hexdigest()
        with self.store.transaction():
            known = self.store.row("select * from review where kind = ? and key = ?", kind, key)
            if known:
                self._repeat("review", known, digest)
                return Receipt(review_receipt(known), new=False)
            self.reviews.open(kind, key, self._claim_of(content), content, digest)
        row = self.store.rows("select * from review where kind = ? and key = ?", kind, key)[0]
        return Receipt(review_receipt(row), new=True)

    def reviewed(self, kind: str, key: str) -> dict[str, Any]:
        row = self.store.row("select * from review where kind = ? and key = ?", kind, key)
        if row is None:
            raise NotFound("Nothing came under that key.")
        return review_receipt(row)

    def acknowledged(self, key: str, sender: str, content: bytes) -> None:
        """Keep a 999 or TA1 that answers a file of ours; under the same key it is counted, not kept again."""
        kind, about, verdict = verdict_of(read(content))
        with self.store.transaction():
            known = self.store.row("select * from acknowledgement where key = ?", key)
            if known:
                self.store.update("acknowledgement", known["id"], repeats=known["repeats"] + 1)
                return
            told = {"kind": kind, "about": about, "verdict": verdict, "content": content}
            now = self.clock.now.isoformat()
            self.store.insert("acknowledgement", key=key, sender=sender, received_at=now, **told)

    def enroll(self, members: list[dict[str, Any]]) -> None:
        """Put people on a payer's roster; names, birth dates and cover are then held against it."""
        sql = "insert or replace into member values (?, ?, ?, ?, ?, ?, ?)"
        with self.store.transaction():
            for m in members:
                born = str(m["born"]).replace("-", "")
                names = (str(m["last"]).upper(), str(m["first"]).upper())
                self.store.run(sql, m["payer"], m["member"], *names, born, m.get("starts"), m.get("ends"))

    def files(self, sender: str, since: str, *, fetched: bool) -> list[dict[str, Any]]:
        """The mailbox, oldest first; ``since`` is a file id or a time stamp, both exclusive."""
        self.catch_up()
        edge = "id > cast(? as integer)" if since.isdigit() or not since else "created > ?"
        sql = f"""select id, name, kind, sha256, length(content) as size, created from file
            where {edge} and (sender = ? or ? = '') and (fetched_at is null or ?) order by id"""
        rows = self.store.rows(sql, since or "0", sender, sender, fetched)
        return [{**dict(row), "id": str(row["id"])} for row in rows]

    def file(self, id: int) -> Row:
        row = self.store.row("select * from file where id = ?", id)
        if row is None:
            raise NotFound("The mailbox has no such file.")
        return row

    def fetched(self, id: int) -> None:
        """Mark a file as fetched; it leaves the list but is kept."""
        self.store.update("file", self.file(id)["id"], fetched_at=self.clock.now.isoformat())

    def _repeat(self, table: str, row: Row, digest: str) -> None:
        if row["sha256"] != digest:
            tip = "Use a new key for new content."
            raise KeyReused("This Idempotency-Key came with other bytes before.", tip=tip)
        self.store.update(table, row["id"], repeats=row["repeats"] + 1)

    def _claim_of(self, content: bytes) -> Row:
        asked = json.loads(content)
        sql = "select * from claim where payer = ? and icn = ?"
        row = self.store.row(sql, asked.get("payer"), asked.get("icn"))
        if row is None:
            raise BadInput("The payer has no claim of that number.", tip="Name the payer and its ICN.")
        return row


def submission_receipt(row: Row) -> dict[str, Any]:
    return {
        "receipt": f"S{row['id']:08d}",
        "control_number": row["isa13"],
        "sha256": row["sha256"],
        "received_at": row["received_at"],
    }


def review_receipt(row: Row) -> dict[str, Any]:
    return {
        "receipt": f"{row['kind'][0].upper()}{row['id']:08d}",
        "sha256": row["sha256"],
        "received_at": row["received_at"],
        "decision": row["decision"],
    }
