"""What payers refused: coding against billing against front desk first, then why, who, what, and the trend.

Most denials come from the gap between coding and billing, so that split stands in front.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, func, select

from claims.model import Account, Claim, ClaimLine, Denial, Filing, Posting, Provider
from claims.reports.kpi import appealed, bounds, flow
from claims.reports.report import (
    ZERO,
    Chart,
    Column,
    Figure,
    Kind,
    Period,
    Report,
    Table,
    figure,
    ratio,
    share,
)

CAUSES = {"coding": "coding_share", "billing": "billing_share", "front desk": "front_desk_share"}
TREND_WEEKS = 8
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Refused:
    """One denial with who refused it, whose service it was and which code it was."""

    denial: Denial
    payer: str
    clinician: str
    code: str

    @property
    def reason(self) -> str:
        """For example CO-16 N290: rendering clinician's NPI missing or wrong."""
        denial = self.denial
        code = " ".join((f"{denial.group_code}-{denial.reason_code}", *sorted(set(denial.remarks))))
        return f"{code}: {denial.words or 'no words are known for it'}"


VIEWS: dict[str, tuple[str, Callable[[Refused], str]]] = {
    "by_cause": ("Root cause", lambda each: each.denial.root_cause),
    "by_class": ("Kind of denial", lambda each: each.denial.denial_class),
    "by_reason": ("Reason", lambda each: each.reason),
    "by_payer": ("Payer", lambda each: each.payer),
    "by_clinician": ("Clinician", lambda each: each.clinician),
    "by_code": ("Procedure", lambda each: each.code),
    "by_state": ("What became of it", lambda each: each.denial.state),
}
"""Each view of the same denials: its title, and what they are told apart by. All sum to the same."""


def denials(session: Session, period: Period) -> Report:
    """The denials that were posted in the period."""
    found = refused(session, *bounds(period))
    tables = [_view(name, title, key, found) for name, (title, key) in VIEWS.items()]
    trend = _trend(session, period)
    return Report(
        "denials",
        "Denial review",
        f"denials posted {period}",
        [*_figures(session, period, found), *flow(session, period)],
        [*tables, _write_offs(session, period), trend, _feedback(found)],
        [_split(found), _by_week(trend), _chart(tables[2]), _chart(tables[3])],
    )


def refused(session: Session, start: datetime, end: datetime) -> list[Refused]:
    """Denials between two instants of business time."""
    query = (
        select(Denial, col(Filing.payer_id), col(Claim.rendering_id), col(ClaimLine.procedure_code))
        .join(Filing, col(Filing.id) == col(Denial.filing_id))
        .join(Claim, col(Claim.id) == col(Denial.claim_id))
        .join(ClaimLine, col(ClaimLine.id) == col(Denial.line_id), isouter=True)
        .where(col(Denial.at) >= start, col(Denial.at) < end)
        .order_by(col(Denial.at), col(Denial.id))
    )
    clinicians = {each.id: f"{each.name} {each.npi or ''}".strip() for each in session.exec(select(Provider))}
    return [
        Refused(denial, payer, clinicians.get(rendering or "", "none named"), code or "the whole claim")
        for denial, payer, rendering, code in session.exec(query)
    ]


def amount(found: Iterable[Refused]) -> Decimal:
    return sum((each.denial.amount for each in found), ZERO)


def _figures(session: Session, period: Period, found: list[Refused]) -> list[Figure]:
    whole = amount(found)
    causes = (
        share(id, amount(each for each in found if each.denial.root_cause == cause), whole)
        for cause, id in CAUSES.items()
    )
    return [
        *causes,
        figure("denied_count", len(found)),
        figure("denied_amount", whole),
        figure("recovered", _recovered(session, period)),
        *appealed(session, period),
        figure("written_off", sum(_given_up(session, period).values(), ZERO)),
    ]


def _recovered(session: Session, period: Period) -> Decimal:
    """Paid on claims with an earlier denial; what was taken back counts against it."""
    first = select(Denial.claim_id, func.min(Denial.at)).group_by(col(Denial.claim_id))
    denied_on = {claim_id: at.date() for claim_id, at in session.exec(first)}
    query = select(Posting).where(
        col(Posting.claim_id).in_(select(Denial.claim_id)),
        col(Posting.business_date) >= period.first,
        col(Posting.business_date) <= period.last,
        Posting.kind == "payment",
    )
    return sum(
        (
            each.amount if each.debit is Account.PAID_BY_PAYER else -each.amount
            for each in session.exec(query)
            if each.business_date > denied_on[each.claim_id]
        ),
        ZERO,
    )


def _given_up(session: Session, period: Period) -> dict[str, Decimal]:
    """What people wrote off, by the reason that they gave."""
    sums = (
        select(Posting.position, func.sum(Posting.amount))
        .where(
            Posting.kind == "write_off",
            col(Posting.business_date) >= period.first,
            col(Posting.business_date) <= period.last,
        )
        .group_by(col(Posting.position))
    )
    return dict(session.exec(sums).all())


def _write_offs(session: Session, period: Period) -> Table:
    found = _given_up(session, period)
    whole = sum(found.values(), ZERO)
    rows = [(reason, each, ratio(each, whole)) for reason, each in found.items()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    columns = (Column("name"), Column("amount", Kind.MONEY), Column("share", Kind.SHARE))
    return Table("written_off", "Written off, by reason", columns, rows)


def _view(name: str, title: str, key: Callable[[Refused], str], found: list[Refused]) -> Table:
    """The most dollars first."""
    groups: dict[str, list[Refused]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    whole = amount(found)
    rows = [
        (label, len(group), amount(group), ratio(amount(group), whole)) for label, group in groups.items()
    ]
    rows.sort(key=lambda row: (-row[2], row[0]))
    columns = (
        Column("name"),
        Column("denials", Kind.COUNT),
        Column("amount", Kind.MONEY),
        Column("share", Kind.SHARE),
    )
    return Table(name, title, columns, rows)


def _feedback(found: list[Refused]) -> Table:
    """For each clinician what was refused for which reason, with the dearest claim as an example."""
    groups: dict[tuple[str, str], list[Refused]] = {}
    for each in found:
        groups.setdefault((each.clinician, each.reason), []).append(each)
    rows = []
    for (clinician, reason), group in groups.items():
        dearest = max(group, key=lambda each: each.denial.amount)
        example = (dearest.code, dearest.denial.claim_id)
        rows.append((clinician, reason, dearest.denial.root_cause, len(group), amount(group), *example))
    rows.sort(key=lambda row: (row[0], -row[4]))
    columns = (
        *(Column(name) for name in ("clinician", "reason", "cause")),
        Column("denials", Kind.COUNT),
        Column("amount", Kind.MONEY),
        *(Column(name) for name in ("procedure", "example claim")),
    )
    return Table("feedback", "Feedback for clinicians", columns, rows)


def _trend(session: Session, period: Period) -> Table:
    """The weeks before the period's last day, the oldest first."""
    ends = [period.last - _WEEK * back for back in reversed(range(TREND_WEEKS))]
    weeks = [Period(end - _WEEK + timedelta(days=1), end) for end in ends]
    found = refused(session, bounds(weeks[0])[0], bounds(weeks[-1])[1])
    rows = []
    for week in weeks:
        start, end = bounds(week)
        here = [each for each in found if start <= each.denial.at < end]
        by_cause = (amount(e for e in here if e.denial.root_cause == cause) for cause in CAUSES)
        rows.append((str(week.first), len(here), amount(here), *by_cause))
    columns = (
        Column("week from"),
        Column("denials", Kind.COUNT),
        *(Column(name, Kind.MONEY) for name in ("amount", *CAUSES)),
    )
    return Table("trend", "Trend by week", columns, rows)


def _split(found: list[Refused]) -> Chart:
    """Coding against billing against the front desk, as one bar."""
    series = tuple((cause, (amount(e for e in found if e.denial.root_cause == cause),)) for cause in CAUSES)
    return Chart("Whose denials they are", ("amount denied",) if found else (), series)


def _by_week(trend: Table) -> Chart:
    """Weeks without any denial are drawn among others, not alone."""
    drawn = any(row[1] for row in trend.rows)
    labels = tuple(str(row[0]) for row in trend.rows) if drawn else ()
    series = tuple((cause, tuple(row[3 + n] for row in trend.rows)) for n, cause in enumerate(CAUSES))
    return Chart("Denied by week", labels, series)


def _chart(table: Table, most: int = 10) -> Chart:
    rows = table.rows[:most]
    return Chart(
        f"Denied by {table.title.lower()}",
        tuple(row[0] for row in rows),
        (("amount denied", tuple(row[2] for row in rows)),),
    )
