"""Opening what a command works with; imported inside commands, so that the others stay quick."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from claims.database import reading, transaction
from claims.errors import BadInput
from claims.events import SYSTEM, Act
from claims.listing import find_claim
from claims.trace import Trace, record, trace
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


def asking(who: str | None) -> str:
    """The name of who wants to see patient data."""
    if who is None:
        raise BadInput("Patient data are shown to named users only.", tip="Say who asks with --as NAME.")
    return who


def tracing_of(
    claim: str, *, phi: bool, who: str | None, form: str, on_record: bool = False, raw: bool = False
) -> Trace:
    """A claim's trace. That patient data were shown, or a file made (``on_record``), is written down.

    Raises BadInput when patient data are asked for in nobody's name.
    """
    if phi:
        asking(who)
    rt = open_runtime()
    with reading(rt.engine) as session:
        found = trace(session, find_claim(session, claim).id, phi=phi, raw=raw)
    if phi or on_record:
        with transaction(rt.engine) as session:
            record(session, rt.act(actor=named(session, who).name if who else SYSTEM), found, form)
    return found


@contextmanager
def managing(who: str | None) -> Iterator[tuple[Session, Act]]:
    """Managing users: in an admin's name, or the system's own while it is being set up."""
    rt = open_runtime()
    with transaction(rt.engine) as session:
        yield session, rt.act(actor=named(session, who).name if who else SYSTEM)
