"""Where a claim stands at the start of its run: which steps are behind it, and which one is next."""

from dataclasses import dataclass

from sqlmodel import col, select

from claims import steps
from claims.database import reading, transaction
from claims.errors import NotFound
from claims.model import Claim, EventRow, Stage
from tasks.runtime import Runtime
from tasks.step import LIFE, ORDER, STEP_AT

CARRIED = {
    "submission": ("sent", "receipt_confirmed"),
    "status": ("accepted", "status_final", "status_pending"),
    "remittance": ("remit_paid", "remit_partially_paid", "remit_denied", "remit_zero_paid", "remit_reversed"),
}
"""The steps that a batch carries out, and the events that say so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``behind`` has the finished steps with how they ended; ``next_step`` is where the claim stands."""

    behind: dict[str, str]
    next_step: str
    tags: list[str]


def standing(rt: Runtime, claim_id: str) -> Standing:
    with reading(rt.engine) as session:
        claim = session.get(Claim, claim_id)
        if claim is None:
            raise NotFound(f"No claim {claim_id}.")
        here = ORDER[STEP_AT[claim.stage]]
        behind = {}
        for step in LIFE[:here]:
            if step.name in CARRIED:
                event = session.exec(
                    select(EventRow)
                    .where(EventRow.subject == claim_id, col(EventRow.kind).in_(CARRIED[step.name]))
                    .order_by(col(EventRow.number).desc())
                ).first()
                if event is not None:
                    behind[step.name] = told(event)
            elif done := steps.last_done(session, claim_id, step.name):
                behind[step.name] = f"{done.message} ({done.started_at:%Y-%m-%d %H:%M} UTC)"
        return Standing(behind, STEP_AT[claim.stage], tags(claim.id, claim.payer_id, claim.stage))


def told(event: EventRow) -> str:
    """An event of a batch in one line: what, when, and its receipt where there is one."""
    named = {"batch", "receipt", "control_number", "remittance", "category"}
    facts = ", ".join(f"{name} {value}" for name, value in event.facts.items() if name in named)
    return f"{event.kind} on {event.business_at:%Y-%m-%d}" + (f": {facts}" if facts else "")


def tags(claim_id: str, payer_id: str | None, stage: Stage) -> list[str]:
    """What operations staff filter by in the Prefect UI; opaque ids only."""
    return [f"claim:{claim_id}", f"payer:{payer_id or 'none'}", f"stage:{stage}"]


def close_wake(rt: Runtime, claim_id: str) -> None:
    """The claim's run has ended in order: the next one is another wake, with a key of its own."""
    with transaction(rt.engine) as session:
        claim = session.get_one(Claim, claim_id, with_for_update=True)
        claim.wake += 1
        session.add(claim)
