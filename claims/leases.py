"""Leases: who works on a claim or a batch right now, so that a daily run and a retry never act together.

Real time throughout. A lease whose owner is known to be dead may be taken over at once; any other only
when it has expired.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from claims.database import add_if_absent
from claims.model import Lease


def acquire(
    session: Session,
    resource: str,
    *,
    owner: str,
    run_id: str | None,
    now: datetime,
    lasts: timedelta,
    is_dead: Callable[[str], bool],
) -> Lease | None:
    """Take the lease, or give back the one that stands in the way.

    None means that ``owner`` holds it now. The second time the same owner asks, the lease is prolonged.
    """
    while (lease := session.get(Lease, resource, with_for_update=True)) is None:
        if add_if_absent(
            session, Lease(resource=resource, owner=owner, run_id=run_id, expires_at=now + lasts)
        ):
            return None
    if lease.owner != owner and lease.expires_at > now and not is_dead(lease.owner):
        return lease
    if lease.owner != owner and lease.run_id not in (None, run_id):
        _leave_to_reconcile(session, lease)
    lease.owner, lease.run_id, lease.expires_at = owner, run_id, now + lasts
    session.flush()
    return None


def _leave_to_reconcile(session: Session, lost: Lease) -> None:
    """The run that lost its lease is to be found still: Prefect would show it as running for ever."""
    session.merge(
        Lease(
            resource=f"lost:{lost.run_id}",
            owner=lost.owner,
            run_id=lost.run_id,
            expires_at=lost.expires_at,
        )
    )


def prolong(session: Session, resource: str, owner: str, until: datetime) -> bool:
    """Let ``owner`` hold its lease until then; False when it was given back or went to someone else."""
    lease = session.get(Lease, resource, with_for_update=True)
    if lease is None or lease.owner != owner:
        return False
    lease.expires_at = until
    session.flush()
    return True


def release(session: Session, resource: str, owner: str) -> None:
    """Give the lease back; one that was lost to another owner meanwhile stays theirs."""
    lease = session.get(Lease, resource, with_for_update=True)
    if lease is not None and lease.owner == owner:
        session.delete(lease)
        session.flush()


def dead(session: Session, now: datetime, is_dead: Callable[[str], bool]) -> Sequence[Lease]:
    """Leases that expired or whose owner is gone: what `reconcile` cleans up."""
    return [
        lease
        for lease in session.exec(select(Lease).order_by(col(Lease.resource)))
        if lease.expires_at <= now or is_dead(lease.owner)
    ]
