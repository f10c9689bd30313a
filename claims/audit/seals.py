"""Seals: a signed digest over every event that no earlier seal covers, chained to the seal before.

A range [a, b] of a seal names ids that all exist. On PostgreSQL an id may be taken by a transaction that
commits after a higher one was sealed; it stands outside every range until the next seal picks it up.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import and_, or_, text
from sqlmodel import Session, col, select

from claims.audit.report import Break, Report
from claims.events import Act
from claims.keys import Keyring
from claims.model import EventRow, Seal
from claims.portions import in_portions

Link = tuple[int, str]
"""An event's row id and its hash: all that a seal needs of it."""

Range = tuple[int, int | None]
"""First and last id, both included; None is open-ended."""

_ROWS = 5000
_WINDOWS = 100


def seal(session: Session, act: Act, keyring: Keyring) -> Seal | None:
    """Seal what is not sealed yet; None when there is nothing. A second call right after seals nothing."""
    _one_sealer(session)
    last = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    previous = last.digest if last else ""
    tally = Tally(previous)
    for link in unsealed(session):
        tally.add(link)
    if not tally.events:
        return None
    made = Seal(
        ranges=tally.ranges,
        events=tally.events,
        previous=previous,
        digest=tally.digest,
        signature="",
        public_key=keyring.public_key,
        sealed_at=act.at.real,
    )
    made.signature = keyring.sign(signed_body(made))
    session.add(made)
    session.flush()
    return made


class Tally:
    """The digest, count and ranges of the links added so far, which come in the order of their ids."""

    def __init__(self, previous: str) -> None:
        self._hash = hashlib.sha256(f"{previous}\n".encode())
        self.events = 0
        self.ranges: list[list[int]] = []

    def add(self, link: Link) -> None:
        id, event_hash = link
        self._hash.update(f"{id} {event_hash}\n".encode())
        self.events += 1
        if self.ranges and self.ranges[-1][1] == id - 1:
            self.ranges[-1][1] = id
        else:
            self.ranges.append([id, id])

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def signed_body(seal: Seal) -> bytes:
    """The bytes that the signature is made over."""
    sealed_at: datetime = seal.sealed_at.astimezone(UTC)
    at = sealed_at.isoformat(timespec="microseconds")
    body = [seal.previous, seal.ranges, seal.events, seal.digest, seal.public_key, at]
    return json.dumps(body, separators=(",", ":")).encode()


def signed(public_key: str, body: bytes, signature: str) -> bool:
    """Whether the Ed25519 signature (hex) over ``body`` is that of ``public_key`` (hex)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def unsealed(session: Session) -> Iterator[Link]:
    """Every event that no seal covers, in the order of their ids."""
    windows = _between(sorted((a, b) for ranges in session.exec(select(Seal.ranges)) for a, b in ranges))
    for some in in_portions(windows, _WINDOWS):
        yield from links(session, some)


def links(session: Session, ranges: Sequence[Range]) -> Iterator[Link]:
    """The events of some ranges, streamed in the order of their ids."""
    id = col(EventRow.id)
    inside = or_(*(id >= a if b is None else and_(id >= a, id <= b) for a, b in ranges))
    statement = select(EventRow.id, EventRow.hash).where(inside).order_by(id)
    rows = session.execute(statement.execution_options(yield_per=_ROWS))
    return ((row[0], row[1]) for row in rows)


def _between(sealed: Sequence[tuple[int, int]]) -> list[Range]:
    """The windows before, between and after ranges that are sorted."""
    windows: list[Range] = []
    start = 0
    for a, b in sealed:
        if a > start:
            windows.append((start, a - 1))
        start = max(start, b + 1)
    return [*windows, (start, None)]


def _one_sealer(session: Session) -> None:
    """Two sealers at once would cover the same events; SQLite's write lock serves already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE seal IN SHARE ROW EXCLUSIVE MODE"))


def check_chain(seals: Iterable[Seal], public_key: str, report: Report) -> list[Seal]:
    """Each seal follows the one before and bears the key's signature; gives back those that do bear it."""
    previous, genuine = "", []
    for each in seals:
        name = f"Seal {each.id}"
        if each.previous != previous:
            report.add(Break.SEAL, f"{name} does not follow the seal before it: one is gone or was put in.")
        if each.public_key != public_key:
            report.add(Break.SEAL, f"{name} was signed with another key.")
        elif not signed(public_key, signed_body(each), each.signature):
            report.add(Break.SEAL, f"{name} does not bear its signature: it was changed.")
        else:
            genuine.append(each)
        previous = each.digest
    return genuine


def check_content(each: Seal, found: Iterable[Link], report: Report) -> None:
    """The events that the seal covers are all there, with the hashes that were sealed."""
    tally = Tally(each.previous)
    for link in found:
        tally.add(link)
    if tally.ranges != each.ranges:
        gone = _first_gone(each.ranges, tally.ranges)
        report.add(Break.CUT, f"Event {gone} was sealed by seal {each.id} and is gone.", event=gone)
    elif tally.digest != each.digest:
        report.add(Break.SEAL, f"An event under seal {each.id} is not the one that was sealed.")


def _first_gone(sealed: Sequence[Sequence[int]], there: Sequence[Sequence[int]]) -> int:
    """The lowest id that a seal's ranges name and the rows found do not have."""
    for a, b in sealed:
        inside = [found for found in there if found[0] <= b and found[1] >= a]
        if not inside or inside[0][0] > a:
            return a
        if inside[0][1] < b:
            return inside[0][1] + 1
    raise ValueError("nothing is gone")
