"""Leases: who works on a claim or a batch right now, so that a daily run and a retry never act together.

Real time throughout. A lease whose owner is known to be dead may be taken over at once; any other only
when it has expired.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select, update

from claims.database import add_if_absent
from claims.model import Lease
from claims.model.among import among


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


def acquire_all(
    session: Session,
    resources: Sequence[str],
    *,
    owner: str,
    run_id: str | None,
    now: datetime,
    lasts: timedelta,
    is_dead: Callable[[str], bool],
) -> dict[str, Lease]:
    """Take every lease of ``resources`` that can be had, in two queries when all are free; returns those
    that stand in the way."""
    known = set(session.exec(select(Lease.resource).where(among(col(Lease.resource), resources))))
    new = [resource for resource in resources if resource not in known]
    if not _add_all(session, new, owner, run_id, now + lasts):
        known.update(new)
    standing: dict[str, Lease] = {}
    for resource in sorted(known):
        lease = acquire(session, resource, owner=owner, run_id=run_id, now=now, lasts=lasts, is_dead=is_dead)
        standing |= {resource: lease} if lease is not None else {}
    return standing


def _add_all(
    session: Session, resources: Sequence[str], owner: str, run_id: str | None, until: datetime
) -> bool:
    """False, and none added, when another process has just taken one of them."""
    rows = [{"resource": each, "owner": owner, "run_id": run_id, "expires_at": until} for each in resources]
    if not rows:
        return True
    try:
        with session.begin_nested():
            session.execute(insert(Lease), rows)
    except IntegrityError:
        return False
    return True


def prolong(session: Session, owner: str, until: datetime) -> bool:
    """Let ``owner`` hold its leases until then; False when it has none: given back, or lost."""
    mine = update(Lease).where(col(Lease.owner) == owner).values(expires_at=until)
    return bool(session.exec(mine).rowcount)


def release(session: Session, owner: str) -> None:
    """Give back all that ``owner`` holds; what was lost to another owner meanwhile stays theirs."""
    session.exec(delete(Lease).where(col(Lease.owner) == owner))


def dead(session: Session, now: datetime, is_dead: Callable[[str], bool]) -> Sequence[Lease]:
    """Leases that expired or whose owner is gone: what `reconcile` cleans up."""
    return [
        lease
        for lease in session.exec(select(Lease).order_by(col(Lease.resource)))
        if lease.expires_at <= now or is_dead(lease.owner)
    ]
