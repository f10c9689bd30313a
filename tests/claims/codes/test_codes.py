"""Asking the code sets: seeds, whole ICD-10, search and suggestions, several processes, bounded memory."""

import sqlite3
import sys
from datetime import date
from subprocess import Popen

import pytest

from claims.codes import KINDS, PRACTITIONER, Codes, Standing, code_set, lookup, open_codes
from claims.codes.search import search, suggest
from claims.codes.shipped import dated_codes, ship
from claims.codes.status import overview
from claims.codes.tabular import named
from claims.errors import BadInput
from deployments.bench.codes import bench_codes
from deployments.bench.ncci import pairs, write_ptp

DAY = date(2026, 2, 16)
pytestmark = pytest.mark.xdist_group("icd")  # whole ICD-10 is made once


def test_every_seed_says_that_it_is_one_and_has_columns_of_its_set():
    for name, kind in KINDS.items():
        shipped = code_set(name)
        columns = {column for rows in shipped.rows.values() for row in rows for column in row.more}
        assert columns <= set(kind.columns), name
        assert shipped.complete is (name in ("state", "pos")), name
    assert not any(row.more for rows in code_set("cpt").rows.values() for row in rows)  # no word of the AMA's


def test_a_code_that_only_the_seed_lacks_is_unknown_and_never_invalid():
    codes = Codes()
    assert codes.standing("icd10cm", "I10", DAY) is Standing.VALID
    assert codes.standing("icd10cm", "Q999", DAY) is Standing.UNKNOWN
    assert codes.standing("hcpcs", "G0202", DAY) is Standing.NOT_IN_FORCE
    assert codes.standing("state", "ZZ", DAY) is Standing.INVALID


def test_icd_10_has_as_many_codes_a_day_as_cms_counts(icd_home):
    with sqlite3.connect(icd_home / "codes" / "icd10cm.db") as db:
        count = "SELECT count(*) FROM row WHERE billable = '1' AND first <= ? AND last >= ?"
        found = {
            day: db.execute(count, (day.toordinal(),) * 2).fetchone()[0] for day in (date(2025, 10, 1), DAY)
        }
    db.close()
    assert set(found.values()) == {74_719}


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        ("M545", date(2021, 9, 30), Standing.VALID),
        ("M5450", date(2021, 9, 30), Standing.NOT_IN_FORCE),
        ("M5450", date(2021, 10, 1), Standing.VALID),
        ("M545", date(2028, 1, 1), Standing.VALID),  # a heading
        ("U070", date(2015, 9, 30), Standing.UNKNOWN),
        ("R51", date(2028, 1, 1), Standing.VALID),
        ("Q9999", DAY, Standing.INVALID),
        ("Q9999", date(2015, 9, 30), Standing.UNKNOWN),
        ("Q9999", date(2027, 4, 1), Standing.UNKNOWN),
    ],
)
def test_a_diagnosis_stands_by_the_day_of_service(icd, code, day, standing):
    assert icd.standing("icd10cm", code, day) is standing


def test_a_diagnosis_carries_its_notes_and_what_it_lacks(icd):
    assert icd.on("icd10cm", "M545", DAY).more["billable"] == "0"
    torus = icd.on("icd10cm", "S52521", DAY).more
    assert (torus["billable"], torus["seventh"]) == ("0", "ADGKPS")
    assert icd.on("icd10cm", "S52521A", DAY).more["title"].endswith("initial encounter for closed fracture")
    dementia = icd.on("icd10cm", "F0280", DAY).more
    assert dementia["flags"] == "manifestation"
    assert "G30" in dementia["code_first"].split()
    assert "E10" in icd.on("icd10cm", "E119", DAY).more["excludes1"].split()
    assert icd.on("icd10pcs", "0016070", DAY) is not None


def test_notes_name_codes_and_ranges():
    note = "diabetes in pregnancy (O24.-), burns (T20-T32), gout (M10.-) with A18.01, D3A.00"
    assert list(named(note)) == ["O24", "T20-T32", "M10", "A1801", "D3A00"]


def test_icd_10_is_made_once_and_what_an_operator_imported_stays(icd_home):
    before = {path.name: path.stat().st_mtime_ns for path in (icd_home / "codes").glob("*.db")}
    assert ship(icd_home) == []
    assert {path.name: path.stat().st_mtime_ns for path in (icd_home / "codes").glob("*.db")} == before
    assert len(dated_codes("icd10cm")[0]) == 85_122


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("high blood pressure", "I10"),
        ("type 2 diabetes kidney", "E1122"),
        ("kidney stone", "N200"),
        ("E11.9", "E119"),
        ("left ankle sprain", "S93402A"),
        ('"; DROP TABLE row; --', "R710"),
    ],
)
def test_words_lead_to_codes(icd, words, first):
    found = search(icd, words, DAY, ("icd10cm",))
    assert found[0].code == first


def test_a_search_knows_the_day_and_says_what_a_code_lacks(icd):
    then, now = (search(icd, "low back pain", day, ("icd10cm",)) for day in (date(2021, 9, 30), DAY))
    assert "M545" in {each.code for each in then}
    assert "M5450" not in {each.code for each in then}
    told = {each.code: each.specificity for each in now}
    assert told["M545"] == "heading: needs more characters"
    assert told["M5450"] == "billable, unspecified"
    assert told["M5459"] == "billable"


def test_a_note_leads_to_candidates_with_the_words_that_led_there(icd):
    note = "T2DM with CKD. Denies chest pain; mother had breast cancer\nHTN, sore throat"
    made = {each.phrase: each.candidates for each in suggest(icd, note, DAY)}
    assert list(made) == ["T2DM with CKD", "HTN", "sore throat"]
    assert [made[phrase][0].code for phrase in made] == ["E1122", "I10", "J029"]
    assert made["HTN"][0].words == ("hypertension",)


def test_a_text_without_words_of_illness_leads_nowhere(icd):
    assert suggest(icd, "", DAY) == suggest(icd, "\x00 123 ;;; today", DAY) == []


@pytest.fixture
def full(home, folder, load):
    path = folder / "practitioner ptp 2026q1.txt"
    write_ptp(path, 2_000)
    load("ptp_practitioner", path)
    return Codes(home)


def test_all_pairs_of_many_claims_are_one_query(full):
    asked = list(pairs(2_000))[:500]
    seen = []
    full.file("ptp_practitioner")._db.set_trace_callback(seen.append)
    found = full.pairs(PRACTITIONER, asked, DAY)
    assert len(seen) == 1
    assert 350 < len(found) < 500  # some were deleted or withdrawn
    assert full.pairs(PRACTITIONER, asked, DAY) == found
    assert len(seen) == 1  # and none the second time


def test_what_is_kept_of_look_ups_is_bounded(full, monkeypatch):
    monkeypatch.setattr(lookup, "_KEPT", 100)
    asked = [f"{first} {second}" for first, second in pairs(2_000)]
    whole = {code: full.on("ptp_practitioner", code, DAY) for code in asked}
    kept = full._shelves["ptp_practitioner"]
    assert len(kept._late) + len(kept._before) <= 200
    assert {code: full.on("ptp_practitioner", code, DAY) for code in reversed(asked)} == whole


def test_an_import_is_seen_by_the_next_who_opens_and_not_by_who_is_at_work(home, write, load):
    load("pos", write("pos.csv", "code,words\n11,office\n"), fewer=True)
    before = open_codes(home)
    load("pos", write("pos2.csv", "code,words\n11,office\n77,new\n"), fewer=True)
    assert before.standing("pos", "77", DAY) is Standing.INVALID
    after = open_codes(home)
    assert after.standing("pos", "77", DAY) is Standing.VALID
    assert before.version != after.version
    assert open_codes(home) is after


def test_processes_that_import_at_once_lose_nothing_of_each_other(home, folder, write):
    for payer in "ABCD":
        write(f"{payer}.csv", f"payer,code,modifier,amount,start\n{payer},99213,,90.00,2026-01-01\n")
    script = (
        "import sys; from pathlib import Path; from claims.codes.importing import import_files;"
        "import_files(Path(sys.argv[1]), 'contract', [Path(sys.argv[2])])"
    )
    started = [Popen([sys.executable, "-c", script, home, folder / f"{payer}.csv"]) for payer in "ABCD"]
    assert [each.wait(30) for each in started] == [0] * 4
    assert all(open_codes(home).on("contract", f"{payer} 99213", DAY) for payer in "ABCD")


def test_a_broken_file_says_what_to_do(home):
    (home / "codes").mkdir(parents=True)
    (home / "codes" / "pos.db").write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match="Delete it and import its set again"):
        open_codes(home)


def test_the_status_warns_of_seeds_and_of_what_is_out_of_date(icd_home):
    states = {each.edition.set: each for each in overview(icd_home, date(2028, 1, 1))}
    assert states["icd10cm"].warning.startswith("out of date since 2027-03-31")
    assert "only the shipped seed" in states["revenue"].warning
    assert states["coverage"].warning.startswith("nothing loaded")
    assert states["state"].warning == ""
    assert {each.edition.set: each.warning for each in overview(icd_home, DAY)}["icd10cm"] == ""


def test_the_bench_shows_import_look_ups_and_memory():
    told = bench_codes(400, 10)
    assert told["reading_mb"] > 0  # of this process, which has read other things before
    assert told["claim_us_a_pair"] > 0
