"""What is due: claims whose time has come, by stage, each with the key of its next run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from claims import transitions
from claims.database import reading
from claims.model import Claim, Stage
from tasks.runtime import Runtime
from tasks.standing import tags_of

TO_CHECK = tuple(stage for stage in transitions.PREPARING if stage is not Stage.READY)  # a batch takes those
DENIALS = (Stage.ADJUDICATED, Stage.SECONDARY, Stage.DENIAL)
APPEALS = (Stage.APPEAL,)
PATIENTS = (Stage.PATIENT,)


@dataclass(frozen=True, slots=True)
class DueClaim:
    claim_id: str
    wake: int
    tags: list[str]

    @property
    def key(self) -> str:
        return f"claim:{self.claim_id}:{self.wake}"


def due_claims(
    rt: Runtime, stages: Sequence[Stage], payer: str | None = None, limit: int | None = None
) -> list[DueClaim]:
    """Free claims in ``stages`` whose next action is due by the business clock, the oldest service first."""
    now = rt.clock.now().business
    with reading(rt.engine) as session:
        return [DueClaim(c.id, c.wake, tags_of(c)) for c in _due(session, stages, now, payer, limit)]


def _due(
    session: Session, stages: Sequence[Stage], now: datetime, payer: str | None, limit: int | None
) -> Sequence[Claim]:
    query = (
        select(Claim)
        .where(
            col(Claim.stage).in_(stages),
            col(Claim.hold_reason).is_(None),
            col(Claim.next_action_at) <= now,
        )
        .order_by(col(Claim.from_date), col(Claim.id))
        .limit(limit)
    )
    if payer is not None:
        query = query.where(Claim.payer_id == payer)
    return session.exec(query).all()
