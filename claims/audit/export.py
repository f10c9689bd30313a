"""The export: one folder that an auditor can check without our keys, our database or our software.

``manifest.json`` names every file with its SHA-256 and is signed (``manifest.sig``, Ed25519; also
``openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in manifest.json -sigfile manifest.sig``).
``hashes/<seal>.txt`` holds "id hash" of every event under a seal, so that the seals of a few claims' events
can be recomputed without telling anything of the others. Files are of mode 0600: they hold patient data.
"""

import hashlib
import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from claims import events
from claims.audit import seals
from claims.database import reading, transaction
from claims.errors import BadInput, NotFound
from claims.events import Act, Story
from claims.model import Claim, Document, EventRow, Seal
from claims.model.among import among
from claims.paperwork import papers

FORMAT = "cleanclaim-audit/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public_key.pem"
EVENTS, SEALS = "events.jsonl", "seals.json"
_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_SUFFIXES = {"fhir": "json", "ndjson": "ndjson", "csv": "csv"}


@dataclass(frozen=True, slots=True)
class Exported:
    folder: Path
    events: int
    documents: int
    manifest_sha256: str


def export(engine: Engine, act: Act, folder: Path, claim_ids: Sequence[str] | None = None) -> Exported:
    """Write the bundle of some claims, or of the whole record, into a folder that is new or empty.

    That it was asked for is on record, committed, before the first byte is on the disk. Raw documents go
    whole: those that travelled in bulk hold other claims too. Raises NotFound for an unknown claim and
    BadInput for a folder with something in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"The folder {folder} is not empty.", tip="Name a new one: an export is one whole.")
    with transaction(engine) as session:
        _require(session, claim_ids)
        facts = {"claims": "all" if claim_ids is None else sorted(claim_ids)}
        events.note(session, act, "audit_exported", Story("signed bundle for an auditor", facts))
    with reading(engine) as session:
        return _write(session, act, _Folder(folder), claim_ids)


def _require(session: Session, claim_ids: Sequence[str] | None) -> None:
    for claim_id in claim_ids or ():
        if session.get(Claim, claim_id) is None:
            raise NotFound(f"No claim {claim_id}.", tip="List them with `cleanclaim claims list`.")


def _write(session: Session, act: Act, into: "_Folder", claim_ids: Sequence[str] | None) -> Exported:
    keys = events.keyring(session)
    ids: list[int] = []
    into.add(EVENTS, _event_lines(session, claim_ids, ids))
    every = list(session.execute(select(Seal).order_by(col(Seal.id))).scalars())
    into.add(SEALS, [json.dumps([seal_as_json(each) for each in every], indent=1).encode()])
    for each in _covering(every, ids):
        into.add(f"hashes/{each.id}.txt", _hash_lines(session, each))
    documents = _add_documents(session, into, claim_ids)
    into.add(PUBLIC_KEY, [public_pem(keys.public_key)])
    body = {
        "format": FORMAT,
        "exported_at": act.at.real.astimezone(UTC).isoformat(),
        "exported_by": act.actor,
        "claims": "all" if claim_ids is None else sorted(claim_ids),
        "events": len(ids),
        "files": into.files,
    }
    manifest = json.dumps(body, indent=1).encode()
    into.add(MANIFEST, [manifest])
    into.add(SIGNATURE, [bytes.fromhex(keys.sign(manifest))])
    return Exported(into.path, len(ids), documents, hashlib.sha256(manifest).hexdigest())


@dataclass(slots=True)
class _Folder:
    """Where the bundle goes, and what is in it so far."""

    path: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                size += len(part)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}


def _event_lines(session: Session, claim_ids: Sequence[str] | None, ids: list[int]) -> Iterator[bytes]:
    """One JSON object a line in the order of the ids, which are added to ``ids``; notes decrypted."""
    statement = select(_EVENT).order_by(_EVENT.c.id)
    if claim_ids is not None:
        statement = statement.where(among(_EVENT.c.subject, claim_ids))
    for row in session.execute(statement.execution_options(yield_per=1000)):
        ids.append(row.id)
        yield json.dumps(row._asdict(), default=_as_hashed).encode() + b"\n"


def _as_hashed(moment: datetime) -> str:
    """The text of an instant that `claims.events.digest` hashes, so that a reader needs no dates."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def seal_as_json(each: Seal) -> dict[str, Any]:
    return each.model_dump() | {"sealed_at": _as_hashed(each.sealed_at)}


def _covering(every: Sequence[Seal], ids: Sequence[int]) -> list[Seal]:
    """The seals under which one of the events stands; ``ids`` rise."""

    def holds(a: int, b: int) -> bool:
        place = bisect_left(ids, a)
        return place < len(ids) and ids[place] <= b

    return [each for each in every if any(holds(a, b) for a, b in each.ranges)]


def _hash_lines(session: Session, each: Seal) -> Iterator[bytes]:
    for id, event_hash in seals.links(session, [(a, b) for a, b in each.ranges]):
        yield f"{id} {event_hash}\n".encode()


def _add_documents(session: Session, into: _Folder, claim_ids: Sequence[str] | None) -> int:
    if claim_ids is None:
        wanted = list(session.execute(select(col(Document.id)).order_by(col(Document.archived_at))).scalars())
    else:
        wanted = list(dict.fromkeys(paper.document_id for paper in papers(session, claim_ids)))
    for document_id in wanted:
        document = session.get_one(Document, document_id)
        into.add(f"raw/{document.sha256}.{suffix(document)}", [document.content])
        session.expunge(document)  # one document in memory at a time
    return len(wanted)


def suffix(document: Document) -> str:
    """The file name's ending, by what the content is."""
    if document.content[:3] == b"ISA":
        return "x12"
    if document.content[:4] == b"%PDF":
        return "pdf"
    return _SUFFIXES.get(document.kind, "txt" if document.kind == "letter" else "bin")


def public_pem(public_key: str) -> bytes:
    """The key as openssl reads it."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
