"""Opening what a command works with; imported inside commands, so that the others stay quick."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from claims.database import reading, transaction
from claims.events import SYSTEM, Act
from claims.users import named
from tasks.runtime import Runtime, open_runtime


@contextmanager
def looking() -> Iterator[tuple[Runtime, Session]]:
    """A session that only reads."""
    rt = open_runtime()
    with reading(rt.engine) as session:
        yield rt, session


@contextmanager
def acting(who: str) -> Iterator[tuple[Runtime, Session, Act]]:
    """One transaction in the name of a user, who must be known and active."""
    rt = open_runtime()
    with transaction(rt.engine) as session:
        actor = named(session, who)
        yield rt, session, rt.act(actor=actor.name)


@contextmanager
def managing(who: str | None) -> Iterator[tuple[Session, Act]]:
    """Managing users: in an admin's name, or the system's own while it is being set up."""
    rt = open_runtime()
    with transaction(rt.engine) as session:
        yield session, rt.act(actor=named(session, who).name if who else SYSTEM)
