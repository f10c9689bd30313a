"""The retry of the connectors that keep a line open: what was not taken is tried again for some seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from claims.connect import Unavailable
from config.partners import Partner

_LONGEST_WAIT = 30.0
_SLOW = (
    "Retry. What was uploaded is added to; raise deadline_seconds where files are large or the line is slow."
)
_Answer = TypeVar("_Answer")


class Broken(Unavailable):
    """The line broke before anything was taken: the same again, on a new line."""


async def retrying(settings: Partner, first_wait: float, once: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """``once``, again after each Broken: full jitter, so many attempts, one deadline over all (seconds).

    The deadline ends an attempt in its middle too, so ``once`` may hold nothing that must not be cut off.
    """
    try:
        async with asyncio.timeout(settings.deadline_seconds):
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(Broken),
                stop=stop_after_attempt(settings.attempts) | stop_before_delay(settings.deadline_seconds),
                wait=wait_random_exponential(multiplier=first_wait, max=_LONGEST_WAIT),
                reraise=True,
            ):
                with attempt:
                    return await once()
    except TimeoutError as late:
        told = f"Not done within deadline_seconds, {settings.deadline_seconds:g} seconds."
        raise Unavailable(told, tip=_SLOW) from late
    raise AssertionError("tenacity re-raises the last failure")
