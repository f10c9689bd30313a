"""Doing a scheduled run from the command line: deployment-backed like the scheduled one, in this process."""

import asyncio
import os
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

import httpx

from claims import business_clock
from claims.database import transaction
from claims.errors import BadSettings
from config.settings import Settings
from deployments.home import settings_of
from deployments.stack import prefect_environ
from tasks.runtime import open_runtime


@dataclass(frozen=True, slots=True)
class RanFlow:
    run_id: str
    state: str
    message: str
    ok: bool


def run_flow(name: str, parameters: dict[str, Any], as_of: date | None = None) -> RanFlow:
    """Run the flow to its end; raises BadSettings when Prefect is not reached."""
    settings = settings_of(os.environ)
    use_prefect(settings)
    if as_of is not None:
        move_clock(as_of)
    return asyncio.run(run_registered(name, parameters))


def use_prefect(settings: Settings) -> None:
    """Point this process at the home's Prefect server; to be called before Prefect is imported."""
    api_url = os.environ.get("PREFECT_API_URL", settings.prefect.api_url)
    try:
        httpx.get(f"{api_url}/health", timeout=5).raise_for_status()
    except httpx.HTTPError as trouble:
        raise BadSettings(
            f"No Prefect server answers at {api_url}.", tip="Start one with `cleanclaim serve`."
        ) from trouble
    os.environ.update(prefect_environ(settings, api_url))


def move_clock(to: date) -> None:
    """The sandbox's business clock goes to seven in the morning of ``to``, the practice's time."""
    rt = open_runtime()
    at = datetime.combine(to, time(7, 0), rt.settings.zone_info)
    with transaction(rt.engine) as session:
        if rt.clock.now().day(rt.settings.zone_info) < to:
            business_clock.move(session, at, rt.act(), sandbox=rt.settings.sandbox)
    rt.engine.dispose()


async def run_registered(name: str, parameters: dict[str, Any]) -> RanFlow:
    from deployments.registry import register
    from flows.catalogue import FLOWS
    from flows.dispatch import Ticket, is_registered, run_each
    from tasks.runtime import runtime

    if not await is_registered(FLOWS[name]):
        await register(runtime().settings.zone)
    ticket = Ticket(name, f"{name}-by-hand", f"{name}:{uuid4()}", parameters, ["by-hand"])
    (ran,) = await run_each(FLOWS[name], [ticket], at_once=1)
    await runtime().hang_up()
    state = ran.state
    return RanFlow(str(ran.run_id), state.name or state.type.value, state.message or "", not ran.failed)
