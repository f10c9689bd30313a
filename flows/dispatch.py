"""Giving each claim and each batch a run of its own: deployment-backed, executed in this process.

A run that fails stays Failed with its Retry button, and the served runner picks the retry up. The key is
the claim and its wake, so that a daily run that was killed finds the run it had begun and goes on with it.
Of two processes that want the same run, Prefect gives it to one; the other makes a run of its own, which
finds the lease taken and says so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import run_flow_async
from prefect.states import Crashed, Pending

from claims.errors import BadSettings
from flows.server import server
from tasks.lease import abandoned
from tasks.process import owner
from tasks.runtime import runtime


@dataclass(frozen=True, slots=True)
class Ticket:
    """One run to be made: whose it is, its key, and how it is found in the UI."""

    subject: str
    name: str
    key: str
    parameters: dict[str, Any]
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended; ``run_id`` is its id in Prefect."""

    subject: str
    run_id: UUID
    state: State[Any]

    @property
    def failed(self) -> bool:
        return not self.state.is_completed()


async def run_each(
    flow: Flow[..., Any],
    tickets: Sequence[Ticket],
    *,
    at_once: int,
) -> list[Ran]:
    """Make and execute one run a ticket, ``at_once`` side by side; a failed one does not stop the others."""
    if not tickets:
        return []
    limit = asyncio.Semaphore(at_once)
    async with server() as client:
        deployment_id = await _deployment(client, flow)

        async def run(ticket: Ticket) -> Ran:
            async with limit:
                return await _run(client, flow, deployment_id, ticket)

        return list(await asyncio.gather(*(run(ticket) for ticket in tickets)))


async def _deployment(client: PrefectClient, flow: Flow[..., Any]) -> UUID:
    name = f"{flow.name}/{flow.name}"
    try:
        return (await client.read_deployment_by_name(name)).id
    except ObjectNotFound as missing:
        raise BadSettings(
            f"Prefect does not know the deployment {name}.",
            tip="Start `cleanclaim serve`, which registers it.",
        ) from missing


async def _run(client: PrefectClient, flow: Flow[..., Any], deployment_id: UUID, ticket: Ticket) -> Ran:
    me = owner()

    async def made(key: str) -> FlowRun:
        return await client.create_flow_run_from_deployment(
            deployment_id,
            parameters=ticket.parameters,
            state=Pending(message=me),
            idempotency_key=key,
            name=ticket.name,
            tags=ticket.tags,
        )

    flow_run = await made(ticket.key)
    if _message(flow_run) != me:  # the key is known: the run was begun before
        flow_run = await _resumed(client, flow_run, me) or await made(f"{ticket.key}:{uuid4()}")
    # The engine watches a deployment's run for being suspended, by a thread and a socket of its own, which
    # takes longer than the run's work. Ours wait as rows and are never suspended, so it is not told.
    unwatched = flow_run.model_copy(update={"deployment_id": None})
    state = await run_flow_async(flow, flow_run=unwatched, parameters=ticket.parameters, return_type="state")
    if not isinstance(state, State):
        raise TypeError("a flow run that is asked for its state answers with it")
    return Ran(ticket.subject, flow_run.id, state)


async def _resumed(client: PrefectClient, flow_run: FlowRun, me: str) -> FlowRun | None:
    """The run as ours to go on with; None when another process, such as a retry's, works on it or will."""
    begun = flow_run.state is not None and (flow_run.state.is_running() or flow_run.state.is_pending())
    dead = begun and await abandoned(runtime(), str(flow_run.id), _message(flow_run), _since(flow_run))
    answer: OrchestrationResult[Any] = await client.set_flow_run_state(
        flow_run.id, Pending(message=me), force=dead
    )
    if answer.status is not SetStateStatus.ACCEPT:
        return None
    return await client.read_flow_run(flow_run.id)


def _message(flow_run: FlowRun) -> str:
    return (flow_run.state.message if flow_run.state else None) or ""


def _since(flow_run: FlowRun) -> datetime:
    if flow_run.state is None:
        raise TypeError("a run that was begun has a state")
    return flow_run.state.timestamp


async def is_registered(flow: Flow[..., Any]) -> bool:
    async with server() as client:
        try:
            await _deployment(client, flow)
        except BadSettings:
            return False
        return True


async def mark_crashed(run_ids: Sequence[str]) -> None:
    """Runs whose process is gone would be Running for ever; as Crashed they can be retried in the UI."""
    async with server() as client:
        for run_id in run_ids:
            try:
                flow_run = await client.read_flow_run(UUID(run_id))
            except ObjectNotFound:
                continue
            if flow_run.state is not None and flow_run.state.is_running():
                message = "The process of this run is gone; Retry goes on where it was."
                await client.set_flow_run_state(flow_run.id, Crashed(message=message), force=True)
