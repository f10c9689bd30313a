"""A person's decision from the Prefect UI's own parameter form: ids only, nothing about a patient."""

import asyncio
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from claims.errors import CleanclaimError
from flows.fence import fenced
from flows.states import run_id
from tasks.decisions import take_decision
from tasks.runtime import runtime


@flow(name="decide", flow_run_name="decide-{work_item_id}", persist_result=False, retries=0)
@fenced
async def decide(work_item_id: str, option_id: str, actor: str) -> State[Any]:
    """Decide a work item for one of its options, in the name of a user who may.

    The options of an item, and what each would change, stand in the claims database: `cleanclaim work show`.
    The second time the item is closed, and nothing is done.

    Args:
        work_item_id: The work item's id, as `cleanclaim work list` shows it.
        option_id: The id of one of the item's options, such as modifier-k7q2m; it tells no code. Several
            that mend, accept or ask are decided together, with blanks between.
        actor: Your user name; you need the role that the option asks for.
    """
    try:
        told = await asyncio.to_thread(take_decision, runtime(), work_item_id, option_id, actor, run_id())
    except CleanclaimError as refused:
        return Failed(message=f"{refused.code}: {refused}")
    return Completed(name="Decided", message=told)
