"""`cleanclaim edits …` as billers use it: their own packs, files tried, past claims, and the day foreseen."""

import pytest
from edit_defects import CLAIM

PACK = """
payers = ["SBXCO"]
[[edit]]
id = "own.visit"
title = "Visits are looked at"
each = "line"
when = 'line.code == "99213"'
do = "hold"
"""


@pytest.fixture
def pack(home):
    def write(text, name="mine.toml"):
        (home / "edits").mkdir(exist_ok=True)
        (home / "edits" / name).write_text(text)

    return write


@pytest.fixture
def claim_file(tmp_path):
    path = tmp_path / "claim.x12"
    path.write_text(CLAIM)
    return path


def test_the_operators_edits_are_listed_and_explained_beside_the_built_in_ones(cleanclaim, pack):
    pack(PACK)
    (own,) = cleanclaim("edits", "list", "--own", "--json").json["edits"]
    assert (own["id"], own["severity"], own["own"]["pack"]) == ("own.visit", "error", "mine")
    told = cleanclaim("edits", "explain", "own.visit").out
    assert 'line.code == "99213"' in told
    assert "SBXCO" in told


def test_a_wrong_pack_is_refused_by_every_command_before_it_works(cleanclaim, pack):
    pack(PACK.replace("line.code", "line.colour"))
    for words in (("edits", "list"), ("claims", "list"), ("work", "list")):
        ran = cleanclaim(*words)
        assert ran.exit == 2
        assert (
            "mine.toml, edit 1 (own.visit), when: there is no line.colour; there are line.number" in ran.err
        )


def test_a_file_is_tried_against_every_edit_and_nothing_is_stored(cleanclaim, home, pack, claim_file):
    assert cleanclaim("edits", "test", claim_file, "--json").exit == 0
    pack(PACK)
    ran = cleanclaim("edits", "test", claim_file, "--json")
    (file,) = ran.json["files"]
    assert ran.exit == 1
    assert file["transactions"] == [{"type": "837P", "claims": 1}]
    errors = [(f["code"], f["claim"]) for f in file["findings"] if f["severity"] == "error"]
    assert errors == [("own.visit", "VISIT1")]
    assert cleanclaim("claims", "list", "--json").json["claims"] == []


def test_one_draft_is_tried_alone_as_of_a_day(cleanclaim, home, tmp_path, claim_file):
    draft = tmp_path / "draft.toml"
    draft.write_text('[[edit]]\nid = "own.late"\ntitle = "Late"\nwhen = "claim.days_left < 0"\n')
    assert "own.late" not in cleanclaim("edits", "test", claim_file, "--edit", draft).out
    late = cleanclaim("edits", "test", claim_file, "--edit", draft, "--as-of", "2026-12-01")
    assert (late.exit, "warning own.late" in late.out) == (0, True)


def test_an_unreadable_file_or_draft_is_said_and_ends_with_two(cleanclaim, home, tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    assert cleanclaim("edits", "test", tmp_path / "picture.png").exit == 2
    assert cleanclaim("edits", "test", tmp_path / "nothing").exit == 2
    (tmp_path / "draft.toml").write_text("[[edit]]\nid = 1\n")
    ran = cleanclaim("edits", "test", tmp_path / "picture.png", "--edit", tmp_path / "draft.toml")
    assert (ran.exit, "draft.toml, edit 1, title: Field required" in ran.err) == (2, True)


def test_past_claims_answer_a_backtest_and_a_suggestion_also_when_there_are_none(cleanclaim, home):
    (made,) = cleanclaim("edits", "backtest", "npi.missing", "--json").json["backtests"]
    assert (made["denied"], made["good"], made["stopped"], made["held"]) == (0, 0, 0, 0)
    assert cleanclaim("edits", "suggest", "--json").json == {"drafts": []}
    assert "No denial came 3 times" in cleanclaim("edits", "suggest").out
    assert cleanclaim("edits", "backtest", "no.such").err.startswith("not_found: No edit no.such.")
