"""Files that a connector left for a person: each has an event, committed before the file gets its name."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine
from sqlmodel import select

from claims.database import reading, transaction
from claims.events import Act, Story, note
from claims.model import EventRow


@dataclass(frozen=True, slots=True)
class LeftFiles:
    """The record in the claims database; ``act`` is one of now."""

    engine: Engine
    act: Callable[[], Act]

    def note(self, connector: str, name: str, content: bytes) -> None:
        facts = {"connector": connector, "file": name, "sha256": sha256(content).hexdigest()}
        story = Story("a file is left for a person", facts)
        with transaction(self.engine) as session:
            note(session, self.act(), "file_written", story, subject=_subject(connector, name))

    def has(self, connector: str, name: str) -> bool:
        query = select(EventRow.id).where(EventRow.subject == _subject(connector, name))
        with reading(self.engine) as session:
            return session.exec(query.limit(1)).first() is not None


def _subject(connector: str, name: str) -> str:
    return f"file:{sha256(f'{connector}/{name}'.encode()).hexdigest()[:40]}"
