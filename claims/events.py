"""The history: what happened, chained by hashes per subject. Written here, never changed, never deleted."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from claims.clock import Moment
from claims.keys import Keyring
from claims.model import EventRow
from claims.model.bulk import append
from claims.model.types import keyring_of

SYSTEM = "system"
PREFECT_UI = "prefect-ui, unattributed"


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when, and in which run: what every event carries."""

    actor: str
    at: Moment
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Why something happened: a reason and facts in clear (no patient data), a note that is encrypted,
    the versions of the rules and tables that were used, and the inputs, of which only an HMAC is kept."""

    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    inputs: bytes | None = None
    note: str | None = None


def keyring(session: Session) -> Keyring:
    return keyring_of(session.get_bind().dialect)


def link(
    keys: Keyring,
    act: Act,
    story: Story,
    *,
    subject: str,
    number: int,
    previous: str,
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Any]:
    """The next event of a chain as a row, hashed together with the one before it."""
    row: dict[str, Any] = {
        "subject": subject,
        "number": number,
        "kind": kind,
        "actor": act.actor,
        "real_at": act.at.real,
        "business_at": act.at.business,
        "before": dict(before),
        "after": dict(after),
        "why": story.why,
        "facts": _clear(story.facts),
        "versions": _clear(story.versions),
        "inputs": None if story.inputs is None else keys.fingerprint(story.inputs),
        "note": story.note,
        "note_digest": None if story.note is None else keys.fingerprint(story.note.encode()),
        "run_id": act.run_id,
        "previous": previous,
    }
    return row | {"hash": digest(row)}


_HASHED = (
    "subject", "number", "kind", "actor", "real_at", "business_at", "before", "after", "why", "facts",
    "versions", "inputs", "note_digest", "run_id", "previous",
)  # fmt: skip


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 over the event's fields in a fixed order; the note enters by its HMAC."""
    body = _ENCODER.encode([row[name] for name in _HASHED])
    return hashlib.sha256(body.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"), sort_keys=True)


def _clear(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON will give them back: amounts and dates as text, so that the hash can be made again."""
    return {str(name): _as_read(value) for name, value in facts.items()}


def _as_read(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float | list | tuple | dict):
        return json.loads(json.dumps(value, default=str))
    return str(value)


def note(session: Session, act: Act, kind: str, story: Story, *, subject: str = SYSTEM) -> None:
    """Record something that changes no claim's state: a file taken in, a user added, the clock moved.

    Writers of the same subject wait for each other: SQLite has one writer anyway, PostgreSQL takes a lock
    on the subject until the commit.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(subject))))
    last = session.exec(
        select(EventRow).where(EventRow.subject == subject).order_by(col(EventRow.number).desc()).limit(1)
    ).first()
    row = link(
        keyring(session),
        act,
        story,
        subject=subject,
        number=last.number + 1 if last else 1,
        previous=last.hash if last else "",
        kind=kind,
        before={},
        after={},
    )
    append(session, EventRow, [row])
