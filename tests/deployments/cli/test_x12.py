"""`cleanclaim x12`: what is in a file and what is wrong with it, without a database, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claims.x12.envelope import read_file

PARTIES = "ZZ*SENDER         *ZZ*RECEIVER       "
ISA = f"ISA*00*          *00*          *{PARTIES}*260302*1500*^*00501*000000001*0*T*:~"
TA1 = f"{ISA}TA1*000000905*260302*1500*A*000~IEA*0*000000001~"
LEVELS = (
    "HL*1**20*1~NM1*85*2*CLINIC*****XX*1999999984~N3*1 MAIN ST~N4*COLUMBUS*OH*432150001~REF*EI*123456789~"
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*EXAMPLE*PAT****MI*A1~N3*1 MAIN ST~N4*COLUMBUS*OH*43215~"
    "DMG*D8*19800405*F~NM1*PR*2*PAYER*****PI*P1~{claim_a}{claim_b}"
    "HL*3*1*22*1~SBR*P********CI~NM1*IL*1*EXAMPLE*SAM****MI*B1~NM1*PR*2*PAYER*****PI*P1~"
    "HL*4*3*23*0~PAT*19~NM1*QC*1*EXAMPLE*KIM~N3*1 MAIN ST~N4*COLUMBUS*OH*43215~DMG*D8*20100405*F~{claim_c}"
)
CLAIM = "CLM*{pcn}*50***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~SV1*HC:99213*50*UN*1***1~DTP*472*D8*20260216~"


@pytest.fixture
def claims_file(tmp_path: Path) -> Path:
    """Three claims: two of a subscriber, one of another's dependent."""
    claims = {f"claim_{letter}": CLAIM.format(pcn=letter.upper()) for letter in "abc"}
    head = (
        "ST*837*0001*005010X222A1~BHT*0019*00*1*20260302*1500*CH~NM1*41*2*SUBMITTER*****46*S1~"
        "PER*IC*DESK*TE*6145550100~NM1*40*2*RECEIVER*****46*R1~"
    )
    body = head + LEVELS.format(**claims)
    group = "GS*HC*SENDER*RECEIVER*20260302*1500*1*X*005010X222A1~"
    file = tmp_path / "claims.837"
    file.write_text(f"{ISA}{group}{body}SE*{body.count('~') + 1}*0001~GE*1*1~IEA*1*000000001~")
    return file


def test_a_file_without_errors_exits_0_in_the_shape_that_others_build_on(cleanclaim, claims_file):
    ran = cleanclaim("x12", "check", claims_file, "--json")
    (told,) = ran.json["files"]
    assert (told["file"], told["readable"]) == (str(claims_file), True)
    assert told["transactions"] == [{"type": "837P", "claims": 3}]
    assert [f for f in told["findings"] if f["severity"] == "error"] == []
    assert ran.exit == 0


def test_a_file_with_errors_exits_1_and_says_where(cleanclaim, claims_file):
    claims_file.write_text(claims_file.read_text().replace("HI*ABK:J069~", "", 1))
    ran = cleanclaim("x12", "check", claims_file, "--json")
    assert ran.exit == 1
    keys = {"code", "severity", "snip", "segment", "loop", "element", "claim", "message", "tip"}
    assert all(keys <= set(finding) for finding in ran.json["files"][0]["findings"])
    assert "  error " in cleanclaim("x12", "check", claims_file).out


def test_the_segments_of_findings_are_shown_only_to_who_asks_for_them(cleanclaim, claims_file):
    claims_file.write_text(claims_file.read_text().replace("*EXAMPLE*PAT*", "*EXAMPLE*PAT\x07*", 1))
    quoted = "NM1*IL*1*EXAMPLE*PAT ****MI*A1"
    assert "EXAMPLE" not in cleanclaim("x12", "check", claims_file).out
    assert f"    {quoted}\n" in cleanclaim("x12", "check", claims_file, "--show-data").out
    (told,) = cleanclaim("x12", "check", claims_file, "--show-data", "--json").json["files"]
    assert [each["data"] for each in told["findings"]] == [quoted]


def test_a_named_pipe_is_refused_instead_of_waited_for(cleanclaim, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    ran = cleanclaim("x12", "check", tmp_path / "pipe")
    assert (ran.exit, "named pipe" in ran.out) == (2, True)


def test_whole_folders_are_checked_and_one_unreadable_file_makes_it_2(cleanclaim, claims_file):
    below = claims_file.parent / "below"
    below.mkdir()
    (below / "ack.x12").write_text(TA1)
    assert cleanclaim("x12", "check", claims_file.parent, "--json").exit == 0
    (below / "noise").write_bytes(os.urandom(400))
    (below / "empty").touch()
    ran = cleanclaim("x12", "check", claims_file.parent, "--json")
    told = {Path(file["file"]).name: file for file in ran.json["files"]}
    assert ran.exit == 2
    assert {name for name, file in told.items() if not file["readable"]} == {"noise", "empty"}
    assert told["ack.x12"]["transactions"] == [{"type": "TA1", "claims": 0}]


def test_a_path_that_cannot_be_opened_is_told_beside_the_files_that_can(cleanclaim, claims_file):
    (claims_file.parent / "gone").symlink_to("/nowhere")
    os.mkfifo(claims_file.parent / "pipe")
    ran = cleanclaim("x12", "check", claims_file.parent, claims_file.parent / "missing", "--json")
    told = {Path(file["file"]).name: file["readable"] for file in ran.json["files"]}
    assert ran.exit == 2
    assert told == {claims_file.name: True, "gone": False, "missing": False}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_must_not_be_looked_into_is_no_clean_one(cleanclaim, claims_file):
    closed = claims_file.parent / "closed"
    closed.mkdir(mode=0)
    assert cleanclaim("x12", "check", claims_file.parent).exit == 2
    closed.chmod(0o700)


@pytest.mark.parametrize("word", ["check", "show", "split"])
@pytest.mark.parametrize("path", ["/nowhere", "/dev/zero", "FOLDER"])
def test_what_is_no_file_exits_2_in_one_line(cleanclaim, tmp_path, word, path):
    ran = cleanclaim("x12", word, tmp_path if path == "FOLDER" else path)
    said = ran.err or ran.out.split("\n", 1)[1]
    assert (ran.exit, len(said.splitlines())) == (2, 1)


def test_show_draws_the_loops(cleanclaim, claims_file):
    drawn = cleanclaim("x12", "show", claims_file)
    assert drawn.exit == 0
    assert "Billing provider  NM1*85*2*CLINIC" in drawn.out
    lines = cleanclaim("x12", "show", claims_file, "--json").json["lines"]
    assert lines == drawn.out.splitlines()


def test_split_cuts_a_file_for_each_claim_with_its_own_levels(cleanclaim, claims_file, tmp_path):
    out = tmp_path / "cut"
    ran = cleanclaim("x12", "split", claims_file, "--by", "claim", "--out", out, "--json")
    files = [Path(name) for name in ran.json["files"]]
    assert [file.name for file in files] == ["0001.x12", "0002.x12", "0003.x12"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert cleanclaim("x12", "check", out).exit == 0
    cut = [read_file(file.read_bytes()).transactions[0].segments for file in files]
    assert [[s[1] for s in segments if s[0] == "CLM"] for segments in cut] == [["A"], ["B"], ["C"]]
    assert [s for s in cut[2] if s[0] == "HL"] == [
        ["HL", "1", "", "20", "1"],
        ["HL", "2", "1", "22", "1"],
        ["HL", "3", "2", "23", "0"],
    ]


def test_split_cuts_a_file_for_each_transaction(cleanclaim, claims_file, tmp_path):
    out = tmp_path / "cut"
    assert cleanclaim("x12", "split", claims_file, "--out", out).exit == 0
    assert read_file((out / "0001.x12").read_bytes()).transactions[0].claims == 3
    again = cleanclaim("x12", "split", claims_file, "--out", out)
    assert (again.exit, "is not empty" in again.err) == (2, True)


def test_a_file_without_claims_cannot_be_cut_by_claim(cleanclaim, tmp_path):
    file = tmp_path / "ack"
    file.write_text(TA1)
    ran = cleanclaim("x12", "split", file, "--by", "claim", "--out", tmp_path / "cut")
    assert (ran.exit, "holds no claim" in ran.err) == (2, True)
    assert not (tmp_path / "cut").exists()


def test_checking_a_file_loads_nothing_heavy():
    """A cold start has half a second: it is spent on reading."""
    heavy = ("prefect", "pydantic", "sqlalchemy", "sqlmodel", "httpx", "pyx12", "cryptography")
    script = (
        "import sys\nfrom deployments.cli import main\n"
        "sys.argv = ['cleanclaim', 'x12', 'check', '--json', '/dev/null']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set(sys.modules) & set({heavy!r})), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_broken_copies_are_tried_from_the_command_line(cleanclaim, claims_file, tmp_path):
    ran = cleanclaim("bench", "x12-fuzz", "--mutants", 5, "--corpus", claims_file.parent, "--json")
    assert (ran.exit, ran.json["mutants"], ran.json["failures"]) == (0, 5, [])
    nothing = cleanclaim("bench", "x12-fuzz", "--corpus", tmp_path / "nowhere")
    assert (nothing.exit, "no X12 file" in nothing.err) == (2, True)
