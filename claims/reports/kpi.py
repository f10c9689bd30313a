"""The key figures of a practice's billing: each by the definition in ``definitions.toml``."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from claims.events import PREFECT_UI, SYSTEM
from claims.model import Account, Appeal, Claim, Denial, EventRow, Filing, Remittance, RemittanceClaim, Stage
from claims.money.ledger import nets
from claims.reports.aging import aging
from claims.reports.report import ZERO, Chart, Figure, Kind, Period, Report, figure, ratio, share
from claims.transitions import Event

NOBODY = (SYSTEM, PREFECT_UI)
_SENT = (Event.SENT, Event.SEND_UNCONFIRMED)
_DECIDED = ("paid", "partially_paid", "denied", "zero_paid")
_REFUSED = ("partially_paid", "denied")


def kpi(session: Session, period: Period) -> Report:
    """Receivables stand at the end of the period; all others are of what happened in it."""
    figures = [
        *flow(session, period),
        *aging(session, period.last).figures,
        *appealed(session, period),
        _collected(session, period),
        _touches(session, period),
        _lag(session, period),
    ]
    rates = [each for each in figures if each.kind is Kind.SHARE and each.value is not None]
    title = "Rates"
    values = tuple(each.value or ZERO for each in rates)
    chart = Chart(title, tuple(each.title for each in rates), (("rate", values),), Kind.SHARE)
    return Report("kpi", "Key figures", str(period), figures, charts=[chart])


def flow(session: Session, period: Period) -> list[Figure]:
    """How cleanly claims go out and how they are first decided."""
    return [_clean(session, period), *_first_pass(session, period)]


def bounds(period: Period) -> tuple[datetime, datetime]:
    """The instants at which the period begins and ends, by business time."""
    start = datetime.combine(period.first, time(), UTC)
    return start, datetime.combine(period.last + timedelta(days=1), time(), UTC)


def _clean(session: Session, period: Period) -> Figure:
    sent = _first_sent(session, period)
    soiled = _soiled(session, {claim_id: number for claim_id, (number, _) in sent.items()})
    return share("clean_claim_rate", len(sent) - len(soiled), len(sent))


def _first_sent(session: Session, period: Period) -> dict[str, tuple[int, datetime]]:
    """For the claims first sent in the period: its number in the claim's history, and when."""
    start, end = bounds(period)
    first = select(EventRow.subject, func.min(EventRow.number), func.min(EventRow.business_at)).where(
        col(EventRow.kind).in_(_SENT)
    )
    rows = session.exec(first.group_by(col(EventRow.subject)))
    return {claim_id: (number, at) for claim_id, number, at in rows if start <= at < end}


def _soiled(session: Session, sent: dict[str, int]) -> set[str]:
    """Those that were held, or touched by somebody, before they were sent; their entry does not count."""
    touched = (col(EventRow.kind) == Event.HELD) | col(EventRow.actor).not_in(NOBODY)
    query = select(EventRow.subject, func.min(EventRow.number)).where(
        touched, col(EventRow.kind) != Event.IMPORTED
    )
    rows = session.exec(query.group_by(col(EventRow.subject)))
    return {claim_id for claim_id, number in rows if number < sent.get(claim_id, 0)}


def _first_pass(session: Session, period: Period) -> Iterable[Figure]:
    """Of the first payer's first decision on each claim, also when it was corrected later."""
    start, end = bounds(period)
    query = (
        select(RemittanceClaim, col(Remittance.at))
        .join(Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
        .join(Filing, col(Filing.id) == col(RemittanceClaim.filing_id))
        .where(col(RemittanceClaim.outcome).in_(_DECIDED), Filing.sequence == "P")
        .options(defer(RemittanceClaim.body))  # type: ignore[arg-type]
        .order_by(col(Remittance.at).desc(), col(RemittanceClaim.position).desc())
    )
    first = {row.claim_id: (row, at) for row, at in session.exec(query)}
    here = [row for row, at in first.values() if start <= at < end]
    refused = [row.id for row in here if row.outcome in _REFUSED]
    amounts = select(Denial.remittance_claim_id, func.sum(Denial.amount)).where(col(Denial.at) >= start)
    by_row = dict(session.exec(amounts.group_by(col(Denial.remittance_claim_id))).all())
    denied = sum((by_row.get(id, ZERO) for id in refused), ZERO)
    return (
        share("first_pass_rate", len(here) - len(refused), len(here)),
        share("denial_rate", len(refused), len(here)),
        share("denial_rate_dollars", denied, sum((row.charge for row in here), ZERO)),
    )


def appealed(session: Session, period: Period) -> Iterable[Figure]:
    """How the appeals that were decided in the period ended."""
    decided = session.exec(
        select(Appeal).where(
            col(Appeal.state).in_(("won", "lost")),
            col(Appeal.decided_on) >= period.first,
            col(Appeal.decided_on) <= period.last,
        )
    ).all()
    won = [each for each in decided if each.state == "won"]
    return (
        share("overturn_rate", len(won), len(decided)),
        figure("overturned_amount", sum((each.amount for each in won), ZERO)),
    )


def _collected(session: Session, period: Period) -> Figure:
    query = select(Claim.id).where(
        Claim.stage == Stage.CLOSED,
        col(Claim.from_date) >= period.first,
        col(Claim.from_date) <= period.last,
    )
    closed = set(session.exec(query))

    def net(*accounts: Account) -> Decimal:
        return sum(
            (a for account in accounts for id, a in nets(session, account).items() if id in closed), ZERO
        )

    paid = net(Account.PAID_BY_PAYER, Account.PAID_BY_PATIENT)
    return share("net_collection", paid, -net(Account.CHARGES) - net(Account.CONTRACTUAL))


def _touches(session: Session, period: Period) -> Figure:
    start, end = bounds(period)
    here = (col(EventRow.business_at) >= start, col(EventRow.business_at) < end, EventRow.subject != SYSTEM)
    claims = session.exec(select(func.count(func.distinct(EventRow.subject))).where(*here)).one()
    by_hand = select(func.count()).where(*here, col(EventRow.actor).not_in(NOBODY))
    touches = session.exec(by_hand).one()
    return figure("touches", ratio(touches, claims), f"{touches} for {claims} claims")


def _lag(session: Session, period: Period) -> Figure:
    sent = _first_sent(session, period)
    services = session.exec(select(col(Claim.id), col(Claim.through_date)))
    days = [(sent[id][1].date() - service).days for id, service in services if id in sent]
    return figure("lag", ratio(sum(days), len(days)), f"{len(days)} claims")
