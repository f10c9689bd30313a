"""Date of service × posting month: when the money of each month's services came in, and what is left of it.

Every row adds up: charge = what was paid in each posting month + adjusted + patient + open.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from claims.model import Account, Claim, Posting
from claims.reports.report import ZERO, Chart, Column, Kind, Period, Report, Table, figure, total

_PAID = (Account.PAID_BY_PAYER, Account.PAID_BY_PATIENT)
_ADJUSTED = (Account.CONTRACTUAL, Account.WRITTEN_OFF)


def waterfall(session: Session, period: Period) -> Report:
    """Over claims whose service began in the period; all postings of theirs until today are counted."""
    nets = _nets(session, period)
    services = sorted({service for service, _, _ in nets})
    posted = sorted({month for _, month, account in nets if account in _PAID})
    rows = [_row(nets, service, posted) for service in services]
    names = ("charge", *(f"paid {month}" for month in posted), "paid", "adjusted", "patient", "open")
    columns = (Column("service"), *(Column(name, Kind.MONEY) for name in names))
    sums = ("all", *(total(rows, place) for place in range(1, len(columns))))
    title = "Paid by month of service and month of posting"
    return Report(
        "waterfall",
        "Payments waterfall",
        f"services of {period}",
        [figure("charged", total(rows, 1))],
        [Table("waterfall", title, columns, [*rows, sums])],
        [_chart(title, rows, len(posted))],
    )


def _nets(session: Session, period: Period) -> dict[tuple[str, str, Account], Decimal]:
    """By month of service, month of posting and account: what came in less what left."""
    found: dict[tuple[str, str, Account], Decimal] = {}
    for side, sign in ((col(Posting.debit), 1), (col(Posting.credit), -1)):
        keys = (col(Claim.from_date), col(Posting.business_date), side)
        sums = (
            select(*keys, func.sum(Posting.amount))
            .join(Claim, col(Claim.id) == col(Posting.claim_id))
            .where(col(Claim.from_date) >= period.first, col(Claim.from_date) <= period.last)
            .group_by(*keys)
        )
        for service, posted, account, amount in session.exec(sums):
            key = (_month(service), _month(posted), Account(account))
            found[key] = found.get(key, ZERO) + sign * amount
    return found


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _row(
    nets: dict[tuple[str, str, Account], Decimal], service: str, posted: Iterable[str]
) -> tuple[Any, ...]:
    def net(*accounts: Account, month: str = "") -> Decimal:
        return sum(
            (a for (s, m, k), a in nets.items() if s == service and k in accounts and month in ("", m)), ZERO
        )

    return (
        service,
        -net(Account.CHARGES),
        *(net(*_PAID, month=month) for month in posted),
        net(*_PAID),
        net(*_ADJUSTED),
        net(Account.PATIENT),
        net(Account.PAYER),
    )


def _chart(title: str, rows: list[tuple[Any, ...]], months: int) -> Chart:
    """Where each month's charge is by now; credits draw nothing."""
    parts = enumerate(("paid", "adjusted", "patient", "open"), start=2 + months)
    series = tuple((name, tuple(max(Decimal(row[at]), ZERO) for row in rows)) for at, name in parts)
    return Chart(title, tuple(row[0] for row in rows), series)
