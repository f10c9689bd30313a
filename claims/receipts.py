"""Our acknowledgements of what we receive: written when a file is applied, kept, and sent to its sender."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from claims.archive import archive
from claims.control import next_number
from claims.events import Act
from claims.model import Document, OutgoingAck
from claims.responses import UNDERSTOOD
from claims.x12.receipt import receipts
from claims.x12.syntax import X12Error


def acknowledge(session: Session, act: Act, received: Document, connector: str) -> list[OutgoingAck]:
    """A 999 (or TA1) for each interchange of the file; none for acknowledgements and for what is no X12.

    The second time it finds those that were written. Each has control numbers of its own.
    """
    there = select(OutgoingAck).where(OutgoingAck.received_id == received.id)
    if written := session.exec(there).all():
        return list(written)

    def number() -> int:
        return int(next_number(session, connector, "isa"))

    try:
        found = receipts(received.content, UNDERSTOOD, created=act.at.real, number=number)
    except X12Error:
        return []
    acks = []
    for position, receipt in enumerate(found, 1):
        kept = archive(session, receipt.content, kind=receipt.kind, direction="out", at=act.at.real)
        ack = OutgoingAck(
            connector=connector,
            received_id=received.id,
            position=position,
            document_id=kept.id,
            kind=receipt.kind,
            about=receipt.about,
            status=receipt.status,
            written_at=act.at.real,
        )
        session.add(ack)
        acks.append(ack)
    return acks


def unsent(session: Session, connector: str) -> Sequence[OutgoingAck]:
    """What the connector's partner has not got yet, oldest first."""
    query = select(OutgoingAck).where(OutgoingAck.connector == connector, col(OutgoingAck.sent_at).is_(None))
    return session.exec(query.order_by(col(OutgoingAck.written_at), col(OutgoingAck.id))).all()


def sent(session: Session, ack_id: str, at: datetime) -> None:
    """The partner has it."""
    ack = session.get_one(OutgoingAck, ack_id)
    ack.sent_at = at
    session.add(ack)
