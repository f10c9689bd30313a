"""How long each claim has: the days to its next limit, be it filing, correction, records, appeal, decision.

Before it is sent, a claim has its filing limit (or that of a correction). Denied, it has what can still be
done about it, the nearest day first. On appeal it has the day to file by, then the day of its decision.
Forwarded to the next payer, it has the last day on which that one's answer is waited for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from claims.bundle import Bundle, load_bundles
from claims.filing import plan, unsent
from claims.limits import Limit, filing_limit
from claims.model import Appeal, Claim, Denial, Stage
from claims.model.among import among
from claims.money.denials import standing
from claims.money.next_payer import Awaited, awaited
from claims.money.prior import paid_before
from claims.money.prospects import next_appeal
from claims.portions import in_portions
from claims.transitions import PREPARING
from config.payers import PayerProfile

Payers = Mapping[str, PayerProfile]
_TIMED = (*PREPARING, Stage.SECONDARY, Stage.DENIAL, Stage.APPEAL)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Clock:
    """``limit`` is filing, correction, records, appeal, decision or crossover; ``days_left`` is below zero
    once past. ``unknown`` tells of each limit that nobody has written down, and who must; where there is no
    other, ``last`` and ``days_left`` are None.
    """

    limit: str
    last: date | None
    days_left: int | None
    unknown: str = ""

    def as_json(self) -> dict[str, Any]:
        last = self.last.isoformat() if self.last else None
        told: dict[str, Any] = {"limit": self.limit, "last": last, "days_left": self.days_left}
        return told | ({"unknown": self.unknown} if self.unknown else {})

    def __str__(self) -> str:
        days = "not known" if self.days_left is None else f"{self.days_left} d"
        return f"{self.limit} {days}" + (f" ({self.unknown})" if self.unknown else "")


@dataclass(frozen=True, slots=True)
class _Looking:
    """What the clocks of some claims need, loaded at once."""

    session: Session
    payers: Payers
    today: date
    denied: Mapping[str, list[Denial]]
    appeals: Mapping[str, Appeal]
    paid_before: Mapping[str, date]
    awaited: Mapping[str, Awaited]


def clocks(session: Session, claims: Iterable[Claim], payers: Payers, today: date) -> dict[str, Clock]:
    """The next limit of each claim that has one, by its id."""
    timed = [claim.id for claim in claims if claim.stage in _TIMED]
    found: dict[str, Clock] = {}
    for ids in in_portions(timed, _CHUNK):
        bundles = load_bundles(session, ids)
        turns = {b.claim.id: b.filing.sequence for b in bundles if b.filing}
        looking = _Looking(
            session,
            payers,
            today,
            standing(session, ids),
            _appeals(session, ids),
            paid_before(session, turns),
            awaited(session, [b for b in bundles if b.claim.stage is Stage.SECONDARY], payers),
        )
        for bundle in bundles:
            if limits := list(_limits(looking, bundle)):
                found[bundle.claim.id] = _next(limits, today)
    return found


def _next(limits: Sequence[tuple[str, Limit]], today: date) -> Clock:
    """The nearest day that is still to come; where all have passed, the last one."""
    unknown = "; ".join(f"{name}: {limit.unknown}" for name, limit in limits if limit.unknown)
    days = [(limit.last, name) for name, limit in limits if limit.last]
    if not days:
        return Clock(limits[0][0], None, None, unknown)
    ahead = [each for each in days if each[0] >= today]
    last, name = min(ahead) if ahead else max(days)
    return Clock(name, last, (last - today).days, unknown)


def _limits(looking: _Looking, bundle: Bundle) -> Iterator[tuple[str, Limit]]:
    id, stage = bundle.claim.id, bundle.claim.stage
    if stage is Stage.APPEAL:
        if id in looking.appeals:
            yield _of_appeal(looking.appeals[id])
    elif stage is Stage.SECONDARY:
        if id in looking.awaited:
            yield "crossover", Limit(looking.awaited[id].last)
    else:
        yield from _filing(looking, bundle)
        if stage is Stage.DENIAL:
            yield from _of_denials(looking, bundle)


def _of_appeal(appeal: Appeal) -> tuple[str, Limit]:
    if appeal.sent_at is None:
        return "appeal", Limit(appeal.file_by)
    return "decision", Limit(appeal.sent_at.date() + timedelta(days=appeal.decision_days or 0))


def _filing(looking: _Looking, bundle: Bundle) -> Iterator[tuple[str, Limit]]:
    """The limit of the filing that comes next: an original's, or a correction's."""
    next_one = unsent(bundle) or plan(bundle, looking.payers)
    if next_one is None:
        return
    paid = looking.paid_before.get(bundle.claim.id)
    if limit := filing_limit(bundle.claim, next_one, looking.payers, paid):
        yield "correction" if next_one.frequency == "7" else "filing", limit


def _of_denials(looking: _Looking, bundle: Bundle) -> Iterator[tuple[str, Limit]]:
    denied, payers = looking.denied.get(bundle.claim.id, []), looking.payers
    if not denied:
        return
    if records := min((each.due_on for each in denied if each.due_on), default=None):
        yield "records", Limit(records)
    filing = next(f for f in bundle.filings if f.id == denied[0].filing_id)
    profile = payers.get(filing.payer_id)
    appeal = next_appeal(looking.session, filing, denied, profile, looking.today)
    if appeal.file_by and (appeal.is_open or appeal.file_by < looking.today):
        yield "appeal", Limit(appeal.file_by)
    elif profile is None and any(each.appealable for each in denied):
        yield "appeal", Limit(unknown=appeal.closed)


def _appeals(session: Session, claim_ids: Sequence[str]) -> dict[str, Appeal]:
    """The latest appeal of each claim."""
    rows = select(Appeal).where(among(col(Appeal.claim_id), claim_ids), Appeal.state != "dropped")
    return {each.claim_id: each for each in session.exec(rows.order_by(col(Appeal.level)))}
