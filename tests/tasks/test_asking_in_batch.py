"""Questions that payers answer later: over each way that carries them, lost, late, twice, and never."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import httpx
import pytest
from factories import DAY, Practice
from offices import AnyOffice
from sqlalchemy import Engine
from sqlmodel import select

from claims import eligibility, responses, submission
from claims.ack_ledger import ledger
from claims.archive import archive
from claims.clock import FixedClock
from claims.database import reading, transaction
from claims.day_closed import certify
from claims.inquiry import BadQuestion
from claims.model import (
    Batch,
    BatchQuestion,
    BatchState,
    Claim,
    ClaimStep,
    EligibilityCheck,
    Encounter,
    Stage,
    StatusCheck,
    WorkItem,
    WorkState,
)
from claims.model.types import new_id
from claims.steps import FAILED
from claims.transitions import Event
from claims.x12.interchange import Envelope
from claims.x12.ta1 import Ta1, write_ta1
from config.payers import load_payers
from config.settings import Settings
from deployments.bench.crash import address
from deployments.bench.crash.ways import WAYS
from deployments.sandbox import running
from tasks.eligibility import check_eligibility
from tasks.inquire import ask_for_claims, send_questions
from tasks.poll import poll
from tasks.recheck import recheck
from tasks.reconcile import find
from tasks.responses import collect
from tasks.runtime import Runtime
from tasks.send import send_batch
from tasks.sweep import sweep

ACCEPTED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(today=DAY, api_key="s3cret", sftp_port=0) as url:
        yield url


class Office(AnyOffice):
    """A practice whose payers answer every question in batch, by one way."""

    def __init__(self, kind: str, url: str, engine: Engine, clock: FixedClock, home: Path, name: str) -> None:
        way = next(each for each in WAYS if each.settings["kind"] == kind)
        sender = f"T{crc32(name.encode()) % 10**9}"
        partner = {**way.partner(address(url)), "timeout_seconds": 5}
        if kind == "sftp":
            partner["user"] = sender
        known = {"connectors": {"sandbox": partner}, "submitter": {"id": sender}}
        settings = Settings.model_validate({"home": home, "profile": "sandbox", **known})
        shipped = load_payers(Settings(home=home, profile="sandbox"))
        batch = {"visits": "batch", "claims": "batch", "status": "batch"}
        payers = {
            id: each.model_validate({**each.model_dump(), "questions": batch}) for id, each in shipped.items()
        }
        self.rt = Runtime(settings, engine, payers, clock)
        self.sender, self.clock, self.kind, self.home = sender, clock, kind, home
        self.http = httpx.Client(base_url=url, headers={"authorization": "Bearer s3cret"}, timeout=30)

    def has(
        self, visits: Sequence[str] = (), claims: Sequence[str] = (), accepted: Sequence[str] = ()
    ) -> list[str]:
        """Members with a planned visit, with a claim that waits for its coverage, with one at the payer."""
        now, born = self.clock.now().business, DAY.replace(year=1980)
        soon = now.date() + timedelta(2)
        with transaction(self.rt.engine) as session:
            practice = Practice(session, self.rt.act())
            for member in visits:
                patient = practice.patient(birth_date=born)
                practice.coverage(patient, member_id=member)
                planned = {"planned": True, "starts_on": soon, "ends_on": soon}
                session.add(Encounter(source_index=new_id(), patient_id=patient.id, **planned))
            for member in accepted:
                bundle = practice.claim(coverage={"member_id": member})
                practice.filing(bundle, *ACCEPTED, accepted_at=now, sent_at=now, status_due_at=now)
            insured = [{"member_id": member} for member in claims]
            waiting = [practice.claim(stage=Stage.ELIGIBILITY, coverage=each).claim for each in insured]
            for claim in waiting:
                claim.next_action_at = now
            return [claim.id for claim in waiting]

    def ask(self) -> list[str]:
        """Claims are asked about as the daily run does."""
        waiting = self.rows(select(Claim.id).where(Claim.stage == Stage.ELIGIBILITY))
        results = self.run(check_eligibility(self.rt, waiting, None))
        self.run(ask_for_claims(self.rt, None, None))
        self.run(send_questions(self.rt, None))
        return [f"{result.outcome}: {result.message}" for result in results]

    def collect(self):
        """What lies in the mailbox; by folder a person carries both ways first."""
        if self.kind == "folder":
            self._carry()
        return self.run(collect(self.rt, None))

    def _carry(self) -> None:
        for path in sorted((self.home / "out").glob("*")):
            headers = {"Idempotency-Key": f"{self.sender}{path.name}", "X-Sender": self.sender}
            where = "/acknowledgements" if path.suffix == ".999" else "/submissions"
            self.http.post(where, content=path.read_bytes(), headers=headers).raise_for_status()
            path.unlink()
        (self.home / "in").mkdir(exist_ok=True)
        for file in self.http.get("/mailbox", headers={"X-Sender": self.sender}).json()["files"]:
            (self.home / "in" / file["name"]).write_bytes(self.http.get(f"/mailbox/{file['id']}").content)
            self.http.delete(f"/mailbox/{file['id']}")

    def rows(self, query):
        with reading(self.rt.engine) as session:
            return list(session.exec(query))

    def work(self) -> Counter[str]:
        return Counter(self.rows(select(WorkItem.kind).where(WorkItem.state == WorkState.OPEN)))

    def ledger(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        with reading(self.rt.engine) as session:
            for each in ledger(session, self.clock.now().business, everything=True):
                found.setdefault(each.kind, set()).add(each.state)
        return found


@pytest.fixture
def office(url: str, engine: Engine, clock: FixedClock, tmp_path: Path, request: pytest.FixtureRequest):
    kind = getattr(request, "param", "core-rest")
    office = Office(kind, url, engine, clock, tmp_path, request.node.name)
    yield office
    office.http.delete("/sandbox/faults")
    office.http.close()


@pytest.mark.parametrize("office", ["core-rest", "core-soap", "sftp", "folder"], indirect=True)
def test_what_is_asked_in_batch_is_answered_with_the_mailbox_as_if_at_once(office):
    covered, ended = office.has(["PAY1", "TRM1", "COB1", "WID1"], ["PAY2", "TRM2"], ["PAY7"])
    assert office.ask() == ["Waiting: its coverage is asked about with the next batch of questions"] * 2
    assert office.run(sweep(office.rt, None)).done.endswith("4 for SBXCO in 1 batch that is answered later")
    assert office.run(poll(office.rt, None)).done.endswith("1 for SBXCO in 1 batch that is answered later")
    assert {told.partition(" in batch")[0] for told in office.ask()} == {"Waiting: asked"}
    assert len(office.rows(select(Batch))) == 3  # nothing is asked twice while it is awaited
    assert office.collect().problems == []
    assert office.ledger() == {"999": {"came"}, "271": {"came"}, "277": {"came"}}
    assert office.work() == {"coverage_inactive": 2, "other_payer": 1, "member_not_found": 1}
    stages = dict(office.rows(select(Claim.id, Claim.stage).where(Claim.id.in_([covered, ended]))))
    assert stages == {covered: Stage.AUTHORIZATION, ended: Stage.ELIGIBILITY}
    before = [len(office.rows(select(table))) for table in (EligibilityCheck, StatusCheck)]
    assert before == [6, 1]
    office.collect()
    assert [len(office.rows(select(table))) for table in (EligibilityCheck, StatusCheck)] == before
    assert office.run(sweep(office.rt, None)).done.endswith("3 for SBXCO in 1 batch that is answered later")


@pytest.mark.parametrize("office", ["sftp"], indirect=True)
def test_a_batch_that_may_have_gone_is_not_sent_again_and_its_answer_proves_that_it_did(office):
    office.has(claims=["PAY1"])
    rows = [{"on": "sftp_rename", "how": "cut_after", "times": 1}]
    office.http.put("/sandbox/faults", json=rows).raise_for_status()
    office.ask()
    (batch,) = office.rows(select(Batch))
    assert (batch.state, batch.receipt) == (BatchState.UNCONFIRMED, None)
    assert "asked in batch" in office.ask()[0]
    office.collect()
    (batch,) = office.rows(select(Batch))
    assert (batch.state, office.rows(select(Claim.stage))) == (BatchState.SENT, [Stage.AUTHORIZATION])
    assert office.http.get(f"/submissions/{batch.control_number}").status_code == 200
    assert len(office.rows(select(EligibilityCheck))) == 1


def test_one_killed_after_it_was_sent_is_asked_for_and_goes_once(office):
    office.has(claims=["PAY1"])
    rows = [{"on": "submissions", "how": "close_after_accept", "times": 1}]
    office.http.put("/sandbox/faults", json=rows).raise_for_status()
    office.ask()
    (batch,) = office.rows(select(Batch))
    assert (batch.state, batch.receipt is None) == (BatchState.SENT, False)  # its 999 was there already
    office.run(send_batch(office.rt, batch.id, None))
    assert [len(office.rows(select(Batch)))] == [1]
    office.collect()
    assert office.rows(select(Claim.stage)) == [Stage.AUTHORIZATION]


def test_silence_is_work_and_no_word_on_the_patient_and_what_comes_late_is_heard(office):
    office.has(["PAY1"], ["PAY2"])
    office.ask()
    office.run(sweep(office.rt, None))
    office.clock.move(timedelta(hours=25))
    office.run(find(office.rt, None))
    assert office.work() == {"acknowledgement_overdue_999": 2, "acknowledgement_overdue_271": 2}
    assert (
        "1 of its questions (270) are unanswered"
        in office.rows(select(WorkItem.reason).where(WorkItem.kind == "acknowledgement_overdue_271"))[0]
    )
    assert office.rows(select(EligibilityCheck)) == []
    claim = office.rows(select(Claim))[0]
    assert (claim.stage, claim.hold_reason) == (Stage.ELIGIBILITY, None)
    office.ask()
    assert len(office.rows(select(Batch))) == 3  # the claim is asked about again
    office.collect()
    assert office.work() == {}
    assert office.rows(select(Claim.stage)) == [Stage.AUTHORIZATION]
    assert set(office.rows(select(BatchQuestion.state))) == {"answered"}


def test_questions_that_are_refused_are_operations_work_and_asked_again(office):
    office.has(claims=["PAY1"])
    office.ask()
    (batch,) = office.rows(select(Batch))
    number = batch.control_number
    about = Ta1(number, "R", "024", DAY, "0930")
    content = write_ta1(Envelope("THEM", "US"), [about], created=office.rt.clock.now().real, isa13=1)
    receive(office, content)
    assert office.work() == {"questions_refused": 1}
    assert office.ledger()["271"] == {"came"}
    office.clock.move(timedelta(hours=25))
    office.ask()
    assert len(office.rows(select(Batch))) == 2


def receive(office: Office, content: bytes, connector: str = "sandbox") -> str:
    act = office.rt.act()
    with transaction(office.rt.engine) as session:
        kept = archive(session, content, kind="x", direction="in", at=act.at.real)
    return responses.apply(office.rt.engine, act, kept, office.rt.payers, connector).state


def test_an_answer_from_elsewhere_answers_nothing(office):
    office.has(claims=["PAY1"])
    office.ask()
    answer = office.http.get("/mailbox", headers={"X-Sender": office.sender}).json()["files"][-1]
    content = office.http.get(f"/mailbox/{answer['id']}").content
    assert receive(office, content, "elsewhere") == "queued"
    assert office.work() == {"answer_unmatched": 1}
    assert office.rows(select(Claim.stage)) == [Stage.ELIGIBILITY]


def test_an_answer_without_our_reference_is_found_by_its_trace_and_twice_is_no_news(office):
    office.has(claims=["PAY1"], accepted=["PAY7"])
    office.ask()
    office.run(poll(office.rt, None))
    for file in office.http.get("/mailbox", headers={"X-Sender": office.sender}).json()["files"]:
        content = office.http.get(f"/mailbox/{file['id']}").content
        for reference in (b"THEIRS1", b"THEIRS2"):
            assert receive(office, re.sub(rb"B\d{9}(?=\*)", reference, content)) == "applied"
    assert office.work() == {}
    assert [len(office.rows(select(table))) for table in (EligibilityCheck, StatusCheck)] == [1, 1]


def test_a_claim_with_an_old_confirmation_waits_once_for_the_answer(office):
    old = office.clock.now().business - timedelta(40)
    with transaction(office.rt.engine) as session:
        practice = Practice(session, office.rt.act())
        bundle = practice.claim(coverage={"member_id": "PAY1"})
        practice.filing(bundle)
        checked = {"coverage_id": bundle.coverage.id, "asked_for": DAY, "outcome": "active", "at": old}
        session.add(EligibilityCheck(**checked))

    def due() -> int:
        assert office.run(recheck(office.rt, None, None)) == []
        office.run(send_questions(office.rt, None))
        with reading(office.rt.engine) as session:
            now = office.clock.now().business
            day = certify(session, now.date(), now, now)
            assert day.complete or submission.due(session, now)
            return len(submission.due(session, now))

    assert (due(), due(), len(office.rows(select(Batch)))) == (0, 0, 1)
    office.clock.move(timedelta(hours=25))
    assert (due(), len(office.rows(select(Batch)))) == (1, 1)  # it goes with what it has
    office.collect()
    assert due() == 1


def test_one_unsound_question_fails_its_own_claim_and_the_others_are_asked(office, monkeypatch):
    inquiry = eligibility.inquiry

    def breaks(asked, *rest):
        if any(asking.coverage.member_id == "PAY2" for asking in asked):
            raise BadQuestion("Our 270 does not keep to its guide.")
        return inquiry(asked, *rest)

    monkeypatch.setattr(eligibility, "inquiry", breaks)
    office.has(claims=["PAY1", "PAY2", "PAY3"])
    office.ask()
    (batch,) = office.rows(select(Batch))
    failed = office.rows(select(ClaimStep.message).where(ClaimStep.status == FAILED))
    assert (batch.claims, [message.partition(":")[0] for message in failed]) == (2, ["bad_question"])


def test_claims_of_one_coverage_and_day_are_one_question_however_few_a_file_holds(office):
    few = {"visits": "batch", "claims": "batch", "status": "batch", "per_file": 2}
    for id, profile in office.rt.payers.items():
        office.rt.payers[id] = profile.model_validate({**profile.model_dump(), "questions": few})
    with transaction(office.rt.engine) as session:
        practice = Practice(session, office.rt.act())
        made = [practice.claim(stage=Stage.ELIGIBILITY, coverage={"member_id": f"PAY{n}"}) for n in range(5)]
        same = {"coverage_id": made[0].coverage.id, "patient_id": made[0].patient.id}
        made += [practice.claim(stage=Stage.ELIGIBILITY, **same) for _ in range(3)]
        for each in made:
            each.claim.next_action_at = office.clock.now().business
    office.ask()
    assert sorted(office.rows(select(Batch.claims))) == [1, 2, 2]
    claims_asked = Counter(office.rows(select(BatchQuestion.trace)))
    assert sorted(claims_asked.values()) == [1, 1, 1, 1, 4]
    assert len({told.partition("asked in batch ")[2] for told in office.ask()}) == 3
    assert len(office.rows(select(Batch))) == 3
