"""Denials: what was refused, why, and until when something can be done; the rows behind the work items."""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session, col, select

from claims.appeal_levels import Standing, prospect
from claims.events import Act
from claims.model import Denial, Filing, Queue, Remittance, RemittanceClaim
from claims.model.among import among
from claims.money.classify import Diagnosis, classify
from claims.money.clp import Clp
from claims.money.denial_rules import adopted
from claims.money.ruling import Refusal
from claims.money.said import ZERO
from config.payers import PayerProfile

NEW_CLAIM = "new_claim"
"""The action on what a payer calls unprocessable: it was never filed, so that nothing is replaced."""


def record(
    session: Session,
    act: Act,
    row: Clp,
    refused: Sequence[Refusal],
    filing: Filing,
    profile: PayerProfile | None,
    remittance: Remittance,
) -> None:
    """One row for each line, group and CARC that was refused; parts of the same are added up.

    The caller stores ``row``, to which they refer, before it flushes.
    """
    own = adopted(session) if refused else ()
    rows: dict[tuple[str | None, str, str], Denial] = {}
    what = row.body.get("remarks", [])
    for each in refused:
        line_id = each.line.line_id if each.line else None
        key = (line_id, each.adjustment.group, each.adjustment.reason)
        if key in rows:
            rows[key].amount += each.adjustment.amount
            continue
        remarks = [*(each.line.remarks if each.line else ()), *what]
        kind = profile.kind if profile else ""
        found = classify(each.adjustment.group, each.adjustment.reason, remarks, kind, filing.payer_id, own)
        rows[key] = denial = Denial(
            claim_id=filing.claim_id,
            filing_id=filing.id,
            remittance_claim_id=row.id,
            line_id=line_id,
            group_code=each.adjustment.group,
            reason_code=each.adjustment.reason,
            remarks=remarks,
            amount=each.adjustment.amount,
            at=act.at.business,
            **answers(found),
        )
        denial.due_on = due_on(found, remittance.paid_on)
        denial.appeal_by = _appeal_by(profile, denial, remittance.paid_on)
    unprocessable = True if any(d.action == NEW_CLAIM for d in rows.values()) else None
    if filing.unprocessable is not unprocessable:
        filing.unprocessable = unprocessable
    session.add_all(rows.values())


def answers(found: Diagnosis) -> dict[str, Any]:
    """What the table says, as a denial keeps it."""
    return {
        "denial_class": found.denial_class,
        "root_cause": found.root_cause,
        "action": found.action,
        "appealable": found.appealable,
        "queue": found.queue,
        "words": found.words,
        "rule": found.rule or None,
    }


def due_on(found: Diagnosis, noticed: date) -> date | None:
    return noticed + timedelta(days=found.days) if found.days is not None else None


def _appeal_by(profile: PayerProfile | None, denial: Denial, noticed: date) -> date | None:
    """The last day of the first level; None where the payer hears no such appeal."""
    if not denial.appealable:
        return None
    where = Standing(0, noticed, denial.amount, frozenset([denial.denial_class]))
    return prospect(profile, where, noticed).file_by


def standing(session: Session, claim_ids: Iterable[str]) -> dict[str, list[Denial]]:
    """The open denials of each claim, of adjudications that still stand."""
    rows = session.exec(
        select(Denial)
        .join(RemittanceClaim, col(RemittanceClaim.id) == col(Denial.remittance_claim_id))
        .where(
            among(col(Denial.claim_id), claim_ids),
            Denial.state == "open",
            col(RemittanceClaim.undone_by).is_(None),
        )
        .order_by(col(Denial.amount).desc(), col(Denial.id))
    )
    found: dict[str, list[Denial]] = {}
    for denial in rows:
        found.setdefault(denial.claim_id, []).append(denial)
    return found


def queue_of(denials: Sequence[Denial]) -> Queue:
    """The desk of the costliest denial."""
    return Queue(denials[0].queue or Queue.DENIALS)


def reason_of(denials: Sequence[Denial], closed: str = "") -> str:
    """For example: Denied 120.00: CO-197 authorization missing (120.00).

    ``closed`` says why an appeal that the payer would hear cannot be had.
    """
    parts = (f"{_code(d)} {d.words or ''} ({d.amount})" for d in denials)
    appealable = any(d.appealable for d in denials)
    ends = "" if appealable else f" It cannot be appealed: {instead(denials)}."
    if appealable and closed:
        ends = f" It cannot be appealed: {closed}."
    return f"Denied {amount(denials)}: {'; '.join(dict.fromkeys(parts))}.{ends}"


def _code(denial: Denial) -> str:
    return f"{denial.group_code}-{denial.reason_code}"


def instead(denials: Sequence[Denial]) -> str:
    """What is to be done where the payer hears no appeal, by the remark or the CARC that says so."""
    table = _instead()
    told = [code for d in denials for code in (*d.remarks, d.reason_code) if code in table]
    return table[told[0]] if told else table["other"]


@cache
def _instead() -> dict[str, str]:
    return tomllib.loads(files("claims.money").joinpath("instead.toml").read_text("utf-8"))


def amount(denials: Iterable[Denial]) -> Decimal:
    return sum((denial.amount for denial in denials), ZERO)


def end(session: Session, denials: Iterable[Denial], state: str) -> None:
    """``state`` is corrected, appealed, records, overturned or ended."""
    for denial in denials:
        denial.state = state
        session.add(denial)
