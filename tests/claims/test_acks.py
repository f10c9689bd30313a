"""Acknowledgements: one verdict a claim; late and repeated ones no news, missing ones no rejection."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from claims import acks, expected_acks, lifecycle
from claims.ack_ledger import ledger
from claims.archive import archive
from claims.bundle import Bundle
from claims.events import Act
from claims.model import Acknowledgement, Batch, BatchItem, Queue, Stage, Submission
from claims.transitions import Event
from claims.x12.ack277ca import Ack277CA, AckLevel, ClaimAck
from claims.x12.ack999 import Ack999, SegmentError, SetAck
from claims.x12.parts import Party, Reference, Trace
from claims.x12.status import Status, StatusCode
from claims.x12.ta1 import Ta1

SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT)


@pytest.fixture
def batch(practice, session, act):
    """Claims that were sent in one batch; each is in the set of its place."""

    def make(claims: int = 1, **fields) -> tuple[Batch, list[Bundle]]:
        row = Batch(
            **{
                "payer_id": "SBXCO",
                "connector": "sandbox",
                "kind": "837P",
                "business_date": act.at.business.date(),
                "control_number": "000000041",
                "group_number": "000000042",
                "claims": claims,
                "charge": 0,
                "created_at": act.at.business,
                **fields,
            }
        )
        row.charge = practice.claim().claim.charge * claims
        session.add(row)
        session.flush()
        bundles = [practice.claim() for _ in range(claims)]
        for number, bundle in enumerate(bundles, start=1):
            filing = practice.filing(bundle, *SENT, batch_id=row.id, sent_at=act.at.business)
            item = BatchItem(
                batch_id=row.id,
                filing_id=filing.id,
                claim_id=bundle.claim.id,
                st_number=f"{number:04d}",
            )
            session.add(item)
        session.flush()
        return row, bundles

    return make


@pytest.fixture
def receive(session, act, payers):
    """Apply acknowledgements as one document, ``name`` for its bytes; gives the events."""

    def run(*parsed, name: str = "a", at: Act = act):
        kind = {Ta1: "TA1", Ack999: "999", Ack277CA: "277CA"}[type(parsed[0])]
        document = archive(session, name.encode(), kind=kind, direction="in", at=act.at.real)
        if kind == "277CA":
            changes = acks.apply_277ca(session, at, document, parsed, payers)
        else:
            apply = acks.apply_ta1 if kind == "TA1" else acks.apply_999
            changes = apply(session, at, document, parsed, connector="sandbox")
        lifecycle.apply(session, changes, at)
        session.flush()
        return [change.event for change in changes]

    return run


@pytest.fixture
def states(session):
    def look() -> list[str]:
        return list(session.exec(select(Acknowledgement.state).order_by(Acknowledgement.position)))

    return look


def ack999(*statuses: str, status: str = "A", group: str = "42") -> Ack999:
    sets = tuple(
        SetAck("837", f"{n:04d}", each, errors=(SegmentError("NM1", 9),) if each == "R" else ())
        for n, each in enumerate(statuses, start=1)
    )
    return Ack999("HC", group, status, sets=sets)


def said(bundle: Bundle, code: str, *, icn: str = "", day: date = date(2026, 3, 2)) -> ClaimAck:
    category, status, *entity = code.split(":")
    spoken = Status((StatusCode(category, status, *entity),), date=day)
    references = (Reference("1K", icn),) if icn else ()
    return ClaimAck(bundle.claim.pcn, Party("QC", "X"), (spoken,), references=references)


def ack277ca(*claims: ClaimAck, source: str = "PR", batch: str = "") -> Ack277CA:
    trace = Trace("2", batch) if batch else None
    party = Party(source, "S", id="SBXCO" if source == "PR" else "SBXCLEAR")
    return Ack277CA(AckLevel(party), AckLevel(Party("41", "US"), trace), claims=claims)


def test_a_file_that_was_read_acknowledges_its_claims(batch, receive):
    _, (first, second) = batch(2)
    assert receive(ack999("A", "E")) == [Event.ACKNOWLEDGED, Event.ACKNOWLEDGED]
    assert (first.claim.stage, second.claim.stage) == (Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED)


def test_of_a_group_accepted_in_part_only_the_refused_sets_claims_are_rejected(batch, receive, open_work):
    _, (good, bad) = batch(2)
    assert receive(ack999("A", "R", status="P")) == [Event.ACKNOWLEDGED, Event.REJECTED_FORMAT, Event.HELD]
    assert (good.claim.stage, bad.claim.stage) == (Stage.ACKNOWLEDGED, Stage.SCRUB)
    assert bad.claim.hold_owner == Queue.OPERATIONS
    assert open_work("rejected_format")[0].reason.endswith("(999 R, NM1 at 9). It was never filed.")


def test_a_group_refused_without_its_sets_is_refused_whole(batch, receive):
    batch(2)
    assert receive(Ack999("HC", "000000042", "R")).count(Event.REJECTED_FORMAT) == 2


def test_an_interchange_that_was_refused_rejects_every_claim_in_it(batch, receive):
    _, (claim,) = batch()
    assert receive(Ta1("000000041", "A", "000"), name="fine") == []
    assert receive(Ta1("000000041", "R", "025"), name="bad") == [Event.REJECTED_FORMAT, Event.HELD]
    assert claim.claim.stage is Stage.SCRUB


def test_the_same_document_twice_is_applied_once(batch, receive, states):
    batch()
    receive(ack999("A"))
    assert receive(ack999("A")) == []
    assert states() == ["applied"]


def test_an_acknowledgement_that_comes_late_or_again_is_no_news(batch, receive, states):
    _, (claim,) = batch()
    receive(ack277ca(said(claim, "A2:20:PR", icn="C1")))
    assert receive(ack999("A"), name="late") == []
    assert receive(ack999("R"), name="later") == []
    assert receive(ack277ca(said(claim, "A2:20:PR", icn="C1")), name="again") == []
    assert claim.claim.stage is Stage.ADJUDICATING
    assert states() == ["applied", "stale", "stale", "stale"]


def test_an_acknowledgement_of_what_we_did_not_send_is_a_persons_work(receive, open_work, states):
    assert receive(ack999("A", group="7")) == []
    assert open_work("ack_unmatched")[0].queue is Queue.OPERATIONS
    assert states() == ["unmatched"]


def test_received_is_not_yet_accepted_and_accepted_starts_the_status_clock(batch, receive, act):
    _, (claim,) = batch()
    house = ack277ca(said(claim, "A1:20:AY"), source="AY")
    assert receive(house, name="house") == [Event.ACKNOWLEDGED]
    assert receive(ack277ca(said(claim, "A2:20:PR", icn="C26"))) == [Event.ACCEPTED]
    filing = claim.filing
    assert (filing.submission, filing.icn, filing.received_on) == (
        Submission.ACCEPTED,
        "C26",
        date(2026, 3, 2),
    )
    assert filing.status_due_at == act.at.business + timedelta(days=7)
    assert claim.claim.next_action_at == act.at.business + timedelta(days=90)


def test_the_payers_own_number_is_taken_also_when_it_comes_second(batch, receive):
    _, (claim,) = batch()
    receive(ack277ca(said(claim, "A2:20"), source="AY"), name="house")
    assert receive(ack277ca(said(claim, "A2:20:PR", icn="C26"))) == ["number_learned"]
    assert claim.filing.icn == "C26"


@pytest.mark.parametrize(
    ("code", "source", "event", "queue"),
    [
        ("A7:164:IL", "PR", Event.REJECTED_PAYER, Queue.FRONT_DESK),
        ("A6:187", "AY", Event.REJECTED_CLEARINGHOUSE, Queue.BILLING),
        ("A8:477", "PR", Event.REJECTED_PAYER, Queue.CODING),
        ("A3:9999", "AY", Event.REJECTED_CLEARINGHOUSE, Queue.BILLING),
    ],
)
def test_a_claim_turned_away_is_held_at_the_desk_that_can_mend_it(
    batch, receive, open_work, code, source, event, queue
):
    _, (claim,) = batch()
    assert receive(ack277ca(said(claim, code), source=source)) == [event, Event.HELD]
    assert (claim.claim.stage, claim.claim.hold_owner) == (Stage.SCRUB, queue)
    assert "It was never filed." in open_work("rejected")[0].reason


def test_a_payer_may_turn_away_what_the_clearinghouse_had_accepted(batch, receive):
    _, (claim,) = batch()
    receive(ack277ca(said(claim, "A2:20"), source="AY"), name="house")
    assert receive(ack277ca(said(claim, "A7:164:IL"))) == [Event.REJECTED_PAYER, Event.HELD]
    assert claim.filing.status_due_at is None


def test_a_refusal_above_the_claims_reaches_every_claim_of_the_batch(batch, receive):
    row, _ = batch(2)
    refused = AckLevel(Party("41", "US"), Trace("2", row.id.upper()), (Status((StatusCode("A7", "496"),)),))
    whole = replace(ack277ca(source="AY"), receiver=refused)
    assert receive(whole).count(Event.REJECTED_CLEARINGHOUSE) == 2


def test_forwarded_and_not_found_are_kept_and_waited_on(batch, receive):
    _, (claim,) = batch()
    assert receive(ack277ca(said(claim, "A0:16:PR"), said(claim, "A4:35"))) == ["acknowledgement_noted"] * 2
    assert claim.claim.stage is Stage.SUBMITTED


@pytest.fixture
def later(act):
    def at(hours: int) -> Act:
        return Act("system", replace(act.at, business=act.at.business + timedelta(hours=hours)))

    return at


def test_a_missing_acknowledgement_is_overdue_and_never_a_rejection(
    batch, receive, session, act, payers, later, open_work
):
    row, (silent, heard) = batch(2)
    for _ in range(2):
        expected_acks.expect(session, act, row, payers["SBXCO"])
        session.flush()
    assert expected_acks.overdue(session, later(23)) == []
    assert [item.kind for item in expected_acks.overdue(session, later(24))] == [
        "acknowledgement_overdue_999"
    ]
    assert expected_acks.overdue(session, later(25)) == []
    receive(ack999("A", "A"))
    assert not open_work("acknowledgement_overdue_999")
    receive(ack277ca(said(heard, "A2:20:PR")), name="one")
    items = expected_acks.overdue(session, later(48))
    assert [(item.claim_id, item.queue) for item in items] == [(silent.claim.id, Queue.FOLLOW_UP)]
    assert (silent.claim.stage, silent.claim.hold_reason) == (Stage.ACKNOWLEDGED, None)
    receive(ack277ca(said(silent, "A2:20:PR")), name="two")
    assert not open_work("acknowledgement_overdue_277ca")


def test_what_answered_before_our_receipt_was_there_is_not_waited_for(
    batch, receive, session, act, payers, later
):
    """The send was in doubt, its answers lay in the mailbox, and then the receiver said that it has it."""
    row, (heard, silent) = batch(2)
    receive(ack999("A", "A"))
    receive(ack277ca(said(heard, "A2:20:PR")), name="one")
    expected_acks.expect(session, act, row, payers["SBXCO"])
    assert [item.claim_id for item in expected_acks.overdue(session, later(100))] == [silent.claim.id]


def test_only_the_payers_own_day_of_receipt_is_proof_of_timely_filing(batch, receive):
    _, (bundle,) = batch()
    day = date(2026, 3, 3)
    receive(ack277ca(said(bundle, "A2:20", icn="H1", day=day), source="AY"), name="house")
    assert (bundle.filings[-1].submission, bundle.filings[-1].received_on) == (Submission.ACCEPTED, None)
    later = date(2026, 3, 4)
    assert receive(ack277ca(said(bundle, "A2:20:PR", day=later)), name="payer") == ["receipt_learned"]
    assert bundle.filings[-1].received_on == later
    assert receive(ack277ca(said(bundle, "A2:20:PR", day=day)), name="again") == []


def test_where_the_payers_own_answer_is_expected_the_clearinghouses_does_not_do(
    batch, receive, session, act, payers, later, open_work
):
    row, (bundle,) = batch()
    hours = {"TA1": 1, "277CA": 2, "277CA:payer": 3}
    cadence = payers["SBXCO"].cadence.model_copy(update={"acknowledgement_hours": hours})
    expected_acks.expect(session, act, row, payers["SBXCO"].model_copy(update={"cadence": cadence}))
    receive(Ta1(control_number="41", date="260302", time="1500", status="A", code="000"), name="ta1")
    receive(ack277ca(said(bundle, "A2:20"), source="AY"), name="house")
    states = {row.kind: row.state for row in ledger(session, later(4).at.business, everything=True)}
    assert states == {"TA1": "came", "277CA": "came", "277CA:payer": "OVERDUE"}
    (late,) = ledger(session, later(4).at.business)
    assert (late.batch, late.control_number, dict(late.heard)) == (row.id, "000000041", {})
    (item,) = expected_acks.overdue(session, later(4))
    assert "the payer has not said" in item.reason
    receive(ack277ca(said(bundle, "A2:20:PR")), name="payer")
    assert ledger(session, later(4).at.business) == []
    assert not open_work("acknowledgement_overdue_277ca")
    (whole,) = (row for row in ledger(session, act.at.business, everything=True) if row.kind == "277CA")
    assert dict(whole.heard) == {"clearinghouse": 1, "payer": 1}
    assert "clearinghouse 1/1, payer 1/1" in whole.shown()
