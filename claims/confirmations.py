"""What payers confirmed lately enough that they need not be asked again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from claims.model import EligibilityCheck
from claims.model.among import among


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That a payer said of a coverage, ``at`` an instant, that it is active on ``asked_for``."""

    check_id: str
    asked_for: date
    at: datetime


class Confirmations:
    """What payers confirmed of some coverages, read at once."""

    def __init__(self, session: Session, coverage_ids: Iterable[str]) -> None:
        """Only "active" serves: what was refused or corrected since has to be asked again."""
        check = EligibilityCheck
        rows = session.exec(
            select(check.coverage_id, col(check.id), col(check.asked_for), col(check.at))
            .where(among(col(check.coverage_id), coverage_ids), check.outcome == "active")
            .order_by(col(check.at).desc())
        )
        self._of: dict[str, list[Confirmation]] = {}
        for coverage_id, check_id, asked_for, at in rows:
            self._of.setdefault(coverage_id, []).append(Confirmation(check_id, asked_for, at))

    def serving(self, coverage_id: str, day: date, fresh_days: int) -> Confirmation | None:
        """The latest that serves for ``day``: asked for a day from ``day - fresh_days`` to ``day``, and
        answered no earlier than that."""
        since = day - timedelta(fresh_days)
        return next(
            (
                each
                for each in self._of.get(coverage_id, ())
                if since <= each.asked_for <= day and each.at.date() >= since
            ),
            None,
        )
