"""What a person does to a claim from outside its queues: always named, always with a reason on record."""

import pytest
from sqlmodel import Session, col, select

from claims import manage, work
from claims.bundle import load_bundle
from claims.errors import IllegalTransition, NotAllowed
from claims.events import Act
from claims.lifecycle import apply
from claims.model import Actor, EventRow, Queue, Role, Stage, Submission, WorkItem, WorkState
from claims.transitions import Event

SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def history(session: Session, claim_id: str) -> list[EventRow]:
    rows = select(EventRow).where(EventRow.subject == claim_id).order_by(col(EventRow.number))
    return list(session.exec(rows))


def test_a_claim_held_by_a_person_waits_in_operations_and_its_reason_is_encrypted(
    practice, session: Session, biller: Act
):
    claim = practice.claim().claim
    manage.hold(session, biller, claim, "PATIENCE asked us to wait")
    assert (claim.hold_reason, claim.hold_owner) == ("held_by_person", "operations")
    (item,) = work.open_items(session, Queue.OPERATIONS)
    last = history(session, claim.id)[-1]
    assert (last.actor, last.kind, last.note) == ("bea", "held", "PATIENCE asked us to wait")
    assert item.note == last.note
    clear = (item.reason, last.why, str(last.facts), item.resolution)
    assert not any("PATIENCE" in text for text in clear)


def test_a_released_claim_goes_on_now_and_the_work_it_waited_for_is_closed(
    practice, session: Session, biller: Act
):
    claim = practice.claim().claim
    manage.hold(session, biller, claim, "wait")
    beside = work.open_item(
        session,
        biller,
        queue=Queue.FOLLOW_UP,
        kind="status_question",
        reason="the payer asks something",
        subject=f"claim:{claim.id}",
        claim=claim,
    )
    manage.release(session, biller, claim, "no need to wait")
    session.flush()
    assert (claim.hold_reason, claim.next_action_at) == (None, biller.at.business)
    assert history(session, claim.id)[-1].facts == {"was_held_for": "held_by_person"}
    assert [item.id for item in work.open_items(session)] == [beside.id]


def test_releasing_what_is_not_held_is_refused(practice, session: Session, biller: Act):
    with pytest.raises(IllegalTransition):
        manage.release(session, biller, practice.claim().claim, "go on")


@pytest.mark.parametrize("what", [manage.hold, manage.release])
def test_nobody_in_particular_and_auditors_change_nothing(practice, session: Session, act: Act, what):
    claim = practice.claim().claim
    session.add(Actor(name="ada", roles=[Role.AUDITOR.value], since=act.at.real))
    session.flush()
    for name in ("system", "prefect-ui, unattributed", "ada", "unknown"):
        with pytest.raises(Exception, match=r"named user|role|No user"):
            what(session, Act(name, act.at), claim, "because")
    assert len(history(session, claim.id)) == 1


def test_a_claim_that_no_payer_has_is_voided_at_once_with_its_work(
    practice, session: Session, biller: Act, payers
):
    claim = practice.claim(stage=Stage.SCRUB).claim
    manage.hold(session, biller, claim, "wait")
    manage.void(session, biller, claim, "entered twice", payers)
    assert (claim.stage, claim.hold_reason) == (Stage.CLOSED, None)
    assert [row.kind for row in history(session, claim.id)[-2:]] == ["released", "voided"]
    session.flush()
    states = session.exec(select(WorkItem.state).where(WorkItem.claim_id == claim.id)).all()
    assert states == [WorkState.CANCELLED]


def test_a_claim_that_was_rejected_at_the_door_is_voided_at_once(
    practice, session: Session, biller: Act, payers
):
    bundle = practice.claim()
    practice.filing(bundle, *SENT, Event.REJECTED_PAYER)
    manage.void(session, biller, bundle.claim, "not to be billed", payers)
    assert bundle.claim.stage is Stage.CLOSED


def test_a_claim_that_a_payer_has_is_withdrawn_by_a_filing_of_its_own(
    practice, session: Session, biller: Act, payers
):
    bundle = practice.claim()
    practice.filing(bundle, *SENT, Event.ACCEPTED, Event.REMIT_PAID, icn="P1")
    manage.void(session, biller, bundle.claim, "wrong patient", payers)
    void = load_bundle(session, bundle.claim.id).filing
    assert void is not None
    assert (void.frequency, void.original_icn, void.submission) == ("8", "P1", Submission.NONE)
    assert bundle.claim.stage is Stage.SCRUB  # it goes through the edits like every filing


def test_a_claim_on_its_way_is_not_voided_before_its_receipt(practice, session: Session, biller: Act, payers):
    for events in ((Event.QUEUED,), (Event.QUEUED, Event.SEND_STARTED)):
        bundle = practice.claim()
        practice.filing(bundle, *events)
        with pytest.raises(NotAllowed, match="on its way"):
            manage.void(session, biller, bundle.claim, "wrong patient", payers)
        assert bundle.claim.stage is Stage.READY


def test_only_billers_void(practice, session: Session, act: Act, payers):
    session.add(Actor(name="cora", roles=[Role.CODER.value], since=act.at.real))
    session.flush()
    with pytest.raises(NotAllowed, match="biller"):
        manage.void(session, Act("cora", act.at), practice.claim().claim, "because", payers)


def test_a_hold_on_a_held_claim_is_the_latest_word(practice, session: Session, biller: Act):
    claim = practice.claim().claim
    first = work.hold(session, biller, claim, queue=Queue.CODING, kind="uncoded", reason="no code")
    apply(session, [first], biller)
    manage.hold(session, biller, claim, "wait")
    assert claim.hold_reason == "held_by_person"
    assert {item.kind for item in work.open_items(session)} == {"uncoded", "held_by_person"}
