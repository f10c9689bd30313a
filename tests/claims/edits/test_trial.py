"""Files tried against the edits: defects that were put in are found, clean files of others raise no alarm."""

import os
from datetime import date
from pathlib import Path

import pytest
from visits import PAYERS, SETTINGS

from claims.edits.packs import compile_packs
from claims.edits.trial import try_file
from claims.findings import Severity
from config.edit_packs import Pack
from config.settings import Settings
from deployments.bench.visits import clean_visits

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus"))
CLEAN = CORPUS / "LinuxForHealth_x12"
STRANGER = Settings(home=Path("nowhere"), synthetic_identifiers=True)

CLAIM = """ISA*00*          *00*          *ZZ*SUBMITTER      *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~
GS*HC*SUBMITTER*RECEIVER*20260301*1200*1*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*1*20260301*1200*CH~
NM1*41*2*MAPLE STREET BILLING*****46*SUBMITTER~
PER*IC*BILLING OFFICE*TE*6145550100~
NM1*40*2*RECEIVER*****46*RECEIVER~
HL*1**20*1~
PRV*BI*PXC*207Q00000X~
NM1*85*2*MAPLE STREET FAMILY MEDICINE*****XX*1999999992~
N3*12 MAPLE ST~
N4*COLUMBUS*OH*432150001~
REF*EI*310000001~
HL*2*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*EXAMPLE*PATIENCE****MI*PAY1001~
N3*1 TEST LN~
N4*COLUMBUS*OH*43215~
DMG*D8*19800405*F~
NM1*PR*2*SANDBOX COMMERCIAL*****PI*SBXCO~
CLM*VISIT1*145***11:B:1*Y*A*Y*Y~
HI*ABK:J069~
NM1*82*1*ADLER*RUTH****XX*1999999984~
PRV*PE*PXC*207Q00000X~
LX*1~
SV1*HC:99213*120*UN*1***1~
DTP*472*D8*20260216~
REF*6R*L1~
LX*2~
SV1*HC:87880:QW*25*UN*1***1~
DTP*472*D8*20260216~
REF*6R*L2~
SE*31*0001~
GE*1*1~
IEA*1*000000001~
"""  # noqa: E501

GUIDE = "005010X222A1"
DEFECTS = {
    # SNIP 1, syntax
    "segment count": (1, ("SE*31*", "SE*30*")),
    "control number of the group": (1, ("GE*1*1~", "GE*1*2~")),
    "unknown segment": (1, ("HI*ABK:J069~", "HI*ABK:J069~\nZZZ*1~")),
    "superseded guide": (1, (f"{GUIDE}~\nST*837*0001*{GUIDE}", f"{GUIDE[:-2]}~\nST*837*0001*{GUIDE[:-2]}")),
    "date that is none": (1, ("D8*20260216~\nREF*6R*L1", "D8*20260230~\nREF*6R*L1")),
    # SNIP 2, the guide
    "no member id": (2, ("****MI*PAY1001~", "~")),
    "no billing NPI": (2, ("*****XX*1999999992~", "~")),
    "no tax number": (2, ("REF*EI*310000001~\n", "")),
    "post office box": (2, ("N3*12 MAPLE ST~", "N3*PO BOX 12~")),
    "no given name": (2, ("EXAMPLE*PATIENCE", "EXAMPLE*")),
    "no diagnosis": (2, ("HI*ABK:J069~\n", "")),
    "no procedure code": (2, ("SV1*HC:99213*", "SV1*HC:*")),
    "half a modifier": (2, ("HC:99213*", "HC:99213:2*")),
    "pointer to nowhere": (2, ("99213*120*UN*1***1~", "99213*120*UN*1***2~")),
    "end before begin": (2, ("DTP*472*D8*20260216~\nREF*6R*L1", "DTP*472*RD8*20260216-20260215~\nREF*6R*L1")),
    # SNIP 3, balance
    "total of the lines": (3, ("CLM*VISIT1*145*", "CLM*VISIT1*154*")),
    "more minutes than a day has": (3, ("HC:99213*120*UN*1*", "HC:00100:AA*120*MJ*1441*")),
    # SNIP 4, situations
    "born after the service": (4, ("DMG*D8*19800405", "DMG*D8*20260405")),
    "service in the future": (4, ("DTP*472*D8*20260216~\nREF*6R*L2", "DTP*472*D8*20260302~\nREF*6R*L2")),
    "accident without date": (4, ("*Y*A*Y*Y~", "*Y*A*Y*Y**OA~")),
    "car accident without state": (4, ("*Y*A*Y*Y~\nHI", "*Y*A*Y*Y**AA~\nDTP*439*D8*20260215~\nHI")),
    "authorization is a remark": (4, ("HI*ABK", "REF*G1*PENDING~\nHI*ABK")),
    "the same claim twice": (4, None),
    # SNIP 5, code sets
    "NPI's check digit": (5, ("*1999999984~", "*1999999985~")),
    "heading for a diagnosis": (5, ("ABK:J069", "ABK:M545")),
    "diagnosis that was replaced": (5, ("ABK:J069", "ABK:R05")),
    "ICD-9": (5, ("ABK:J069", "BK:4659")),
    "external cause first": (5, ("ABK:J069", "ABK:W19XXXA")),
    "seventh character": (5, ("ABK:J069", "ABK:S93401")),
    "state": (5, ("N4*COLUMBUS*OH*43215~", "N4*COLUMBUS*OI*43215~")),
    "place of service": (5, ("***11:B:1", "***98:B:1")),
    "sex": (5, ("19800405*F~", "19800405*X~")),
    "both sides": (5, ("HC:99213*", "HC:20610:RT:LT*")),
    "newborn's code": (5, ("ABK:J069", "ABK:Z3800")),
}


def broken(change):
    if change is None:
        before, rest = CLAIM[: CLAIM.index("HL*2*")], CLAIM[CLAIM.index("HL*2*") :]
        claim, end = rest[: rest.index("SE*")], rest[rest.index("SE*") :]
        again = claim.replace("HL*2*", "HL*3*").replace("VISIT1", "VISIT2")
        return before + claim + again + end.replace("*31*", "*50*")
    old, new = change
    assert CLAIM.count(old) == 1, old
    text = CLAIM.replace(old, new)
    if "SE*31*" not in text:
        return text
    return text.replace("SE*31*", f"SE*{31 + text.count('~') - CLAIM.count('~')}*")


def errors_of(text, settings=SETTINGS, payers=PAYERS, **also):
    tried = try_file(text.encode(), "a file", settings, payers, **also)
    return {f"{f.code} of type {f.snip}" for f in tried.findings if f.severity is Severity.ERROR}


def test_a_clean_claim_gives_no_error():
    assert errors_of(CLAIM) == set()


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_that_was_put_in_is_found(defect):
    assert errors_of(broken(DEFECTS[defect][1]))


def test_a_claim_with_every_defect_at_once_gets_all_findings_each_once():
    text = CLAIM
    for _, change in DEFECTS.values():
        if change and text.count(change[0]) == 1:
            text = text.replace(*change)
    tried = try_file(text.encode(), "a file", SETTINGS, PAYERS)
    assert len(tried.findings) == len(set(tried.findings)) > 15


RIGHTLY_REFUSED = {
    ("demo.cob.example3.A.837", "x12_missing_segment"): "2320 has no loop that names the other payer",
    ("demo.cob.example4.837", "referring.npi"): "DN is named by a legacy number alone, years after NPIs",
    ("demo.example11.837", "billing.po_box"): "2010AA gives a post office box",
    ("demo.example9.837", "x12_837_pointer"): "SV107 says 1.00",
    ("demo.example9.837", "intake.unread"): "the facility's NPI has nine digits",
}
"""Every error on the clean 5010 files that others wrote, and why it is right. The rest must pass."""


@pytest.mark.skipif(not CLEAN.exists(), reason="the corpus of other people's files is not here")
def test_the_clean_files_of_others_raise_no_false_alarm():
    found = set()
    files = [*CLEAN.glob("demo-file/demo.837*"), *CLEAN.glob("src/tests/resources/837_005010*/*")]
    assert len(files) >= 20
    for path in files:
        tried = try_file(path.read_bytes(), path.name, STRANGER, {})
        assert tried.readable
        found |= {(path.name, f.code) for f in tried.findings if f.severity is Severity.ERROR}
    assert found == set(RIGHTLY_REFUSED)


def test_a_file_is_judged_as_of_its_own_day_or_the_one_that_is_given():
    old = CLAIM.replace("2026", "2016").replace("260301", "160301")
    assert errors_of(old) == set()
    assert any("dates.too_late" in each for each in errors_of(CLAIM, day=date(2026, 12, 1)))


def test_one_draft_is_tried_alone_and_says_what_it_would_change():
    entries = [
        {"id": "own.flag", "title": "F", "when": 'line.code == "99213"', "each": "line"},
        {"id": "own.add", "title": "A", "when": "line.number == 2", "each": "line",
         "do": "add_modifier", "modifier": "59"},
    ]  # fmt: skip
    edits = compile_packs([Pack(name="draft", edit=tuple(entries))]).edits
    tried = try_file(broken(DEFECTS["sex"][1]).encode(), "a file", SETTINGS, PAYERS, edits)
    told = {finding.code: finding for finding in tried.findings}
    assert set(told) == {"own.flag", "edit.amends"}
    assert told["edit.amends"].message == "The edit own.add sets line.2.modifiers to QW 59."
    assert told["own.flag"].segment == 21


def test_a_csv_is_tried_as_an_import_would_read_it():
    tried = try_file(clean_visits(3, date(2026, 2, 16)), "visits.csv", SETTINGS, PAYERS)
    assert (tried.readable, tried.day, tried.transactions) == (True, date(2026, 2, 16), (("csv", 3),))
    assert tried.findings == ()


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff", b"ISA*", b"{", b"visit_id\n", b"ISA" + b"*" * 200, b"<xml/>"]
)
def test_what_cannot_be_read_is_said_and_never_raised(data):
    tried = try_file(data, "a file", SETTINGS, PAYERS)
    assert not tried.readable or not tried.transactions or tried.transactions[0][1] == 0
    assert tried.findings or tried.readable


def test_no_finding_repeats_who_the_patient_is():
    for _, change in DEFECTS.values():
        tried = try_file(broken(change).encode(), "a file", SETTINGS, PAYERS)
        for finding in tried.findings:
            assert not any(word in finding.message for word in ("EXAMPLE", "PATIENCE", "PAY1001", "TEST LN"))
