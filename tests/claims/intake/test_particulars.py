"""What an 837 says beyond a claim's columns goes out again as it came in."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session
from visits import NOW, PAYERS, SETTINGS

from claims.bundle import load_bundle
from claims.events import Act
from claims.filing import next_filing
from claims.findings import Severity
from claims.intake.importer import ImportReport, import_file
from claims.outbound import header, to_837
from claims.particulars import named, of_claim, of_line
from claims.x12.claim837 import Claim837
from claims.x12.claim837_read import read_837
from claims.x12.claim837_write import write_837
from claims.x12.envelope import read_file
from claims.x12.gate import gate
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Procedure
from config.connectors import ConnectorSettings

FILES = Path(__file__).parents[2] / "x12" / "files"
AMBULANCE = FILES / "837p-ambulance.x12"
ANAESTHESIA = FILES / "837p-anaesthesia-drug-laboratory.x12"


@pytest.fixture
def through(session: Session, act: Act):
    """Take a file in and write its claims out again: what was read, and what would be sent."""

    def through(path: Path) -> tuple[list[Claim837], list[Claim837], ImportReport]:
        data = path.read_bytes()
        report = import_file(
            session, data, name="test", act=act, settings=SETTINGS, charge_map=None, payers=PAYERS
        )
        session.flush()
        session.expire_all()  # so that what is written out comes from the database
        bundles = [load_bundle(session, claim_id) for claim_id in report.claims]
        sent = [to_837(bundle, next_filing(bundle, PAYERS, NOW), PAYERS) for bundle in bundles]
        return [c for t in read_file(data).transactions for c in read_837(t)], sent, report

    return through


@pytest.mark.parametrize("path", [AMBULANCE, ANAESTHESIA], ids=lambda path: path.stem)
def test_all_that_has_no_column_is_sent_as_it_was_read(through, path):
    read, sent, report = through(path)

    assert not [message for message in report.messages if "not taken over" in message]
    assert [of_claim(claim) for claim in sent] == [of_claim(claim) for claim in read]
    lines = [[of_line(line) for line in claim.lines] for claim in read]
    assert [[of_line(line) for line in claim.lines] for claim in sent] == lines


def test_a_claim_with_particulars_passes_the_gate(through):
    _, sent, _ = through(AMBULANCE)
    receiver = ConnectorSettings(base_url="http://localhost", receiver_id="SBXCLEAR")
    outgoing = write_837(header(SETTINGS.submitter, receiver, "B1", NOW), sent)
    data = write_interchange(Envelope("CLEANCLAIM", "SBXCLEAR"), [outgoing], created=NOW, isa13=1)

    assert [finding for finding in gate(data) if finding.severity is Severity.ERROR] == []


def test_an_ambulance_claim_keeps_its_transport_and_its_places(through):
    _, (claim,), _ = through(AMBULANCE)

    assert claim.ambulance is not None
    assert claim.ambulance.stretcher == "UNCONSCIOUS"
    assert [note.text for note in claim.notes] == ["FOUND ON THE FLOOR"]
    assert [party.entity for party in claim.providers] == ["PW", "45"]
    assert claim.lines[0].quantities[0].qualifier == "PT"


def test_people_read_what_goes_along_by_its_x12_names_without_data(session, through):
    _, _, report = through(AMBULANCE)

    bundle = load_bundle(session, report.claims[0])
    assert named(bundle.claim.particulars) == ["CR1", "CRC", "NM1 45", "NM1 PW", "NTE", "PWK"]
    assert named(bundle.lines[0].particulars) == ["CR1", "CRC", "QTY PT"]


def test_the_words_of_an_unlisted_code_do_not_follow_a_correction_of_the_code(session, through):
    _, (claim,), report = through(AMBULANCE)
    bundle = load_bundle(session, report.claims[0])
    unlisted = replace(claim.lines[0], procedure=Procedure("A0999", description="RESCUE BY BOAT"))
    bundle.lines[0].particulars = of_line(unlisted)

    def billed(code: str) -> Procedure:
        bundle.lines[0].procedure_code = code
        return to_837(bundle, next_filing(bundle, PAYERS, NOW), PAYERS).lines[0].procedure

    assert billed("A0999").description == "RESCUE BY BOAT"
    assert billed("A0429").description == ""


def test_a_claim_that_says_no_more_than_its_columns_has_no_particulars(through, session):
    _, _, report = through(FILES / "837p-void.x12")

    bundle = load_bundle(session, report.claims[0])
    assert bundle.claim.particulars is None
    assert [line.particulars for line in bundle.lines] == [None] * len(bundle.lines)


def test_files_of_others_say_the_same_when_they_are_sent(through, corpus):
    paths = [
        p
        for p in sorted(corpus.rglob("*"))
        if p.suffix in (".837", ".837i") and "004010" not in str(p.parent)
    ]
    told = 0
    for path in paths:
        read, sent, report = through(path)
        if len(sent) != len(read):
            continue  # it repeats a claim of another file
        assert [of_claim(c) for c in sent] == [of_claim(c) for c in read], path.name
        assert not [m for m in report.messages if "not taken over" in m and "CAS" not in m], path.name
        told += sum(of_claim(c) is not None for c in read)
    assert told > 10
