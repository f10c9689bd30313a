"""The coding office's commands: queries, decisions, audits, benchmarks; and what they refuse."""

import io
from datetime import UTC, datetime

import pytest
from visits import PAYERS, SETTINGS

from claims import lifecycle
from claims.bundle import load_bundle
from claims.coding import audits
from claims.database import transaction
from claims.edits import coding_review
from claims.model import Actor, Stage
from config.settings import Coding

WORDS = "An A1c of 7.1 is noted. Which kind of diabetes was treated?"


@pytest.fixture
def held(visit, engine, now):
    """A claim that the review holds for a heading among its diagnoses."""
    bundle = visit(stage=Stage.CODING_REVIEW, diagnoses=("E11",))
    with transaction(engine) as session:
        session.add(Actor(name="hale", roles=["clinician"], since=datetime.now(UTC)))
        changes = coding_review(session, now, [load_bundle(session, bundle.claim.id)], SETTINGS, PAYERS)
        lifecycle.apply(session, changes, now)
    return bundle.claim.id


def item_of(cleanclaim, kind):
    return next(each for each in cleanclaim("work", "list", "--json").json["work"] if each["kind"] == kind)


def test_a_question_is_asked_answered_and_used_at_the_command_line(cleanclaim, held, monkeypatch):
    kinds = cleanclaim("queries", "kinds", "--json").json["kinds"]
    assert {"specificity", "relation"} <= {kind["id"] for kind in kinds}
    asked = cleanclaim(
        "queries", "ask", held, "--kind", "specificity", "--text", WORDS, "--as", "cleo", "--json"
    ).json
    (listed,) = cleanclaim("queries", "list", "--state", "open", "--json").json["queries"]
    assert (listed["id"], listed["state"]) == (asked["id"], "open")
    assert WORDS not in cleanclaim("queries", "show", asked["id"]).out
    shown = cleanclaim("queries", "show", asked["id"], "--phi", "--as", "hale", "--json").json
    assert shown["question"] == WORDS
    monkeypatch.setattr("sys.stdin", io.StringIO("Type 2, without complications\n"))
    answered = cleanclaim("queries", "answer", asked["id"], "--text", "-", "--as", "hale", "--json").json
    assert (answered["state"], answered["hold"]) == ("answered", "coding_findings")
    item = item_of(cleanclaim, "coding_findings")
    chosen = next(o for o in item["options"] if o.get("sets") == {"diagnosis.1": "E119"})
    told = cleanclaim("work", "show", item["id"])
    assert "diagnosis 1 code: E11 → E119" in told.out
    decided = cleanclaim(
        "work", "done", item["id"], "--option", chosen["id"], "--reason", "answered", "--as", "cleo"
    )
    assert decided.exit == 0
    (used,) = cleanclaim("queries", "list", "--claim", held, "--json").json["queries"]
    assert used["state"] == "used"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ask", "{claim}", "--kind", "cause", "--as", "bea"), "role coder"),
        (("ask", "{claim}", "--kind", "charm", "--as", "cleo"), "No kind of query"),
        (("ask", "{claim}", "--kind", "cause", "--text", "Please document sepsis", "--as", "cleo"), "leads"),
        (("ask", "nope", "--kind", "cause", "--as", "cleo"), "No claim nope"),
        (("answer", "nope", "--text", "x", "--as", "hale"), "No query nope"),
        (("withdraw", "nope", "--reason", "x", "--as", "cleo"), "No query nope"),
        (("list", "--state", "lost"), "There is no 'lost'"),
    ],
)
def test_wrong_use_of_queries_is_one_clear_message(cleanclaim, held, words, told):
    ran = cleanclaim("queries", *(word.format(claim=held) for word in words))
    assert (ran.exit, ran.out) == (2, "")
    assert told in ran.err
    assert "sepsis" not in ran.err


@pytest.fixture
def audited(visit, engine, now):
    bundle = visit(stage=Stage.CODING_REVIEW)
    with transaction(engine) as session:
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, coding_review(session, now, [fresh], SETTINGS, PAYERS), now)
        (audit,) = audits.draw(session, now, now.at.business.date(), Coding())
        return audit.id


def test_an_audit_is_judged_and_reported_at_the_command_line(cleanclaim, audited):
    assert "99213" in cleanclaim("coding", "audit", audited).out
    right = "line.1.procedure_code=99212"
    ran = cleanclaim(
        "coding", "verdict", audited, "disagree", "--set", right, "--reason", "brief", "--as", "aud"
    )
    assert (ran.exit, ran.out.strip()) == (0, f"{audited}: disagree, 1 errors")
    told = cleanclaim("coding", "report", "--json").json
    assert told["by_kind"] == {"level too high": 1}
    assert "level too high" in cleanclaim("coding", "report").out
    assert cleanclaim("coding", "audits", "--verdict", "open", "--json").json == {"audits": []}


def test_wrong_use_of_audits_is_one_clear_message(cleanclaim, audited, tmp_path):
    tries = (
        ("verdict", audited, "agree", "--set", "diagnosis.1=", "--reason", "x", "--as", "aud"),
        ("verdict", audited, "maybe", "--reason", "x", "--as", "aud"),
        ("verdict", audited, "agree", "--reason", "x", "--as", "bea"),
        ("verdict", "nope", "agree", "--reason", "x", "--as", "aud"),
        ("audit", audited, "--svg", tmp_path / "picture.svg"),
        ("benchmark", tmp_path / "nowhere.csv", "--as", "aud"),
    )
    for words in tries:
        ran = cleanclaim("coding", *words)
        assert ran.exit == 2, words
        assert ran.err.count("\n") == 1, words


def test_benchmarks_are_imported_and_patterns_told(cleanclaim, audited, tmp_path):
    file = tmp_path / "benchmarks.csv"
    file.write_text("measure,code,specialty,share,source\nmodifier_25,,,22%,made up\n")
    assert cleanclaim("coding", "benchmark", file, "--as", "aud", "--json").json == {"rows": 1}
    assert cleanclaim("coding", "patterns", "--json").json == {"patterns": []}
    assert cleanclaim("coding", "patterns").out.strip() == "0 of 0 measures stand out."
