"""The whole way by file: 837 out, acknowledgements in, payment posted; and sends nobody can ask about."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zlib import crc32

import httpx
import pytest
from factories import Practice
from offices import AnyOffice
from sqlalchemy import Engine
from sqlmodel import select

from claims.clock import FixedClock
from claims.database import reading, transaction
from claims.decisions import decide
from claims.errors import BadInput
from claims.events import Act
from claims.model import (
    Actor,
    Adjudication,
    Batch,
    BatchState,
    Claim,
    Document,
    EventRow,
    FetchedFile,
    Filing,
    Role,
    Submission,
    WorkItem,
    WorkState,
)
from config.file_partners import FolderPartner, PaperPartner, SftpPartner
from config.partners import Partner
from config.settings import Submitter
from deployments.sandbox import running
from tasks.assemble import assemble
from tasks.reconcile import find, settle_in_doubt
from tasks.responses import collect
from tasks.runtime import Runtime
from tasks.send import Sending, Sent, send_batch

DAY = date(2026, 3, 2)


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(today=DAY, sftp_port=0) as url:
        yield url


class Office(AnyOffice):
    """A practice with one ready claim whose payer is reached as ``partner`` says."""

    def __init__(self, rt: Runtime, partner: Partner, sender: str, act: Act) -> None:
        known = {"connectors": {"sandbox": partner}, "submitter": Submitter(id=sender)}
        self.rt = Runtime(rt.settings.model_copy(update=known), rt.engine, rt.payers, rt.clock)
        self.clock = rt.clock
        with transaction(rt.engine) as session:
            practice = Practice(session, act)
            practice.filing(practice.claim(coverage={"member_id": f"PAY{crc32(sender.encode()) % 10**6}"}))
            session.add(Actor(name="olga", roles=[Role.OPS], since=act.at.real))
        self.run(assemble(self.rt, None, None))
        self.batch_id = self.one(Batch).id

    def send(self) -> Sent:
        return self.run(send_batch(self.rt, self.batch_id, None))

    def settle(self) -> list[str]:
        found = self.run(find(self.rt, None))
        return list(self.run(settle_in_doubt(self.rt, found.in_doubt, None)).attention)

    def collect(self):
        return self.run(collect(self.rt, None))

    def items(self, kind: str) -> list[WorkItem]:
        with reading(self.rt.engine) as session:
            query = select(WorkItem).where(WorkItem.kind == kind, WorkItem.state == WorkState.OPEN)
            return list(session.exec(query))

    def decide(self, kind: str, option: str, value: str | None = None) -> None:
        (item,) = self.items(kind)
        with transaction(self.rt.engine) as session:
            act = self.rt.act(None, "olga")
            decide(session, act, item.id, option, "as the office knows", self.rt.payers, value)


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as http:
        yield http
        http.delete("/sandbox/faults")


@pytest.fixture
def office(rt: Runtime, http: httpx.Client, act: Act, request: pytest.FixtureRequest) -> Office:
    about = http.get("/sandbox/sftp").json()
    sender = f"T{crc32(request.node.name.encode()) % 10**9}"
    partner = SftpPartner(
        host="127.0.0.1",
        port=about["port"],
        user=sender,
        password="sandbox",
        host_keys=(about["host_key"],),
        receiver_id="SBXCLEAR",
        timeout_seconds=5,
    )
    return Office(rt, partner, sender, act)


def fault(http: httpx.Client, how: str) -> None:
    rows = [{"on": "sftp_rename", "how": how, "times": 1}]
    http.put("/sandbox/faults", json=rows).raise_for_status()


def received(http: httpx.Client, pcn: str) -> int:
    claims = http.get("/sandbox/ledger").json()["claims"]
    return sum(claim["received"] for claim in claims if claim["pcn"] == pcn)


def test_a_claim_goes_by_sftp_and_its_payment_comes_back(office, http):
    assert office.send().outcome is Sending.SENT
    report = office.collect()
    assert report.problems == []
    assert office.one(Filing).submission is Submission.ACCEPTED
    http.put("/sandbox/clock", json={"today": (DAY + timedelta(days=15)).isoformat()}).raise_for_status()
    assert office.collect().problems == []
    assert office.one(Filing).adjudication is Adjudication.PAID
    assert received(http, office.one(Claim).pcn) == 1
    told = http.get("/sandbox/ledger").json()["acknowledgements"]
    assert {each["verdict"] for each in told} == {"A"}
    with reading(office.rt.engine) as session:
        kinds = {document.kind for document in session.exec(select(Document))}
    assert kinds >= {"837P", "999", "277CA", "835"}


def test_a_send_that_was_taken_away_waits_for_the_acknowledgement_that_proves_it(office, http):
    fault(http, "cut_after")
    sent = office.send()
    assert sent.outcome is Sending.WAITING
    assert not sent.failed
    assert "nothing was sent again" in sent.message
    assert office.settle() == []
    assert office.items("unconfirmed_send") == []
    office.collect()
    assert office.settle() == []
    batch = office.one(Batch)
    assert (batch.state, batch.receipt) == (BatchState.SENT, "999 A")
    assert received(http, office.one(Claim).pcn) == 1
    assert office.send().outcome is Sending.ALREADY_SENT


def test_a_person_is_asked_when_no_acknowledgement_comes_in_its_time(office, http, clock: FixedClock):
    fault(http, "cut_after")
    office.send()
    clock.move(timedelta(hours=25))
    (told,) = [office.run(send_batch(office.rt, office.batch_id, None)).message]
    assert "nothing was sent again" in told
    (item,) = office.items("unconfirmed_send")
    assert office.one(Batch).control_number in item.reason
    assert office.items("acknowledgement_overdue_999") == []
    office.decide("unconfirmed_send", "arrived")
    assert office.one(Batch).state is BatchState.SENT
    assert received(http, office.one(Claim).pcn) == 1


def test_a_send_that_kept_its_temporary_name_goes_again_and_arrives_once(office, http):
    fault(http, "cut_before")
    assert office.send().outcome is Sending.NOT_SENT
    assert received(http, office.one(Claim).pcn) == 0
    assert office.send().outcome is Sending.SENT
    assert received(http, office.one(Claim).pcn) == 1


def test_the_same_bytes_under_another_name_are_applied_once(office, http):
    office.send()
    office.collect()
    with reading(office.rt.engine) as session:
        first = session.exec(select(Document).where(Document.kind == "277CA")).first()
        before = len(session.exec(select(FetchedFile)).all())
    connector = office.rt.settings.connectors["sandbox"]

    async def leave():
        import asyncssh

        options = {"known_hosts": None, "username": connector.user, "password": "sandbox", "config": None}
        async with (
            asyncssh.connect("127.0.0.1", connector.port, **options) as line,
            line.start_sftp_client() as sftp,
            sftp.open("outbound/again.277", "wb") as file,
        ):
            await file.write(first.content)

    asyncio.run(leave())
    assert office.collect().done == "files: 1 known"
    with reading(office.rt.engine) as session:
        assert len(session.exec(select(FetchedFile)).all()) == before + 1
    assert office.items("ack_unmatched") == []


@pytest.fixture
def by_hand(rt: Runtime, act: Act) -> Office:
    partner = FolderPartner(outbox=Path("out"), inbox=Path("in"), receiver_id="SBXCLEAR")
    return Office(rt, partner, "BYHAND", act)


def carry(office: Office, http: httpx.Client) -> None:
    """What the person does: uploads what lies in the outbox, and saves what the portal offers."""
    home = office.rt.settings.home
    for path in sorted((home / "out").glob("*")):
        headers = {"Idempotency-Key": path.name, "X-Sender": "BYHAND"}
        where = "/submissions" if path.suffix == ".837" else "/acknowledgements"
        http.post(where, content=path.read_bytes(), headers=headers).raise_for_status()
        path.unlink()
    for file in http.get("/mailbox", headers={"X-Sender": "BYHAND"}).json()["files"]:
        content = http.get(f"/mailbox/{file['id']}").content
        (home / "in").mkdir(exist_ok=True)
        (home / "in" / f"{file['id']}-{file['name']}").write_bytes(content)
        http.delete(f"/mailbox/{file['id']}")


def test_a_claim_goes_by_folder_and_its_payment_comes_back(by_hand, http):
    assert by_hand.send().outcome is Sending.SENT
    (written,) = (by_hand.rt.settings.home / "out").iterdir()
    assert written.stat().st_mode & 0o777 == 0o600
    carry(by_hand, http)
    assert by_hand.collect().problems == []
    assert by_hand.one(Filing).submission is Submission.ACCEPTED
    today = date.fromisoformat(http.get("/sandbox/clock").json()["today"])
    http.put("/sandbox/clock", json={"today": (today + timedelta(days=15)).isoformat()})
    carry(by_hand, http)
    assert by_hand.collect().problems == []
    assert by_hand.one(Filing).adjudication is Adjudication.PAID
    assert by_hand.collect().done == "files: none"
    with reading(by_hand.rt.engine) as session:
        written = session.exec(select(EventRow).where(EventRow.kind == "file_written")).all()
    assert len(written) == 1 + 3  # the claims, and a 999 for each 277CA and for the 835


@pytest.fixture
def by_mail(rt: Runtime, act: Act) -> Office:
    return Office(rt, PaperPartner(outbox=Path("mail"), receiver_id="SBXCLEAR"), "BYMAIL", act)


def test_claims_on_paper_wait_for_whoever_mails_them_whose_word_is_the_receipt(by_mail, clock: FixedClock):
    sent = by_mail.send()
    assert sent.outcome is Sending.WAITING
    assert not sent.failed
    assert by_mail.settle() == []
    assert by_mail.one(Filing).submission is Submission.SENT_UNCONFIRMED
    for wrong in ("yesterday", "2026-03-01", "2026-03-20", "2026-03-02 " + "9" * 41):
        with pytest.raises(BadInput):
            by_mail.decide("paper_to_mail", "mailed", wrong)
    clock.move(timedelta(days=1))
    by_mail.decide("paper_to_mail", "mailed", "2026-03-02 9400-1000")
    batch, filing = by_mail.one(Batch), by_mail.one(Filing)
    assert (batch.state, batch.receipt) == (BatchState.SENT, "mailed 2026-03-02, tracking 9400-1000")
    assert (filing.submission, filing.sent_at.date()) == (Submission.SENT, DAY)
    assert by_mail.items("paper_to_mail") == []


def test_paper_that_was_not_mailed_is_asked_for_again(by_mail):
    by_mail.send()
    by_mail.decide("paper_to_mail", "never")
    assert by_mail.one(Filing).submission is Submission.QUEUED
    assert by_mail.send().outcome is Sending.WAITING
    assert len(by_mail.items("paper_to_mail")) == 1
