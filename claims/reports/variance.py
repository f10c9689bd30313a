"""Paid against the contract: underpaid, downcoded and overpaid lines by payer and code, and credits."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlmodel import Session

from claims.codes.lookup import Codes
from claims.money.credits import credits
from claims.money.disputes import KINDS, difference_of
from claims.money.variance import Variance, variances
from claims.reports.report import (
    ZERO,
    Chart,
    Column,
    Kind,
    Period,
    Report,
    Table,
    figure,
)
from config.payers import PayerProfile

_MONEY = Kind.MONEY
_LINES = (
    *(
        Column(name)
        for name in ("payer", "kind", "code", "decided as", "claim", "service", "835", "position")
    ),
    *(Column(name, _MONEY) for name in ("billed", "expected", "paid", "difference")),
    Column("evidence"),
)


def variance(session: Session, period: Period, codes: Codes, payers: Mapping[str, PayerProfile]) -> Report:
    """Of payments of the period that still stand; credits as they stand now."""
    found = [
        each for each in variances(session, codes, payers, since=period.first) if each.paid_on <= period.last
    ]
    by_code = _by_code(found)
    title = "Paid otherwise than the contract says"
    return Report(
        "variance",
        title,
        f"payments of {period}, contracts as loaded ({codes.edition('contract').version})",
        [figure(kind, abs(difference_of(_of(kind, found))), _lines(_of(kind, found))) for kind in KINDS],
        [by_code, _by_line(found), _credits(session, payers)],
        [_chart(by_code)],
    )


def _of(kind: str, found: Sequence[Variance]) -> list[Variance]:
    return [each for each in found if each.kind == kind]


def _lines(found: Sequence[Variance]) -> str:
    return f"{len(found)} lines"


def _by_code(found: Sequence[Variance]) -> Table:
    in_order = sorted(found, key=_of_payer)
    groups = [(of, list(several)) for of, several in groupby(in_order, key=_of_payer)]
    rows = [(*of, len(several), difference_of(several)) for of, several in groups]
    rows.sort(key=lambda row: row[-1])
    columns = (Column("payer"), Column("kind"), Column("code"), Column("lines", Kind.COUNT))
    return Table(
        "by_code", "By payer and code, the dearest first", (*columns, Column("difference", _MONEY)), rows
    )


def _of_payer(each: Variance) -> tuple[str, str, str]:
    return each.payer, each.kind, each.code


def _by_line(found: Sequence[Variance]) -> Table:
    rows = [_row(each) for each in sorted(found, key=lambda each: (each.payer, each.difference or ZERO))]
    return Table("lines", "Line by line, with the evidence", _LINES, rows)


def _row(each: Variance) -> tuple[Any, ...]:
    return (
        each.payer,
        each.kind,
        "-".join((each.code, *each.modifiers)),
        each.adjudicated,
        each.claim_id,
        str(each.day),
        each.remittance,
        each.position,
        each.billed,
        each.expected,
        each.paid,
        each.difference,
        each.evidence,
    )


def _credits(session: Session, payers: Mapping[str, PayerProfile]) -> Table:
    rows = [
        (each.claim_id, each.whose, each.amount, str(each.since), str(each.due or "no term set"))
        for each in credits(session, payers)
    ]
    columns = (Column("claim"), Column("whose"), Column("amount", _MONEY), Column("since"), Column("due"))
    return Table("credits", "Credits, to be reported and returned", columns, rows)


def _chart(by_code: Table, most: int = 12) -> Chart:
    short = [row for row in by_code.rows if row[-1] < 0][:most]
    missing = tuple(-Decimal(row[-1]) for row in short)
    return Chart(
        "Missing by payer and code",
        tuple(f"{row[0]} {row[2]} {row[1]}" for row in short),
        (("missing", missing),),
    )
