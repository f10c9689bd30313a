"""Who owes what for how long: accounts receivable by payer and age, to the cent what the ledger says."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.model import Account, Claim
from claims.money.credits import payers_in_turn
from claims.money.ledger import charged, nets
from claims.reports.report import ZERO, Chart, Column, Figure, Kind, Report, Table, figure, share, total

BUCKETS = ((30, "0–30"), (60, "31–60"), (90, "61–90"), (120, "91–120"), (None, "over 120"))
"""Days since the last day of service, and their name."""
PATIENTS = "patients"
_NAMES = tuple(name for _, name in BUCKETS)
_YEARLY = timedelta(days=90)


def aging(session: Session, day: date) -> Report:
    """As the ledger stood at the end of ``day``. The rows' totals sum to open + patient of all claims."""
    rows = _rows(session, day)
    columns = (Column("owed by"), *(Column(name, Kind.MONEY) for name in (*_NAMES, "credits", "total")))
    sums = [total(rows, place) for place in range(1, len(columns))]
    bars = tuple((name, tuple(row[place] for row in rows)) for place, name in enumerate(_NAMES, start=1))
    title = "Accounts receivable by payer and age"
    return Report(
        "aging",
        "A/R ageing",
        f"at the end of {day}, by days since the service",
        _figures(session, day, sums),
        [Table("aging", title, columns, [*rows, ("all", *sums)])],
        [Chart(title, tuple(row[0] for row in rows), bars)],
    )


def _figures(session: Session, day: date, sums: Sequence[Decimal]) -> list[Figure]:
    *ages, credits, owed = sums
    receivable, daily = sum(ages, ZERO), charged(session, day - _YEARLY, day) / _YEARLY.days
    days = owed / daily if daily > 0 else None
    return [
        figure("ar_total", receivable),
        figure("credits_total", credits),
        share("over_90", sum(ages[3:], ZERO), receivable),
        figure("days_in_ar", days, f"{owed} at {daily:.2f} a day"),
    ]


def _rows(session: Session, day: date) -> list[tuple[Any, ...]]:
    """One for each payer, the patients last; the largest debtor first."""
    made: dict[str, list[Decimal]] = {}
    payers = payers_in_turn(session)
    services = dict(session.exec(select(col(Claim.id), col(Claim.through_date))).all())
    for account in (Account.PAYER, Account.PATIENT):
        for claim_id, net in nets(session, account, until=day).items():
            name = PATIENTS if account is Account.PATIENT else payers.get(claim_id, "no payer")
            row = made.setdefault(name, [ZERO] * (len(BUCKETS) + 2))
            row[_place(net, (day - services[claim_id]).days)] += net
            row[-1] += net
    ordered = sorted(made.items(), key=lambda pair: (pair[0] == PATIENTS, -pair[1][-1], pair[0]))
    return [(name, *row) for name, row in ordered]


def _place(net: Decimal, age: int) -> int:
    if net < 0:
        return len(BUCKETS)
    return next(place for place, (last, _) in enumerate(BUCKETS) if last is None or age <= last)
