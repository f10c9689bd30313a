"""`cleanclaim report …` as people and spreadsheets use it."""

import csv
import os
import stat

from claims.transitions import Event

SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
NAMES = ("denials", "aging", "kpi", "waterfall", "variance")


def test_each_report_is_told_with_its_definitions(cleanclaim, visit):
    visit(SENT)
    for name in NAMES:
        ran = cleanclaim("report", name)
        assert (ran.exit, ran.err) == (0, "")
        assert "Source: " in ran.out
    assert cleanclaim("report", "aging", "--json").json["report"] == "aging"


def test_a_report_becomes_a_spreadsheet_a_chart_and_paper(cleanclaim, visit, tmp_path):
    visit(SENT)
    names = {kind: tmp_path / f"aging.{kind}" for kind in ("csv", "svg", "pdf")}
    ran = cleanclaim(
        "report", "aging", *(word for kind, path in names.items() for word in (f"--{kind}", path))
    )
    assert ran.exit == 0
    assert [stat.S_IMODE(os.stat(path).st_mode) for path in names.values()] == [0o600] * 3
    rows = list(csv.DictReader(names["csv"].open(encoding="utf-8")))
    assert [row["total"] for row in rows] == ["120.00", "120.00"]
    assert names["pdf"].read_bytes().startswith(b"%PDF")


WRONG = (
    ("aging", "--table", "aging"),
    ("aging", "--csv", "x.csv", "--table", "nonsense"),
    ("kpi", "--since", "2026-03-02", "--as-of", "2026-03-01"),
    ("denials", "--svg", "x.svg"),
    ("aging", "--pdf", "no/such/folder/x.pdf"),
    ("quality", "x.txt", "--as", "bea"),
    ("quality", "x.csv", "--as", "otto"),
)


def test_wrong_use_is_told_with_what_to_do(cleanclaim, visit, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    visit(SENT)
    for words in WRONG:
        ran = cleanclaim("report", *words)
        assert (ran.exit, ran.out) == (2, ""), words
    assert not list(tmp_path.glob("x.*"))


def test_coded_data_leave_the_house_without_patients(cleanclaim, visit, tmp_path):
    visit(SENT)
    for form in ("csv", "json"):
        out = tmp_path / f"quality.{form}"
        ran = cleanclaim("report", "quality", out, "--as", "bea", "--since", "2026-01-01", "--json")
        assert (ran.exit, ran.json["claims"]) == (0, 1)
        assert "99213" in out.read_text("utf-8")
        assert "PATIENCE" not in out.read_text("utf-8")
