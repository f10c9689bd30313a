"""Prefect's server as it comes, but for two things on SQLite: writers queue, and errors leave no cursor open.

As it comes a transaction reads first and asks for the lock when it writes. When another writer was there
between, SQLite refuses at once ("database is locked"), and the client is told to come again. The cursor of a
refused statement (this one, or one that a unique index refused) is left open, and freed with its exception in
the event loop, maybe while that connection waits for the lock in its thread. Then the loop waits for the
thread, the thread for whoever has the lock, and that one for the loop, until SQLite gives up after a minute.
Seen each minute or so when runs meet the scheduler.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

from prefect.cli import app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import MODELS_DEPENDENCIES
from prefect.server.utilities.database import get_dialect
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, AsyncSessionTransaction


class Cursor(sqlite3.Cursor):
    """Holds nothing of the database after an error: freeing it later, in any thread, waits for nobody."""

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error:
            self.close()
            raise

    def executemany(self, sql: str, parameters: Any, /) -> Self:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.Error:
            self.close()
            raise


class Connection(sqlite3.Connection):
    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)


class Sqlite(AioSqliteConfiguration):
    """Each transaction is one that updates: writers queue at their beginning, readers read beside them."""

    async def engine(self) -> AsyncEngine:
        engine = await super().engine()
        if not event.contains(engine.sync_engine, "do_connect", _connect):
            event.listen(engine.sync_engine, "do_connect", _connect)
        return engine

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def _connect(_dialect: Any, _record: Any, _positional: Any, options: dict[str, Any]) -> None:
    options["factory"] = Connection


def main() -> None:
    """``prefect server start`` with the options of the command line."""
    url = PREFECT_API_DATABASE_CONNECTION_URL.value()
    if get_dialect(url).name == "sqlite":
        MODELS_DEPENDENCIES["database_config"] = Sqlite(connection_url=url)
    app()


if __name__ == "__main__":
    main()
