"""Prefect's server as it comes, but for one thing: on SQLite a transaction takes the write lock first.

As it comes it reads first and asks for the lock when it writes. When another writer was there between, SQLite
refuses at once ("database is locked"): the client is told to come again, and the cursor of the refused
statement is left to the garbage collector, which may run in the event loop while that connection waits for
the lock in its thread. Then the loop waits for the thread, the thread for whoever has the lock, and that one
for the loop, until SQLite gives up after a minute. Seen each minute or so when runs meet the scheduler.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from prefect.cli import app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import MODELS_DEPENDENCIES
from prefect.server.utilities.database import get_dialect
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


class LockFirst(AioSqliteConfiguration):
    """Each transaction is one that updates: writers queue at their beginning, readers read beside them."""

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    """``prefect server start`` with the options of the command line."""
    url = PREFECT_API_DATABASE_CONNECTION_URL.value()
    if get_dialect(url).name == "sqlite":
        MODELS_DEPENDENCIES["database_config"] = LockFirst(connection_url=url)
    app()


if __name__ == "__main__":
    main()
