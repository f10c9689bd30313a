"""`cleanclaim payments …` and `cleanclaim denials …` as people use them."""

from factories import Practice

from claims import lifecycle
from claims.bundle import load_bundle, load_bundles
from claims.database import transaction
from claims.money.ledger import post_charges
from claims.money.settle import after_adjudication
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


def test_records_go_for_all_of_a_pattern_each_claim_with_its_own_file(
    cleanclaim, staff, tmp_path, engine, now
):
    with transaction(engine) as session:
        practice = Practice(session, now)
        claims = [practice.claim().claim for _ in range(2)]
        for claim in claims:
            practice.filing(load_bundle(session, claim.id), *SENT, icn="C0001")
        post_charges(session, now, claims)
        pcns = [claim.pcn for claim in claims]
        ids = [claim.id for claim in claims]
    sheet, folder = tmp_path / "sheet.csv", tmp_path / "records"
    rows = [f"{pcn},99213,120.00,0.00,CO-252 120.00,M127,C{n}\n" for n, pcn in enumerate(pcns)]
    sheet.write_text("claim,code,charge,paid,adjustments,remarks,payer_number\n" + "".join(rows))
    folder.mkdir()
    (folder / f"{pcns[0].lower()}.txt").write_text("the note of that day")
    words = ("payments", "remittance", sheet, "--payer", "SBXCO", "--trace", "1009", "--amount", "0.00")
    assert cleanclaim(*words, "--on", "2026-03-02", "--as", "bea", "--json").json["state"] == "posted"
    with transaction(engine) as session:
        bundles = load_bundles(session, ids)
        lifecycle.apply(session, after_adjudication(session, now, bundles, {}), now)
    pattern = ("--payer", "SBXCO", "--denied", "CO-252", "--as", "bea", "--reason", "asked for")
    ran = cleanclaim("denials", "decide", "send_records", *pattern, "--value", folder, "--json")
    assert (ran.exit, ran.json["done"]) == (1, [ids[0]])
    assert f"Name one {pcns[1]}" in ran.json["left"][ids[1]]
    note = tmp_path / "w9.txt"
    note.write_text("for every claim alike")
    ran = cleanclaim("denials", "decide", "send_records", *pattern, "--value", note, "--json")
    assert (ran.exit, ran.json["done"]) == (0, [ids[1]])


PAID_ON = ("--on", "2026-03-02", "--as", "bea")


def owed_by_the_patient(cleanclaim, visit, tmp_path) -> str:
    """A claim whose payer leaves 40.00 to the patient."""
    claim = visit(SENT).claim.pcn
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"claim,code,charge,paid,adjustments\n{claim},99213,120.00,80.00,PR-1 40.00\n")
    words = ("payments", "remittance", sheet, "--payer", "SBXCO", "--trace", "1008", "--amount", "80.00")
    assert cleanclaim(*words, *PAID_ON, "--json").json["state"] == "posted"
    return claim


def test_a_statement_is_seen_before_it_goes_and_only_by_a_named_user(cleanclaim, visit, tmp_path):
    claim, out = owed_by_the_patient(cleanclaim, visit, tmp_path), tmp_path / "statement.pdf"
    assert cleanclaim("statements", "show", claim, "--out", out).exit == 2
    assert "No statement" in cleanclaim("statements", "show", claim, "--out", out, "--as", "bea").err
    assert cleanclaim("statements", "show", claim, "--out", out, "--as", "bea", "--preview").exit == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_plan_is_for_claims_that_wait_for_their_patient(cleanclaim, visit, tmp_path):
    claim = owed_by_the_patient(cleanclaim, visit, tmp_path)
    words = ("plans", "add", claim, "--installment", "20.00", "--first", "2026-03-15", "--as", "bea")
    assert "does not wait for its patient" in cleanclaim(*words).err
    assert cleanclaim("plans", "list", "--json").json == {"plans": []}
    assert cleanclaim("plans", "cancel", "NONE", "--reason", "x", "--as", "bea").exit == 2
    assert cleanclaim("statements", "list", "--json").json == {"statements": []}


def test_entries_of_the_provider_level_are_listed(cleanclaim, staff):
    assert cleanclaim("payments", "provider-level", "--json").json == {"entries": [], "sums": []}
