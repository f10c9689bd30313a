"""The line to Prefect's server: one client for all runs that a flow makes, and a short wait when it is busy.

On SQLite the server answers 503 when two writers meet. That is over in milliseconds, but Prefect's client
waits two seconds, then four, unless the answer says how long: so the answer is made to say it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.context import AsyncClientContext

_FIRST_WAIT = 0.05
_GROWTH = 4  # five tries take 17 seconds: time enough for a server that is started anew


@asynccontextmanager
async def server() -> AsyncIterator[PrefectClient]:
    """A client of Prefect's server, which runs that are executed inside the block share."""
    async with AsyncClientContext(httpx_settings={"event_hooks": {"response": [_say_when]}}) as context:
        yield context.client


async def _say_when(response: httpx.Response) -> None:
    """Tell the client when to ask a busy server again: soon, and later each time for the same request."""
    if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or "Retry-After" in response.headers:
        return
    asked = response.request.extensions.get("asked", 0)
    response.request.extensions["asked"] = asked + 1
    response.headers["Retry-After"] = str(_FIRST_WAIT * _GROWTH**asked)
