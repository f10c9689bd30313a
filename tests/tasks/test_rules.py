"""The rules that always hold, where tasks keep them: at most once, one bad claim, real time for leases."""

from datetime import timedelta
from pathlib import Path

import pytest
from factories import Practice
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from claims import lifecycle, restored, steps, submission, work
from claims.clock import ShiftedClock, SystemClock
from claims.connect import Garbled, Receipt, Unconfirmed
from claims.database import reading, transaction
from claims.edits.steps import scrub
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import (
    Attempt,
    Batch,
    Claim,
    ClaimStep,
    Document,
    EventRow,
    Lease,
    Outcome,
    Queue,
    Stage,
    Submission,
)
from claims.reference import in_force
from claims.transitions import Event
from config.payers import load_payers
from config.settings import Settings
from tasks.lease import leased
from tasks.letters import send_letters
from tasks.runtime import Runtime
from tasks.send import Sending, send_batch
from tasks.step import decide_step


class Receiver:
    """A trading partner that looks into our database when something arrives, and answers as it is told."""

    name = "sandbox"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.got: list[bytes] = []
        self.seen: list[tuple[Outcome, Submission]] = []
        self.answer: Exception | None = None
        self.knows: Receipt | Exception | None = None

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        with reading(self.engine) as session:
            attempt = session.exec(select(Attempt).order_by(col(Attempt.id).desc())).first()
            (_, carried) = submission._travellers(session, session.get_one(Batch, attempt.batch_id))[0]
            self.seen.append((attempt.outcome, carried.submission))
        self.got.append(interchange)
        if self.answer is not None:
            raise self.answer
        return Receipt("R-1")

    async def find_submission(self, control_number: str, *, first_sent=None) -> Receipt | None:
        if isinstance(self.knows, Exception):
            raise self.knows
        return self.knows


class World(Runtime):
    """A runtime whose only trading partner is the receiver above."""

    receiver: Receiver

    def connector(self, name: str):
        return self.receiver


@pytest.fixture
def rt(engine: Engine, clock, tmp_path: Path) -> World:
    partner = {"base_url": "http://127.0.0.1:1", "receiver_id": "SANDBOX", "settle_seconds": 0}
    settings = Settings(
        home=tmp_path, profile="sandbox", synthetic_identifiers=True, connectors={"sandbox": partner}
    )
    world = World(settings, engine, load_payers(settings), clock)
    world.receiver = Receiver(engine)
    return world


@pytest.fixture
def batch_id(engine: Engine, act: Act) -> str:
    """A batch of one claim, ready to be sent."""
    with transaction(engine) as session:
        practice = Practice(session, act)
        bundle = practice.claim()
        practice.filing(bundle)
        batch = submission.new_batch(
            payer_id="SBXCO",
            connector="sandbox",
            kind="837P",
            day=act.at.business.date(),
            control="000000001",
            group="1",
            charges=[bundle.claim.charge],
            act=act,
        )
        numbers = {"interchange": b"ISA*1~", "set_numbers": ["0001"]}
        return submission.queue(session, act, [bundle.claim.id], batch=batch, **numbers).id


async def test_rule_3_a_finished_step_that_runs_again_does_nothing(rt: World, engine: Engine, act: Act):
    with transaction(engine) as session:
        claim_id = Practice(session, act).claim().claim.id

    def complete(session, act, bundles):
        return [Change(bundle.claim, Event.INTAKE_COMPLETED, Story("complete")) for bundle in bundles]

    outcomes = [(await decide_step(rt, "intake", [claim_id], None, complete))[0].outcome for _ in range(2)]
    assert outcomes == ["Done", "AlreadyDone"]
    with reading(engine) as session:
        assert session.get_one(Claim, claim_id).version == 2


async def test_rule_4_an_attempt_is_committed_before_a_byte_leaves(rt: World, batch_id: str):
    sent = await send_batch(rt, batch_id, "run-1")
    assert sent.outcome is Sending.SENT
    assert rt.receiver.seen == [(Outcome.STARTED, Submission.SENDING)]
    assert rt.receiver.got == [b"ISA*1~"]
    assert (await send_batch(rt, batch_id, "run-2")).outcome is Sending.ALREADY_SENT
    assert len(rt.receiver.got) == 1


async def test_rule_4_nothing_is_sent_from_a_restored_database_until_a_person_has_compared(
    rt: World, batch_id: str, act: Act
):
    with transaction(rt.engine) as session:
        restored.pause(session, act)
    assert (await send_batch(rt, batch_id, "run-1")).outcome is Sending.WAITING
    assert "0 letters" not in (await send_letters(rt, "run-1")).done
    assert rt.receiver.got == []
    with transaction(rt.engine) as session:
        (item,) = work.open_items(session, Queue.OPERATIONS)
        work.finish(session, item.id, "otto", "compared", act.at.business)
    assert (await send_batch(rt, batch_id, "run-2")).outcome is Sending.SENT


@pytest.mark.parametrize(
    ("knows", "outcome", "sends"),
    [
        (Receipt("R-9"), Sending.CONFIRMED, 1),
        (None, Sending.SENT, 2),
        (Garbled("No answer that can be read."), Sending.UNCONFIRMED, 1),
    ],
    ids=["it has it", "it never had it", "it cannot be asked"],
)
async def test_rule_4_the_receiver_is_asked_before_anything_is_sent_again(
    rt: World, batch_id: str, knows, outcome, sends
):
    rt.receiver.answer = Unconfirmed("The line went dead.")
    rt.receiver.knows = Garbled("No answer that can be read.")
    assert (await send_batch(rt, batch_id, "run-1")).outcome is Sending.UNCONFIRMED
    rt.receiver.answer, rt.receiver.knows = None, knows
    assert (await send_batch(rt, batch_id, "run-2")).outcome is outcome
    assert len(rt.receiver.got) == sends
    with reading(rt.engine) as session:
        asked = work.open_items(session, Queue.OPERATIONS)
        assert bool(asked) is (outcome is Sending.UNCONFIRMED)


def test_rule_6_what_is_sent_is_what_was_archived(batch_id: str, engine: Engine):
    with reading(engine) as session:
        batch = session.get_one(Batch, batch_id)
        document = session.get_one(Document, batch.document_id)
        queued = session.exec(select(EventRow).where(EventRow.kind == "queued")).one()
        assert queued.facts["document"] == document.sha256
        assert session.exec(select(Attempt)).all() == []


async def test_rule_9_one_bad_claim_never_stops_its_batch(rt: World, engine: Engine, act: Act):
    with transaction(engine) as session:
        practice = Practice(session, act)
        ids = [practice.claim().claim.id for _ in range(3)]

    def complete(session, act, bundles):
        if any(bundle.claim.id == ids[1] for bundle in bundles):
            raise KeyError(f"no such code for {bundles[0].patient.family}")
        return [Change(bundle.claim, Event.INTAKE_COMPLETED, Story("complete")) for bundle in bundles]

    results = await decide_step(rt, "intake", ids, "run-1", complete)
    assert [(result.claim_id, result.outcome) for result in results] == [
        (ids[0], "Done"),
        (ids[1], "Failed"),
        (ids[2], "Done"),
    ]
    with reading(engine) as session:
        failed = session.exec(select(ClaimStep).where(ClaimStep.status == steps.FAILED)).one()
        assert failed.claim_id == ids[1]
        assert failed.message.startswith("KeyError at ")
        assert "EXAMPLE" not in failed.message


async def test_rule_11_leases_use_real_time_whatever_the_business_clock_says(rt: World):
    rt.clock = ShiftedClock(timedelta(days=-60))
    async with leased(rt, "claim:c1", None):
        with reading(rt.engine) as session:
            ends = session.get_one(Lease, "claim:c1").expires_at
    assert timedelta(0) < ends - SystemClock().now().real <= timedelta(seconds=120)


def test_rule_12_a_decision_records_which_versions_it_used(any_session: Session, act: Act, rt: World):
    practice = Practice(any_session, act)
    bundle = practice.claim(stage=Stage.SCRUB)
    (change,) = scrub(any_session, act, [bundle], rt.settings, rt.payers)
    lifecycle.apply(any_session, [change], act)
    last = any_session.exec(select(EventRow).order_by(col(EventRow.id).desc())).first()
    assert last is not None
    kept = {version.digest: version for version in in_force(rt.settings, rt.payers)}
    named = {name: kept[last.versions[name]] for name in ("payer", "edits", "codes")}
    assert (named["payer"].name, named["edits"].kind) == ("SBXCO", "edits")
    assert {"icd10cm", "ptp_practitioner", "mue_practitioner"} <= set(named["codes"].content())
    assert last.inputs is not None
