"""The sandbox's own SQLite file: what it received, decided, paid and put into the mailbox."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

SCHEMA = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists submission (
  id integer primary key, key text not null unique, sender text not null, isa13 text not null,
  sha256 text not null, received_at text not null, repeats integer not null default 0,
  read integer not null default 0, content blob not null);
create index if not exists submission_isa on submission (sender, isa13);
create table if not exists claim (
  id integer primary key, submission integer not null references submission, payer text not null,
  sender text not null, provider text not null, pcn text not null, frequency text not null,
  sequence text not null, member text not null, year text not null, content text not null,
  version text not null, repeated integer not null, isa13 text not null, gs06 text not null,
  st02 text not null, received_at text not null, state text not null, code text not null default '',
  icn text unique, family integer, due_on text, closed_on text, result text not null default '',
  claim text not null);
create index if not exists claim_pcn on claim (payer, pcn);
create index if not exists claim_member on claim (payer, member);
create index if not exists claim_content on claim (payer, content);
create index if not exists claim_version on claim (payer, version);
create index if not exists claim_due on claim (due_on) where due_on is not null;
create index if not exists claim_family on claim (family);
create table if not exists decision (
  id integer primary key, claim integer not null references claim, decided_on text not null,
  outcome text not null, deductible text not null, remit integer references remit);
create index if not exists decision_claim on decision (claim);
create index if not exists decision_open on decision (remit) where remit is null;
create table if not exists provider_adjustment (
  id integer primary key, payer text not null, sender text not null, provider text not null,
  reason text not null, reference text not null, amount text not null,
  not_before text not null, remit integer references remit);
create table if not exists remit (
  id integer primary key, payer text not null, provider text not null, trace text not null unique,
  paid_on text not null, amount text not null, file integer not null);
create table if not exists review (
  id integer primary key, kind text not null, key text not null, claim integer not null references claim,
  sha256 text not null, content text not null, received_at text not null, decide_on text,
  decision text not null default '', repeats integer not null default 0, unique (kind, key));
create table if not exists file (
  id integer primary key, sender text not null, kind text not null, name text not null,
  sha256 text not null, created text not null, fetched_at text, content blob not null);
create table if not exists acknowledgement (
  id integer primary key, key text not null unique, sender text not null, kind text not null,
  about text not null, verdict text not null, received_at text not null,
  repeats integer not null default 0, content blob not null);
create table if not exists authorization (
  id integer primary key, payer text not null, sender text not null, trace text not null, state text not null,
  number text not null, first text not null, services text not null, received_on text not null,
  repeats integer not null default 0, unique (payer, trace));
create table if not exists member (
  payer text not null, member text not null, last text not null, first text not null, born text not null,
  starts text, ends text, primary key (payer, member));
create table if not exists fault (
  id integer primary key, place text not null, how text not null, times integer not null);
"""


class Store:
    """One connection behind one lock; every change happens inside ``transaction``."""

    def __init__(self, path: str | Path) -> None:
        self.lock = RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, one writer at a time; inside another transaction, part of that one."""
        with self.lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, *values)), None)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, None where there is none."""
        row = self.row(sql, *values)
        return row[0] if row else None

    def run(self, sql: str, *values: Any) -> None:
        with self.transaction():
            self._db.execute(sql, values)

    def insert(self, table: str, **values: Any) -> int:
        """Add a row and answer its id."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self.transaction():
            done = self._db.execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values()))
            return int(done.lastrowid or 0)

    def update(self, table: str, id: int, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        self.run(f"update {table} set {names} where id = ?", *values.values(), id)

    def setting(self, name: str) -> str | None:
        found: str | None = self.value("select value from setting where name = ?", name)
        return found

    def set(self, name: str, value: str) -> None:
        self.run("insert or replace into setting values (?, ?)", name, value)

    def next_number(self, name: str) -> int:
        """1, 2, 3 … for control numbers; never given twice, across restarts too."""
        with self.transaction():
            number = int(self.setting(name) or 0) + 1
            self.set(name, str(number))
            return number

    def deliver(self, sender: str, kind: str, content: bytes, created: str) -> int:
        """Put a file into a sender's mailbox; its name tells kind and number, nothing of its content."""
        number = self.next_number("file")
        extension = "json" if kind == "appeal" else "x12"
        return self.insert(
            "file",
            sender=sender,
            kind=kind,
            name=f"{kind}-{number:06d}.{extension}",
            sha256=sha256(content).hexdigest(),
            created=created,
            content=content,
        )
