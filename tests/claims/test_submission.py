"""Batches and attempts, without a network: commit, then send; ask, then resend; everybody is told."""

from decimal import Decimal

import pytest
from factories import Practice
from sqlmodel import Session, select

from claims import submission, work
from claims.connect import Receipt, Refused
from claims.errors import ClaimChanged
from claims.events import Act, Story
from claims.lifecycle import Change, apply
from claims.model import (
    Attempt,
    Batch,
    BatchState,
    Document,
    EventRow,
    Filing,
    Outcome,
    Payer,
    Queue,
    Stage,
    Submission,
    WorkItem,
    WorkState,
)
from claims.transitions import Event


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


@pytest.fixture
def ready(practice: Practice):
    """The ids of that many claims with an unsent filing, of one payer."""

    def make(count: int = 2, **fields) -> list[str]:
        bundles = [practice.claim(**fields) for _ in range(count)]
        for bundle in bundles:
            practice.filing(bundle)
        return [bundle.claim.id for bundle in bundles]

    return make


@pytest.fixture
def queued(session: Session, act: Act, ready):
    """A batch of two claims, assembled and archived."""

    def make(number: int = 1) -> Batch:
        ids = ready()
        batch = submission.new_batch(
            payer_id="SBXCO",
            connector="sandbox",
            kind="837P",
            day=act.at.business.date(),
            control=f"{number:09d}",
            group=str(number),
            charges=[Decimal("120.00")] * len(ids),
            act=act,
        )
        content = b"ISA*%09d~" % number
        return submission.queue(
            session, act, ids, batch=batch, interchange=content, set_numbers=["0001", "0002"]
        )

    return make


def filings(session: Session, batch: Batch) -> list[Filing]:
    session.flush()
    session.expire_all()
    return list(session.exec(select(Filing).where(Filing.batch_id == batch.id)))


def states(session: Session, batch: Batch) -> tuple[set[Submission], set[Stage]]:
    """Where the batch's filings and claims stand, as the database has it."""
    carried = filings(session, batch)
    claims = [claim for claim, _ in submission._travellers(session, batch)]
    return {filing.submission for filing in carried}, {claim.stage for claim in claims}


def test_what_is_due_goes_together_by_payer_and_form_the_oldest_service_first(
    practice, session: Session, act: Act, ready
):
    session.add(Payer(id="OTHER", name="OTHER PAYER"))
    session.flush()
    institutional = ready(1, form="I")
    professional = ready(2)
    other = ready(1, coverage={"payer_id": "OTHER"})
    held = practice.claim()
    practice.filing(held)
    change = work.hold(session, act, held.claim, queue=Queue.BILLING, kind="held_by_person", reason="wait")
    apply(session, [change], act)
    practice.claim(stage=Stage.SCRUB)
    session.flush()
    assert [
        (due.payer_id, due.form, set(due.claim_ids)) for due in submission.due(session, act.at.business)
    ] == [
        ("OTHER", "P", set(other)),
        ("SBXCO", "I", set(institutional)),
        ("SBXCO", "P", set(professional)),
    ]


def test_a_queued_claim_is_bound_to_its_batch_and_not_due_again(session: Session, act: Act, queued):
    batch = queued()
    assert states(session, batch) == ({Submission.QUEUED}, {Stage.READY})
    assert submission.due(session, act.at.business) == []
    assert [each.id for each in submission.unsent(session)] == [batch.id]
    document = session.get_one(Document, batch.document_id)
    assert (document.content, document.direction) == (b"ISA*000000001~", "out")
    assert (batch.claims, batch.charge) == (2, Decimal("240.00"))


def test_a_claim_cannot_be_queued_twice(session: Session, act: Act, queued, ready):
    batch = queued()
    ids = [claim.id for claim, _ in submission._travellers(session, batch)]
    again = submission.new_batch(
        payer_id="SBXCO",
        connector="sandbox",
        kind="837P",
        day=batch.business_date,
        control="000000009",
        group="9",
        charges=[],
        act=act,
    )
    assert submission.due(session, act.at.business) == []
    with pytest.raises(ClaimChanged, match="another batch"), session.begin_nested():
        submission.queue(session, act, ids, batch=again, interchange=b"x", set_numbers=["1", "2"])


def test_an_attempt_says_that_it_was_begun_before_anything_is_sent(session: Session, act: Act, queued):
    batch = queued()
    attempt = submission.start_attempt(session, Act("system", act.at, "run-1"), batch)
    assert (attempt.number, attempt.outcome, attempt.run_id) == (1, Outcome.STARTED, "run-1")
    assert attempt.started_at == act.at.real
    assert states(session, batch) == ({Submission.SENDING}, {Stage.READY})
    assert batch.state is BatchState.SENDING
    found = submission.open_attempt(session, batch.id)
    assert found is not None
    assert found.id == attempt.id


def test_a_receipt_ends_the_attempt_and_the_claims_are_with_the_receiver(session: Session, act: Act, queued):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    submission.confirm(session, act, batch, attempt, Receipt("R-1"))
    assert states(session, batch) == ({Submission.SENT}, {Stage.SUBMITTED})
    assert {filing.sent_at for filing in filings(session, batch)} == {act.at.business}
    assert (batch.state, batch.receipt, attempt.outcome) == (BatchState.SENT, "R-1", Outcome.ACCEPTED)
    assert submission.open_attempt(session, batch.id) is None
    assert submission.unsent(session) == []


def test_what_never_arrived_waits_in_the_same_batch_for_the_next_attempt(session: Session, act: Act, queued):
    batch = queued()
    first = submission.start_attempt(session, act, batch)
    submission.not_taken(session, act, batch, first, "the receiver is closed")
    assert states(session, batch) == ({Submission.QUEUED}, {Stage.READY})
    assert (batch.state, batch.reason) == (BatchState.ASSEMBLED, "the receiver is closed")
    assert submission.open_attempt(session, batch.id) is None
    assert submission.start_attempt(session, act, batch).number == 2


def test_an_attempt_whose_end_is_not_known_stays_open_until_the_receiver_was_asked(
    session: Session, act: Act, queued
):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    for _ in range(2):
        submission.leave_unconfirmed(session, act, batch, attempt, "no answer came")
        assert states(session, batch) == ({Submission.SENT_UNCONFIRMED}, {Stage.SUBMITTED})
    kinds = session.exec(select(EventRow.kind).where(EventRow.kind == "send_unconfirmed")).all()
    assert len(kinds) == 2  # one a claim
    found = submission.open_attempt(session, batch.id)
    assert found is not None
    assert found.id == attempt.id
    submission.confirm(session, act, batch, found, Receipt("R-1"))
    assert states(session, batch) == ({Submission.SENT}, {Stage.SUBMITTED})


def test_what_the_receiver_says_it_never_had_may_be_sent_again(session: Session, act: Act, queued):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    submission.leave_unconfirmed(session, act, batch, attempt, "no answer came")
    submission.not_taken(session, act, batch, attempt, "the receiver never had it")
    assert states(session, batch) == ({Submission.QUEUED}, {Stage.READY})
    assert [each.id for each in submission.unsent(session)] == [batch.id]
    assert submission.due(session, act.at.business) == []  # in this batch, not in another one


def test_a_refused_batch_puts_each_claim_into_the_billing_queue(session: Session, act: Act, queued):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    submission.refuse(session, act, batch, attempt, Refused("not authorized to submit for this provider"))
    assert states(session, batch) == ({Submission.REJECTED_FORMAT}, {Stage.SCRUB})
    items = work.open_items(session, Queue.BILLING)
    assert [item.kind for item in items] == ["refused", "refused"]
    for claim, _ in submission._travellers(session, batch):
        assert (claim.hold_reason, claim.hold_owner) == ("refused", "billing")
    assert submission.unsent(session) == []


def test_a_person_is_asked_once_with_the_evidence_and_not_any_more_when_the_receipt_comes(
    session: Session, act: Act, queued
):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    for _ in range(2):
        submission.ask_a_person(session, act, batch, attempt, "the receiver could not be asked")
    (item,) = work.open_items(session, Queue.OPERATIONS)
    assert all(part in item.reason for part in (batch.id, batch.control_number, "2026-03-02 15:00"))
    assert [option["id"] for option in item.options] == ["ask", "arrived", "never"]
    submission.confirm(session, act, batch, attempt, Receipt("R-1"))
    assert session.get_one(WorkItem, item.id).state is WorkState.CANCELLED


def test_a_claim_that_its_payer_has_answered_meanwhile_is_left_where_it_is(
    session: Session, act: Act, queued
):
    batch = queued()
    attempt = submission.start_attempt(session, act, batch)
    submission.leave_unconfirmed(session, act, batch, attempt, "no answer came")
    (answered, filing), _ = submission._travellers(session, batch)
    apply(session, [Change(answered, Event.ACCEPTED, Story("277CA"), filing=filing)], act)
    submission.not_taken(session, act, batch, attempt, "the receiver never had it")
    assert {(c.stage, f.submission) for c, f in submission._travellers(session, batch)} == {
        (Stage.ADJUDICATING, Submission.ACCEPTED),
        (Stage.READY, Submission.QUEUED),
    }


def test_what_becomes_of_a_batch_does_not_touch_a_claim_that_went_over_to_another_one(
    session: Session, act: Act, queued
):
    first, second = queued(1), queued(2)
    attempt = submission.start_attempt(session, act, first)
    submission.leave_unconfirmed(session, act, first, attempt, "no answer came")
    (claim, filing), _ = submission._travellers(session, first)
    apply(session, [Change(claim, Event.NEVER_RECEIVED, Story("so a person said"), filing=filing)], act)
    filing.batch_id = second.id
    session.flush()
    submission.confirm(session, act, first, attempt, Receipt("R-1"))
    assert (claim.stage, filing.submission) == (Stage.READY, Submission.QUEUED)


def test_each_batch_has_its_own_attempts(session: Session, act: Act, queued):
    first, second = queued(1), queued(2)
    submission.start_attempt(session, act, first)
    assert submission.open_attempt(session, second.id) is None
    assert submission.start_attempt(session, act, second).number == 1
    assert len(session.exec(select(Attempt)).all()) == 2
