"""Bringing a database to the present schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from claims.errors import BadSettings

_UPGRADE = 837  # the name of the lock, so to speak: PostgreSQL knows its advisory locks by number


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "model" / "migrations"))
    return config


def upgrade(engine: Engine) -> str:
    """Run the missing migrations in one transaction; returns the revision that is now in force.

    Several processes may start it at once: one does it, the others wait and find it done.
    """
    config = _config()
    revision(engine)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return str(ScriptDirectory.from_config(config).get_current_head())


def require_current(engine: Engine) -> None:
    """Refuse to work on a database that has no schema, or another one than this version's."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    there = revision(engine)
    if there != head:
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
