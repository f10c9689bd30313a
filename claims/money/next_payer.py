"""What one payer leaves for the next: billed there, or waited for where the payer forwarded the claim itself.

A second bill beside a crossover is a duplicate. So a forwarded claim waits as long as the payers' files say
(`config.payers.crossover`), any answer of the next payer ends the wait, and only then is it billed by us.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.bundle import Bundle
from claims.business_days import open_days_later
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.filing import STANDING, secondary_filing
from claims.lifecycle import Change
from claims.model import (
    Claim,
    Coverage,
    Filing,
    Queue,
    Remittance,
    RemittanceClaim,
    Role,
    Stage,
)
from claims.model.among import among
from claims.money.ledger import bill_next_payer, named
from claims.money.prior import ORDER
from claims.transitions import Event
from config.payers import PayerProfile
from config.payers.crossover import Crossover, shipped

ELSE = "commercial"
"""The line of business whose wait holds where the payer that forwarded has no file."""

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A forwarded claim: ``last`` is the last day on which the next payer's answer is waited for."""

    last: date
    source: str

    def is_over(self, today: date) -> bool:
        return today > self.last


def next_coverage(bundle: Bundle) -> Coverage | None:
    """The coverage whose turn comes after the last payer that decided, if it covers the day of service."""
    decided = [f.sequence for f in bundle.filings if f.adjudication in STANDING]
    turn = max(map(ORDER.index, decided), default=-1) + 1
    coverage = bundle.coverage_for(ORDER[turn]) if turn < len(ORDER) else None
    if coverage is None or not decided:
        return None
    day = bundle.claim.from_date
    covered = (coverage.starts or day) <= day <= (coverage.ends or day)
    return coverage if covered else None


def to_next_payer(session: Session, act: Act, bundle: Bundle, share: Decimal, payers: Payers) -> Change:
    """What is left is asked of the next payer; one to whom the claim was forwarded is waited for first."""
    coverage = next_coverage(bundle)
    if coverage is None:
        raise ValueError("no payer comes next")
    bill_next_payer(session, act, bundle.claim.id, share)
    wait = awaited(session, [bundle], payers).get(bundle.claim.id)
    facts = {"coverage": coverage.id, "payer": coverage.payer_id, "forwarded": wait is not None}
    why = f"{share} is left for the next payer"
    if wait is None:
        return Change(bundle.claim, Event.SECONDARY_DUE, Story(why, facts), next_action_at=act.at.business)
    story = Story(f"{why}, to whom the claim was forwarded: {_until(wait)}", facts | _waited(wait))
    return Change(bundle.claim, Event.SECONDARY_DUE, story, next_action_at=_after(wait, act.at.business))


def awaited(session: Session, bundles: Sequence[Bundle], payers: Payers) -> dict[str, Awaited]:
    """The forwarded ones among the claims, as the last payer that decided on each said of it."""
    of = {bundle.claim.id: bundle for bundle in bundles}
    rows = session.exec(
        select(Filing, Remittance)
        .select_from(RemittanceClaim)
        .join(Filing, col(Filing.id) == col(RemittanceClaim.filing_id))
        .join(Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
        .where(_forwarded(list(of)))
        .order_by(col(Remittance.paid_on))
    )
    found: dict[str, Awaited] = {}
    for filing, remittance in rows:
        coverage = next_coverage(of[filing.claim_id])
        if coverage is not None and ORDER.index(coverage.sequence) == ORDER.index(filing.sequence) + 1:
            profiles = payers.get(filing.payer_id), payers.get(coverage.payer_id)
            found[filing.claim_id] = _wait(*profiles, remittance.paid_on)
    return found


def _forwarded(claim_ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        among(col(RemittanceClaim.claim_id), claim_ids),
        col(RemittanceClaim.crossed_over),
        col(RemittanceClaim.undone_by).is_(None),
    )


def _wait(by: PayerProfile | None, to: PayerProfile | None, paid: date) -> Awaited:
    """The longer one of what the payer that forwards and the payer that gets it want."""
    rules = [by.crossover_on(paid) if by else shipped()[ELSE][0]]
    rules += [each for each in (to.crossover if to else ()) if each.in_force(paid)][:1]
    waits = (Awaited(_last(rule, by or to, paid), rule.source) for rule in rules)
    return max(waits, key=lambda each: each.last)


def _last(rule: Crossover, calendar: PayerProfile | None, paid: date) -> date:
    if rule.working_days is not None and calendar is not None:
        return open_days_later(calendar, paid, rule.working_days)
    return paid + timedelta(days=rule.days or 0)


def _after(wait: Awaited, now: datetime) -> datetime:
    """The day after the wait, or now where it is over already."""
    return max(now, datetime.combine(wait.last + timedelta(days=1), time(), now.tzinfo))


def _until(wait: Awaited) -> str:
    return f"its answer is waited for until {wait.last}"


def _waited(wait: Awaited) -> dict[str, object]:
    return {"until": wait.last, "source": wait.source}


def prepare(session: Session, act: Act, bundles: Sequence[Bundle], payers: Payers) -> list[Change]:
    """Write down the next payer's filing and move the claim to the scrub; without one, ask the front desk.

    A claim that was forwarded stays until its wait is over, whatever woke it.
    """
    now = act.at.business
    woken = [b for b in bundles if b.claim.next_action_at is None or b.claim.next_action_at <= now]
    waits = awaited(session, woken, payers)
    return [_next(session, act, bundle, waits.get(bundle.claim.id), payers) for bundle in woken]


def _next(session: Session, act: Act, bundle: Bundle, wait: Awaited | None, payers: Payers) -> Change:
    now, claim = act.at.business, bundle.claim
    if wait is not None and not wait.is_over(now.date()):
        story = Story(f"forwarded: {_until(wait)}", _waited(wait))
        return Change(claim, Event.CROSSOVER_AWAITED, story, next_action_at=_after(wait, now))
    filing = secondary_filing(bundle, payers, now)
    if filing is None:
        reason = "No further coverage is on file for what the payer left open."
        return work.hold(session, act, claim, queue=Queue.FRONT_DESK, kind="no_next_payer", reason=reason)
    session.add(filing)
    bundle.filings.append(filing)
    why = f"to be billed to the {filing.sequence} payer"
    why += f", since no answer came to what was forwarded, by {wait.last}" if wait else ""
    story = Story(why, {"filing": filing.id} | (_waited(wait) if wait else {}))
    return Change(claim, Event.SECONDARY_PREPARED, story, filing=filing, next_action_at=now)


def not_forwarded(session: Session, act: Act, claim: Claim, reason: str) -> None:
    """A named biller learned that the crossover failed, as from the payer's letter: it is billed now.

    Raises NotAllowed where the claim waits for none.
    """
    named(session, act, Role.BILLER)
    rows = session.exec(select(RemittanceClaim).where(_forwarded([claim.id]))).all()
    if claim.stage is not Stage.SECONDARY or not rows:
        raise NotAllowed("The claim waits for no crossover.", tip="Look at its trace.")
    for row in rows:
        row.crossed_over = False
        session.add(row)
    story = Story("the next payer never got what was forwarded", note=reason)
    change = Change(claim, Event.CROSSOVER_FAILED, story, next_action_at=act.at.business)
    lifecycle.apply(session, [change], act)
