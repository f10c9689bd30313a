"""Raw bytes first: what comes in or goes out is archived under its SHA-256 before it is parsed or sent."""

import hashlib
from datetime import datetime

from sqlmodel import Session, select

from claims.database import add_if_absent
from claims.errors import NotFound
from claims.model import Document


def archive(
    session: Session, content: bytes, *, kind: str, direction: str, at: datetime, name: str | None = None
) -> Document:
    """Keep the bytes, encrypted; the same bytes a second time give the first document back."""
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


def document(session: Session, document_id: str) -> Document:
    found = session.get(Document, document_id)
    if found is None:
        raise NotFound(f"No document {document_id}.")
    return found
