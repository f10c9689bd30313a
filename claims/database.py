"""Opening the claims database: keys bound to the engine, SQLite tuned, and the guards of the one door."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlmodel import Session, SQLModel
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from claims.errors import BadSettings, NotAllowed
from claims.keys import Keyring
from claims.lifecycle import DOOR

# How a statement, in capitals, may write a state: `_guard_states` reads it with these.
_TARGET = re.compile(r'\b(?:UPDATE|INTO)\s+(?:OR\s+\w+\s+|ONLY\s+)?(?:"?\w+"?\.)?"?(?:CLAIM|FILING)\b')
_REPLACE = re.compile(r"\bREPLACE\s+INTO\b")
_INSIDE = re.compile(r"'[^']*'|\([^()]*\)")
_ASSIGNED = re.compile(r"\bSET\b(.*?)(?:\bWHERE\b|\bFROM\b|\bRETURNING\b|\)|$)", re.DOTALL)
_STATE = re.compile(
    r'^\s*=|(?:^|,)\s*"?(?:STAGE|SUBMISSION|ADJUDICATION|HOLD_(?:REASON|OWNER|SINCE|EXPIRES)|VERSION|EVENT_HEAD)\b'
)
_PATIENCE = 30
"""Seconds that SQLite waits for another writer."""


def open_engine(url: str, keyring: Keyring) -> Engine:
    """An engine whose statements' errors hide their parameters, since those hold patient data."""
    try:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=url.startswith("postgresql"))
    except ArgumentError as wrong:
        tip = "For example postgresql+psycopg://host/name; left out, it is a file in the home folder."
        raise BadSettings("database_url is no address of a database.", tip=tip) from wrong
    engine.dialect.keyring = keyring  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", _guard_states)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: committed whole, or not at all. Loaded objects stay readable afterwards."""
    with Session(engine, expire_on_commit=False, autoflush=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A look at the data that takes no write lock and changes nothing."""
    options = engine.execution_options(read_only=True)
    with Session(options, expire_on_commit=False, autoflush=False) as session:
        yield session


def add_if_absent(session: Session, row: SQLModel) -> bool:
    """Store a row, unless another process has just stored one under the same unique key: then False.

    The caller reads that other row. What the session had before is not touched by the failure.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def _guard_states(
    connection: Connection, _cursor: DBAPICursor, statement: str, _parameters: Any, _context: Any, _many: bool
) -> None:
    """Rule 2: a state is written by `lifecycle.apply` or not at all, whoever asks."""
    if connection.info.get(DOOR):
        return
    words = statement.upper()
    if "SET" not in words and "REPLACE" not in words:  # so most statements pass quickly
        return
    if any(_writes_state(words, target) for target in _TARGET.finditer(words)):
        raise NotAllowed("A claim's state is written by lifecycle.apply only.", tip="Apply an event instead.")


def _writes_state(statement: str, target: re.Match[str]) -> bool:
    """Whether what follows the table's name assigns a state, by SET, upsert or REPLACE."""
    if _REPLACE.search(statement):
        return True
    rest = statement[target.end() :]
    while (flat := _INSIDE.sub("", rest)) != rest:  # texts, subqueries and expressions are no targets
        rest = flat
    return any(_STATE.search(assigned) for assigned in _ASSIGNED.findall(rest))


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late for BEGIN IMMEDIATE
    connection.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000}")
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _is_busy(error: BaseException) -> bool:
    """In any of its kinds: the code's low byte names them all."""
    return (
        isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )


@retry(
    retry=retry_if_exception(_is_busy),
    stop=stop_after_delay(_PATIENCE),
    wait=wait_random(0.01, 0.1),
    reraise=True,
)
def _write_ahead(connection: Any) -> None:
    """A new file that several processes open at once: SQLite itself does not wait with this change."""
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at the start: a transaction that reads, decides and writes can't be overtaken."""
    reads = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
