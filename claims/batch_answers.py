"""Answers to questions that went in batch (271, 277): each goes to its question, and does what an answer at
once does.

A set names the one that it answers by our reference (BHT03), a patient or claim by our trace (TRN02), a claim
also by the payer's number or ours; nobody is found by name. A question is answered once: what comes again is
no news. An answer that is late is heard all the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlmodel import Session, col, select

from claims import batch_questions, eligibility, expected_acks, status, submission, work
from claims.batch_questions import RENEWAL
from claims.bundle import load_bundles
from claims.connect import Receipt
from claims.control import place_of_reference
from claims.eligibility import Answers, Asking
from claims.eligibility_recheck import apply_recheck
from claims.eligibility_sweep import apply_sweep
from claims.events import Act
from claims.inquiry import ANSWERED, ANSWERS
from claims.lifecycle import Change
from claims.model import (
    Batch,
    BatchQuestion,
    BatchState,
    Coverage,
    Document,
    Exchange,
    Filing,
    Patient,
    QuestionState,
)
from claims.model.among import among
from claims.x12.eligibility import Answer271
from claims.x12.eligibility_read import read_271
from claims.x12.envelope import Transaction
from claims.x12.parts import Trace
from claims.x12.status_read import read_277
from config.payers import PayerProfile

UNMATCHED = "answer_unmatched"
_LINE_LEVELS = ("2200D", "2200E")
Payers = Mapping[str, PayerProfile]
_Apply = Callable[[Sequence[BatchQuestion]], list[Change]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the answers of one document are taken in; it came from one connector's mailbox."""

    session: Session
    act: Act
    document: Document
    payers: Payers
    connector: str

    def take(self, answers: Iterable[Transaction]) -> tuple[list[Change], bool]:
        """The changes that the 271s and 277s mean, and whether each of them answers something of ours."""
        ways = {"271": self._coverage, "277": self._status}
        told = [ways[one.type](one) for one in answers]
        if None in told:
            self._unmatched()
        return [change for changes in told for change in changes or ()], None not in told

    def _coverage(self, one: Transaction) -> list[Change] | None:
        parsed = read_271(one)
        traces = [trace for answer in parsed for trace in answer.traces]
        asked = self._set_of(one, "270") or self._traced("270", traces)
        heard = Answers(parsed)
        askings = self._askings(asked)
        spoken = [q for q in asked if heard.to(askings[q.id])]
        return self._taken(asked, spoken, lambda some: self._covered(some, askings, parsed))

    def _covered(
        self, some: Sequence[BatchQuestion], askings: Mapping[int | None, Asking], parsed: Sequence[Answer271]
    ) -> list[Change]:
        """What an answer at once would do: for claims, for old confirmations, for planned visits."""
        session, act, exchange = self.session, self.act, some[0].exchange_id
        if some[0].claim_id is None:
            apply_sweep(session, act, [askings[q.id] for q in some], parsed, exchange)
            return []
        bundles = load_bundles(session, [q.claim_id for q in some if q.claim_id])
        apply = apply_recheck if some[0].purpose == RENEWAL else eligibility.apply_answer
        return apply(session, act, bundles, parsed, exchange)

    def _status(self, one: Transaction) -> list[Change] | None:
        parsed = read_277(one)
        asked = self._set_of(one, "276")
        if not asked:  # then nothing above the claims can be laid to any of our questions
            parsed = [answer for answer in parsed if answer.level in _LINE_LEVELS]
            asked = self._traced("276", [answer.trace for answer in parsed if answer.trace]) or self._open()
        filings = self._filings(asked)
        named = status.answers_to(list(filings.values()), parsed)
        spoken = [q for q in asked if q.filing_id in named]

        def standing(some: Sequence[BatchQuestion]) -> list[Change]:
            about = [filings[q.filing_id] for q in some if q.filing_id]
            exchange = some[0].exchange_id
            return status.apply_answer(self.session, self.act, about, parsed, exchange, self.payers)

        return self._taken(spoken or self._set_of(one, "276"), spoken, standing)

    def _set_of(self, one: Transaction, kind: str) -> list[BatchQuestion]:
        """The questions of the set that this one answers by our reference; none where it names none."""
        bht = next((segment for segment in one.segments[:3] if segment[0] == "BHT"), [])
        named = place_of_reference(bht[3] if len(bht) > 3 else "")
        if named is None:
            return []
        number, place = named
        return self._rows(kind, Batch.control_number == number, BatchQuestion.st_number == f"{place:04d}")

    def _traced(self, kind: str, traces: Iterable[Trace]) -> list[BatchQuestion]:
        return self._rows(kind, among(col(BatchQuestion.trace), {trace.number.upper() for trace in traces}))

    def _open(self) -> list[BatchQuestion]:
        """Claims that the payer may name by its number or ours."""
        return self._rows("276", BatchQuestion.state == QuestionState.OPEN)

    def _rows(self, kind: str, *where: object) -> list[BatchQuestion]:
        query = (
            select(BatchQuestion)
            .join(Batch, col(Batch.id) == col(BatchQuestion.batch_id))
            .where(Batch.kind == kind, Batch.connector == self.connector, *where)  # type: ignore[arg-type]
        )
        return list(self.session.exec(query.order_by(col(BatchQuestion.id))))

    def _askings(self, asked: Sequence[BatchQuestion]) -> dict[int | None, Asking]:
        ids = {q.coverage_id for q in asked if q.coverage_id}
        rows = self.session.exec(
            select(Coverage, Patient)
            .join(Patient, col(Patient.id) == col(Coverage.patient_id))
            .where(among(col(Coverage.id), ids))
        )
        people = {coverage.id: (coverage, patient) for coverage, patient in rows}
        return {
            q.id: Asking(*people[q.coverage_id], q.asked_for, None)
            for q in asked
            if q.coverage_id and q.asked_for
        }

    def _filings(self, asked: Sequence[BatchQuestion]) -> dict[str, Filing]:
        ids = {q.filing_id for q in asked if q.filing_id}
        return {each.id: each for each in self.session.exec(select(Filing).where(among(col(Filing.id), ids)))}

    def _taken(
        self, asked: Sequence[BatchQuestion], spoken: Sequence[BatchQuestion], apply: _Apply
    ) -> list[Change] | None:
        """Apply what was not answered before; None where nothing of ours was answered."""
        if not asked:
            return None
        fresh = [q for q in spoken if q.state is not QuestionState.ANSWERED]
        changes: list[Change] = []
        together = sorted(fresh, key=_together)
        for _, some in groupby(together, key=_together):
            changes += apply(list(some))
        self._close(fresh)
        return changes

    def _close(self, answered: Sequence[BatchQuestion]) -> None:
        """The same question in an older batch is answered with them; what was in doubt did arrive."""
        traces = {(q.purpose, q.trace) for q in answered}
        again = self.session.exec(
            select(BatchQuestion).where(
                among(col(BatchQuestion.trace), {trace for _, trace in traces}),
                BatchQuestion.state == QuestionState.OPEN,
            )
        ).all()
        closed = {q.id: q for q in (*answered, *(q for q in again if (q.purpose, q.trace) in traces))}
        for question in closed.values():
            question.state = QuestionState.ANSWERED
            self.session.add(question)
        for exchange_id in {q.exchange_id for q in answered}:
            exchange = self.session.get_one(Exchange, exchange_id)
            exchange.answer_document_id, exchange.outcome = self.document.id, ANSWERED
            self.session.add(exchange)
        self._arrived({q.batch_id for q in answered})
        batch_questions.close(self.session, self.act, {q.batch_id for q in closed.values()})

    def _arrived(self, batch_ids: Iterable[str]) -> None:
        for batch_id in sorted(batch_ids):
            batch = self.session.get_one(Batch, batch_id)
            attempt = submission.open_attempt(self.session, batch_id)
            if attempt is None or batch.state not in (BatchState.SENDING, BatchState.UNCONFIRMED):
                continue
            receipt = Receipt(f"{ANSWERS[batch.kind]} answered")
            submission.confirm(self.session, self.act, batch, attempt, receipt)
            if (profile := self.payers.get(batch.payer_id)) is not None:
                expected_acks.expect(self.session, self.act, batch, profile)

    def _unmatched(self) -> None:
        told = (
            f"answers questions that we did not ask through {self.connector}: by none of its references and "
            "traces one is found. It changed nothing; ask its sender."
        )
        options = [{"id": "settled", "title": "It is not for us"}]
        work.open_for_file(self.session, self.act, self.document, UNMATCHED, told, options)


def _together(question: BatchQuestion) -> tuple[str, str]:
    return question.exchange_id, question.purpose
