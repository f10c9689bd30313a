"""Bringing a database to the present schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from claims.errors import BadSettings

_UPGRADE = 837  # the name of the lock, so to speak: PostgreSQL knows its advisory locks by number


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "model" / "migrations"))
    return config


def _head(config: Config) -> str | None:
    """The revision that this version needs."""
    return ScriptDirectory.from_config(config).get_current_head()


def upgrade(engine: Engine) -> str:
    """Run the missing migrations in one transaction; returns the revision that is now in force.

    Several processes may start it at once: one does it, the others wait and find it done.
    """
    config = _config()
    before, head = revision(engine), _head(config)
    with engine.connect() as connection, _references_resting(connection), connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if before != head:
            _require_references(connection)
    return str(head)


@contextmanager
def _references_resting(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and refuses to drop the old one while rows refer to it. That
    references are not looked at can be said only before a transaction begins."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _require_references(connection: Connection) -> None:
    """What was not checked meanwhile; raises BadSettings where a row refers to nothing."""
    if connection.dialect.name != "sqlite":
        return
    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise BadSettings(
            f"Rows of {', '.join(sorted(broken))} refer to rows that are gone; nothing was changed.",
            tip="Go on with the version before, and restore a copy that is whole.",
        )


def require_current(engine: Engine) -> None:
    """Refuse to work on a database that has no schema, or another one than this version's."""
    there = revision(engine)
    if there != _head(_config()):
        state = "has no tables yet" if there is None else "has another schema than this version"
        raise BadSettings(f"The claims database {state}.", tip="Run `cleanclaim db upgrade`.")


def revision(engine: Engine) -> str | None:
    """The schema that is there; raises BadSettings where there is no database that can be opened."""
    try:
        with engine.execution_options(read_only=True).connect() as connection:  # waits for no writer
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as trouble:
        raise BadSettings(
            f"The claims database cannot be opened ({type(trouble.orig).__name__}).",
            tip="Check database_url in cleanclaim.toml, and that its server or file is there.",
        ) from trouble
