"""The other official layouts: HCPCS, ICD, relative values, taxonomy, X12's lists, coverage, rates."""

import shutil
from datetime import date

import pytest
from codes_files import anweb, workbook, zipped

from claims.codes import Standing, open_codes
from claims.codes.importing import import_files
from claims.errors import BadInput, NotFound

DAY = date(2026, 2, 16)


HCPCS = (
    anweb("A0021", "3", "Ambulance service, outside state per", "Outside state ambulance serv")
    + anweb("A0021", "4", "mile, transport")
    + anweb("J1885", "3", "A drug", ends="20251231")
    + anweb("   LT", "7", "Left side")
)


def test_hcpcs_titles_are_joined_with_one_space_and_the_last_day_is_the_termination(home, write, load):
    load("hcpcs", write("HCPC2026_JAN_ANWEB.txt", HCPCS))
    codes = open_codes(home)
    assert (
        codes.on("hcpcs", "A0021", DAY).more["title"]
        == "Ambulance service, outside state per mile, transport"
    )
    assert codes.on("hcpcs", "J1885", date(2025, 12, 31)) is not None
    assert codes.standing("hcpcs", "J1885", DAY) is Standing.NOT_IN_FORCE
    assert codes.standing("hcpcs", "J9999", DAY) is Standing.INVALID
    assert codes.standing("hcpcs", "J9999", date(2027, 1, 1)) is Standing.UNKNOWN


def test_the_modifiers_of_the_hcpcs_file_join_those_of_cpt_that_we_ship(home, write, load):
    load("modifier", write("HCPC2026_JAN_ANWEB.txt", HCPCS))
    codes = open_codes(home)
    assert codes.spans("modifier", "25")
    assert codes.on("modifier", "LT", DAY).more == {"title": "Left side", "kind": "side"}


def test_the_spreadsheet_of_hcpcs_says_the_same_as_the_text(home, write, load):
    header = [
        *("HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION"),
        *("COV", "ADD DT", "ACT EFF DT", "TERM DT", "ACTION CD"),
    ]
    rows = [
        header,
        ["A0021", "100", "3", "Ambulance service, outside state per", "x", "C", "20200101", "", "", "N"],
        ["A0021", "200", "4", "mile, transport", "", "", "20200101", "", "", "N"],
    ]
    data = zipped({"HCPC2026_JAN_ANWEB.xlsx": workbook(rows), "HCPC2026_recordlayout.txt": b"not data"})
    load("hcpcs", write("january-2026-alpha-numeric-hcpcs-file.zip", data))
    found = open_codes(home).on("hcpcs", "A0021", DAY)
    assert found.more["title"] == "Ambulance service, outside state per mile, transport"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (anweb("A0021", "5", "x"), "line 1, column 11"),
        (anweb("A0021", "4", "x"), "line 1, column 1"),
        (anweb("A0021", "3", "x", added="2020"), "line 1, column 269"),
        (HCPCS + anweb("A002", "3", "x"), "line 5, column 1"),
        ("code,title\nA0021,x\n", "line 1, column 11"),
        ("", "line 1, column 1"),
    ],
)
def test_a_wrong_hcpcs_file_is_refused_with_its_place(home, write, load, text, told):
    with pytest.raises(BadInput, match=told):
        load("hcpcs", write("HCPC2026_JAN_ANWEB.txt", text))
    assert not (home / "codes" / "hcpcs.db").exists()


def order(number, code, billable, title):
    return f"{number:05d} {code:<7} {billable} {title[:60]:<60} {title}\r\n"


ORDER = (
    order(1, "A00", "0", "Cholera")
    + order(2, "A000", "1", "Cholera due to Vibrio cholerae 01, biovar cholerae")
    + order(3, "W2209XA", "1", "Striking against other stationary object, initial encounter")
)


def test_an_order_file_holds_from_october_and_the_next_one_ends_what_it_leaves_out(home, write, load):
    load("icd10cm", write("icd10cm-order-2026.txt", ORDER))
    done = load("icd10cm", write("icd10cm_order_2027.txt", ORDER.replace("A000 ", "A009 ")))
    codes = open_codes(home)
    assert (done.changes.added, done.changes.ended) == (1, 1)
    assert codes.standing("icd10cm", "A000", date(2026, 9, 30)) is Standing.VALID
    assert codes.standing("icd10cm", "A000", date(2026, 10, 1)) is Standing.NOT_IN_FORCE
    assert codes.standing("icd10cm", "A009", date(2026, 9, 30)) is Standing.NOT_IN_FORCE
    assert codes.standing("icd10cm", "A009", date(2025, 9, 30)) is Standing.UNKNOWN
    assert codes.on("icd10cm", "A00", DAY).more["billable"] == "0"


def test_the_list_of_changes_is_not_taken_for_the_order_file(write, load):
    addenda = "Add:         00003 A0001   1 Cholera, new                Cholera, new\r\n"
    with pytest.raises(BadInput, match="line 1, column 1: an order number"):
        load("icd10cm", write("icd10cm-order-addenda-2026.txt", addenda))
    whole = zipped(
        {"icd10cm-order-addenda-2026.txt": addenda.encode(), "icd10cm-order-2026.txt": ORDER.encode()}
    )
    assert load("icd10cm", write("icd10cm-Code Descriptions-2026.zip", whole)).changes.rows == 3


@pytest.mark.xdist_group("icd")
def test_an_order_file_keeps_the_notes_that_it_does_not_tell(icd, icd_home, home, write):
    row = icd.on("icd10cm", "E119", DAY)
    (home / "codes").mkdir(parents=True)
    shutil.copy(icd_home / "codes" / "icd10cm.db", home / "codes")
    text = order(1, "E119", "1", "Type 2 diabetes, as the new list calls it")
    import_files(home, "icd10cm", [write("icd10cm-order-2028.txt", text)], fewer=True)
    codes = open_codes(home)
    assert codes.on("icd10cm", "E119", date(2027, 9, 30)).more["title"] == row.more["title"]
    later = codes.on("icd10cm", "E119", date(2027, 10, 1)).more
    assert later["title"] == "Type 2 diabetes, as the new list calls it"
    assert later["excludes1"] == row.more["excludes1"] != ""


HEAD_LINE = (
    "HCPCS,MOD,DESCRIPTION,CODE,,RVU,PE RVU,,PE RVU,,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,"
    "SURG,IND,BASE,FACTOR,PROC,FLAG,IND,PE,PE,MP"
)
VISIT_LINE = (
    "99213,,Office visit,A,,1.30,1.46,,0.33,,0.09,2.85,1.72,0,XXX,0.00,0.00,0.00,0,0,0,0,0,"
    "9,,33.4009,09,0,99,0,0,0"
)
HEAD, VISIT = (line.split(",") for line in (HEAD_LINE, VISIT_LINE))


def rvu(*rows, notice=9):
    return "".join(f"{','.join(row)}\r\n" for row in [["A notice"]] * notice + list(rows))


@pytest.mark.parametrize("column_of_2026", [True, False])
def test_relative_values_go_by_position_in_files_with_and_without_the_new_column(
    home, write, load, column_of_2026
):
    cut = [*range(23), *range(24, 32)]
    rows = [HEAD, VISIT] if column_of_2026 else [[row[n] for n in cut] for row in (HEAD, VISIT)]
    data = rvu(*rows, ["71046", "26", *VISIT[2:14], "XXX", *VISIT[15:]] if column_of_2026 else rows[1])
    load("rvu", write("PPRRVU2026_Jan_nonQPP.csv", data))
    visit = open_codes(home).on("rvu", "99213", DAY).more
    assert (visit["work"], visit["global_days"], visit["factor"]) == ("1.30", "XXX", "33.4009")
    assert (visit["multiple"], visit["bilateral"], visit["assistant"]) == ("0", "0", "0")
    assert visit["title"] == ""  # the AMA's words
    assert bool(open_codes(home).on("rvu", "71046 26", DAY)) is column_of_2026


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (rvu(HEAD, [*VISIT[:14], "30D", *VISIT[15:]]), "line 11, column 15: the global days"),
        (rvu(HEAD, [*VISIT[:5], "much", *VISIT[6:]]), "line 11, column 6: the work RVU"),
        (rvu(HEAD, VISIT[:20]), "line 11, column 20"),
        (rvu(VISIT), "the header HCPCS, MOD, DESCRIPTION"),
    ],
)
def test_wrong_relative_values_are_refused_with_their_place(write, load, data, told):
    with pytest.raises(BadInput, match=told):
        load("rvu", write("PPRRVU2026_Jan_nonQPP.csv", data))


def test_carrier_amounts_of_later_quarters_change_only_what_they_name(home, write, load):
    def fees(*rows):
        return "".join(f'"2026","05535","00","{code}","  ","{fee}","{fee}","","0"\r\n' for code, fee in rows)

    load("fee_schedule", write("PFALL26AR.txt", fees(("99213", "0000117.58"), ("99214", "0000000.50"))))
    done = load("fee_schedule", write("PFALL26B.txt", fees(("99213", "0000118.00"))))
    codes = open_codes(home)
    assert (done.changes.changed, done.changes.ended) == (1, 0)
    key = "MEDICARE-05535-00 99213"
    assert codes.on("fee_schedule", key, date(2026, 3, 31)).more["amount"] == "117.58"
    assert codes.on("fee_schedule", key, date(2026, 4, 1)).more["amount"] == "118.00"
    assert codes.on("fee_schedule", "MEDICARE-05535-00 99214", date(2026, 4, 1)).more["amount"] == "0.50"


def test_a_contract_speaks_for_its_payers_alone(home, write, load):
    header = "payer,code,modifier,amount,percent,of_schedule,start,end\n"
    load(
        "contract",
        write("all.csv", header + "AAA,99213,,90.00,,,2026-01-01,\nBBB,99213,,80.00,,,2026-01-01,\n"),
    )
    load(
        "contract",
        write("a.csv", header + "AAA,99213,,95.50,,,01/01/2026,\nCCC,*,,,120,MEDICARE,2026-01-01,\n"),
    )
    codes = open_codes(home)
    told = {payer: codes.on("contract", f"{payer} 99213", DAY).more["amount"] for payer in ("AAA", "BBB")}
    assert told == {"AAA": "95.50", "BBB": "80.00"}
    assert codes.on("contract", "CCC *", DAY).more["percent"] == "120"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("AAA,99213,,12.345,,,,", "line 2, column 4"),
        ("AAA,99213,,,,,,", "line 2, column 4: an amount, or a percent"),
        (",99213,,1,,,,", "line 2, column 1: a payer"),
        ("AAA,99213,,1,,,soon,", "line 2, column 7: a day"),
        ("AAA,99213,,1,,,2026-02-01,2026-01-01", "line 2, column 8: an end"),
    ],
)
def test_a_wrong_rate_is_refused_with_its_place(write, load, row, told):
    with pytest.raises(BadInput, match=told):
        load("contract", write("c.csv", f"payer,code,modifier,amount,percent,of_schedule,start,end\n{row}\n"))


def test_the_taxonomy_is_read_through_commas_and_line_breaks(home, write, load):
    text = (
        "\ufeffCode,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section\r\n"
        '207Q00000X,Allopathic,Family Medicine,,"Cares for, and\r\nabout, all","[new]",x,Individual\r\n'
        '207QA0000X,Allopathic,Family Medicine,Adolescent,"d",,y,Individual\r\n'
    )
    load("taxonomy", write("nucc_taxonomy_260.csv", text))
    codes = open_codes(home)
    assert codes.on("taxonomy", "207QA0000X", DAY).more["title"] == "Family Medicine, Adolescent"
    assert codes.standing("taxonomy", "207Q00001X", DAY) is Standing.INVALID
    with pytest.raises(BadInput, match="line 2, column 1: ten characters"):
        load("taxonomy", write("nucc_taxonomy_261.csv", text.replace("207Q00000X", "207Q")))


PAGE = """<html><body><table><tr><th>Code</th><th>Description</th></tr>
<tr class="current"><td>1</td><td>Own words for the first
  Start: 01/01/1995 | Last Modified: 07/01/2017 Notes: more</td></tr>
<tr class="prior"><td>2</td><td>Own words<br/>Start: 01/01/1995 | Stop: 06/30/2026</td></tr>
</table></body></html>
"""


def test_a_reason_that_stops_in_the_future_is_still_valid(home, write, load):
    load("carc", write("carc-2026.html", PAGE), day=date(2026, 3, 1))
    codes = open_codes(home)
    assert codes.on("carc", "1", DAY).more["words"] == "Own words for the first"
    assert codes.on("carc", "2", date(2026, 6, 30)) is not None
    assert codes.on("carc", "2", date(2026, 7, 1)) is None


def test_a_page_of_another_list_is_refused(write, load):
    with pytest.raises(BadInput, match=r"line 2, column 1: a code of the list remittance remarks"):
        load("rarc", write("rarc.html", PAGE))


def test_an_operators_list_keeps_what_we_know_of_its_codes(home, write, load):
    load(
        "pos",
        write("pos.csv", "Place of Service Code(s),Place of Service Name\n11,Office\n21,Hospital\n77,New\n"),
        fewer=True,
    )
    codes = open_codes(home)
    assert codes.on("pos", "21", DAY).more == {"words": "Hospital", "facility": "1"}
    assert codes.standing("pos", "98", DAY) is Standing.INVALID
    assert codes.standing("pos", "77", DAY) is Standing.VALID


def test_cpt_codes_are_unknown_until_the_operators_own_file_is_there(home, write, load):
    assert open_codes(home).standing("cpt", "99219", DAY) is Standing.UNKNOWN
    load(
        "cpt",
        write("cpt.txt", "CPT Code\tLong\n99213\tthe operator's licensed words\n"),
        day=date(2026, 1, 1),
    )
    codes = open_codes(home)
    assert codes.standing("cpt", "99213", DAY) is Standing.VALID
    assert codes.standing("cpt", "99219", DAY) is Standing.INVALID


def export():
    """The coverage database: a zip in a zip, one CSV a table, HTML and line breaks in cells."""
    tables = {
        "article": "article_id,article_version,title,display_id,date_retired\n"
        '5000,1,Old,A5000,\n5000,2,"Billing, <b>and</b>\ncoding",A5000,\n',
        "article_x_hcpc_code": "article_id,article_version,hcpc_code_id,hcpc_code_group\n"
        "5000,2,93000,1\n5000,1,93010,1\n",
        "article_x_icd10_covered": "article_id,article_version,icd10_code_id,icd10_covered_group,range\n"
        "5000,2,I10,1,\n5000,2,R07.9,1,\n5000,1,Z00.00,1,\n",
        "article_x_icd10_noncovered": "article_id,article_version,icd10_code_id,icd10_noncovered_group\n"
        "5000,2,Z00.00,1\n",
        "article_x_contractor": "article_id,article_version,contractor_id\n5000,2,77\n",
        "contractor_jurisdiction": "contractor_id,state_id\n77,40\n77,58\n",
        "state_lookup": "state_id,state_abbrev\n40,OH\n58,EM\n",
    }
    inner = zipped({f"{name}.csv": text.encode() for name, text in tables.items()})
    return zipped({"current_article_csv.zip": inner, "readme.txt": b"x"})


def test_the_coverage_export_tells_which_articles_name_a_code_and_which_diagnoses_they_name(
    home, write, load
):
    load("coverage", write("current_article.zip", export()), day=date(2026, 2, 1))
    codes = open_codes(home)
    assert codes.on("coverage", "93000", DAY).more["articles"] == "A5000"
    assert codes.on("coverage", "93010", DAY) is None  # of an older version of the article
    assert codes.on("coverage_diagnosis", "A5000 R079", DAY).more["covered"] == "1"
    assert codes.on("coverage_diagnosis", "A5000 Z0000", DAY).more["covered"] == "0"
    assert codes.on("coverage_article", "A5000", DAY).more["states"] == "MO OH"


def test_an_export_without_a_table_is_refused_whole(home, write, load):
    tables = {"article.csv": b"article_id,article_version,title,display_id,date_retired\n1,1,x,A1,\n"}
    with pytest.raises(BadInput, match=r"has no table state_lookup\.csv"):
        load("coverage", write("current_article.zip", zipped(tables)), day=date(2026, 2, 1))
    assert not list((home / "codes").glob("*.db"))


def test_an_unknown_set_a_missing_file_and_a_broken_zip_are_told(write, load, folder):
    from claims.codes.importing import set_of

    with pytest.raises(NotFound, match="icd10cm, icd10pcs"):
        set_of("icd9", [folder])
    with pytest.raises(BadInput, match="cannot be opened"):
        load("pos", folder / "none.csv")
    with pytest.raises(BadInput, match="no readable workbook"):
        load("pos", write("pos.xlsx", b"PK no workbook"))
    with pytest.raises(BadInput, match="no readable zip"):
        load("pos", write("pos.zip", zipped({"pos.csv": b"code,words\n11,office\n"})[:60]))
    with pytest.raises(BadInput, match="line 3, column 1: what begins here is no row"):
        load("pos", write("pos.csv", 'code,words\n11,office\n12,"home\n13,assisted\n'))
    damaged = zipped({"pos.csv": b"code,words\n" + bytes(range(48, 90)) * 40})
    at = damaged.index(b"pos.csv") + 20
    with pytest.raises(BadInput, match="damaged inside its zip"):
        load("pos", write("damaged.zip", damaged[:at] + b"\xff\x00\xff" + damaged[at + 3 :]))
    with pytest.raises(BadInput, match="holds no file of this set"):
        load("icd10cm", write("x.zip", zipped({"picture.png": b"x"})))


def test_a_file_that_lost_much_of_the_set_is_taken_for_cut_short_unless_somebody_says_so(home, write, load):
    most = "\n".join(f"{code:02d},words" for code in range(1, 60))
    load("pos", write("pos.csv", f"code,words\n{most}\n"))
    cut = write("cut.csv", f"code,words\n{most[: len(most) // 2]}\n")
    with pytest.raises(BadInput, match=r"cut\.csv has 30 codes where 59 are in force.*--fewer"):
        load("pos", cut)
    assert open_codes(home).standing("pos", "59", DAY) is Standing.VALID
    assert load("pos", cut, fewer=True).changes.ended == 29


@pytest.mark.parametrize(
    ("name", "code"),
    [("pos", "2"), ("revenue", "450"), ("cpt", "1"), ("modifier", "1"), ("bill_type", "011X")],
)
def test_a_code_that_lost_its_zero_in_a_spreadsheet_is_refused(write, load, name, code):
    with pytest.raises(BadInput, match=r"line 2, column 1: (two|four|five) (digits|characters)"):
        load(name, write("own.csv", f"code,words\n{code},x\n"), day=DAY)


def test_what_a_spreadsheet_saves_as_unicode_text_is_read(write, load):
    rows = "code\tdiagnosis\tcovered\n99213\tE11.9\t1\n"
    assert load("coverage_own", write("own.txt", rows.encode("utf-16"))).changes.added == 1
    with pytest.raises(BadInput, match="line 2, column 3: 1 for covered"):
        load("coverage_own", write("wrong.txt", rows.replace("\t1\n", "\tyes\n").encode("utf-16")))


def test_a_line_without_end_is_no_line_of_a_text(write, load, monkeypatch):
    monkeypatch.setattr("claims.codes.sources._LARGEST_CELL", 5_000)  # fifty million bytes take three seconds
    with pytest.raises(BadInput, match="line 1, column 1: a line of a text"):
        load("icd10cm", write("bomb.zip", zipped({"icd10cm-order-2026.txt": b" " * 5_000})))
