"""The sandbox's own reader of claims: institutional, dependents, earlier payers, files of others."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sandbox_practice import Bill, Service, envelope

from claims.errors import BadInput
from deployments.sandbox.received import claims
from deployments.sandbox.segments import read
from deployments.sandbox.values import Claim

CORPUS = Path(os.environ.get("CORPUS", Path(__file__).parents[3] / "../shared/corpus"))
PROFESSIONAL, INSTITUTIONAL = ("HC", "837", "005010X222A1"), ("HC", "837", "005010X223A2")


def read_claims(rows: list[str], kind: tuple[str, str, str] = PROFESSIONAL) -> list[Claim]:
    interchange = read(envelope(kind, 1, rows))
    return [claim for one in interchange.sets for claim in claims(interchange, one)]


def test_a_dependent_is_the_patient_and_the_subscriber_stays_the_insured():
    rows = Bill().segments(1)
    clm = next(n for n, row in enumerate(rows) if row.startswith("CLM"))
    child = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*KIM", "N3*2 OAK", "N4*X*IL*62701", "DMG*D8*20150505*F"]
    (claim,) = read_claims([*rows[:clm], *child, *rows[clm:]])
    assert (claim.who.first, claim.who.born) == ("KIM", "20150505")
    assert (claim.subscriber.first, claim.member) == ("JANE", "PAY1001")
    assert (claim.provider, claim.payer) == ("1234567893", "SBXCO")


def test_claims_of_two_people_do_not_share_what_stands_above_them():
    one, two = read_claims(
        [*Bill(pcn="A").segments(1), *Bill(pcn="B", member="AUT1", last="ROE").segments(3)]
    )
    assert (one.pcn, one.member, two.pcn, two.member, two.who.last) == ("A", "PAY1001", "B", "AUT1", "ROE")
    assert one.version != two.version


def test_the_same_claim_at_another_place_of_a_file_is_the_same_version():
    (alone,) = read_claims(Bill(pcn="B").segments(1))
    _, second = read_claims([*Bill(pcn="A").segments(1), *Bill(pcn="B").segments(3)])
    assert alone.version == second.version


def test_an_institutional_claim_has_revenue_lines_and_a_statement_period():
    rows = Bill().segments(1)
    head = rows[: next(n for n, row in enumerate(rows) if row.startswith("CLM"))]
    body = [
        "CLM*UB1*300***13:A:1**A*Y*Y",
        "DTP*434*RD8*20260201-20260203",
        "CL1*1*1*01",
        "HI*ABK:J189",
        "HI*ABF:E119*ABF:I10",
        "LX*1",
        "SV2*0450*HC:99283*200*UN*1",
        "LX*2",
        "SV2*0250**100*UN*4",
    ]
    (claim,) = read_claims([*head, *body], INSTITUTIONAL)
    assert (claim.first, claim.last) == (date(2026, 2, 1), date(2026, 2, 3))
    emergency, drugs = claim.lines
    assert (emergency.qualifier, emergency.code, emergency.revenue) == ("HC", "99283", "0450")
    assert (drugs.qualifier, drugs.code, drugs.units) == ("NU", "0250", Decimal(4))
    assert claim.diagnoses == ["J189", "E119", "I10"]


def test_what_earlier_payers_did_is_read_on_the_claim_and_on_its_lines():
    other = (
        "SBR*P*18*******MB\nCAS*PR*1*10**2*5\nAMT*D*70\nOI***Y***Y\nNM1*IL*1*X*Y****MI*Z\n"
        "NM1*PR*2*X*****PI*OTHER\nREF*F8*THEIRS"
    )
    line = Service(prior="SVD*OTHER*70*HC:99213**1\nCAS*CO*45*60\nCAS*PR*2*20\nDTP*573*D8*20260301")
    (claim,) = read_claims(Bill(sequence="S", others=other, lines=(line,)).segments(1))
    (payer,) = claim.others
    assert (claim.sequence, payer.payer, payer.paid) == ("S", "OTHER", Decimal(70))
    assert [(a.reason, a.amount) for a in payer.adjustments] == [("1", Decimal(10)), ("2", Decimal(5))]
    assert [(a.group, a.reason) for a in claim.lines[0].prior[0].adjustments] == [("CO", "45"), ("PR", "2")]
    assert "F8" not in claim.refs


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of other people's files is not here")
def test_no_837_that_others_wrote_stops_the_reader():
    seen = 0
    for path in CORPUS.rglob("*"):
        raw = path.read_bytes() if path.is_file() else b""
        if not raw.startswith(b"ISA") or b"ST*837" not in raw[:400]:
            continue
        try:
            interchange = read(raw)
        except BadInput:
            continue
        seen += sum(1 for one in interchange.sets for claim in claims(interchange, one) if claim.pcn)
    assert seen > 100
