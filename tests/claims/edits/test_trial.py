"""Files tried against the edits: defects that were put in are found, clean files of others raise no alarm."""

import os
from datetime import date
from pathlib import Path

import pytest
from edit_defects import CLAIM, DEFECTS
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
    tried = try_file(clean_visits(range(1, 4), date(2026, 2, 16)), "visits.csv", SETTINGS, PAYERS)
    assert (tried.readable, tried.day, tried.transactions) == (True, date(2026, 2, 16), (("csv", 3),))
    assert not tried.has_errors


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
