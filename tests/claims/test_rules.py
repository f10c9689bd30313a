"""The rules that always hold, each under its number; rules 4 and 9 stand with the tasks, 10 has a file."""

import ast
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import processes
import pytest
from factories import Practice
from sqlalchemy import Engine, func, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import Session, col, select, update

from claims import archive, audit, filing, lifecycle, steps, work
from claims.bundle import load_bundle
from claims.clock import ShiftedClock
from claims.database import open_engine, reading, sqlite_url, transaction
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.keys import Keyring
from claims.lifecycle import Change
from claims.listing import find_claim
from claims.model import (
    Account,
    Adjudication,
    Claim,
    ClaimStep,
    EventRow,
    FetchedFile,
    ImportedFile,
    Posting,
    Queue,
    Stage,
    Submission,
)
from claims.money import ledger
from claims.transitions import ADJUDICATIONS, STAGES, SUBMISSIONS, Event, axes_of

ROOT = Path(__file__).parents[2]
ALL_ROOMS = ("claims", "tasks", "flows", "deployments")
SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT)


def writers(rooms: tuple[str, ...], *names: str) -> list[str]:
    """The source files in which one of these dotted or plain names is used."""
    found = []
    for path in sorted(path for room in rooms for path in (ROOT / room).rglob("*.py")):
        written = path.read_text("utf-8")
        if any(name in written for name in names):  # parsing is slow
            used = (n for n in ast.walk(ast.parse(written)) if isinstance(n, ast.Attribute | ast.Name))
            if not {ast.unparse(node) for node in used}.isdisjoint(names):
                found.append(path.relative_to(ROOT).as_posix())
    return found


def test_rule_1_the_claims_database_is_the_record(
    sqlite_engine: Engine, act: Act, keyring: Keyring, tmp_path: Path
):
    """A copy of the database and the keys is enough to say all of a claim, and go on with it."""
    with transaction(sqlite_engine) as session:
        practice = Practice(session, act)
        bundle = practice.claim(stage=Stage.SCRUB)
        steps.begin(session, [bundle.claim], "scrub", "run-1", act.at.real)
        change = work.hold(
            session, act, bundle.claim, queue=Queue.BILLING, kind="scrub_findings", reason="two fields"
        )
        lifecycle.apply(session, [change], act)
    sqlite_engine.dispose()
    elsewhere = tmp_path / "elsewhere.db"
    elsewhere.write_bytes((tmp_path / "claims.db").read_bytes())
    engine = open_engine(sqlite_url(elsewhere), keyring)
    with reading(engine) as session:
        claim = find_claim(session, bundle.claim.pcn)
        assert (claim.stage, claim.hold_reason) == (Stage.SCRUB, "scrub_findings")
        assert [item.claim_id for item in work.open_items(session)] == [claim.id]
        assert session.exec(select(ClaimStep.run_id)).all() == ["run-1"]
        assert load_bundle(session, claim.id).patient.family == "EXAMPLE"
        assert audit.verify(session).ok
    engine.dispose()


def test_rule_2_one_door_on_the_orm_path_and_the_bulk_path_and_one_event_for_each_change(
    any_session: Session, act: Act, keyring: Keyring
):
    claim = Practice(any_session, act).claim().claim
    for road in (
        lambda: any_session.execute(update(Claim).values(stage=Stage.CLOSED)),
        lambda: any_session.execute(update(Claim), [{"id": claim.id, "stage": Stage.CLOSED}]),
        lambda: any_session.execute(text("UPDATE claim SET stage = 'closed'")),
    ):
        with pytest.raises(NotAllowed):
            road()
    clerk = Act("bea", ShiftedClock(timedelta(days=9)).now(), "run-1")
    story = Story("complete", {"fields": 3}, {"edits": "v1"}, inputs=b"what was decided upon")
    lifecycle.apply(any_session, [Change(claim, Event.INTAKE_COMPLETED, story)], clerk)
    last = any_session.exec(select(EventRow).order_by(col(EventRow.id).desc())).first()
    assert last is not None
    assert (last.subject, last.number, last.kind) == (claim.id, 2, "intake_completed")
    assert (last.actor, last.run_id, last.why) == ("bea", "run-1", "complete")
    assert (last.real_at, last.business_at) == (clerk.at.real, clerk.at.business)
    assert (last.before["stage"], last.after["stage"]) == ("intake", "eligibility")
    assert (last.versions, last.inputs) == ({"edits": "v1"}, keyring.fingerprint(b"what was decided upon"))


@pytest.mark.crash
def test_rule_3_a_step_may_be_killed_anywhere_and_run_twice(any_engine: Engine, act: Act, keyring: Keyring):
    url = any_engine.url.render_as_string(hide_password=False)
    with transaction(any_engine) as session:
        claim_id = Practice(session, act).claim().claim.id

    def advance(session: Session) -> None:
        claim = session.get_one(Claim, claim_id)
        steps.begin(session, [claim], "intake", "run-1", act.at.real)
        lifecycle.apply(session, [Change(claim, Event.INTAKE_COMPLETED, Story("complete"))], act)

    def die_before_the_commit(say) -> None:
        with transaction(open_engine(url, keyring)) as session:
            advance(session)
            say(session.get_one(Claim, claim_id).stage)

    with processes.waiting(die_before_the_commit) as (stage, process):
        assert stage is Stage.ELIGIBILITY
        process.kill()
        process.join()
        with reading(any_engine) as session:
            assert session.get_one(Claim, claim_id).stage is Stage.INTAKE
            assert session.exec(select(func.count()).select_from(ClaimStep)).one() == 0
            assert audit.verify(session).ok
    with transaction(any_engine) as session:
        advance(session)


def test_rule_5_the_edits_are_the_only_road_to_submission():
    into_ready = {event for (before, event), after in STAGES.items() if after is Stage.READY != before}
    assert into_ready == {Event.SCRUBBED, Event.NEVER_RECEIVED}  # the latter passed them before
    from_ready = {before for before, event in STAGES if event is Event.QUEUED}
    assert from_ready == {Stage.READY}
    assert {before for before, event in SUBMISSIONS if event is Event.SEND_STARTED} == {Submission.QUEUED}
    assert writers(ALL_ROOMS, "Event.SCRUBBED") == ["claims/edits/steps.py"]
    assert writers(ALL_ROOMS, "Event.QUEUED") == ["claims/submission.py"]


def test_rule_6_raw_bytes_first(any_session: Session, act: Act):
    """What was fetched or taken in names its document, so that cannot be stored before the bytes are."""
    for table in (FetchedFile, ImportedFile):
        assert not table.__table__.c.document_id.nullable
    kept = archive.archive(any_session, b"not X12 at all", kind="835", direction="in", at=act.at.real)
    again = archive.archive(any_session, b"not X12 at all", kind="835", direction="in", at=act.at.real)
    assert again.id == kept.id
    stored = any_session.connection().execute(text("SELECT content FROM document")).scalar_one()
    assert b"not X12" not in bytes(stored)


def test_rule_7_rejected_is_not_denied(any_session: Session, act: Act, payers):
    practice = Practice(any_session, act)
    rejected, denied = practice.claim(), practice.claim()
    practice.filing(rejected, *SENT, Event.REJECTED_PAYER)
    practice.filing(denied, *SENT, Event.ACCEPTED, Event.REMIT_DENIED, icn="P1")
    assert (rejected.claim.stage, rejected.filing.adjudication) == (Stage.SCRUB, Adjudication.NONE)
    assert (denied.claim.stage, denied.filing.submission) == (Stage.ADJUDICATED, Submission.ACCEPTED)
    as_new = filing.next_filing(rejected, payers, act.at.business)
    replacing = filing.next_filing(denied, payers, act.at.business)
    assert as_new is not None
    assert replacing is not None
    assert (as_new.frequency, as_new.original_icn) == ("1", None)
    assert (replacing.frequency, replacing.original_icn) == ("7", "P1")


def test_rule_7_no_rejection_speaks_of_adjudication_and_a_missing_answer_is_no_event():
    rejections = [event for event in Event if event.startswith("rejected_")]
    assert len(rejections) == 3
    assert all("adjudication" not in axes_of(event) for event in rejections)
    assert {after for (_, event), after in ADJUDICATIONS.items() if event is Event.REMIT_DENIED} == {
        Adjudication.DENIED
    }
    assert not [event for event in Event if "overdue" in event]


def test_rule_8_money_is_exact(any_session: Session, act: Act):
    practice = Practice(any_session, act)
    tenths = practice.claim(lines=({"charge": Decimal("0.10")},) * 3).claim
    assert tenths.charge == Decimal("0.30")
    ledger.post_charges(any_session, act, [tenths])
    moves = [
        ledger.Movement(tenths.id, Account.PAID_BY_PAYER, Account.PAYER, Decimal("0.10"), "payment")
        for _ in range(3)
    ]
    ledger.post(any_session, act, moves)
    assert ledger.balance(any_session, tenths.id).open == Decimal("0.00")
    for inexact in (0.1, Decimal("0.105")):
        with pytest.raises(StatementError, match="Money is a Decimal"), any_session.begin_nested():
            any_session.execute(update(Claim).values(charge=inexact))
    for statement in ("UPDATE posting SET amount = 0", "DELETE FROM posting"):
        with pytest.raises(DBAPIError, match="append-only"), any_session.begin_nested():
            any_session.execute(text(statement))
    assert len(any_session.exec(select(Posting)).all()) == 6


def test_rule_11_the_domain_reads_no_clock_of_its_own():
    clocks = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
    assert writers(("claims", "config"), *clocks) == ["claims/clock.py"]


def test_rule_11_only_the_sandbox_keeps_a_clock_that_moves():
    assert writers(ALL_ROOMS, "BusinessClock") == ["claims/business_clock.py"]
