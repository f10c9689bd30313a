"""Taking a file in: the bytes are archived first, then read without a database, then stored in one go.

A file that cannot be read leaves its bytes and an ImportedFile that says refused, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from claims import archive, events
from claims.database import transaction
from claims.errors import BadInput
from claims.events import Act, Story
from claims.intake import sniff
from claims.intake.charge_map import ChargeMap
from claims.intake.store import Store, Stored
from claims.intake.visit import Reading
from claims.model import Document, ImportedFile
from config.payers import PayerProfile
from config.settings import Settings

DONE, REFUSED = "done", "refused"
MOST_MESSAGES = 200


@dataclass(frozen=True)
class ImportReport:
    """What came of one file. ``visits`` = ``len(claims) + planned + known`` + those left out with a message.

    ``missing`` tells how many of the held claims lack each field.
    """

    kind: str
    document_id: str
    visits: int
    claims: list[str] = field(default_factory=list)
    planned: int = 0
    held: int = 0
    known: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def import_path(
    engine: Engine,
    path: Path,
    *,
    act: Act,
    settings: Settings,
    charge_map: ChargeMap | None,
    payers: Mapping[str, PayerProfile],
) -> ImportReport:
    """Take in one file in its own transactions. Raises BadInput after noting the refusal; safe to repeat."""
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise BadInput("The file cannot be opened.", tip="Check its path and who may read it.") from wrong
    with transaction(engine) as session:
        document = receive(session, data, name=path.name, act=act)
    try:
        reading = sniff.read(data, document.kind, settings.zone_info)
    except BadInput as refused:
        with transaction(engine) as session:
            refuse(session, document, refused, act)
        raise
    with transaction(engine) as session:
        return store(session, document, reading, act=act, charge_map=charge_map, payers=payers)


def import_file(
    session: Session,
    data: bytes,
    *,
    name: str,
    act: Act,
    settings: Settings,
    charge_map: ChargeMap | None,
    payers: Mapping[str, PayerProfile],
) -> ImportReport:
    """Take in one file in the caller's transaction. Raises BadInput: whether to commit is the caller's."""
    document = receive(session, data, name=name, act=act)
    reading = sniff.read(data, document.kind, settings.zone_info)
    return store(session, document, reading, act=act, charge_map=charge_map, payers=payers)


def receive(session: Session, data: bytes, *, name: str, act: Act) -> Document:
    """Archive the bytes before anyone looks into them; the kind is told by their beginning."""
    kind = sniff.kind_of(data)
    return archive.archive(session, data, kind=kind, direction="in", at=act.at.business, name=name)


def store(
    session: Session,
    document: Document,
    reading: Reading,
    *,
    act: Act,
    charge_map: ChargeMap | None,
    payers: Mapping[str, PayerProfile],
) -> ImportReport:
    """Store what was read. A file that was taken in before adds nothing."""
    before = session.get(ImportedFile, document.id)
    if before is not None and before.state == DONE:
        told = ["This file was imported before; nothing was added."]
        return ImportReport(
            reading.kind, document.id, len(reading.visits), known=len(reading.visits), messages=told
        )
    stored = Store(session, act, document, payers, charge_map or ChargeMap()).visits(reading)
    report = _report(document, reading, stored)
    message = report.messages[0] if report.messages else ""
    counts = {"visits": report.visits, "claims": len(report.claims), "held": report.held}
    session.merge(_imported(document, DONE, reading.kind, message, act, counts))
    facts = {**counts, "planned": report.planned, "known": report.known, "format": reading.kind}
    events.note(
        session, act, "file_imported", Story("A file was imported.", facts), subject=_subject(document)
    )
    return report


def refuse(session: Session, document: Document, why: BadInput, act: Act) -> None:
    """Note that the file was refused, and why."""
    session.merge(_imported(document, REFUSED, document.kind, why.message, act, {}))
    events.note(session, act, "file_refused", Story(why.message), subject=_subject(document))


def _subject(document: Document) -> str:
    return f"file:{document.id}"


def _imported(
    document: Document, state: str, kind: str, message: str, act: Act, counts: dict[str, int]
) -> ImportedFile:
    return ImportedFile(
        document_id=document.id,
        state=state,
        kind=kind,
        message=message,
        imported_at=act.at.business,
        **counts,
    )


def _report(document: Document, reading: Reading, stored: Stored) -> ImportReport:
    messages = reading.messages + stored.messages
    if len(messages) > MOST_MESSAGES:
        more = len(messages) - MOST_MESSAGES
        messages = [*messages[:MOST_MESSAGES], f"… and {more} more messages."]
    return ImportReport(
        reading.kind,
        document.id,
        len(reading.visits),
        stored.claims,
        stored.planned,
        stored.held,
        stored.known,
        dict(sorted(stored.missing.items())),
        messages,
    )
