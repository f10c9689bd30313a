"""`cleanclaim payments …` and `cleanclaim denials …` as people use them."""

from claims.transitions import Event

SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)


def test_a_copay_at_the_counter_counts_once_for_its_receipt(cleanclaim, visit):
    claim = visit(SENT).claim.pcn
    words = ("payments", "add", claim, "25.00", "--receipt", "R1", "--as", "bea", "--json")
    assert [cleanclaim(*words).json["entered"] for _ in range(2)] == [True, False]
    assert cleanclaim("claims", "list", "--json").json["claims"][0]["paid"] == "25.00"


def test_a_sheet_of_paper_and_its_deposit_agree(cleanclaim, visit, tmp_path):
    claim = visit(SENT).claim.pcn
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"claim,code,charge,paid,adjustments\n{claim},99213,120.00,100.00,CO-45 20.00\n")
    paid = ("--on", "2026-03-02", "--as", "bea")
    words = ("payments", "remittance", sheet, "--payer", "SBXCO", "--trace", "1007", "--amount", "100.00")
    assert cleanclaim(*words, *paid, "--json").json["state"] == "posted"
    assert cleanclaim("payments", "deposit", "1007", "99.00", *paid).exit == 1
    assert cleanclaim("payments", "list", "--json").json["payments"][0]["state"] == "differs"
    assert cleanclaim("payments", "deposit", "1007", "$100.00", *paid).exit == 0
    assert cleanclaim("payments", "list", "--json").json == {"payments": []}


WRONG = (
    ("payments", "add", "NONE", "25.00", "--receipt", "R1", "--as", "bea"),
    ("payments", "deposit", "T1", "1E+99", "--on", "2026-03-02", "--as", "bea"),
    ("payments", "deposit", "T1", "money", "--on", "2026-03-02", "--as", "bea"),
    ("payments", "deposit", " ", "1.00", "--on", "2026-03-02", "--as", "bea"),
    ("payments", "deposit", "T1", "1.00", "--on", "2026-03-02", "--as", "aud"),
    ("denials", "decide", "forget", "--payer", "P", "--denied", "CO-16", "--as", "bea", "--reason", "x"),
    (
        "denials",
        "decide",
        "correct",
        "--payer",
        "P",
        "--denied",
        "CO-16",
        "--as",
        "otto",
        "--reason",
        "x",
    ),
)


def test_wrong_use_is_told_with_what_to_do(cleanclaim, staff):
    for words in WRONG:
        ran = cleanclaim(*words)
        assert (ran.exit, ran.out) == (2, ""), words
        assert len(ran.err.splitlines()) == 1


def test_a_pattern_that_nobody_has_is_done_at_once(cleanclaim, staff):
    assert cleanclaim("denials", "patterns", "--json").json == {"patterns": []}
    words = ("--payer", "P", "--denied", "co-16", "--as", "bea", "--reason", "x", "--json")
    assert cleanclaim("denials", "decide", "correct", *words).json["done"] == []
