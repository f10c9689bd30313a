"""How long a payer usually takes, learnt from its own remittances; floor and fall-back are configured."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlmodel import Session, col, func, select

from claims.model import Filing, Remittance, RemittanceClaim
from config.payers import Cadence

LEAST, MOST = 20, 400
"""Fewer decided claims show no habit; more than the latest of them would tell of old ones."""
SHARE = 0.95
BEFORE = timedelta(days=3)
"""A first question comes so long before the usual day (domain rules, section 4)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Days from acceptance to remittance: of the middle claim, and of the slowest but one in twenty."""

    middle: int
    slow: int
    claims: int


def usual(session: Session, payer_id: str) -> Usual | None:
    """The payer's habit; None while too few of its claims are decided. Looked up once a session."""
    known: dict[str, Usual | None] = session.info.setdefault("usual", {})
    if payer_id not in known:
        known[payer_id] = _learn(session, payer_id)
    return known[payer_id]


def _learn(session: Session, payer_id: str) -> Usual | None:
    first = func.min(Remittance.at)
    query = (
        select(col(Filing.accepted_at), first)
        .join(RemittanceClaim, col(RemittanceClaim.filing_id) == col(Filing.id))
        .join(Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
        .where(Filing.payer_id == payer_id, col(Filing.accepted_at).is_not(None))
        .group_by(col(Filing.id), col(Filing.accepted_at))
        .order_by(first.desc())
        .limit(MOST)
    )
    days = sorted((decided - accepted).days for accepted, decided in session.exec(query) if accepted)
    if len(days) < LEAST:
        return None
    return Usual(days[len(days) // 2], days[ceil(SHARE * len(days)) - 1], len(days))


def alarm_at(session: Session, filing: Filing, cadence: Cadence, now: datetime) -> datetime:
    """When a claim is past its payer's usual time and a person asks: never before the configured floor."""
    found = usual(session, filing.payer_id)
    days = max(found.slow + 1, cadence.alarm_floor_days) if found else cadence.person_after_days
    return (filing.accepted_at or now) + timedelta(days=days)


def first_question_at(session: Session, filing: Filing, cadence: Cadence, now: datetime) -> datetime:
    """When the status is asked for first: shortly before the usual day, never before the configured one."""
    found, floor = usual(session, filing.payer_id), timedelta(days=cadence.first_status_days)
    return now + (max(floor, timedelta(days=found.middle) - BEFORE) if found else floor)


def told(session: Session, payer_id: str) -> str:
    """For the person who asks: how long it usually takes, and by how many claims that is known."""
    found = usual(session, payer_id)
    if found is None:
        return "longer than this payer may take"
    return (
        f"longer than this payer usually takes (19 of 20 within {found.slow} days, by {found.claims} claims)"
    )
