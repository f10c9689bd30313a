"""How our outcomes look in the Prefect UI: business outcomes complete, only what can be retried fails."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from prefect import runtime as prefect_runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.step import Outcome, StepResult


def run_id() -> str | None:
    """The id of the flow run we are in; None outside of one."""
    return prefect_runtime.flow_run.get_id()


def words(name: str) -> str:
    """A state's name inside a sentence: `AlreadySent` as `already sent`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def step_state(results: Sequence[StepResult]) -> State[Any]:
    """One claim's outcome by its own name; of a chunk, the count of each outcome."""
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    if len(results) == 1:
        (result,) = results
        if failed:
            return Failed(message=result.message, data=results)
        return Completed(name=result.outcome, message=result.message, data=results)
    counts = Counter(result.outcome for result in results)
    message = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    return Completed(
        name="WithFailures" if failed else "Done", message=message or "nothing to do", data=results
    )
