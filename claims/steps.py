"""What was tried on a claim, step by step: the record that tells a retry what is already done."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from claims.model import Claim, ClaimStep
from claims.model.among import among_named
from claims.model.bulk import append

STARTED, DONE, FAILED = "STARTED", "DONE", "FAILED"

_LATEST = (
    select(ClaimStep.claim_id, ClaimStep.wake, func.max(ClaimStep.attempt))
    .where(
        among_named(col(ClaimStep.claim_id), "ids"),
        col(ClaimStep.step) == bindparam("step"),
    )
    .group_by(col(ClaimStep.claim_id), col(ClaimStep.wake))
)


def begin(
    session: Session, claims: Sequence[Claim], step: str, run_id: str | None, now: datetime
) -> list[ClaimStep]:
    """One STARTED row a claim, numbered after the earlier attempts of the same wake."""
    attempts = _attempts(session, claims, step)
    rows = [
        ClaimStep(
            claim_id=claim.id,
            wake=claim.wake,
            step=step,
            attempt=attempts.get((claim.id, claim.wake), 0) + 1,
            status=STARTED,
            run_id=run_id,
            started_at=now,
        )
        for claim in claims
    ]
    session.add_all(rows)
    session.flush()
    return rows


def record(
    session: Session,
    claims: Sequence[Claim],
    step: str,
    run_id: str | None,
    now: datetime,
    told: Mapping[str, tuple[str, str]],
) -> None:
    """A row a claim for a step that began and was done in one transaction; ``told`` has each claim's outcome
    and message by its id. Asked before ``claims`` were changed, or after: their wake is the same."""
    attempts = _attempts(session, claims, step)
    rows = [
        {
            "claim_id": claim.id,
            "wake": claim.wake,
            "step": step,
            "attempt": attempts.get((claim.id, claim.wake), 0) + 1,
            "status": DONE,
            "outcome": told[claim.id][0],
            "message": told[claim.id][1],
            "run_id": run_id,
            "started_at": now,
            "ended_at": now,
        }
        for claim in claims
    ]
    append(session, ClaimStep, rows)


def _attempts(session: Session, claims: Sequence[Claim], step: str) -> dict[tuple[str, int], int]:
    asked = {"ids": [claim.id for claim in claims], "step": step}
    return {(claim_id, wake): attempt for claim_id, wake, attempt in session.exec(_LATEST, params=asked)}


def end(session: Session, row: ClaimStep, status: str, outcome: str, message: str, now: datetime) -> None:
    row.status, row.outcome, row.message, row.ended_at = status, outcome, message, now
    session.add(row)


def last_done(session: Session, claim_id: str, step: str) -> ClaimStep | None:
    """The latest time that the step was done on this claim, in whatever run."""
    return session.exec(
        select(ClaimStep)
        .where(ClaimStep.claim_id == claim_id, ClaimStep.step == step, ClaimStep.status == DONE)
        .order_by(col(ClaimStep.id).desc())
        .limit(1)
    ).first()
