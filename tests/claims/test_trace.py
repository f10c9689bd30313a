"""The auditor's page: a claim's whole history, told without patient data unless it is asked for."""

import json
import re
import sqlite3
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from factories import Practice
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import Session, select

from claims import lifecycle
from claims import trace as tracing
from claims.archive import archive
from claims.bundle import Bundle
from claims.database import reading, transaction
from claims.errors import BadInput, NotFound
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import (
    Account,
    Acknowledgement,
    Appeal,
    Attempt,
    Authorization,
    Batch,
    BatchItem,
    ClaimStep,
    Denial,
    EligibilityCheck,
    Encounter,
    EventRow,
    Exchange,
    Outcome,
    Queue,
    RecordsRequest,
    Remittance,
    RemittanceClaim,
    Stage,
    StatusCheck,
)
from claims.money import ledger
from claims.trace.sections import TITLES
from claims.transitions import Event
from claims.work import open_item

SECRETS = ("EXAMPLE", "PATIENCE", "1980-04-05", "PAID0000001", "R1001", "1 TEST LN", "will call back")

PARTNERS = b"ZZ*SENDER         *ZZ*RECEIVER       "
EDI = b"ISA*00*          *00*          *" + PARTNERS + b"*260302*1500*^*00501*000000001*0*T*:~GS*HC~"


@pytest.fixture
def bundle(engine: Engine, act: Act) -> Bundle:
    """A claim that was checked, sent, acknowledged, partly paid, denied on a line and appealed."""
    with transaction(engine) as session:
        practice = Practice(session, act)
        bundle = practice.claim(stage=Stage.SCRUB)
        _whole_life(session, practice, bundle, act)
    return bundle


def _whole_life(session: Session, practice: Practice, bundle: Bundle, act: Act) -> None:
    claim, at = bundle.claim, act.at.business

    def put(row):
        session.add(row)
        session.flush()
        return row

    def paper(kind: str) -> str:
        return archive(session, EDI + kind.encode(), kind=kind, direction="in", at=at, name="x.edi").id

    session.get_one(Encounter, claim.encounter_id).document_id = paper("837P")
    asked = put(
        Exchange(payer_id="SBXCO", kind="270", control_number="1", answer_document_id=paper("271"), at=at)
    )
    put(EligibilityCheck(
        coverage_id=claim.coverage_id, claim_id=claim.id, exchange_id=asked.id,
        asked_for=claim.from_date, outcome="active", at=at,
    ))  # fmt: skip
    put(Authorization(
        coverage_id=claim.coverage_id, payer_id="SBXCO", claim_id=claim.id, codes=["99213"], opened_at=at,
    ))  # fmt: skip
    filing = practice.filing(
        bundle, Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED, Event.REMIT_PARTIALLY_PAID,
        icn="C0001",
    )  # fmt: skip
    batch = put(Batch(
        payer_id="SBXCO", connector="sandbox", kind="837P", business_date=at.date(), control_number="1",
        group_number="1", claims=1, charge=claim.charge, created_at=at, document_id=paper("batch"),
    ))  # fmt: skip
    put(BatchItem(batch_id=batch.id, filing_id=filing.id, claim_id=claim.id, st_number="0001"))
    put(Attempt(batch_id=batch.id, number=1, outcome=Outcome.ACCEPTED, receipt="RCPT-1", started_at=at))
    for position, of in enumerate(({"batch_id": batch.id}, {"filing_id": filing.id}), start=1):
        put(Acknowledgement(
            document_id=paper("277CA"), position=position, kind="277CA", source="payer", verdict="A2",
            at=at, **of,
        ))  # fmt: skip
    put(StatusCheck(filing_id=filing.id, category="P1", status_code="20", at=at))
    remittance = put(Remittance(
        document_id=paper("835"), payer_id="SBXCO", trace="TRN0001", paid_on=at.date(), method="ACH",
        amount=Decimal("70.00"), state="posted", at=at,
    ))  # fmt: skip
    said = put(RemittanceClaim(
        remittance_id=remittance.id, position=1, pcn=claim.pcn, status="1", icn="C0001", charge=claim.charge,
        paid=Decimal("70.00"), patient=Decimal(0), claim_id=claim.id, filing_id=filing.id, state="posted",
    ))  # fmt: skip
    ledger.post_charges(session, act, [claim])
    paid = ledger.Movement(claim.id, Account.PAID_BY_PAYER, Account.PAYER, Decimal("70.00"), "payment")
    ledger.post(session, act, [paid])
    put(Denial(
        claim_id=claim.id, filing_id=filing.id, remittance_claim_id=said.id, group_code="CO",
        reason_code="50", amount=Decimal("50.00"), denial_class="medical_necessity", root_cause="coding",
        action="appeal", appealable=True, at=at,
    ))  # fmt: skip
    practice.advance(claim, Event.DENIAL_OPENED, Event.APPEAL_DRAFTED)
    put(Appeal(
        claim_id=claim.id, filing_id=filing.id, level=1, state="drafted", amount=Decimal("50.00"),
        file_by=date(2026, 8, 1), letter_document_id=paper("letter"), note="will call back", at=at,
    ))  # fmt: skip
    put(RecordsRequest(
        claim_id=claim.id, filing_id=filing.id, document_id=paper("records"), state="sent", approved_by="bea",
        receipt="R00000001", sent_at=at, at=at,
    ))  # fmt: skip
    open_item(
        session, act, queue=Queue.DENIALS, kind="appeal_approval", reason="approve the letter",
        subject=f"claim:{claim.id}", claim=claim, note="will call back",
    )  # fmt: skip
    put(ClaimStep(
        claim_id=claim.id, wake=0, step="scrub", attempt=1, status="DONE", outcome="clean", run_id="run-7",
        started_at=at,
    ))  # fmt: skip
    story = Story("told on the phone", {"minutes": 4}, {"edits": "v3"}, inputs=b"x", note="will call back")
    lifecycle.apply(session, [Change(claim, "called", story)], Act("dana", act.at, run_id="run-9"))


def traced(engine: Engine, claim: str, **options) -> tracing.Trace:
    with reading(engine) as session:
        return tracing.trace(session, claim, **options)


def test_a_trace_tells_every_subject_of_a_claims_life(engine: Engine, bundle: Bundle) -> None:
    told = traced(engine, bundle.claim.id)
    assert {name for name, rows in told.sections.items() if not rows} == set()
    assert [event["number"] for event in told.events] == list(range(1, 15))
    assert told.events[-1]["actor"] == "dana"
    assert told.verification.ok


def test_the_verdicts_on_the_batch_and_on_the_filing_are_each_told_once(
    engine: Engine, bundle: Bundle
) -> None:
    told = traced(engine, bundle.claim.id).sections["acknowledgements"]
    assert [row["verdict"] for row in told] == ["A2", "A2"]


def test_the_money_of_a_trace_ties_out(engine: Engine, bundle: Bundle) -> None:
    money = traced(engine, bundle.claim.id).money
    assert (money.charge, money.paid, money.open) == (Decimal("120.00"), Decimal("70.00"), Decimal("50.00"))
    assert money.charge == money.paid + money.patient + money.adjusted + money.open


def test_a_claim_is_found_by_its_control_number_too(engine: Engine, bundle: Bundle) -> None:
    assert traced(engine, bundle.claim.pcn).claim["id"] == bundle.claim.id


def test_a_claim_is_found_by_the_control_number_of_one_filing(session: Session, practice: Practice) -> None:
    bundle = practice.claim(stage=Stage.SCRUB)
    practice.filing(bundle, pcn="SECONDTRY")
    assert tracing.trace(session, "SECONDTRY").claim["id"] == bundle.claim.id


def test_an_unknown_claim_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        tracing.trace(session, "nobody")


def test_a_trace_tells_no_patient_data_unless_asked(engine: Engine, bundle: Bundle) -> None:
    told = traced(engine, bundle.claim.id)
    for form in (tracing.as_text(told), tracing.as_html(told), json.dumps(tracing.as_json(told))):
        assert [secret for secret in SECRETS if secret in form] == []


def test_patient_data_is_told_on_request(engine: Engine, bundle: Bundle) -> None:
    told = traced(engine, bundle.claim.id, phi=True)
    for form in (tracing.as_text(told), tracing.as_html(told), json.dumps(tracing.as_json(told))):
        assert [secret for secret in SECRETS if secret not in form] == []


def test_raw_documents_are_told_on_request_and_never_without_patient_data(
    engine: Engine, bundle: Bundle
) -> None:
    told = traced(engine, bundle.claim.id, phi=True, raw=True)
    assert EDI.decode() + "835" in tracing.as_text(told)
    assert "GS*HC~\n835" in tracing.as_html(told)
    kinds = {row["what"] for row in told.sections["documents"]}
    assert kinds == {"source", "271", "batch", "acknowledgement", "remittance", "records", "appeal letter"}
    with pytest.raises(BadInput):
        traced(engine, bundle.claim.id, raw=True)


def test_the_json_form_is_plain_json_and_loses_nothing(engine: Engine, bundle: Bundle) -> None:
    told = tracing.as_json(traced(engine, bundle.claim.id))
    assert json.loads(json.dumps(told)) == told
    assert told["money"]["charge"] == "120.00"
    assert told["filings"][0]["submission"] == "accepted"
    assert told["events"][-1]["versions"] == {"edits": "v3"}
    assert told["events"][-1]["inputs"]


def test_the_text_form_tells_from_where_to_where(engine: Engine, bundle: Bundle) -> None:
    text = tracing.as_text(traced(engine, bundle.claim.id))
    assert "stage adjudicated → denial" in text
    assert "run_id: run-9" in text
    assert "The history is whole: 14 events recomputed" in text


def test_business_and_real_time_are_both_told_where_they_differ(
    session: Session, practice: Practice, act: Act
) -> None:
    claim = practice.claim().claim
    moved = type(act.at)(act.at.real, act.at.business + timedelta(days=30))
    lifecycle.apply(session, [Change(claim, Event.INTAKE_COMPLETED, Story("complete"))], Act("system", moved))
    told = tracing.trace(session, claim.id)
    assert "really at 2026-03-02 15:00:00Z" in tracing.as_text(told)
    assert "(really 2026-03-02 15:00:00Z)" in tracing.as_html(told)


def test_the_page_stands_alone_and_is_escaped(session: Session, practice: Practice) -> None:
    claim = practice.claim(authorization_number="<script>alert(1)</script>").claim
    page = tracing.as_html(tracing.trace(session, claim.id))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r"(?:src|href)=|url\(|@import", page) == []
    assert "@media print" in page


def test_on_paper_stands_every_event_and_table_of_the_claim(engine: Engine, bundle: Bundle) -> None:
    with reading(engine) as session:
        told = tracing.trace(session, bundle.claim.id, phi=True, raw=True)
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(tracing.as_pdf(told))).pages)
    words = words.replace("\u200b", "").replace("\n", " ")
    for event in told.events:
        assert event["hash"] in words
    assert [name for name, rows in told.sections.items() if rows and TITLES[name] not in words] == []
    assert told.patient["family"] in words


def test_a_broken_chain_stands_at_the_top_of_the_page(engine: Engine, bundle: Bundle) -> None:
    with sqlite3.connect(engine.url.database) as database:
        database.execute("DROP TRIGGER event_no_update")
        database.execute("UPDATE event SET why = 'x' WHERE number = 4")
    database.close()
    told = traced(engine, bundle.claim.id)
    assert tracing.as_text(told).splitlines()[1].startswith("BROKEN HISTORY: Event 4")
    assert 'class="seal broken"' in tracing.as_html(told)


def test_that_a_trace_was_given_out_is_on_record(session: Session, practice: Practice, act: Act) -> None:
    told = tracing.trace(session, practice.claim().claim.id, phi=True)
    tracing.record(session, Act("alex", act.at), told, "html")
    event = session.exec(select(EventRow).where(EventRow.kind == "trace_given")).one()
    assert event.actor == "alex"
    assert event.facts == {
        "claim": told.claim["id"], "form": "html", "patient_data": True, "documents": False,
    }  # fmt: skip
