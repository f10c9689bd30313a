"""The plans and certificates of the days: each is kept as the history tells, and its sealed head is there."""

import json
from collections.abc import Iterator

from sqlmodel import Session, col, select

from claims.archive import NotAsKept, as_kept
from claims.audit.report import Break, Report
from claims.events import SYSTEM
from claims.model import EventRow

_KEPT = ("day_planned", "day_closed")


def check_days(session: Session, report: Report) -> Iterator[str]:
    """The sealed heads that the certificates tell of; what is not as it was kept goes into the report."""
    query = select(EventRow.number, EventRow.facts).where(
        EventRow.subject == SYSTEM, col(EventRow.kind).in_(_KEPT)
    )
    for number, facts in session.exec(query.order_by(col(EventRow.number))).all():
        try:
            head = json.loads(as_kept(session, facts["document"])).get("history_head")
        except NotAsKept as broken:
            told = f"The account of {facts['day']} is not as it was kept: {broken.message}"
            report.add(Break.GONE, told, subject=SYSTEM, number=number)
            continue
        if head:
            yield head
