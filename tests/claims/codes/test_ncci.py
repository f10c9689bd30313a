"""The NCCI files as CMS lays them out, with every trap that the real ones have."""

from datetime import date

import pytest
from codes_files import workbook, zipped

from claims.codes import PRACTITIONER, open_codes
from claims.codes.importing import set_of
from claims.errors import BadInput
from deployments.bench.ncci import write_mue, write_ptp

DAY = date(2026, 2, 16)
BANNER = (
    "A notice that stands over the table\r\nColumn1/Column2 Edits\r\n\t\t*=in existence\t\tDeletion\r\n"
    "\t\tprior to 1996\tEffective\tDate\r\n\t\t\tDate\t*=no data\r\n"
    "Column 1\tColumn 2\t\t\t\t9=not applicable\r\n"
)


def pair(first="11102", second="99213", start="20200101", ends="*", indicator="1", old=""):
    return f"{first}\t{second}\t{old}\t{start}\t{ends}\t{indicator}\tMisuse of codes\r\n"


@pytest.fixture
def pairs(write, load):
    def run(*rows, name="ccipra-v321r0-f1 2026q2.txt"):
        return load("ptp_practitioner", write(name, BANNER + "".join(rows)))

    return run


def in_force(home, day=DAY, first="11102", second="99213"):
    found = open_codes(home).pairs(PRACTITIONER, [(first, second)], day)
    return [each.modifier_allowed for each in found]


def test_a_pair_is_in_force_from_its_first_to_its_last_day_inclusive(home, pairs):
    pairs(pair(ends="20251231"), pair("11103", "99213", indicator="0", old="*"))
    assert in_force(home, date(2025, 12, 31)) == [True]
    assert in_force(home, date(2026, 1, 1)) == []
    assert in_force(home, date(2019, 12, 31)) == []
    assert in_force(home, DAY, "11103") == [False]


def test_a_pair_that_was_withdrawn_from_its_first_day_on_never_applies(home, pairs):
    done = pairs(pair(ends="20200101", indicator="9"), pair("11103"))
    assert done.changes.rows == 1
    assert in_force(home, date(2020, 1, 1)) == []


def test_of_a_pair_that_comes_twice_the_row_of_the_day_counts_and_the_active_one_wins(home, pairs):
    pairs(
        pair(start="20100101", ends="20151231", indicator="0"),
        pair(start="20200101", ends="20200630"),
        pair(start="20200101"),
    )
    assert in_force(home, date(2012, 1, 1)) == [False]
    assert in_force(home, date(2018, 1, 1)) == []
    assert in_force(home, DAY) == [True]


def test_the_same_file_again_changes_nothing(home, pairs):
    first = pairs(pair(), pair("11103"))
    again = pairs(pair(), pair("11103"))
    assert (first.changes.added, again.changes.any) == (2, False)
    assert again.edition.digest == first.edition.digest


def test_a_newer_quarter_shows_what_was_added_changed_and_ended(home, pairs):
    pairs(pair(), pair("11103"), pair("11104"), name="ptp 2026q1.txt")
    done = pairs(pair(indicator="0"), pair("11103"), pair("11104", ends="20260331"), pair("11105", "99214"))
    assert (done.changes.added, done.changes.changed, done.changes.ended) == (1, 1, 1)
    assert done.edition.version == "v321r0"
    assert done.edition.complete_until == date(2026, 6, 30)


def test_an_older_quarter_behind_a_newer_one_is_refused(home, pairs):
    pairs(pair(), name="ptp 2026q2.txt")
    with pytest.raises(BadInput, match="the edition of 2026-01-01; that of 2026-04-01 is loaded"):
        pairs(pair(indicator="0"), name="ptp 2026q1.txt")
    assert in_force(home) == [True]


def test_the_parts_of_a_quarter_come_in_any_order_and_leave_each_other_alone(home, pairs):
    pairs(pair("26010"), pair("36909"), name="f2 2026q1.txt")
    pairs(pair("11102"), pair("25999"), name="f1 2026q1.txt")
    done = pairs(pair("11102"), name="f1 corrected 2026q1.txt")
    assert [in_force(home, DAY, first) for first in ("11102", "26010", "36909")] == [[True]] * 3
    assert done.changes.ended == 0  # 25999 lies behind what the corrected part speaks of
    done = pairs(pair("11102"), pair("25999", indicator="0"), name="f1 again 2026q1.txt")
    assert done.changes.changed == 1


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("1110\t99213\t\t20200101\t*\t1\tx", 1, "five characters"),
        ("11102\t9921\t\t20200101\t*\t1\tx", 2, "five characters"),
        ("11102\t99213\tyes\t20200101\t*\t1\tx", 3, "in existence"),
        ("11102\t99213\t\t2020-01-01\t*\t1\tx", 4, "CCYYMMDD"),
        ("11102\t99213\t\t20201301\t*\t1\tx", 4, "CCYYMMDD"),
        ("11102\t99213\t\t20200101\tnone\t1\tx", 5, "deletion"),
        ("11102\t99213\t\t20200101\t*\t2\tx", 6, "modifier indicator"),
        ("11102,99213", 1, "five characters"),
        ("11102\t99213", 3, "in existence"),
    ],
)
def test_a_wrong_row_is_refused_with_line_and_column_and_nothing_is_changed(
    home, pairs, row, column, expected
):
    pairs(pair())
    before = (home / "codes" / "ptp_practitioner.db").read_bytes()
    with pytest.raises(BadInput, match=rf"line 8, column {column}: .*{expected}"):
        pairs(pair("11104"), row + "\r\n")
    assert (home / "codes" / "ptp_practitioner.db").read_bytes() == before
    assert sorted(path.name for path in (home / "codes").iterdir()) == [".lock", "ptp_practitioner.db"]


def test_a_file_without_any_pair_is_refused(home, write, load):
    for text in ("", BANNER, "code,units\n11102,3\n", "\x00\x01\x02" * 500):
        with pytest.raises(BadInput, match="column 1"):
            load("ptp_practitioner", write("2026q1.txt", text))
    assert not (home / "codes" / "ptp_practitioner.db").exists()


def test_the_zip_and_the_workbook_give_the_same_pairs_as_the_text(home, write, load):
    text = (BANNER + pair() + pair("11103")).encode()
    rows = [["A notice"], *([""] for _ in range(5)), ["11102", "99213", "", "20200101", "*", "1", "Misuse"]]
    name = "medicare-ncci-2026q1-practitioner-ptp-edits-ccipra-v320r0-f1"
    outer = write(
        f"{name}.zip", zipped({f"{name}.TXT": text, f"{name}.xlsx": workbook(rows), "readme.txt": b"x"})
    )
    assert load("ptp_practitioner", outer).changes.rows == 2
    assert (
        load("ptp_practitioner", write("ccipra-v320r0-f1 2026q1.xlsx", workbook(rows))).changes.any is False
    )
    assert in_force(home) == [True]


def test_a_made_file_of_any_size_reads_whole(home, folder, load):
    path = folder / "practitioner ptp 2026q1.txt"
    write_ptp(path, 3_000)
    withdrawn = sum(line.split("\t")[5:6] == ["9"] for line in path.read_text().splitlines()[6:])
    assert load("ptp_practitioner", path).changes.rows == 3_000 - withdrawn
    assert withdrawn > 20


@pytest.mark.parametrize(
    ("family", "name", "meant"),
    [
        ("ptp", "medicare-ncci-2026q1-hospital-ptp-edits-ccioph-v320r0-f1.zip", "ptp_outpatient"),
        ("ptp", "ccipra-v320r0-f1.TXT", "ptp_practitioner"),
        ("mue", "medicare-ncci-2026-q1-dme-supplier-services-mue-table.zip", "mue_dme"),
        ("mue-dme", "x.csv", "mue_dme"),
        ("NCCI-PTP", "hospital ptp.txt", "ptp_outpatient"),
        ("AOC", "x.txt", "addon"),
    ],
)
def test_the_setting_is_told_by_the_file(family, name, meant, folder):
    assert set_of(family, [folder / name]) == meant


def test_a_setting_that_no_file_tells_is_asked_for(folder):
    with pytest.raises(BadInput, match="ptp_practitioner, ptp_outpatient"):
        set_of("ptp", [folder / "pairs.txt"])


NOTICE = (
    '"A notice, quoted\r\nover several ""lines""\r\n"\r\n'
    '"HCPCS/\r\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\r\n'
)


def units(*rows):
    return (NOTICE + "".join(f"{row}\r\n" for row in rows)).encode("latin-1")


def test_unlikely_units_hold_from_their_quarter_until_the_next_one_says_otherwise(home, write, load):
    autumn = units("11102,1,2 Date of Service Edit: Policy,x", "11103,0,1 Line Edit,caf\xe9")
    winter = units("11102,3,3 Date of Service Edit: Clinical,x")
    load("mue_practitioner", write("MCR_MUE_PractitionerServices_Eff_10-01-2025.csv", autumn))
    done = load("mue_practitioner", write("MCR_MUE_PractitionerServices_Eff_01-01-2026.csv", winter))
    assert (done.changes.added, done.changes.changed, done.changes.ended) == (0, 1, 1)
    codes = open_codes(home)

    def on(day):
        found = codes.mue(PRACTITIONER, ["11102", "11103"], day)
        return {code: (each.most, each.mai) for code, each in found.items()}

    assert on(date(2025, 12, 31)) == {"11102": (1, "2"), "11103": (0, "1")}
    assert on(DAY) == {"11102": (3, "3")}
    assert on(date(2025, 9, 30)) == {}


def test_quarters_may_be_imported_in_any_order(home, write, load):
    for name, most in (("01-01-2026", 3), ("07-01-2025", 1), ("10-01-2025", 1)):
        load("mue_practitioner", write(f"Eff_{name}.csv", units(f"11102,{most},1 Line Edit,x")))
    codes = open_codes(home)
    spans = [(row.start, row.end, row.more["units"]) for row in codes.spans("mue_practitioner", "11102")]
    assert spans == [
        (date(2026, 1, 1), None, "3"),
        (date(2025, 7, 1), date(2025, 12, 31), "1"),
    ]
    edition = codes.edition("mue_practitioner")
    assert (edition.complete_from, edition.complete_until) == (date(2025, 7, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (units("1110,1,1 Line Edit,x"), "line 6, column 1"),
        (units("11102,one,1 Line Edit,x"), "line 6, column 2"),
        (units("11102,1,Line Edit,x"), "line 6, column 3"),
        (units().replace(b"Practitioner", b"Outpatient Hospital"), "line 4, column 2: Practitioner"),
        (b"code,units\r\n11102,1\r\n", "line 2, column 1"),
    ],
)
def test_a_wrong_table_of_units_is_refused_with_its_place(write, load, data, told):
    with pytest.raises(BadInput, match=told):
        load("mue_practitioner", write("Eff_01-01-2026.csv", data))


def test_a_table_without_a_date_in_its_name_asks_for_one(folder, load):
    path = folder / "units.csv"
    write_mue(path, 40)
    with pytest.raises(BadInput, match="--from"):
        load("mue_practitioner", path)
    assert load("mue_practitioner", path, day=date(2026, 1, 1)).changes.added == 40


ADD_ON = (
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\t"
    "AOC_Edit_DelDT\tSpecial_Instruction_Notes\r\n"
)


def test_add_on_codes_are_gathered_by_the_days_on_which_each_primary_counts(home, write, load):
    text = ADD_ON + (
        "1\t11103\t\t11102\t\t2019001\t\t\r\n"
        "1\t11103\t\t11104\t2025365\t2019001\t\tnote\r\n"
        "2\t0054T\t\tCCCCC\t\t2020001\t\t\r\n"
    )
    done = load("addon", write("AOC_V2026Q1-MCR.txt", text))
    codes = open_codes(home)
    assert codes.on("addon", "11103", date(2025, 12, 31)).more["primaries"] == "11102 11104"
    assert codes.on("addon", "11103", DAY).more == {"kind": "1", "primaries": "11102"}
    assert codes.on("addon", "0054T", DAY).more == {"kind": "2", "primaries": ""}
    assert done.edition.version == "2026q1"


def test_add_on_dates_are_julian_days_and_others_are_refused(write, load):
    wrong = ADD_ON + "1\t11103\t\t11102\t\t2026366\t\t\r\n"
    with pytest.raises(BadInput, match="line 2, column 6: a day, CCYYDDD"):
        load("addon", write("AOC_V2026Q1.txt", wrong))


def test_the_add_on_workbook_has_a_notice_before_its_header(home, write, load):
    header = ADD_ON.strip().split("\t")
    rows = [["A notice"], header, ["1", "11103", "", "11102", "", "2026091", "", ""]]
    load("addon", write("AOC_V2026Q2-MCR.xlsx", workbook(rows)))
    assert open_codes(home).spans("addon", "11103")[0].start == date(2026, 4, 1)
