"""The history: append-only events, chained per claim, and the seals over ranges of all of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from claims.model.fields import clear_json, instant, secret, serial


class EventRow(SQLModel, table=True):
    """One thing that happened to one subject. `claims.events` writes it; nothing changes or deletes it."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("subject", "number"),)

    id: int | None = serial()
    subject: str = Field(max_length=60, description="a claim's id, or system")
    number: int = Field(description="1-based in its subject's chain")
    kind: str = Field(index=True)
    actor: str
    real_at: datetime = instant()
    business_at: datetime = instant()
    before: dict[str, Any] = clear_json(dict)
    after: dict[str, Any] = clear_json(dict)
    why: str = Field(description="a short reason without patient data")
    facts: dict[str, Any] = clear_json(dict)
    versions: dict[str, Any] = clear_json(dict)
    inputs: str | None = Field(default=None, description="HMAC-SHA256 of what was decided upon")
    note: str | None = secret("event.note")
    note_digest: str | None = Field(default=None, description="HMAC-SHA256 of the note, so it is chained too")
    run_id: str | None = Field(default=None, index=True)
    previous: str = Field(description="hash of the event before, or empty")
    hash: str


class Seal(SQLModel, table=True):
    """A signed digest over a set of events that were not sealed before."""

    id: int | None = serial()
    ranges: list[list[int]] = clear_json(list)
    events: int
    previous: str
    digest: str
    signature: str
    public_key: str
    sealed_at: datetime = instant()


class BusinessClock(SQLModel, table=True):
    """How far the sandbox's business clock stands from the wall; no row means not at all."""

    __tablename__ = "business_clock"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    shift_seconds: float
