"""Posting payments of any size: read once to examine them, once more to post them, in chunks of claims.

Each chunk is one unit of work: a transaction, or a savepoint in the caller's. When one of its claims cannot
be posted the chunk is taken back and goes in halves, and those in halves, down to single claims: the one that
fails alone is kept for a person. A process that is killed leaves whole chunks behind; whoever gets the file
next goes on after them.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from claims.database import transaction
from claims.errors import ClaimChanged, CleanclaimError
from claims.events import Act
from claims.model import Document
from claims.money.came_before import POSTED
from claims.money.examine import Examined, examine, examine_file
from claims.money.remittance import POSTING, Posted, admit, complete, locked, post_claims
from claims.money.unmatched import keep_failed
from claims.x12.remit835 import RemitClaim, Remittance835
from claims.x12.remit835_read import stream_835
from config.payers import PayerProfile

CHUNK = 400
_LONGEST = 2 * CHUNK
_COME_AGAIN = (ClaimChanged, OperationalError, InterfaceError)
"""Not the claim's fault: another writer was faster, or the database went away. The file is taken up again."""

Numbered = tuple[int, RemitClaim]
Unit = Callable[[], AbstractContextManager[Session]]


def post_file(
    engine: Engine,
    act: Act,
    document: Document,
    examined: Sequence[Examined],
    payers: Mapping[str, PayerProfile],
) -> list[Posted]:
    """Every payment of a file that was examined, in transactions of its own. The second time changes nothing.

    Whatever is raised, posting goes on where it was when the file is given again.
    """
    return _post_all(_Run(partial(transaction, engine), act, document, payers), examined)


def post_again(
    session: Session, act: Act, document: Document, payers: Mapping[str, PayerProfile], another: str = ""
) -> list[Posted]:
    """The same in the caller's transaction, for a person who says that what was missing is there now, or of
    one of its payments (``another``, its id) that it is not one that came before."""
    run = _Run(partial(_savepoint, session), act, document, payers, another)
    return _post_all(run, examine_file(document.content))


def receive_835(
    session: Session,
    act: Act,
    document: Document,
    parsed: Remittance835,
    payers: Mapping[str, PayerProfile],
) -> Posted:
    """One payment that is in memory, in the caller's transaction."""
    run = _Run(partial(_savepoint, session), act, document, payers)
    return run.post(examine(parsed), parsed.claims)


def _post_all(run: "_Run", examined: Sequence[Examined]) -> list[Posted]:
    readers = stream_835(run.document.content, [], verbatim=False)
    return [run.post(each, reader.claims()) for each, reader in zip(examined, readers, strict=False)]


@contextmanager
def _savepoint(session: Session) -> Iterator[Session]:
    try:
        with session.begin_nested():
            yield session
    except Exception:
        session.expire_all()  # objects that show what was taken back
        raise


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Garbage is collected between chunks, not within: that takes a fifth of posting's time otherwise, since
    everything that a chunk makes lives as long as its transaction."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Run:
    unit: Unit
    act: Act
    document: Document
    payers: Mapping[str, PayerProfile]
    another: str = ""

    def post(self, examined: Examined, claims: Iterable[RemitClaim]) -> Posted:
        with self.unit() as session:
            admitted = admit(session, self.act, self.document, examined, self.payers, self.another)
        if admitted.state != POSTING or admitted.remittance is None:
            return admitted
        posted = Posted(POSTED, admitted.remittance)
        with _collector_resting():
            for chunk in chunks(claims):
                for done in self._chunk(admitted.remittance.id, chunk):
                    posted.changes += done.changes
                    posted.unmatched += done.unmatched
                gc.collect(0)
        with self.unit() as session:
            posted.remittance = complete(session, self.act, admitted.remittance.id, examined.payment)
        return posted

    def _chunk(self, remittance_id: str, chunk: Sequence[Numbered]) -> list[Posted]:
        try:
            with self.unit() as session:
                return [post_claims(session, self.act, remittance_id, chunk, self.payers)]
        except _COME_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001 one claim never stops its payment: which one, is found out now
            why = error.message if isinstance(error, CleanclaimError) else type(error).__name__
        if len(chunk) == 1:
            return [self._keep(remittance_id, chunk[0], why)]
        half = len(chunk) // 2
        return self._chunk(remittance_id, chunk[:half]) + self._chunk(remittance_id, chunk[half:])

    def _keep(self, remittance_id: str, numbered: Numbered, why: str) -> Posted:
        with self.unit() as session:
            remittance = locked(session, remittance_id)
            keep_failed(session, self.act, remittance, *numbered, why)
        return Posted(POSTED, unmatched=1)


def chunks(claims: Iterable[RemitClaim]) -> Iterator[list[Numbered]]:
    """The claims with their positions from 1; a take-back and the correction beside it stay together."""
    chunk: list[Numbered] = []
    for position, claim in enumerate(claims, start=1):
        full = len(chunk) >= CHUNK and claim.pcn != chunk[-1][1].pcn
        if full or len(chunk) >= _LONGEST:
            yield chunk
            chunk = []
        chunk.append((position, claim))
    if chunk:
        yield chunk
