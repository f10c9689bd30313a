"""What a crash leaves behind, and what time alone brings: dead leases, broken-off steps, expired holds."""

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from claims import leases, lifecycle, steps, work
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Batch, BatchState, Claim, ClaimStep, Lease, Stage
from claims.transitions import Event


def clear_dead_leases(session: Session, act: Act, is_dead: Callable[[str], bool]) -> list[str]:
    """Remove leases that nobody holds any more; returns the runs that died with them and were not resumed."""
    gone = leases.dead(session, act.at.real, is_dead)
    for lease in gone:
        session.delete(lease)
    session.flush()
    alive = set(session.exec(select(Lease.run_id)))
    return [lease.run_id for lease in gone if lease.run_id and lease.run_id not in alive]


def end_broken_steps(session: Session, act: Act) -> int:
    """Steps that began and never ended, on claims that nobody works on now, are failures: say so."""
    leased = select(Lease.resource)
    query = select(ClaimStep).where(
        ClaimStep.status == steps.STARTED, ("claim:" + col(ClaimStep.claim_id)).not_in(leased)
    )
    broken = session.exec(query).all()
    for step in broken:
        steps.end(session, step, steps.FAILED, "Interrupted", "the process ended in this step", act.at.real)
    return len(broken)


def release_expired_holds(session: Session, act: Act) -> int:
    """A hold with an end is over when its time has come; the claim goes on from where it stood."""
    query = select(Claim).where(
        Claim.stage != Stage.CLOSED,
        col(Claim.hold_reason).is_not(None),
        col(Claim.hold_expires) <= act.at.business,
    )
    claims = session.exec(query).all()
    story = Story("the hold's time is over")
    for claim in claims:
        subject, waited_for = f"claim:{claim.id}", claim.hold_reason or ""
        work.cancel_for(session, subject, act.at.business, story.why, [waited_for])
    changes = [Change(c, Event.RELEASED, story, next_action_at=act.at.business) for c in claims]
    lifecycle.apply(session, changes, act)
    return len(claims)


def in_doubt(session: Session) -> Sequence[str]:
    """Batches of which nobody knows whether they arrived."""
    states = [BatchState.SENDING, BatchState.UNCONFIRMED]
    return session.exec(
        select(Batch.id).where(col(Batch.state).in_(states)).order_by(col(Batch.created_at))
    ).all()
