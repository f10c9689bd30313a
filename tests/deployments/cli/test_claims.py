"""`cleanclaim claims`, `work`, `users`, `trace`: what people see and do, always in somebody's name."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel import select

from claims import lifecycle, work
from claims.bundle import load_bundle
from claims.database import reading, transaction
from claims.model import EventRow, Queue, RecordsRequest, WorkItem
from claims.transitions import Event

PENDED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED, Event.STATUS_INFO_REQUESTED)


def events_of(engine, kind: str) -> list[EventRow]:
    with reading(engine) as session:
        return list(session.exec(select(EventRow).where(EventRow.kind == kind)))


def held(engine, now, bundle, kind="coverage_inactive", options=()) -> str:
    """Hold the claim with a work item; gives the item's id."""
    with transaction(engine) as session:
        claim = load_bundle(session, bundle.claim.id).claim
        change = work.hold(
            session, now, claim, queue=Queue.BILLING, kind=kind, reason="look at it", options=options
        )
        lifecycle.apply(session, [change], now)
        return session.exec(select(WorkItem.id)).one()


def test_the_list_has_the_shape_that_others_build_on(cleanclaim, visit):
    bundle = visit()
    (claim,) = cleanclaim("claims", "list", "--json").json["claims"]
    shape = {
        "id",
        "pcn",
        "payer",
        "stage",
        "hold",
        "charge",
        "paid",
        "patient",
        "adjusted",
        "open",
        "filings",
    }
    assert shape <= set(claim)
    assert (claim["id"], claim["pcn"], claim["stage"]) == (bundle.claim.id, bundle.claim.pcn, "intake")
    parts = [Decimal(claim[part]) for part in ("paid", "patient", "adjusted", "open")]
    assert Decimal(claim["charge"]) == sum(parts) == Decimal("120.00")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--stage", "intake"], 1),
        (["--stage", "denial"], 0),
        (["--payer", "SBXCO"], 1),
        (["--payer", "ELSE"], 0),
        (["--hold", "missing_fields"], 0),
        (["--older", "0"], 1),
        (["--older", "99999"], 0),
        (["--limit", "1"], 1),
    ],
)
def test_each_filter_narrows_the_list(cleanclaim, visit, filters, found):
    visit()
    assert len(cleanclaim("claims", "list", *filters, "--json").json["claims"]) == found


def test_people_see_whole_numbers_of_claims_also_in_a_pipe(cleanclaim, visit):
    bundle = visit()
    ran = cleanclaim("claims", "list")
    assert ran.exit == 0
    assert f"│ {bundle.claim.id} │ SBXCO " in ran.out


def test_a_held_claim_is_corrected_released_and_goes_on(cleanclaim, visit, engine, now):
    bundle = visit()
    item = held(engine, now, bundle)
    (listed,) = cleanclaim("work", "list", "--queue", "billing", "--json").json["work"]
    assert listed["id"] == item
    assert cleanclaim("work", "take", item, "--as", "bea").exit == 0
    assert cleanclaim("work", "list", "--mine", "bea", "--json").json["work"][0]["owner"] == "bea"
    edited = cleanclaim(
        "claims", "edit", bundle.claim.pcn, "--set", "line.1.charge=95.00", "--as", "bea", "--reason", "typo"
    )
    assert edited.exit == 0
    overtaken = cleanclaim("work", "done", item, "--as", "bea", "--reason", "seen")
    assert (overtaken.exit, "already cancelled" in overtaken.err) == (2, True)
    (claim,) = cleanclaim("claims", "list", "--json").json["claims"]
    assert (claim["hold"], claim["charge"]) == (None, "95.00")
    assert [event.actor for event in events_of(engine, "corrected")] == ["bea"]


def test_what_is_done_lets_the_claim_go_on_to_its_checks(cleanclaim, visit, engine, now):
    bundle = visit()
    item = held(engine, now, bundle)
    done = cleanclaim("work", "done", item, "--as", "bea", "--reason", "the card is valid", "--json")
    assert done.json == {"id": item, "decided": "coverage_inactive: done"}
    (released,) = events_of(engine, "released")
    assert (released.actor, released.facts["work_item"]) == ("bea", item)


def test_lines_and_diagnoses_are_added_and_dropped(cleanclaim, visit, engine):
    bundle = visit()
    ran = cleanclaim(
        "claims", "edit", bundle.claim.id, "--as", "cleo", "--reason", "from the chart",
        "--add", "line.procedure_code=81002", "--add", "line.charge=12.50", "--add", "line.pointers=1",
        "--add", "diagnosis=E119",
    )  # fmt: skip
    assert ran.exit == 0, ran.err
    with reading(engine) as session:
        fresh = load_bundle(session, bundle.claim.id)
    added = len(bundle.lines) + 1
    assert [line.procedure_code for line in fresh.lines if line.number == added] == ["81002"]
    assert fresh.diagnoses[-1].code == "E119"
    dropped = cleanclaim(
        "claims", "edit", bundle.claim.id, "--drop", f"line.{added}", "--as", "cleo", "--reason", "not done"
    )
    assert dropped.exit == 0, dropped.err
    with reading(engine) as session:
        lines = load_bundle(session, bundle.claim.id).lines
    assert [line.number for line in lines if line.number > 0] == [line.number for line in bundle.lines]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "at least one field"),
        (["--set", "line.1.charge"], "FIELD=VALUE"),
        (["--set", "nonsense=1"], "nonsense is no field"),
        (["--set", "line.1.charge=much"], "line.1.charge"),
        (["--add", "coverage.member_id=1"], "Lines and diagnoses can be added"),
        (["--drop", "line.77"], "line.77"),
        (["--set", "note=a", "--set", "note=b"], "named twice"),
    ],
)
def test_a_wrong_correction_says_what_is_wrong_and_changes_nothing(cleanclaim, visit, engine, words, told):
    bundle = visit()
    ran = cleanclaim("claims", "edit", bundle.claim.id, *words, "--as", "bea", "--reason", "x")
    assert (ran.exit, ran.err.startswith("bad_input: "), told in ran.err) == (2, True, True), ran.err
    assert events_of(engine, "corrected") == []


def test_hold_release_and_void_are_in_somebodys_name(cleanclaim, visit, engine):
    claim = visit().claim.id
    by = ("--as", "bea", "--reason", "asked by the practice", "--json")
    assert cleanclaim("claims", "hold", claim, *by).json["hold"] == "held_by_person"
    assert cleanclaim("claims", "release", claim, *by).json["hold"] is None
    assert cleanclaim("claims", "void", claim, *by).json["stage"] == "closed"
    told = [events_of(engine, kind)[-1] for kind in ("held", "released", "voided")]
    assert [(event.actor, event.note) for event in told] == [("bea", "asked by the practice")] * 3


def test_a_payer_that_asks_for_records_gets_the_file(cleanclaim, visit, engine, now, tmp_path):
    bundle = visit(PENDED)
    with transaction(engine) as session:
        options = [{"id": "send_records", "title": "Send the records"}]
        item = work.open_item(
            session, now, queue=Queue.FOLLOW_UP, kind="records_requested", reason="P3", options=options,
            subject=f"claim:{bundle.claim.id}", claim=bundle.claim,
        )  # fmt: skip
    chart = tmp_path / "chart.pdf"
    chart.write_bytes(b"%PDF-1.7 two pages")
    by = ("--as", "bea", "--reason", "the notes", "--option", "send_records")
    gone = cleanclaim("work", "done", item.id, *by, "--value", tmp_path / "gone.pdf")
    assert (gone.exit, "gone.pdf cannot be read" in gone.err) == (2, True)
    assert cleanclaim("work", "done", item.id, *by, "--value", chart).exit == 0
    with reading(engine) as session:
        assert session.exec(select(RecordsRequest.approved_by)).one() == "bea"


def test_patient_data_are_shown_to_named_users_only_and_that_is_on_record(cleanclaim, visit, engine):
    claim = visit().claim.id
    assert "EXAMPLE" not in cleanclaim("claims", "show", claim).out
    assert events_of(engine, "trace_given") == []
    nobody = cleanclaim("trace", claim, "--phi")
    assert (nobody.exit, nobody.out) == (2, "")
    assert "EXAMPLE" in cleanclaim("trace", claim, "--phi", "--as", "aud").out
    (given,) = events_of(engine, "trace_given")
    assert (given.actor, given.facts["patient_data"]) == ("aud", True)


def test_a_work_items_patient_and_note_are_shown_on_record(cleanclaim, visit, engine, now):
    item = held(engine, now, visit())
    assert cleanclaim("work", "show", item, "--json").json.keys().isdisjoint(("note", "patient"))
    shown = cleanclaim("work", "show", item, "--phi", "--as", "bea", "--json").json
    assert shown["patient"]["name"] == "EXAMPLE, PATIENCE"
    assert "note" in shown
    assert [event.actor for event in events_of(engine, "note_shown")] == ["bea"]


def words_of(pdf: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\u200b", "")


@pytest.mark.parametrize("form", ["text", "json", "html", "pdf"])
def test_a_trace_in_a_file_is_its_owners_alone_and_on_record(cleanclaim, visit, engine, tmp_path, form):
    bundle = visit()
    out = tmp_path / "trace"
    out.touch(0o644)
    ran = cleanclaim("trace", bundle.claim.pcn, "--format", form, "--out", out)
    assert (ran.exit, ran.out) == (0, "")
    assert out.stat().st_mode & 0o777 == 0o600
    assert bundle.claim.pcn in (words_of(out) if form == "pdf" else out.read_text())
    assert events_of(engine, "trace_given")[0].facts["form"] == form
    if form == "json":
        assert json.loads(out.read_text())["claim"]["pcn"] == bundle.claim.pcn


def test_users_are_added_listed_and_disabled_by_an_admin(cleanclaim, home):
    assert cleanclaim("users", "add", "ada", "--role", "admin").exit == 0
    assert cleanclaim("users", "add", "bob", "--role", "biller").exit == 2
    added = cleanclaim("users", "add", "bob", "--role", "biller", "--role", "coder", "--as", "ada", "--json")
    assert added.json == {"name": "bob", "roles": ["coder", "biller"], "active": True}
    assert cleanclaim("users", "disable", "bob", "--as", "ada").exit == 0
    everyone = cleanclaim("users", "list", "--json").json["users"]
    assert [(user["name"], user["active"]) for user in everyone] == [("ada", True), ("bob", False)]
    refused = cleanclaim("users", "add", "eve", "--role", "ops", "--as", "bob")
    assert (refused.exit, "disabled" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("claims", "show", "nope"), "not_found: No claim nope."),
        (("trace", "nope"), "not_found: No claim nope."),
        (("work", "show", "nope"), "not_found: No work item nope."),
        (("work", "take", "nope", "--as", "bea"), "not_found: No work item nope."),
        (("claims", "hold", "CLAIM", "--as", "nobody", "--reason", "x"), "not_found: No user nobody."),
        (
            ("claims", "hold", "CLAIM", "--as", "system", "--reason", "x"),
            "not_allowed: Nobody can act as system",
        ),
        (("claims", "hold", "CLAIM", "--as", "aud", "--reason", "x"), "not_allowed: aud may not do this"),
        (("claims", "void", "CLAIM", "--as", "otto", "--reason", "x"), "not_allowed: otto may not do this"),
        (("claims", "release", "CLAIM", "--as", "bea", "--reason", "x"), "illegal_transition: "),
        (("claims", "list", "--stage", "nowhere"), "bad_input: There is no 'nowhere'."),
        (("work", "list", "--queue", "nowhere"), "bad_input: There is no 'nowhere'."),
        (("users", "add", "bob", "--role", "king", "--as", "ada"), "bad_input: A user needs"),
        (("trace", "CLAIM", "--out", "/nowhere/trace"), "bad_input: /nowhere/trace cannot be written"),
        (("audit", "export", "--claim", "nope", "--out", "OUT"), "not_found: No claim nope."),
        (("audit", "verify", "--bundle", "/nowhere"), "bad_input: /nowhere is no folder."),
        (("edits", "explain", "nope"), "not_found: No edit nope."),
        (("edits", "list", "--step", "nope"), "bad_input: There is no step 'nope'."),
        (("run", "daily", "--payer", "NOPE"), "bad_settings: No payer file for NOPE."),
    ],
)
def test_wrong_use_is_one_clear_message(cleanclaim, visit, tmp_path, words, told):
    given = {"CLAIM": visit().claim.id, "OUT": tmp_path / "out"}
    ran = cleanclaim(*(given.get(word, word) for word in words))
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err.startswith(told), ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("claims", "list", "--limit", "0"),
        ("claims", "list", "--older", "-1"),
        ("trace",),
        ("trace", "x", "--format", "pdf2"),
        ("run", "daily", "--as-of", "2026-13-01"),
        ("run", "nothing"),
        ("nothing",),
        ("serve", "--prefect-port", "70000"),
    ],
)
def test_words_that_are_no_command_exit_2(cleanclaim, words):
    ran = cleanclaim(*words)
    assert (ran.exit, ran.out, "Traceback" in ran.err) == (2, "", False)
