"""Two readers of one wire: our codec understands what the sandbox says, and the other way round."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sandbox_practice import Bill, Practice, batch, opened

from claims.findings import Severity
from claims.x12.ack277ca_io import read_277ca
from claims.x12.check import check
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.eligibility import Header27x
from claims.x12.eligibility_read import read_271
from claims.x12.envelope import Transaction, read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Party, Reference, Trace
from claims.x12.remit835_balance import balance_835
from claims.x12.remit835_read import read_835
from claims.x12.status import Inquiry276
from claims.x12.status_read import read_277
from claims.x12.status_write import write_276
from deployments.sandbox.scenarios import SCENARIOS


@pytest.fixture(scope="module")
def month() -> Iterator[Practice]:
    """Every script played from billing to payment at the commercial payer, one claim each."""
    with opened() as practice:
        practice.send(*(Bill(member=f"{prefix}1", pcn=f"C{prefix}") for prefix in SCENARIOS))
        practice.wait_until(date(2026, 5, 1))
        yield practice


def transactions(practice: Practice, kind: str) -> list[Transaction]:
    return [t for raw in practice.contents(kind) for t in read_file(raw).transactions]


def test_our_check_finds_no_fault_in_any_file_of_the_sandbox(month: Practice):
    for file in month.files():
        if file["kind"] != "appeal":
            raw = month.http.get(f"/mailbox/{file['id']}").content
            found = [f for f in check(raw, name=file["name"]).findings if f.severity is Severity.ERROR]
            assert found == [], file["name"]


def test_our_check_finds_no_fault_in_a_271(month: Practice):
    answer = month.ask_cover(Bill(), Bill(member="WID1"), Bill(member="COB1"), Bill(member="TRM1"))
    assert [f for f in check(answer, name="271").findings if f.severity is Severity.ERROR] == []
    (one,) = read_file(answer).transactions
    assert len(read_271(one)) == 4


def test_the_sandbox_answers_the_questions_that_our_writer_writes(month: Practice):
    subscriber = Party(
        "IL", "DOE", "JANE", id_qualifier="MI", id="MED1", birth_date=date(1980, 1, 1), gender="F"
    )
    asked = Inquiry276(
        payer=Party("PR", "SANDBOX", kind="2", id_qualifier="PI", id="SBXCO"),
        receiver=Party("41", "CLINIC", kind="2", id_qualifier="46", id="PRACTICE1"),
        provider=Party("1P", "CLINIC", kind="2", id_qualifier="XX", id="1234567893"),
        subscriber=subscriber,
        trace=Trace("1", "OURS1"),
        references=(Reference("EJ", "CMED"),),
    )
    now = datetime(2026, 5, 1, 9, tzinfo=UTC)
    envelope = Envelope(sender="PRACTICE1", receiver="SBXCLEAR")
    content = write_interchange(envelope, [write_276(Header27x("A1", now), [asked])], created=now, isa13=88)
    (one,) = read_file(month.http.post("/status", content=content).content).transactions
    (answer,) = read_277(one)
    assert answer.trace is not None
    assert (answer.trace.number, answer.statuses[0].category) == ("OURS1", "F2")
    assert Reference("1K", month.entry("CMED")["icn"]) in answer.references


def test_our_reader_balances_every_payment(month: Practice):
    remittances = [read_835(t) for t in transactions(month, "835")]
    assert all(balance_835(remittance) == [] for remittance in remittances)
    paid = sum(claim.paid for remittance in remittances for claim in remittance.claims)
    assert paid == sum(Decimal(c["paid"]) for c in month.ledger()["claims"])


def test_our_reader_sees_who_was_rejected(month: Practice):
    acks = [ack for t in transactions(month, "277CA") for ack in read_277ca(t)]
    rejected = {claim.pcn for ack in acks for claim in ack.claims if claim.is_rejected}
    assert rejected == {f"C{prefix}" for prefix, script in SCENARIOS.items() if script.rejection}
    numbers = {claim.pcn: claim.icn for ack in acks for claim in ack.claims if claim.icn}
    assert numbers["CPAY"] == month.entry("CPAY")["icn"]


def test_the_sandbox_takes_the_claims_that_our_writer_writes(practice: Practice):
    (read,) = read_file(batch(1, Bill(pcn="A"), Bill(pcn="B", member="AUT1"))).transactions
    written = write_837(read_header_837(read), read_837(read))
    envelope = Envelope(sender="PRACTICE1", receiver="SBXCLEAR")
    content = write_interchange(envelope, [written], created=datetime(2026, 3, 2, 9, tzinfo=UTC), isa13=77)
    assert practice.deliver(content, "ours").status_code == 202
    assert [c["state"] for c in practice.ledger()["claims"]] == ["waiting", "waiting"]
