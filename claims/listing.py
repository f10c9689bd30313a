"""Claims as people list them: where each stands, with its money and its filings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from claims.clocks import Clock, Payers, clocks
from claims.errors import NotFound
from claims.model import Claim, Filing, Stage
from claims.model.among import among
from claims.money.ledger import Balance, balances
from claims.portions import in_portions

_AS_FILED = (col(Filing.created_at), col(Filing.sequence), col(Filing.version))
NONE: Payers = {}
_CHUNK = 5000  # PostgreSQL takes 65,535 parameters in a statement


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claims: each filter that is given narrows the list."""

    stage: Stage | None = None
    payer: str | None = None
    hold: str | None = None
    older_than_days: int | None = None
    limit: int | None = None
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    claim: Claim
    balance: Balance
    filings: Sequence[Filing]
    clock: Clock | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape that others build on: money as strings, charge = paid + patient + adjusted + open."""
        claim, money = self.claim, self.balance
        return {
            "id": claim.id,
            "pcn": claim.pcn,
            "payer": claim.payer_id,
            "stage": claim.stage,
            "hold": claim.hold_reason,
            "hold_owner": claim.hold_owner,
            "from_date": claim.from_date.isoformat(),
            "charge": str(money.charge),
            "paid": str(money.paid),
            "patient": str(money.patient),
            "adjusted": str(money.adjusted),
            "open": str(money.open),
            "clock": self.clock.as_json() if self.clock else None,
            "filings": [
                {
                    "sequence": filing.sequence,
                    "version": filing.version,
                    "frequency": filing.frequency,
                    "submission": filing.submission,
                    "adjudication": filing.adjudication,
                    "icn": filing.icn,
                }
                for filing in self.filings
            ],
        }


def list_claims(session: Session, wanted: Wanted, today: date, payers: Payers = NONE) -> list[Listed]:
    """The oldest service first; with the next limit of each where ``payers`` are given."""
    within = wanted.within_days
    query = select(Claim).order_by(col(Claim.from_date), col(Claim.id))
    if within is None:
        query = query.limit(wanted.limit)
    if wanted.stage is not None:
        query = query.where(Claim.stage == wanted.stage)
    if wanted.payer is not None:
        query = query.where(Claim.payer_id == wanted.payer)
    if wanted.hold is not None:
        query = query.where(or_(col(Claim.hold_reason) == wanted.hold, col(Claim.hold_owner) == wanted.hold))
    if wanted.older_than_days is not None:
        query = query.where(col(Claim.from_date) < today - timedelta(days=wanted.older_than_days))
    claims = session.exec(query).all()
    chunks = in_portions(claims, _CHUNK)
    found = [listed for chunk in chunks for listed in _with_money(session, chunk, payers, today)]
    if within is None:
        return found
    return [each for each in found if each.clock and _is_near(each.clock, within)][: wanted.limit]


def _is_near(clock: Clock, days: int) -> bool:
    """A limit that nobody knows may be near."""
    return clock.days_left is None or clock.days_left <= days


def find_claim(session: Session, name: str) -> Claim:
    """By id or patient control number, in either case; the number may be that of a single filing."""
    numbers = (name, name.upper())  # a number from another system may have small letters
    filed = select(Filing.claim_id).where(among(col(Filing.pcn), numbers))
    query = select(Claim).where(
        or_(col(Claim.id) == name.lower(), among(col(Claim.pcn), numbers), col(Claim.id).in_(filed))
    )
    claim = session.exec(query).first()
    if claim is None:
        raise NotFound(f"No claim {name}.", tip="List them with `cleanclaim claims list`.")
    return claim


def _with_money(session: Session, claims: Sequence[Claim], payers: Payers, today: date) -> list[Listed]:
    ids = [claim.id for claim in claims]
    money = balances(session, ids)
    filings: dict[str, list[Filing]] = {}
    found = select(Filing).where(among(col(Filing.claim_id), ids)).order_by(*_AS_FILED)
    for filing in session.exec(found):
        filings.setdefault(filing.claim_id, []).append(filing)
    timed = clocks(session, claims, payers, today) if payers else {}
    return [
        Listed(claim, money[claim.id], filings.get(claim.id, []), timed.get(claim.id)) for claim in claims
    ]
