"""The acknowledgement ledger: each interchange that was sent, and each answer that it should get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from claims.inquiry import ANSWERS
from claims.model import Acknowledgement, Batch, BatchQuestion, ExpectedAck, QuestionState
from claims.model.among import among

_COUNTED = ("277", "271")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that one interchange should get. ``heard`` says who has spoken: of how many claims where it
    is about claims. The instants are business time."""

    batch: str
    payer: str
    control_number: str
    sent_on: date
    claims: int
    kind: str
    due_at: datetime
    came_at: datetime | None
    heard: Mapping[str, int]
    overdue: bool

    @property
    def state(self) -> str:
        return "came" if self.came_at else "OVERDUE" if self.overdue else "due"

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"state": self.state}

    def shown(self) -> tuple[Any, ...]:
        spoken = ", ".join(
            f"{who} {number}/{self.claims}" if self.kind.startswith(_COUNTED) else who
            for who, number in self.heard.items()
        )
        due, came = _minute(self.due_at), _minute(self.came_at)
        sent = self.sent_on.isoformat()
        return self.batch, self.payer, self.control_number, sent, self.kind, spoken, due, came, self.state


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def ledger(session: Session, now: datetime, *, everything: bool = False) -> list[Answer]:
    """The overdue answers, the longest first; ``everything`` has those too that came or are not due yet."""
    query = select(ExpectedAck, Batch).join(Batch, col(Batch.id) == col(ExpectedAck.batch_id))
    if not everything:
        query = query.where(col(ExpectedAck.received_at).is_(None), ExpectedAck.due_at <= now)
    rows = session.exec(query.order_by(col(ExpectedAck.due_at), col(ExpectedAck.id))).all()
    heard = _heard(session, [batch.id for _, batch in rows])
    heard |= _answered(session, [batch for _, batch in rows])
    return [_answer(expected, batch, heard, now) for expected, batch in rows]


def _answer(
    expected: ExpectedAck, batch: Batch, heard: Mapping[tuple[str, str], dict[str, int]], now: datetime
) -> Answer:
    kind, _, source = expected.kind.partition(":")
    spoken = heard.get((batch.id, kind), {})
    return Answer(
        batch=batch.id,
        payer=batch.payer_id,
        control_number=batch.control_number,
        sent_on=batch.business_date,
        claims=batch.claims,
        kind=expected.kind,
        due_at=expected.due_at,
        came_at=expected.received_at,
        heard={who: number for who, number in spoken.items() if source in ("", who)},
        overdue=expected.received_at is None and expected.due_at <= now,
    )


def _answered(session: Session, batches: Sequence[Batch]) -> dict[tuple[str, str], dict[str, int]]:
    """How many questions have their answer, by batch and kind of answer."""
    kinds = {batch.id: ANSWERS[batch.kind] for batch in batches if batch.kind in ANSWERS}
    rows = session.exec(
        select(BatchQuestion.batch_id, func.count())
        .where(among(col(BatchQuestion.batch_id), kinds), BatchQuestion.state == QuestionState.ANSWERED)
        .group_by(col(BatchQuestion.batch_id))
    )
    return {(batch_id, kinds[batch_id]): {"payer": number} for batch_id, number in rows}


def _heard(session: Session, batch_ids: Sequence[str]) -> dict[tuple[str, str], dict[str, int]]:
    """Who has spoken, by batch and kind, with the number of filings spoken of."""
    rows = session.exec(
        select(
            Acknowledgement.batch_id,
            Acknowledgement.kind,
            Acknowledgement.source,
            func.count(func.distinct(Acknowledgement.filing_id)),
        )
        .where(among(col(Acknowledgement.batch_id), batch_ids))
        .group_by(Acknowledgement.batch_id, Acknowledgement.kind, Acknowledgement.source)
        .order_by(Acknowledgement.source)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for batch_id, kind, source, filings in rows:
        found.setdefault((batch_id or "", kind), {})[source] = filings
    return found
