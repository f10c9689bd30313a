"""Following the chains: every event's hash made again, every link to the event before it, every note."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import LargeBinary, select, type_coerce
from sqlmodel import Session

from claims.audit.report import Break, Report
from claims.errors import KeyMissing
from claims.events import digest
from claims.keys import Keyring
from claims.model import EventRow
from claims.model.among import among

Row = Mapping[str, Any]

_ROWS = 1000
_TABLE = EventRow.__table__  # type: ignore[attr-defined]
_CLEAR = [column for column in _TABLE.c if column.name != "note"]
_SEALED_NOTE = type_coerce(_TABLE.c.note, LargeBinary).label("note")
"""The note's stored bytes: one that cannot be decrypted is a finding, not the end of the verification."""


@dataclass(slots=True)
class Chain:
    """One subject's history, followed to its end: what its last events say stands now."""

    subject: str
    events: int = 0
    number: int = 0
    head: str = ""
    claim: bool = False
    after: Mapping[str, Any] = field(default_factory=dict)
    filings: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def follow(self, row: Row, report: Report) -> None:
        """Check the next event against the one before it, and go on from there."""
        here = {"subject": self.subject, "number": row["number"], "event": row["id"]}
        place = f"Event {row['number']} of {self.subject}"
        if digest(row) != row["hash"]:
            report.add(Break.HASH, f"{place} is not what was written: its hash is another.", **here)
        if row["number"] != self.number + 1 or row["previous"] != self.head:
            report.add(Break.CHAIN, f"{place} does not follow the event before it.", **here)
        self.events += 1
        self.claim = self.claim or row["kind"] == "imported"
        self.number, self.head, self.after = row["number"], row["hash"], row["after"]
        if "filing" in row["after"]:
            self.filings[row["after"]["filing"]] = row["after"]


def stored_events(session: Session, subjects: Sequence[str] | None = None) -> Iterator[Row]:
    """All events, or those of some subjects, streamed chain by chain."""
    statement = select(*_CLEAR, _SEALED_NOTE).order_by(_TABLE.c.subject, _TABLE.c.number)
    if subjects is not None:
        statement = statement.where(among(_TABLE.c.subject, subjects))
    for row in session.execute(statement.execution_options(yield_per=_ROWS)):
        yield row._asdict()


def first_unreadable(session: Session) -> int | None:
    """The id of the first event whose columns hold what no column of its kind can hold."""
    for id in session.execute(select(_TABLE.c.id).order_by(_TABLE.c.id)).scalars().all():
        try:
            session.execute(select(*_CLEAR).where(_TABLE.c.id == id)).one()
        except (ValueError, TypeError):
            return int(id)
    return None


def follow(rows: Iterable[Row], report: Report) -> Iterator[Chain]:
    """The chains of rows that come sorted by subject and number."""
    for subject, links in groupby(rows, key=itemgetter("subject")):
        chain = Chain(subject)
        for row in links:
            chain.follow(row, report)
        yield chain


def with_notes_checked(rows: Iterable[Row], keys: Keyring, report: Report) -> Iterator[Row]:
    """Pass the rows on; each note must be the one whose keyed hash is part of the event."""
    for row in rows:
        if _fingerprint(row["note"], keys) != row["note_digest"]:
            report.add(
                Break.NOTE,
                f"The note of event {row['number']} of {row['subject']} is not the one that was written.",
                subject=row["subject"],
                number=row["number"],
                event=row["id"],
            )
        yield row


def _fingerprint(note: bytes | None, keys: Keyring) -> str | None:
    if note is None:
        return None
    try:
        return keys.fingerprint(keys.decrypt(bytes(note), "event.note"))
    except KeyMissing:
        return "cannot be decrypted"
