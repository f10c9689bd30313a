"""A payer's pace over all processes: Prefect's global limits ``payer-ID`` and ``payer-ID-rate``."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from claims.connect import Unavailable
from config.payers import Pace


class GlobalLimits:
    """Made from the payer's file once a process, so that file and limits agree; each turn asks the server.

    Raises Unavailable where there is no turn to be had: then nothing has left.
    """

    def __init__(self) -> None:
        self._made: dict[str, Pace] = {}

    @asynccontextmanager
    async def turn(self, payer_id: str, pace: Pace) -> AsyncIterator[None]:
        room = f"payer-{payer_id}"
        try:
            if self._made.get(payer_id) != pace:
                await _make(room, pace)
                self._made[payer_id] = pace
            taken = await _take(room)
        except Exception as trouble:  # whatever it is that Prefect's client raises, no call was made
            told = f"Prefect gave no turn at the payer ({type(trouble).__name__}). Nothing was sent."
            raise Unavailable(
                told, tip="Is the Prefect server up, and prefect.api_url its address?"
            ) from trouble
        try:
            yield
        finally:
            # The call is over, however it ended; Prefect's lease runs out by itself.
            with suppress(Exception):
                await taken.aclose()


async def _take(room: str) -> AsyncExitStack:
    """A place and the next slot, in that order. A lease that cannot be renewed cuts no call off."""
    from prefect.concurrency.asyncio import concurrency, rate_limit  # 2.7 s: only where it is used

    async with AsyncExitStack() as held:
        place = concurrency(room, occupy=1, strict=True, raise_on_lease_renewal_failure=False)
        await held.enter_async_context(place)
        await rate_limit(f"{room}-rate", occupy=1, strict=True)
        return held.pop_all()


async def _make(room: str, pace: Pace) -> None:
    """A second time changes them to what the file says now."""
    await _put(room, pace.at_once, 0.0)
    await _put(f"{room}-rate", 1, pace.per_second)


async def _put(name: str, limit: int, decay: float) -> None:
    from prefect import get_client
    from prefect.exceptions import ObjectAlreadyExists

    async with get_client() as client:
        try:
            await client.upsert_global_concurrency_limit_by_name(name, limit, slot_decay_per_second=decay)
        except ObjectAlreadyExists:
            # Another process made it in this moment, from the same file: Prefect looks first and then makes.
            return
