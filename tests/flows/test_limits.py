"""A payer's pace holds over all processes; here each has limits of its own, with Prefect's server between."""

import asyncio

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from claims.connect import Unavailable
from claims.model.types import new_id
from config.payers import Pace
from config.settings import Prefect
from tasks.limits import GlobalLimits
from tasks.runtime import Runtime


def test_two_processes_call_a_payer_one_at_a_time_where_its_file_says_so(rt: Runtime):
    payer, inside, most = f"P{new_id()}", 0, 0

    async def call(limits: GlobalLimits) -> None:
        nonlocal inside, most
        async with limits.turn(payer, Pace(at_once=1, per_second=50)):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.05)
            inside -= 1

    async def both() -> None:
        await asyncio.gather(call(GlobalLimits()), call(GlobalLimits()))

    asyncio.run(both())
    assert most == 1


def test_a_call_goes_through_them_where_the_settings_say_so(rt: Runtime):
    everywhere = {"prefect": Prefect(api_url=rt.settings.prefect.api_url, global_limits=True)}
    here = Runtime(rt.settings.model_copy(update=everywhere), rt.engine, rt.payers, rt.clock)

    async def listed() -> list[object]:
        async with here.reach("SBXCO", "sandbox") as connector:
            files = await connector.mailbox()
        await here.hang_up()
        return list(files)

    assert asyncio.run(listed()) == []


def test_where_prefect_gives_no_turn_nothing_is_called_and_it_is_said(rt: Runtime):
    async def call() -> None:
        async with GlobalLimits().turn("P1", Pace()):
            raise AssertionError("called without a turn")

    nobody = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(nobody), pytest.raises(Unavailable, match="gave no turn"):
        asyncio.run(call())
