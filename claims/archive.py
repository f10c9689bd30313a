"""Raw bytes first: what comes in or goes out is archived under its SHA-256 before it is parsed or sent."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from claims.database import add_if_absent
from claims.errors import BadInput, CleanclaimError, KeyMissing, NotFound
from claims.model import Document

LARGEST = 900_000_000
"""Bytes in one document: SQLite and PostgreSQL keep no value of more than about 10^9."""


class NotAsKept(CleanclaimError):
    """A document is gone, or holds other bytes than those that were archived."""

    code = "not_as_kept"


def archive(
    session: Session, content: bytes, *, kind: str, direction: str, at: datetime, name: str | None = None
) -> Document:
    """Keep the bytes, encrypted; the same bytes a second time give the first document back.

    Raises BadInput for more than the databases hold in one place.
    """
    if len(content) > LARGEST:
        told = f"It holds {len(content)} bytes, and at most {LARGEST} can be kept as one document."
        raise BadInput(told, tip="Is it the right file? If so, cut it: X12 with `cleanclaim x12 split`.")
    sha256 = hashlib.sha256(content).hexdigest()
    archived = select(Document).where(Document.sha256 == sha256)
    there = session.exec(archived).first()
    if there is not None:
        return there
    document = Document(
        sha256=sha256,
        kind=kind,
        direction=direction,
        size=len(content),
        name=name,
        content=content,
        archived_at=at,
    )
    return document if add_if_absent(session, document) else session.exec(archived).one()


def archive_all(
    session: Session, contents: Sequence[bytes], *, kind: str, direction: str, at: datetime
) -> dict[bytes, str]:
    """Keep each as `archive` does, all in a few statements; the ids of their documents."""
    named = {hashlib.sha256(content).hexdigest(): content for content in contents}
    known = select(Document.sha256, Document.id).where(col(Document.sha256).in_(list(named)))
    ids = dict(session.exec(known).all())
    fresh = [
        Document(
            sha256=sha256, kind=kind, direction=direction, size=len(content), content=content, archived_at=at
        )
        for sha256, content in named.items()
        if sha256 not in ids
    ]
    try:
        with session.begin_nested():
            session.add_all(fresh)
    except IntegrityError:  # another process has just kept one of them
        return {each: archive(session, each, kind=kind, direction=direction, at=at).id for each in contents}
    ids |= {each.sha256: each.id for each in fresh}
    return {content: ids[sha256] for sha256, content in named.items()}


def document(session: Session, document_id: str) -> Document:
    found = session.get(Document, document_id)
    if found is None:
        raise NotFound(f"No document {document_id}.")
    return found


def as_kept(session: Session, sha256: str) -> bytes:
    """The bytes that the history tells of, by their hash. Raises NotAsKept where they are not these."""
    try:
        content = session.exec(select(Document.content).where(Document.sha256 == sha256)).first()
    except KeyMissing:
        content = b""  # bytes that were changed cannot be decrypted either
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        told = f"The document {sha256[:12]}… is gone." if content is None else "Its bytes were changed."
        raise NotAsKept(told, tip="Keep the database as it is and run `cleanclaim audit verify`.")
    return content
