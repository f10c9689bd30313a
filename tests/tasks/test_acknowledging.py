"""What we receive is acknowledged: a 999 for each file of the mailbox, once, however often a run repeats."""

import asyncio
from datetime import date

import pytest
from sandbox_practice import Bill, Practice, opened
from sqlmodel import select

from claims import receipts
from claims.archive import archive, document
from claims.database import reading, transaction
from claims.model import OutgoingAck
from claims.x12.gate import gate
from config.settings import ConnectorSettings, Submitter
from deployments.bench.x12_files import own_files
from tasks.responses import collect
from tasks.runtime import Runtime


@pytest.fixture(scope="module")
def paid():
    """A practice whose mailbox holds a 999, two 277CA and a payment."""
    with opened() as practice:
        practice.send(Bill(), Bill(member="NCV1", pcn="VISIT2"))
        practice.wait_until(date(2026, 3, 13))
        yield practice


@pytest.fixture
def at_sandbox(rt: Runtime, paid: Practice):
    settings = ConnectorSettings(base_url=paid.url, receiver_id="SBXCLEAR", attempts=1)
    known = {"connectors": {"sandbox": settings}, "submitter": Submitter(id="PRACTICE1")}
    return Runtime(rt.settings.model_copy(update=known), rt.engine, rt.payers, rt.clock)


def gather(rt: Runtime):
    async def once():
        report = await collect(rt, None)
        await rt.hang_up()
        return report

    return asyncio.run(once())


def test_a_999_goes_back_for_each_file_and_none_for_an_acknowledgement(at_sandbox, paid):
    trouble = [{"on": "acknowledgements", "how": "status:503", "times": 1}]
    paid.http.put("/sandbox/faults", json=trouble).raise_for_status()
    first = gather(at_sandbox)
    assert any("took not all our acknowledgements" in problem for problem in first.problems)
    assert paid.ledger()["acknowledgements"] == []
    again = gather(at_sandbox)
    assert again.problems == []
    told = paid.ledger()["acknowledgements"]
    assert [(each["kind"], each["verdict"]) for each in told] == [("999", "A")] * 3
    assert len({each["about"] for each in told}) == 3
    gather(at_sandbox)
    assert paid.ledger()["acknowledgements"] == told
    with reading(at_sandbox.engine) as session:
        acks = session.exec(select(OutgoingAck)).all()
        assert len(acks) == 3
        assert all(ack.sent_at for ack in acks)
        written = [document(session, ack.document_id) for ack in acks]
        assert [(one.kind, one.direction) for one in written] == [("999", "out")] * 3
        assert [gate(one.content) for one in written] == [[]] * 3


def test_a_999_that_the_gate_refuses_is_not_sent_and_a_person_is_told(at_sandbox, paid, act):
    gather(at_sandbox)
    before = paid.ledger()["acknowledgements"]
    with transaction(at_sandbox.engine) as session:
        raw = (
            own_files()["277CA"]
            .replace(b"*1*X*005010X214", b"*ONE*X*005010X214")
            .replace(b"GE*1*1~", b"GE*1*ONE~")
        )
        kept = archive(session, raw, kind="277CA", direction="in", at=act.at.real)
        (refused,) = receipts.acknowledge(session, act, kept, "sandbox")
    (problem,) = gather(at_sandbox).problems
    assert refused.id in problem
    assert "AK102" in problem
    assert paid.ledger()["acknowledgements"] == before
    with reading(at_sandbox.engine) as session:
        assert [each.id for each in receipts.unsent(session, "sandbox")] == [refused.id]


def test_a_partner_that_wants_none_gets_none_and_they_are_kept(rt, act):
    with transaction(rt.engine) as session, opened() as practice:
        practice.send(Bill())
        practice.ledger()
        (raw, *_) = practice.contents("277CA")
        kept = archive(session, raw, kind="277CA", direction="in", at=act.at.real)
        (ack,) = receipts.acknowledge(session, act, kept, "sandbox")
        session.flush()
        assert receipts.unsent(session, "sandbox") == [ack]
        assert receipts.acknowledge(session, act, kept, "sandbox") == [ack]
        assert ack.sent_at is None
