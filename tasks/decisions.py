"""Carrying out a person's decision on a work item, in one transaction."""

from claims.database import transaction
from claims.decisions import decide
from claims.users import named
from tasks.runtime import Runtime


def take_decision(rt: Runtime, item_id: str, option_id: str, actor: str, run_id: str | None) -> str:
    """What was decided and done, in a line without patient data."""
    with transaction(rt.engine) as session:
        act = rt.act(run_id, named(session, actor).name)
        return decide(session, act, item_id, option_id, "decided in the Prefect UI", rt.payers)
