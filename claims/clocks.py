"""How long each claim has: the days to its next limit, be it filing, correction, records, appeal, decision.

Before it is sent, a claim has its filing limit (or that of a correction). Denied, it has what can still be
done about it, the nearest day first. On appeal it has the day to file by, then the day of its decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from claims.bundle import Bundle, load_bundles
from claims.filing import last_filing_day, plan, unsent
from claims.model import Appeal, Claim, Denial, Stage
from claims.money.denials import standing
from claims.money.prospects import next_appeal
from claims.transitions import PREPARING
from config.payers import PayerProfile

Payers = Mapping[str, PayerProfile]
_TIMED = (*PREPARING, Stage.DENIAL, Stage.APPEAL)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Clock:
    """``limit`` is filing, correction, records, appeal or decision; ``days_left`` is below zero once past."""

    limit: str
    last: date
    days_left: int

    def as_json(self) -> dict[str, Any]:
        return {"limit": self.limit, "last": self.last.isoformat(), "days_left": self.days_left}

    def __str__(self) -> str:
        return f"{self.limit} {self.days_left} d"


def clocks(session: Session, claims: Iterable[Claim], payers: Payers, today: date) -> dict[str, Clock]:
    """The next limit of each claim that has one, by its id."""
    timed = [claim.id for claim in claims if claim.stage in _TIMED]
    found: dict[str, Clock] = {}
    for start in range(0, len(timed), _CHUNK):
        ids = timed[start : start + _CHUNK]
        denied, appeals = standing(session, ids), _appeals(session, ids)
        for bundle in load_bundles(session, ids):
            id = bundle.claim.id
            days = _days(session, bundle, denied.get(id, []), appeals.get(id), payers, today)
            if days:
                found[id] = _next(days, today)
    return found


def _next(days: Sequence[tuple[str, date]], today: date) -> Clock:
    """The nearest day that is still to come; where all have passed, the last one."""
    ahead = [each for each in days if each[1] >= today]
    limit, last = min(ahead, key=lambda each: each[1]) if ahead else max(days, key=lambda each: each[1])
    return Clock(limit, last, (last - today).days)


def _days(
    session: Session,
    bundle: Bundle,
    denied: list[Denial],
    appeal: Appeal | None,
    payers: Payers,
    today: date,
) -> list[tuple[str, date]]:
    stage = bundle.claim.stage
    if stage is Stage.APPEAL:
        return [_of_appeal(appeal)] if appeal else []
    if stage is Stage.DENIAL:
        return [*_filing(bundle, payers), *_of_denials(session, bundle, denied, payers, today)]
    return list(_filing(bundle, payers))


def _of_appeal(appeal: Appeal) -> tuple[str, date]:
    if appeal.sent_at is None:
        return "appeal", appeal.file_by
    return "decision", appeal.sent_at.date() + timedelta(days=appeal.decision_days or 0)


def _filing(bundle: Bundle, payers: Payers) -> Iterable[tuple[str, date]]:
    """The limit of the filing that comes next: an original's, or a correction's."""
    next_one = unsent(bundle) or plan(bundle, payers)
    profile = payers.get(next_one.payer_id) if next_one else None
    if next_one is None or profile is None or next_one.frequency == "8" or next_one.sequence != "P":
        return []
    limit = "correction" if next_one.frequency == "7" else "filing"
    return [(limit, last_filing_day(bundle.claim, next_one, profile))]


def _of_denials(
    session: Session, bundle: Bundle, denied: list[Denial], payers: Payers, today: date
) -> Iterable[tuple[str, date]]:
    if not denied:
        return
    records = min((each.due_on for each in denied if each.due_on), default=None)
    if records:
        yield "records", records
    filing = next(f for f in bundle.filings if f.id == denied[0].filing_id)
    appeal = next_appeal(session, filing, denied, payers.get(filing.payer_id), today)
    if appeal.file_by and (appeal.is_open or appeal.file_by < today):
        yield "appeal", appeal.file_by


def _appeals(session: Session, claim_ids: Sequence[str]) -> dict[str, Appeal]:
    """The latest appeal of each claim."""
    rows = select(Appeal).where(col(Appeal.claim_id).in_(claim_ids), Appeal.state != "dropped")
    return {each.claim_id: each for each in session.exec(rows.order_by(col(Appeal.level)))}
