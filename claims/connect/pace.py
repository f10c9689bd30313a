"""How often and how many at once a payer is called, by what its file says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from config.payers import Pace


class Limits(Protocol):
    """A turn at a payer: entered when its pace allows, left when the call is over."""

    def turn(self, payer_id: str, pace: Pace) -> AbstractAsyncContextManager[None]: ...


class LocalLimits:
    """Within one event loop; ``now`` counts seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._next: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, payer_id: str, pace: Pace) -> AsyncIterator[None]:
        room = self._rooms.setdefault(payer_id, asyncio.Semaphore(pace.at_once))
        async with room:
            await asyncio.sleep(self._wait(payer_id, pace))
            yield

    def _wait(self, payer_id: str, pace: Pace) -> float:
        """Calls are spaced evenly; the slot is taken before anybody waits for it."""
        now = self._now()
        slot = max(now, self._next.get(payer_id, now))
        self._next[payer_id] = slot + 1 / pace.per_second
        return slot - now
