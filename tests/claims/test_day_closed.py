"""A day's account: every claim in exactly one place, in counts and dollars, and visits without a claim."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from factories import hold
from sqlmodel import Session, select

from claims import steps, submission
from claims.audit.seals import seal
from claims.day import Line
from claims.day_closed import Certificate, certify
from claims.day_shown import tables
from claims.events import Act
from claims.model import BatchItem, BatchState, Encounter, Filing, Lease, Stage
from claims.model.types import new_id
from claims.transitions import Event

TODAY = date(2026, 3, 2)
SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


@pytest.fixture
def close(session: Session, act: Act):
    """The day's certificate, for a run that began an hour ago."""

    def make() -> Certificate:
        session.flush()
        return certify(session, TODAY, act.at.business, act.at.real - timedelta(hours=1))

    return make


def test_each_claim_is_in_exactly_one_place_and_the_totals_tie_out(
    practice, session: Session, act: Act, close
):
    held, failed, scheduled, due = (practice.claim().claim for _ in range(4))
    hold(session, act, held)
    (step,) = steps.begin(session, [failed], "intake", "r1", act.at.real)
    steps.end(session, step, steps.FAILED, "Failed", "bad_input: no such code", act.at.real)
    scheduled.next_action_at = act.at.business + timedelta(days=1)
    for events in ((), SENT, (*SENT[:2], Event.SEND_UNCONFIRMED), (*SENT, Event.ACCEPTED)):
        practice.filing(practice.claim(), *events)
    practice.advance(practice.claim().claim, Event.VOIDED)
    made = close()
    assert {name: line.claims for name, line in made.places.items()} == {
        "held: missing_field (billing)": 1,
        "failed, with a cause": 1,
        "scheduled: intake": 1,
        "due now: intake": 1,
        "ready: goes with the next batch": 1,
        "unconfirmed: being asked for": 1,
        "with the payer": 2,
        "closed": 1,
    }
    assert (made.total.claims, made.total.charge, made.ties_out) == (9, Decimal("1080.00"), True)
    assert made.failed == [{"claim": failed.id, "cause": "intake: bad_input: no such code"}]
    assert due.stage is Stage.INTAKE


def test_a_claim_with_two_filings_of_one_moment_is_counted_once(practice, session: Session, close):
    bundle = practice.claim()
    first = practice.filing(bundle)
    practice.filing(bundle, sequence="S")
    practice.advance(bundle.claim, *SENT, filing=first)
    made = close()
    assert (made.total.claims, made.ties_out) == (1, True)


def test_a_claim_of_which_an_older_filing_is_unconfirmed_is_asked_for(practice, session: Session, close):
    bundle = practice.claim()
    first = practice.filing(bundle)
    practice.filing(bundle, version=2, created_at=first.created_at + timedelta(days=1))
    practice.advance(bundle.claim, *SENT[:2], Event.SEND_UNCONFIRMED, filing=first)
    assert list(close().places) == ["unconfirmed: being asked for"]


def test_a_failure_that_a_later_try_made_good_or_of_an_earlier_day_is_none(
    practice, session: Session, act: Act, close
):
    good, old = practice.claim().claim, practice.claim().claim
    for status in (steps.FAILED, steps.DONE):
        (step,) = steps.begin(session, [good], "intake", "r1", act.at.real)
        steps.end(session, step, status, status, "", act.at.real)
    before = act.at.real - timedelta(hours=2)
    (step,) = steps.begin(session, [old], "intake", "r0", before)
    steps.end(session, step, steps.FAILED, "Failed", "", before)
    assert close().failed == []


def test_a_finished_visit_without_a_claim_shows_and_a_planned_one_does_not(practice, session: Session, close):
    patient = practice.claim().patient
    for planned in (False, False, True):
        visit = {"source_index": new_id(), "patient_id": patient.id, "planned": planned}
        session.add(Encounter(starts_on=TODAY, ends_on=TODAY, **visit))
    assert close().visits_without_claim == 2


def test_the_days_batches_are_told_with_receipt_or_cause(practice, session: Session, act: Act, close):
    for number, business_day in ((1, TODAY), (2, TODAY - timedelta(days=1))):
        batch = submission.new_batch(
            payer_id=practice.payer.id,
            connector="sandbox",
            kind="837P",
            day=business_day,
            control=f"{number:09d}",
            group=str(number),
            charges=[Decimal("120.00")],
            act=act,
        )
        batch.state, batch.receipt = BatchState.SENT, f"R-{number}"
        session.add(batch)
    (told,) = close().batches
    assert (told["receipt"], told["charge"], told["state"], told["claims"]) == ("R-1", "120.00", "sent", 1)


def test_a_day_without_claims_ties_out_too(close):
    made = close()
    assert (made.total.claims, made.total.charge, made.ties_out) == (0, Decimal("0.00"), True)
    assert made.told() == "0 claims accounted for"


def test_the_certificate_carries_the_head_of_the_sealed_history(
    practice, session: Session, act: Act, close, keyring
):
    assert close().history_head == ""
    practice.claim()
    made = seal(session, act, keyring)
    assert made is not None
    session.flush()
    assert close().history_head == made.digest
    told = close().as_json()
    assert json.loads(json.dumps(told)) == told


def test_totals_that_differ_are_said_aloud():
    made = Certificate(TODAY, {"closed": Line(1, Decimal("1.00"))}, Line(1, Decimal("1.01")))
    assert not made.ties_out
    assert made.told().endswith("THE TOTALS DIFFER")


def test_what_is_due_and_neither_sent_nor_held_nor_failed_is_left_over(
    practice, session: Session, act: Act, close
):
    due, later, held = (practice.claim().claim for _ in range(3))
    due.next_action_at = act.at.business
    later.next_action_at = act.at.business + timedelta(days=1)
    hold(session, act, held)
    practice.filing(practice.claim(), *SENT)
    made = close()
    assert (made.left_over.claims, made.complete) == (1, False)
    assert made.told().endswith("1 due claims were left over")


def sent_batch(practice, session: Session, act: Act, *charges: str, state=BatchState.SENT):
    """A batch of as many filings, each for 120.00, that says these are its charges."""
    batch = submission.new_batch(
        payer_id=practice.payer.id,
        connector="sandbox",
        kind="837P",
        day=TODAY,
        control="000000001",
        group="1",
        charges=[Decimal(charge) for charge in charges],
        act=act,
    )
    batch.state, batch.receipt = state, "R-1"
    session.add(batch)
    session.flush()
    for _ in charges:
        bundle = practice.claim()
        filing = practice.filing(bundle, *SENT[:1], batch_id=batch.id)
        ids = {"batch_id": batch.id, "filing_id": filing.id, "claim_id": bundle.claim.id}
        session.add(BatchItem(**ids, st_number="0001"))
    return batch


def test_a_batch_whose_filings_add_up_to_what_it_says_ties_out(practice, session: Session, act: Act, close):
    sent_batch(practice, session, act, "120.00", "120.00")
    made = close()
    assert (made.sent.claims, made.sent.charge, made.differences) == (2, Decimal("240.00"), [])
    assert made.ties_out


def test_a_batch_that_differs_from_its_filings_or_lacks_its_receipt_is_named(
    practice, session: Session, act: Act, close
):
    batch = sent_batch(practice, session, act, "120.00", "119.99")
    batch.receipt = None
    made = close()
    assert made.differences == [
        f"batch {batch.id} is of 2 claims for 239.99, its filings are 2 for 240.00",
        f"batch {batch.id} is sent and has no receipt",
    ]
    assert not made.ties_out


def test_claims_of_a_batch_that_could_not_be_sent_have_failed_with_what_kept_it(
    practice, session: Session, act: Act, close
):
    batch = sent_batch(practice, session, act, "120.00", state=BatchState.ASSEMBLED)
    batch.reason = "no answer"
    made = close()
    assert list(made.places) == ["failed, with a cause"]
    assert made.failed[0]["cause"] == f"submission: unavailable: batch {batch.id} was not sent: no answer"
    assert made.complete
    assert made.silent == {practice.payer.id: Line(1, Decimal("120.00"))}
    told = {table.title: table.rows for table in tables(json.loads(json.dumps(made.as_json())))}
    assert told["Failed, by cause"] == [(made.failed[0]["cause"], 1, made.failed[0]["claim"])]
    assert told["Where each claim is"] == [("failed, with a cause", 1, "120.00")]


def test_a_batch_of_an_earlier_day_that_went_today_is_told_and_one_that_went_then_is_not(
    practice, session: Session, act: Act, close
):
    late, earlier = (sent_batch(practice, session, act, "120.00") for _ in range(2))
    late.business_date = earlier.business_date = TODAY - timedelta(days=2)
    session.flush()
    for batch, days in ((late, 0), (earlier, 2)):
        item = session.exec(select(BatchItem).where(BatchItem.batch_id == batch.id)).one()
        session.get_one(Filing, item.filing_id).sent_at = act.at.business - timedelta(days=days)
    made = close()
    assert ([each["batch"] for each in made.batches], made.sent.claims) == ([late.id], 1)


def test_a_claim_on_which_another_run_works_is_in_its_hands_and_not_left_over(
    practice, session: Session, act: Act, close
):
    claim = practice.claim().claim
    claim.next_action_at = act.at.business
    session.add(Lease(resource=f"claim:{claim.id}", owner="retry", expires_at=act.at.real))
    made = close()
    assert (list(made.places), made.complete) == (["being worked on by another run"], True)
