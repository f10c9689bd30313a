"""The fence around what Prefect runs: an error's text may hold patient data, and Prefect would store it.

A step or a flow that breaks ends Failed, with the error's code or its type and place, and nothing more.
"""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from prefect.client.schemas.objects import State
from prefect.states import Failed

from tasks.step import describe

_P = ParamSpec("_P")


def fenced(work: Callable[_P, Awaitable[State[Any]]]) -> Callable[_P, Coroutine[Any, Any, State[Any]]]:
    """``work``, whose exceptions become failed states that are safe to show."""

    @wraps(work)
    async def inside(*arguments: _P.args, **named: _P.kwargs) -> State[Any]:
        try:
            return await work(*arguments, **named)
        except Exception as error:  # noqa: BLE001 the fence: see the module's docstring
            return Failed(message=describe(error))

    return inside
