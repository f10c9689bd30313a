"""A copy of the whole claims database as one file, and back, whatever kind of database stands on either side.

The copy is an SQLite database with the same tables. What is encrypted stays encrypted, under the same keys;
these are not in it, and are to be kept elsewhere. It is taken within one transaction, while others work on.
So it is also the way from SQLite to PostgreSQL: back up the one, restore into the other.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Table, func, insert, select, text
from sqlmodel import SQLModel

from claims import audit, events, restored, schema, users
from claims.audit import Verification
from claims.database import open_engine, reading, sqlite_url, transaction
from claims.errors import BadInput, BadSettings, NotAllowed
from claims.events import Act, Story
from claims.keys import Keyring
from claims.model import EventRow, Role
from claims.model.types import keyring_of
from claims.work import require_role

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of how many tables, and whether the history in the copy is whole."""

    rows: int
    tables: int
    history: Verification

    def as_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "tables": self.tables, "history": self.history.as_json()}


def backup(engine: Engine, act: Act, path: Path) -> Copied:
    """Write the copy with mode 0600; that it was made is on record, and is in it.

    Raises NotAllowed unless the actor is an admin or operations, and BadInput where ``path`` is taken or
    cannot be written: a backup never overwrites another. A copy that fails half-way is not left behind.
    """
    schema.require_current(engine)
    with _new_file(path) as unfinished:
        with transaction(engine) as session:
            require_role(users.named(session, act.actor), Role.ADMIN, Role.OPS)
            events.note(session, act, "backup_made", Story("the database was copied", {"file": path.name}))
        with _opened(unfinished, keyring_of(engine.dialect)) as copy:
            schema.upgrade(copy)
            return _copied(engine, copy)


def restore(path: Path, engine: Engine, act: Act, *, complete: bool = False) -> Copied:
    """Fill an empty database from a copy, also from one of an earlier version; the copy is not changed.

    Then nothing is sent until a person has compared (`claims.restored`), unless the copy is ``complete``: the
    copied database sent nothing more. The actor must be an admin or operations in the copy. Raises
    NotAllowed when there is anything in the database, BadInput when the file is no copy, KeyMissing when it
    was made under other keys; then nothing is written.
    """
    schema.upgrade(engine)
    _require_empty(engine)
    content = _bytes_of(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as folder:
        working = Path(folder) / "copy.db"
        working.write_bytes(content)
        with _opened(working, keyring_of(engine.dialect)) as copy:
            _bring_up_to_date(copy, path)
            with reading(copy) as session:
                require_role(users.named(session, act.actor), Role.ADMIN, Role.OPS)
            copied = _copied(copy, engine)
    with transaction(engine) as session:
        if complete:
            events.note(session, act, "restored", Story("restored from a complete copy"))
        else:
            restored.pause(session, act)
    return copied


def _bring_up_to_date(copy: Engine, path: Path) -> None:
    try:
        made_at = schema.revision(copy)
        if made_at is not None:
            schema.upgrade(copy)
    except (BadSettings, CommandError):
        made_at = None
    if made_at is None:
        raise BadInput(
            f"{path} is no copy of a claims database, or one of a later version.",
            tip="Name a file that `cleanclaim db backup` wrote, and use the version that wrote it.",
        )


def _copied(source: Engine, target: Engine) -> Copied:
    """Every table, those first that others refer to; both sides in one transaction each."""
    tables = SQLModel.metadata.sorted_tables
    with reading(_still(source)) as there, transaction(target) as here:
        rows = sum(_copy(table, there.connection(), here.connection()) for table in tables)
    with reading(target) as session:
        return Copied(rows, len(tables), audit.verify(session))


def _still(engine: Engine) -> Engine:
    """An engine whose transactions see the database as it is at their beginning; SQLite's do anyway."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _copy(table: Table, source: Connection, target: Connection) -> int:
    rows = source.execute(select(table), execution_options={"yield_per": _AT_ONCE}).mappings()
    count = 0
    for chunk in iter(lambda: [dict(row) for row in islice(rows, _AT_ONCE)], []):
        target.execute(insert(table), chunk)
        count += len(chunk)
    _go_on_counting(table, target)
    return count


def _go_on_counting(table: Table, target: Connection) -> None:
    """PostgreSQL numbers new rows by a counter beside the table, which rows with numbers do not move."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None or column.autoincrement is not True:
        return
    highest = target.scalar(select(func.max(column)))
    if highest:
        move = text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)")
        target.execute(move, {"table": f'"{table.name}"', "column": column.name, "highest": highest})


def _require_empty(engine: Engine) -> None:
    with reading(engine) as session:
        if session.scalar(select(func.count()).select_from(EventRow)):
            raise NotAllowed(
                "There is something in this database already; a copy is restored into an empty one only.",
                tip="Set CLEANCLAIM_HOME to a new folder, with the keys.json of the copy's home in it.",
            )


@contextmanager
def _opened(path: Path, keyring: Keyring) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(path), keyring)
    try:
        yield engine
    finally:
        engine.dispose()  # the last connection folds the write-ahead log into the file


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file of the owner's alone that gets its name when it is whole."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        if path.exists():
            raise BadInput(f"{path} is there already.", tip="Name a new file.")
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as trouble:
        raise BadInput(f"{path} cannot be written: {trouble.strerror}.") from trouble
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        for rest in (unfinished, *(unfinished.with_name(unfinished.name + end) for end in ("-wal", "-shm"))):
            rest.unlink(missing_ok=True)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read: {trouble.strerror}.") from trouble
