"""What is due: claims whose time has come, by stage, each with the key of its next run."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from claims import transitions
from claims.database import reading
from claims.model import Claim, Stage
from tasks.runtime import Runtime
from tasks.standing import tags

TO_CHECK = tuple(stage for stage in transitions.PREPARING if stage is not Stage.READY)  # a batch takes those
DENIALS = (Stage.ADJUDICATED, Stage.SECONDARY, Stage.DENIAL)
APPEALS = (Stage.APPEAL,)
PATIENTS = (Stage.PATIENT,)


@dataclass(frozen=True, slots=True)
class DueClaim:
    """No more of a claim than its run needs: there may be ten thousand of them."""

    claim_id: str
    wake: int
    payer_id: str | None
    stage: Stage

    @property
    def key(self) -> str:
        return f"claim:{self.claim_id}:{self.wake}"

    @property
    def tags(self) -> list[str]:
        return tags(self.claim_id, self.payer_id, self.stage)


def due_claims(
    rt: Runtime, stages: Sequence[Stage], payer: str | None = None, limit: int | None = None
) -> list[DueClaim]:
    """Free claims in ``stages`` whose next action is due by the business clock, the oldest service first."""
    query = (
        select(Claim.id, Claim.wake, Claim.payer_id, Claim.stage)
        .where(
            col(Claim.stage).in_(stages),
            col(Claim.hold_reason).is_(None),
            col(Claim.next_action_at) <= rt.clock.now().business,
        )
        .order_by(col(Claim.from_date), col(Claim.id))
        .limit(limit)
    )
    if payer is not None:
        query = query.where(Claim.payer_id == payer)
    with reading(rt.engine) as session:
        return [DueClaim(*row) for row in session.exec(query)]
