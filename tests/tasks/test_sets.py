"""What is at fault is taken out and the rest goes: sets of a file, claims of a set, forms of a batch."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from factories import Practice
from sqlmodel import col, select

from claims import responses, submission
from claims.archive import archive, document
from claims.connect import Receipt
from claims.database import transaction
from claims.model import Batch, BatchItem, Claim, Filing, Stage, Submission
from claims.x12.ack999 import Ack999, SegmentError, SetAck
from claims.x12.ack999_io import write_999
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from config.file_partners import PaperPartner
from config.web_partners import ConnectorSettings
from tasks.assemble import assemble
from tasks.life import STEPS
from tasks.runtime import Runtime
from tasks.send import Sending, send_batch

HTTP = ConnectorSettings(base_url="http://127.0.0.1:9", receiver_id="SBXCLEAR")


class Office:
    """Ready claims of one payer, whose file says how its batches are cut."""

    def __init__(self, rt: Runtime, claims: int, partner=HTTP, **cut) -> None:
        settings = rt.settings.model_copy(update={"connectors": {"sandbox": partner}})
        payers = {**rt.payers, "SBXCO": rt.payers["SBXCO"].model_copy(update=cut)}
        self.rt = Runtime(settings, rt.engine, payers, rt.clock)
        with transaction(rt.engine) as session:
            practice = Practice(session, rt.act())
            for number in range(claims):
                practice.filing(practice.claim(coverage={"member_id": f"PAY{number}"}))
        self.assemble()

    def assemble(self) -> None:
        assert asyncio.run(assemble(self.rt, None, None)) == []

    def all(self, table) -> list:
        with transaction(self.rt.engine) as session:
            return list(session.exec(select(table).order_by(col(table.id))))

    def file(self, batch: Batch) -> bytes:
        with transaction(self.rt.engine) as session:
            return document(session, batch.document_id).content

    def travellers(self, batch: Batch) -> list[tuple[str, str]]:
        """Control number and set of each claim, in the file's order."""
        with transaction(self.rt.engine) as session:
            query = select(Filing.pcn, BatchItem.st_number).join(Filing, Filing.id == BatchItem.filing_id)
            rows = query.where(BatchItem.batch_id == batch.id).order_by(col(BatchItem.id))
            return list(session.exec(rows))

    def sent(self, batch: Batch) -> None:
        """As if the receiver had taken it."""
        with transaction(self.rt.engine) as session:
            row = session.get_one(Batch, batch.id)
            attempt = submission.start_attempt(session, self.rt.act(), row)
            submission.confirm(session, self.rt.act(), row, attempt, Receipt("R1"))

    def receive(self, batch: Batch, status: str, *sets: SetAck) -> None:
        ack = Ack999("HC", batch.group_number, status, "005010X222A1", len(sets), len(sets), 0, sets=sets)
        envelope = Envelope(sender="SBXCLEAR", receiver="US")
        content = write_interchange(envelope, [write_999(ack)], created=self.rt.act().at.real, isa13=1)
        with transaction(self.rt.engine) as session:
            kept = archive(session, content, kind="999", direction="in", at=self.rt.act().at.real)
        responses.apply(self.rt.engine, self.rt.act(), kept, self.rt.payers, "sandbox")

    def claims(self, pcns: Sequence[str]) -> list[Claim]:
        return [claim for claim in self.all(Claim) if claim.pcn in pcns]

    def scrub_again(self) -> None:
        due = [c.id for c in self.all(Claim) if c.stage is Stage.SCRUB and not c.hold_reason]
        asyncio.run(STEPS["scrub"](self.rt, due, None))


def refused(control: str, *errors: SegmentError) -> SetAck:
    return SetAck("837", control, "R", "005010X222A1", ("5",), errors)


@pytest.fixture
def office(rt: Runtime) -> Office:
    return Office(rt, 5, claims_per_set=2)


def test_a_file_holds_several_sets_and_each_claim_knows_its_own(office: Office):
    (batch,) = office.all(Batch)
    sets = read_file(office.file(batch)).transactions
    assert [(each.control_number, each.claims) for each in sets] == [("0001", 2), ("0002", 2), ("0003", 1)]
    inside = [
        (segment[1], each.control_number) for each in sets for segment in each.segments if segment[0] == "CLM"
    ]
    assert office.travellers(batch) == inside
    references = [segment[3] for each in sets for segment in each.segments if segment[0] == "BHT"]
    assert references == [f"B{batch.control_number}{end}" for end in ("", "-2", "-3")]


@pytest.mark.parametrize("said", ["by its number", "by its place"])
def test_a_partial_999_sends_only_the_refused_sets_again_without_the_claim_at_fault(
    office: Office, said: str
):
    (batch,) = office.all(Batch)
    office.sent(batch)
    pcns = [pcn for pcn, _ in office.travellers(batch)]
    second = read_file(office.file(batch)).transactions[1]
    at = next(n for n, s in enumerate(second.segments, 1) if s[0] == "CLM" and s[1] == pcns[3]) + 2
    error = SegmentError("REF", at, "8", claim=pcns[3] if said == "by its number" else "")
    office.receive(batch, "P", SetAck("837", "0001", "A"), refused("0002", error), SetAck("837", "0003", "E"))
    gone, (again,), (guilty,) = (office.claims(some) for some in (pcns[:2] + pcns[4:], pcns[2:3], pcns[3:4]))
    assert {claim.stage for claim in gone} == {Stage.ACKNOWLEDGED}
    assert (again.stage, again.hold_reason) == (Stage.SCRUB, None)
    assert (guilty.stage, guilty.hold_reason) == (Stage.SCRUB, "rejected_format")
    office.scrub_again()
    office.assemble()
    (next_batch,) = [each for each in office.all(Batch) if each.id != batch.id]
    assert [pcn for pcn, _ in office.travellers(next_batch)] == pcns[2:3]


@pytest.mark.parametrize(
    "errors", [(), (SegmentError("NM1", 3, "8"),)], ids=["not said where", "above claims"]
)
def test_a_refused_set_whose_fault_is_no_claims_own_waits_whole(office: Office, errors):
    (batch,) = office.all(Batch)
    office.sent(batch)
    office.receive(
        batch, "P", SetAck("837", "0001", "A"), refused("0002", *errors), SetAck("837", "0003", "A")
    )
    held = [claim for claim in office.all(Claim) if claim.hold_reason == "rejected_format"]
    assert {claim.pcn for claim in held} == {
        pcn for pcn, inside in office.travellers(batch) if inside == "0002"
    }


def test_a_file_that_is_larger_than_the_payer_takes_goes_as_several(rt: Runtime):
    office = Office(rt, 8, bytes_per_file=3000)
    files = [office.file(batch) for batch in office.all(Batch)]
    assert len(files) > 1
    assert all(len(file) <= 3000 for file in files)
    assert {filing.submission for filing in office.all(Filing)} == {Submission.QUEUED}


def test_a_form_whose_value_fits_no_box_is_taken_out_and_the_others_are_printed(rt: Runtime):
    office = Office(rt, 3, PaperPartner(outbox=Path("mail"), receiver_id="SBXCLEAR"))
    (batch,) = office.all(Batch)
    with transaction(rt.engine) as session:
        row = session.get_one(Batch, batch.id)
        content = document(session, row.document_id).content.replace(b"*PAY1~", b"*" + b"M" * 30 + b"~")
        row.document_id = archive(session, content, kind="837P", direction="out", at=rt.act().at.real).id
    assert asyncio.run(send_batch(office.rt, batch.id, None)).outcome is Sending.REFUSED
    held = [claim for claim in office.all(Claim) if claim.hold_reason]
    assert [(claim.hold_reason, claim.stage) for claim in held] == [("refused", Stage.SCRUB)]
    office.scrub_again()
    office.assemble()
    (again,) = [each for each in office.all(Batch) if each.id != batch.id]
    assert again.claims == 2
    assert asyncio.run(send_batch(office.rt, again.id, None)).outcome is Sending.WAITING
