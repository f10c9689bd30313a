"""Prefect's SQLite server does not stand still: what waits for the write lock is not waited for in turn."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

if TYPE_CHECKING:
    from deployments.prefect_server import Sqlite

Opened = tuple["Sqlite", AsyncEngine]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Opened]:
    from deployments.prefect_server import Sqlite  # Prefect's server takes seconds to import

    config = Sqlite(connection_url=f"sqlite+aiosqlite:///{tmp_path}/prefect.db")
    engine = await config.engine()
    async with AsyncSession(engine) as session, config.begin_transaction(session):
        await session.execute(text("CREATE TABLE run (id INTEGER PRIMARY KEY)"))
        await session.execute(text("INSERT INTO run VALUES (1)"))
        await session.execute(text("PRAGMA busy_timeout = 3000"))  # of the one connection that there is
    yield config, engine
    await engine.dispose()


async def refused(server: Opened, rows: list[dict[str, int]] | None) -> Exception:
    """The error of a statement that SQLite refused, with all that hangs on it."""
    config, engine = server
    with pytest.raises(IntegrityError) as told:
        async with AsyncSession(engine) as session, config.begin_transaction(session):
            await session.execute(text(f"INSERT INTO run VALUES ({':id' if rows else 1})"), rows)
    return told.value


@pytest.mark.parametrize("rows", [None, [{"id": 1}, {"id": 2}]], ids=["one", "many"])
async def test_an_error_that_is_forgotten_while_its_connection_waits_for_the_lock_stops_nobody(
    server: Opened, rows: list[dict[str, int]] | None
):
    config, engine = server
    error: Exception | None = await refused(server, rows)
    waiting = asyncio.Event()

    async def wait() -> None:
        async with AsyncSession(engine) as session:
            waiting.set()
            async with config.begin_transaction(session):
                await session.execute(text("INSERT INTO run VALUES (2)"))

    same = await engine.connect()  # the connection that the error came from
    async with AsyncSession(engine) as owner, config.begin_transaction(owner):
        await owner.execute(text("SELECT 1"))
        await same.close()
        waiter = asyncio.create_task(wait())
        await waiting.wait()
        await asyncio.sleep(0.3)  # it is in SQLite now, which holds the connection until the lock is free
        error = None  # noqa: F841 the last who held its cursor
        gc.collect()
        await owner.execute(text("INSERT INTO run VALUES (3)"))
    await waiter
    async with AsyncSession(engine) as session:
        assert (await session.execute(text("SELECT count(*) FROM run"))).scalar() == 3
