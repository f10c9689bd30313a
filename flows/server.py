"""The line to Prefect's server: one client for all runs that a flow makes, and for the tasks in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prefect.client.orchestration import PrefectClient
from prefect.context import AsyncClientContext


@asynccontextmanager
async def server() -> AsyncIterator[PrefectClient]:
    """A client of Prefect's server, for all that Prefect does inside the block.

    Clients of its own, each with a TLS context, would cost a quarter of a claim's run.
    """
    async with AsyncClientContext.get_or_create() as context:
        yield context.client
