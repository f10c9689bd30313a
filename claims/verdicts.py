"""One document's acknowledgements: each verdict leaves a row, and says what it changes for its claims."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from claims import lifecycle, work
from claims.events import Act, Story
from claims.expected_acks import FINAL, answered
from claims.lifecycle import Change
from claims.model import (
    Acknowledgement,
    Batch,
    BatchItem,
    Claim,
    Document,
    Filing,
    Queue,
    Stage,
    Submission,
)
from claims.rejections import reject, reject_format
from claims.transitions import Event
from claims.usual import alarm_at, first_question_at
from claims.x12.ack277ca import REJECTED, ClaimAck
from claims.x12.parts import period
from claims.x12.status import StatusCode
from config.payers import Cadence, PayerProfile

PAYER = "payer"
Traveller = tuple[Claim, Filing, BatchItem]
_AT_THE_DOOR = (Submission.SENT, Submission.SENT_UNCONFIRMED)


@dataclass(slots=True)
class Book:
    """Writes the verdicts of one document and says what they change. ``batches`` are those spoken of."""

    session: Session
    act: Act
    document: Document
    kind: str
    position: int
    batches: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, session: Session, act: Act, document: Document, kind: str) -> "Book | None":
        """None when the acknowledgements of that kind in this document are in the book already."""
        rows = col(Acknowledgement.document_id) == document.id
        if session.exec(select(Acknowledgement.id).where(rows, Acknowledgement.kind == kind)).first():
            return None
        last = session.exec(select(func.max(Acknowledgement.position)).where(rows)).one()
        return cls(session, act, document, kind, last or 0)

    def row(self, source: str, verdict: str, code: str = "", batch: Batch | None = None) -> Acknowledgement:
        """The next verdict of the document."""
        self.position += 1
        if batch is not None:
            self.batches.add(batch.id)
        return Acknowledgement(
            document_id=self.document.id,
            position=self.position,
            kind=self.kind,
            source=source,
            batch_id=batch.id if batch else None,
            verdict=verdict,
            status_code=code or None,
            at=self.act.at.business,
        )

    def close(self, row: Acknowledgement, changes: list[Change]) -> list[Change]:
        """Keep the verdict; without changes it told nothing new."""
        if row.state != "unmatched":
            row.state = "applied" if changes else "stale"
        self.session.add(row)
        return changes

    def unmatched(self, row: Acknowledgement, what: str) -> list[Change]:
        row.state = "unmatched"
        work.open_item(
            self.session,
            self.act,
            queue=Queue.OPERATIONS,
            kind="ack_unmatched",
            reason=f"A {self.kind} speaks of {what}, which we did not send.",
            subject=f"document:{self.document.id}",
        )
        return self.close(row, [])

    def read(self, row: Acknowledgement, travellers: Iterable[Traveller]) -> list[Change]:
        """The format is accepted: the claims that were just sent are acknowledged."""
        story = Story(f"{self.kind} {row.verdict}: the file was read", self.facts(row))
        changes = [
            _acknowledged(claim, filing, story) for claim, filing, _ in travellers if _new(claim, filing)
        ]
        return self.close(row, changes)

    def refused(
        self,
        row: Acknowledgement,
        travellers: Iterable[Traveller],
        reason: str,
        along: Iterable[Traveller] = (),
    ) -> list[Change]:
        """The format is not accepted: nothing of it was filed. Claims that were refused ``along`` with those
        at fault go again by themselves, as new."""
        changes = [
            change
            for claim, filing, _ in travellers
            for change in reject_format(self.session, self.act, claim, filing, reason, self.facts(row))
        ]
        again = Story(f"{reason} The fault is another claim's: it goes again", self.facts(row))
        changes += [
            Change(claim, Event.REJECTED_FORMAT, again, filing=filing, next_action_at=self.act.at.business)
            for claim, filing, _ in along
            if lifecycle.allows(claim, Event.REJECTED_FORMAT, filing)
        ]
        return self.close(row, changes)

    def turned_away(self, claim: Claim, filing: Filing, code: StatusCode, source: str) -> list[Change]:
        event = Event.REJECTED_PAYER if source == "payer" else Event.REJECTED_CLEARINGHOUSE
        facts = {"document": self.document.sha256, "category": code.category, "code": code.code}
        return reject(
            self.session, self.act, claim, filing, event, category=code.category, code=code.code, facts=facts
        )

    def judge(
        self,
        said: ClaimAck,
        code: StatusCode,
        source: str,
        where: tuple[Claim, Filing] | None,
        payers: Mapping[str, PayerProfile],
    ) -> list[Change]:
        """One claim of a 277CA."""
        row = self.row(source, code.category, code.code)
        row.entity, row.icn, row.received_on = code.entity or None, said.icn or None, _received_on(said)
        if where is None:
            return self.unmatched(row, f"control number {said.pcn}")
        claim, filing = where
        row.filing_id, row.batch_id = filing.id, filing.batch_id
        self.batches |= {filing.batch_id} if filing.batch_id else set()
        if code.category in FINAL:
            answered(self.session, self.act, claim)
        if code.category in REJECTED or said.is_rejected:
            return self.close(row, self.turned_away(claim, filing, code, source))
        profile = payers.get(filing.payer_id)
        rule = _RULES.get(code.category, _noted)
        return self.close(row, rule(self, row, claim, filing, profile.cadence if profile else Cadence()))

    def facts(self, row: Acknowledgement) -> dict[str, Any]:
        return {
            "document": self.document.sha256,
            "source": row.source,
            "verdict": row.verdict,
            "code": row.status_code,
            "entity": row.entity,
            "icn": row.icn,
            "received_on": row.received_on,
        }


Rule = Callable[[Book, Acknowledgement, Claim, Filing, Cadence], list[Change]]


def _new(claim: Claim, filing: Filing) -> bool:
    return claim.stage is Stage.SUBMITTED and filing.submission in _AT_THE_DOOR


def _acknowledged(claim: Claim, filing: Filing, story: Story) -> Change:
    return Change(claim, Event.ACKNOWLEDGED, story, filing=filing, next_action_at=claim.next_action_at)


def _arrived(
    book: Book, row: Acknowledgement, claim: Claim, filing: Filing, cadence: Cadence
) -> list[Change]:
    """A1: received, not yet accepted."""
    story = Story(f"received by the {row.source}", book.facts(row))
    return [_acknowledged(claim, filing, story)] if _new(claim, filing) else []


def _accepted(
    book: Book, row: Acknowledgement, claim: Claim, filing: Filing, cadence: Cadence
) -> list[Change]:
    """A2, and A5 (split into several): from here the payer decides, and its status is asked for."""
    story = Story(f"accepted for adjudication by the {row.source}", book.facts(row))
    if filing.submission not in _AT_THE_DOOR or not lifecycle.allows(claim, Event.ACCEPTED, filing):
        return _learned(book, row, claim, filing, story)
    now = book.act.at.business
    filing.icn, filing.received_on = row.icn or filing.icn, _proof(row) or filing.received_on
    filing.accepted_at = now
    filing.status_due_at = first_question_at(book.session, filing, cadence, now)
    book.session.add(filing)
    alarm = alarm_at(book.session, filing, cadence, now)
    return [Change(claim, Event.ACCEPTED, story, filing=filing, next_action_at=alarm)]


def _learned(book: Book, row: Acknowledgement, claim: Claim, filing: Filing, story: Story) -> list[Change]:
    """The payer repeats what the clearinghouse said, and adds its own number and its day of receipt."""
    icn, received_on = filing.icn or row.icn, filing.received_on or _proof(row)
    if (icn, received_on) == (filing.icn, filing.received_on):
        return []
    learned = "number_learned" if icn != filing.icn else "receipt_learned"
    filing.icn, filing.received_on = icn, received_on
    book.session.add(filing)
    return [Change(claim, learned, story, filing=filing)]


def _proof(row: Acknowledgement) -> date | None:
    """The day of receipt that proves timely filing: the payer's own word, and nobody else's."""
    return row.received_on if row.source == PAYER else None


def _noted(book: Book, row: Acknowledgement, claim: Claim, filing: Filing, cadence: Cadence) -> list[Change]:
    """A0 (forwarded to the entity named), A4 (not found yet) and what is in no table: kept, and waited on."""
    words = {"A0": "forwarded", "A4": "not found yet"}.get(row.verdict, f"status {row.verdict}")
    return [Change(claim, "acknowledgement_noted", Story(words, book.facts(row)), filing=filing)]


_RULES: dict[str, Rule] = {"A1": _arrived, "A2": _accepted, "A5": _accepted}


def _received_on(said: ClaimAck) -> date | None:
    """The day of the status, else the day in the claim's own dates: what counts as receipt."""
    own = period(said.dates, "050")
    return own.start if own else next((s.date for s in said.statuses if s.date), None)
