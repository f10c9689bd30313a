import json
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from claims.x12.ack277ca_io import write_277ca
from claims.x12.check import check
from claims.x12.claim837_write import write_837
from claims.x12.eligibility import Header27x
from claims.x12.envelope import read_file
from claims.x12.quotes import quotes
from claims.x12.remit835 import ProviderAdjustment, RemitGroup
from claims.x12.remit835_read import read_835
from claims.x12.remit835_write import write_835
from claims.x12.show import show
from claims.x12.split import split, split_claims
from claims.x12.ta1 import Ta1, write_ta1
from deployments.bench.x12_files import own_files


@pytest.fixture
def files(header837, claim, remittance, wrap):
    """An 837P and an 835 of ours."""
    return wrap(write_837(header837, [claim(), claim(pcn="PCN2")])), wrap(write_835(remittance()))


def test_the_answer_has_the_agreed_shape(files):
    result = check(files[0], name="out.837")
    assert json.loads(json.dumps(result.as_json())) == {
        "file": "out.837",
        "readable": True,
        "transactions": [{"type": "837P", "claims": 2}],
        "findings": [],
    }
    assert not result.has_errors


def test_a_ta1_is_counted_as_a_transaction(envelope, header837):
    data = write_ta1(envelope, [Ta1("000000001", "A", "000")], created=header837.created, isa13=2)
    assert check(data, name="a.ta1").as_json()["transactions"] == [{"type": "TA1", "claims": 0}]


@pytest.mark.parametrize("version", [b"005010X999", b"004010X098A1"])
def test_a_file_of_another_guide_is_said_to_be_unjudged(version, files):
    result = check(files[0].replace(b"005010X222A1", version), name="other.837")
    assert "x12_guide_unknown" in {each.code for each in result.findings}
    assert not result.has_errors


def test_a_finding_has_every_key(files):
    bad = files[0].replace(b"CLM*PCN2*75.00", b"CLM*PCN2*80.00")
    (finding,) = check(bad, name="out.837").as_json()["findings"]
    assert finding["severity"] == "error"
    assert finding["claim"] == "PCN2"
    assert {"code", "snip", "segment", "loop", "element", "message", "tip"} <= finding.keys()


@pytest.mark.parametrize(
    ("good", "bad", "code", "element"),
    [
        (b"REF*EI*123456789~", b"", "x12_missing_segment", "REF"),
        (b"HI*ABK:J209~", b"", "x12_missing_segment", "HI"),
        (b"SBR*P*18*******CI~", b"", "x12_missing_segment", "SBR"),
        (b"DTP*472*D8*20260203~", b"", "x12_missing_segment", "DTP"),
        (b"DTP*472*D8*20260203~", b"DTP*472*D8*20261303~", "x12_bad_value", "DTP"),
        (b"LX*1~", b"LX*2~", "x12_lx", "LX01"),
        (b"HL*2*1*22*0~", b"HL*2*5*22*0~", "x12_hl", "HL02"),
        (b"HL*2*1*22*0~", b"HL*3*1*22*0~", "x12_hl", "HL01"),
        (b"HI*ABK", b"ZZZ*1~HI*ABK", "x12_unknown_segment", "ZZZ"),
        (b"SV1*HC:99213*75.00*UN*1**", b"SV1*HC:99213*75.0O*UN*1**", "x12_bad_value", "SV1"),
    ],
)
def test_a_seeded_defect_of_a_claim_file_is_found(good, bad, code, element, files):
    assert good in files[0]
    found = check(files[0].replace(good, bad, 1), name="out.837").findings
    assert (code, element) in {(each.code, each.element) for each in found}


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (b"BPR*I*60.00", b"BPR*I*61.00", "x12_835_payment_balance"),
        (b"CAS*CO*45*15.00", b"CAS*CO*45*14.00", "x12_835_line_balance"),
        (b"TRN*1*CHK0001*1512345678~", b"", "x12_missing_segment"),
        (b"NM1*QC", b"NM1*QQ", "x12_missing_segment"),
        (b"SVC*HC:99213*75.00*60.00", b"SVC*HC:99213*75.00*6O.00", "x12_bad_value"),
    ],
)
def test_a_seeded_defect_of_a_remittance_is_found(good, bad, code, files):
    assert good in files[1]
    assert code in {each.code for each in check(files[1].replace(good, bad, 1), name="in.835").findings}


def test_every_file_of_the_corpus_is_shown_and_checked_as_its_inventory_says(corpus_file):
    data = corpus_file.read_bytes()
    result = check(data, name=corpus_file.name)
    assert result.readable
    assert result.transactions
    tree = show(data)
    assert all(kind in tree for kind, _ in result.transactions)
    said = inventory(Path(str(corpus_file).split("corpus")[0]) / "corpus").get(corpus_file.name)
    if said and not any("004010" in kind for kind in said["tx"]):
        assert sum(claims for _, claims in result.transactions) == said["clm"] + said["clp"]
        assert ("x12_837_charge" in {each.code for each in result.findings}) == any(
            "sum lines" in issue for issue in said["issues"]
        )


@cache
def inventory(corpus):
    """What somebody counted in each file of the corpus, by its name."""
    listed = json.loads((corpus / "INVENTORY.json").read_text())
    return {Path(each["file"]).name: each for each in listed}


def test_show_draws_the_loops_in_plain_words(files):
    tree = show(files[0])
    lines = [text for text in tree.splitlines() if "Claim  CLM" in text or "Line  LX" in text]
    assert len(lines) == 4
    assert lines[1].index("Line") > lines[0].index("Claim")
    assert "Service date  DTP*472" in tree
    assert "Claim payment  CLP*PCN1" in show(files[1])


def test_show_draws_a_file_that_holds_only_a_ta1(envelope, header837):
    data = write_ta1(envelope, [Ta1("000000001", "R", "022")], created=header837.created, isa13=2)
    first, verdict = show(data).splitlines()
    assert first.startswith("Interchange 000000002")
    assert "Verdict on the interchange  TA1*000000001" in verdict


def test_a_file_is_split_into_one_file_per_transaction(header837, claim, wrap):
    parts = [write_837(header837, [claim(pcn=f"PCN{number}")]) for number in (1, 2, 3)]
    pieces = split(wrap(*parts))
    assert len(pieces) == 3
    assert [check(piece, name="piece").findings for piece in pieces] == [()] * 3
    assert [b"CLM*PCN2*" in piece for piece in pieces] == [False, True, False]
    without_envelope = pieces[0][106:].partition(b"~")[2]
    assert split(without_envelope)[0].startswith(b"ST*837*0001")


@pytest.mark.parametrize(
    "delimiters", ["|!>#", "*\n:^", "\x1d\x1c\x1f\x1e", "\x1c\x1d\x1e\x1f", "\xa6\x85\xac\xb6"]
)
def test_a_piece_keeps_the_files_own_delimiters_and_every_character(delimiters, files):
    data = files[0].replace(b"ANN", "JOS\xc9".encode("latin-1"))
    other = data.translate(bytes.maketrans(b"*~:^", delimiters.encode("latin-1")))
    (piece,) = split(other)
    before, after = (read_file(each).transactions[0].segments for each in (other, piece))
    assert before == after
    assert any("JOS\xc9" in segment for segment in after)
    assert {each.code for each in check(piece, name="piece").findings} == {"x12_character_set"}


def test_a_remark_of_the_reader_names_the_loop_too(files):
    (remark,) = check(files[0].replace(b"*TESTER*ANN", b"*TESTER*ANN\x07", 1), name="out.837").findings
    assert (remark.code, remark.loop, remark.transaction) == ("x12_control_character", "2010BA", "0001")


def test_a_payment_is_cut_by_claim_without_its_provider_adjustments(remittance, remit_claim, wrap):
    group = RemitGroup("2")
    several = remittance(
        claims=(remit_claim(), remit_claim(pcn="PCN2"), remit_claim(pcn="PCN3", group=group)),
        provider_adjustments=(ProviderAdjustment("1245319599", None, "WO", Decimal("1.00")),),
    )
    pieces = [read_file(each) for each in split_claims(wrap(write_835(several)))]
    assert [each.findings for each in pieces] == [[]] * 3
    read = [read_835(each.transactions[0]) for each in pieces]
    assert [[claim.pcn for claim in each.claims] for each in read] == [["PCN1"], ["PCN2"], ["PCN3"]]
    assert [each.claims[0].group.number for each in read] == ["1", "1", "2"]
    assert [each.provider_adjustments for each in read] == [()] * 3


@pytest.mark.parametrize(("kind", "numbers"), [("277CA", ["PCN1", "PCN2"]), ("276", ["T1"]), ("277", ["T1"])])
def test_what_is_said_of_claims_is_cut_by_claim_below_its_own_levels(kind, numbers, ack277ca, status, wrap):
    data = own_files()[kind]
    if kind == "277CA":
        header = Header27x("A1", None)
        data = wrap(write_277ca(header, [ack277ca(("PCN1", status("A2")), ("PCN2", status("A3")))]))
    pieces = [read_file(each).transactions[0] for each in split_claims(data)]
    assert [each.segments[-1] != [] and each.type for each in pieces] == [kind] * len(numbers)
    patients = [[s for s in each.segments if s[0] == "TRN"][-1][2] for each in pieces]
    assert patients == numbers
    assert [[s[1] for s in each.segments if s[0] == "HL"] for each in pieces] == [["1", "2", "3", "4"]] * len(
        pieces
    )


def test_an_acknowledgement_of_interchanges_is_a_piece_of_its_own(envelope, header837, files):
    ta1 = write_ta1(envelope, [Ta1("000000001", "R", "022")], created=header837.created, isa13=9)
    one, other = split(ta1 + files[0])
    assert read_file(one).interchanges[0].ta1 == [["TA1", "000000001", "", "", "R", "022"]]
    assert other == files[0]


def test_the_segments_that_findings_are_about_are_quoted_only_when_asked_for(files):
    bad = files[0].replace(b"CLM*PCN2*75.00", b"CLM*PCN2*80.00")
    (finding,) = check(bad, name="out.837").findings
    assert "80.00" not in str(finding)
    quoted = quotes(bad, {finding.segment})
    assert list(quoted) == [finding.segment]
    assert quoted[finding.segment].startswith("CLM*PCN2*80.00*")
    assert quotes(b"no X12", {1}) == {}


def test_the_check_starts_light():
    heavy = "{'pyx12', 'sqlmodel', 'sqlalchemy', 'prefect', 'pydantic', 'httpx'}"
    code = f"import sys, claims.x12.check, claims.x12.show; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("good", "bad", "code", "element"),
    [
        (b"SV1*HC:", b"SV1*QQ:", "x12_code_value", "SV101"),
        (b"*UN*1**", b"*ZZ*1**", "x12_code_value", "SV103"),
        (b"*Y*A*Y*Y~", b"*Y*A*Y*X~", "x12_code_value", "CLM09"),
        (b"*Y*A*Y*Y~", b"**A*Y*Y~", "x12_missing_element", "CLM06"),
        (b"SBR*P*18", b"SBR*X*18", "x12_code_value", "SBR01"),
        (b"REF*6R*L1~", b"REF*6R~", "x12_missing_element", "REF02"),
        (b"N4*SPRINGFIELD*IL", b"N4*SPRINGFIELD*ILL", "x12_too_long", "N402"),
    ],
)
def test_an_element_of_a_claim_file_is_held_against_the_guide(good, bad, code, element, files):
    assert good in files[0]
    found = {
        (each.code, each.element): each for each in check(files[0].replace(good, bad, 1), name="x").findings
    }
    assert found[code, element].loop
