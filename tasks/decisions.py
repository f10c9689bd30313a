"""Carrying out a person's decision on a work item, in one transaction."""

from claims.coding.loop import review_again
from claims.coding.ways import IN_THE_UI
from claims.database import transaction
from claims.decisions import decide
from claims.users import named
from tasks.runtime import Runtime


def take_decision(rt: Runtime, item_id: str, option_id: str, actor: str, run_id: str | None) -> str:
    """What was decided and done, in a line without patient data; a claim in the review is judged again."""
    with transaction(rt.engine) as session:
        act = rt.act(run_id, named(session, actor).name)
        decided = decide(session, act, item_id, option_id, IN_THE_UI, rt.payers, office=rt.settings.office)
        review_again(session, act, item_id, rt.settings, rt.payers)
        return decided
