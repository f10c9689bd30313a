"""Operators' packs: what they may say, what they do to claims, and how a wrong one is refused."""

from decimal import Decimal

import pytest
from sqlmodel import select
from visits import MEDICARE_ID, PAYERS, SETTINGS, TODAY, filing, lookups, visit

from claims import lifecycle
from claims.edits import BROKEN_EDIT, catalogue, explain, run, scrub
from claims.edits.packs import CHANGED, compile_packs, open_packs
from claims.errors import BadSettings
from claims.model import EventRow, Queue, ReferenceVersion, Stage, Submission, WorkItem
from claims.transitions import Event
from config.edit_packs import FOLDER, load_packs

NDC = """
payers = ["medicaid", "SBXCO"]
source = "the payer's manual, chapter 4"
[[edit]]
id = "own.ndc"
title = "This payer wants the drug code"
each = "line"
when = 'line.code.startsWith("J") && line.ndc == ""'
do = "hold"
queue = "billing"
"""


@pytest.fixture
def home(tmp_path):
    """A home whose packs are written by `home.pack`."""

    class Home:
        settings = SETTINGS.model_copy(update={"home": tmp_path})

        def pack(self, text, name="mine"):
            (tmp_path / FOLDER).mkdir(exist_ok=True)
            (tmp_path / FOLDER / f"{name}.toml").write_text(text)
            return self

        def edit(self, do="", **fields):
            """A pack of one edit, ``own.edit``, with these keys."""
            keys = {"id": "own.edit", "title": "An edit of ours", **fields, **({"do": do} if do else {})}
            lines = [f"{key} = {value!r}" for key, value in keys.items()]
            return self.pack("\n".join(["[[edit]]", *lines]))

        def found(self, bundle, **also):
            judged = run([bundle], TODAY, self.settings, lookups=lookups(), **also)["claim"]
            return {finding.code: finding for finding in judged}

        def wrong(self):
            with pytest.raises(BadSettings) as refused:
                open_packs(self.settings, PAYERS)
            return str(refused.value)

    return Home()


def test_an_edit_of_the_operator_holds_what_it_describes_for_the_payers_it_is_for(home):
    home.pack(NDC)
    drug = {"procedure_code": "J1100"}
    assert "own.ndc" in home.found(visit({}, drug))
    assert "line 2" in home.found(visit({}, drug))["own.ndc"].message
    assert "own.ndc" not in home.found(visit({**drug, "ndc": "00000000001"}))
    assert "own.ndc" not in home.found(visit(drug, payer="SBXMC", member=MEDICARE_ID))
    assert "own.ndc" in home.found(visit(drug, payer="SBXMD"))


@pytest.mark.parametrize(
    "condition",
    [
        "claim.charge_cents > 11999 && claim.days == 1",
        'claim.from_date >= "2026-02-16" && claim.from_date < "2026-02-17"',
        'lines.exists(l, l.code == "99213" && size(l.modifiers) == 0)',
        'lines.all(x, x.place == "11") && !("Z23" in diagnoses)',
        'diagnoses[0] == "J069" && patient.age == 45 && patient.sex == "F"',
        'coverage.member_id.matches("^PAY[0-9]+$") && payer.kind == "commercial"',
        'billing.npi != rendering.npi && referring.npi == ""',
        "claim.days_left < 170 && !claim.has_note",
        'lines.filter(l, l.units > 0.5 && "J069" in l.diagnoses).size() == 1',
    ],
)
def test_conditions_see_the_claim_its_lines_and_its_people(home, condition):
    assert "own.edit" in home.edit(when=condition).found(visit())


def test_an_edit_that_has_no_answer_holds_the_claim_and_the_others_are_still_asked(home):
    home.pack(NDC).pack(
        """
        [[edit]]
        id = "own.broken"
        title = "Fails"
        when = 'diagnoses[5] == "J069"'
        [[edit]]
        id = "own.fine"
        title = "Is asked"
        when = 'claim.form == "P"'
        """,
        "second",
    )
    found = home.found(visit({"procedure_code": "J1100"}))
    assert {BROKEN_EDIT, "own.fine", "own.ndc"} <= set(found)
    assert "own.broken" in found[BROKEN_EDIT].message
    assert "J069" not in found[BROKEN_EDIT].message


def test_a_condition_that_would_never_end_is_stopped(home):
    many = "[" + ",".join(["1"] * 200) + "]"
    home.edit(when=f"{many}.map(a, {many}.map(b, {many}.map(c, a + b + c))).size() > 1")
    assert BROKEN_EDIT in home.found(visit())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"when": 'claim.colour == "red"'}, "there is no claim.colour; there are claim.form"),
        ({"when": 'line.code == "1"'}, "there is no line.code"),
        ({"when": 'line.cod == "1"', "each": "line"}, "there is no line.cod; there are line.number"),
        ({"when": 'lines.exists(l, l.cod == "1")'}, "a line has no cod; it has number, code"),
        ({"when": 'lines[0].cod == "1"'}, "a line has no cod; it has number, code"),
        ({"when": 'claim.form.matches("(")'}, '"(" is no pattern'),
        ({"when": "true", "title": 5}, "takes a text"),
        ({"when": "true", "payers": "medicaid"}, "takes a list"),
        ({"when": "claim.days"}, "is no yes or no, but of the kind int"),
        ({"when": 'claim.form == "P" &&'}, "when: "),
        ({"when": "true", "do": "explode"}, "'flag', 'hold', 'route', 'set' or 'add_modifier'"),
        ({"when": "true", "colour": "red"}, "colour: is no key; there are id, title, when"),
        ({"when": "true", "do": "set"}, "do = 'set' takes field and value"),
        ({"when": "true", "do": "hold", "severity": "note"}, "severity goes with do = 'flag'"),
        ({"when": "true", "do": "add_modifier", "modifier": "25"}, "goes with each = 'line'"),
        ({"when": "true", "do": "set", "field": "patient.sex", "value": "F"}, "cannot be set by an edit"),
        ({"when": "true", "do": "set", "field": "accident", "value": "ZZ"}, "AA, EM or OA was expected"),
        ({"when": "true", "id": "npi.missing"}, "id: is taken"),
        ({"when": "true", "payers": ["NOBODY"]}, "there is no NOBODY; there are commercial"),
        ({"when": "true", "queue": "kitchen"}, "queue: Input should be 'coding'"),
    ],
)
def test_a_wrong_pack_is_refused_with_file_key_and_what_is_allowed(home, fields, told):
    wrong = home.edit(**fields).wrong()
    assert "mine.toml, edit 1" in wrong
    assert told in wrong


def test_every_problem_of_every_pack_is_told_at_once(home):
    home.edit(when="true", colour="red").pack("not TOML at all", "other").pack("[[edit]]", "third")
    wrong = home.wrong()
    assert all(name in wrong for name in ("mine.toml", "other.toml", "third.toml", "title", "when"))


def test_a_void_has_no_filing_limit_for_an_operators_edit_as_it_has_none_for_the_built_in_ones(home):
    home.edit(when="claim.days_left == 99999")
    assert "own.edit" not in home.found(visit())
    void = visit()
    void.filings.append(filing(Submission.NONE, frequency="8", original_icn="ICN1"))
    assert "own.edit" in home.found(void)


def test_one_wrong_key_is_one_problem_and_an_edit_that_would_never_be_asked_is_one_too(home):
    assert "at least" not in home.edit(when="true", colour="red").wrong()
    assert "at least one [[edit]]" in home.pack("edit = []").wrong()
    never = "[[edit]]\nid='own.edit'\ntitle='T'\nwhen='true'\nstarts=2026-02-17\nends=2026-02-16"
    assert "ends is before starts" in home.pack(never).wrong()


def test_a_pack_from_an_editor_that_writes_a_mark_first_is_read(home):
    assert "own.ndc" in home.pack("\ufeff" + NDC).found(visit({"procedure_code": "J1100"}))


def test_an_edit_out_of_its_dates_says_nothing(home):
    home.pack("[[edit]]\nid='own.edit'\ntitle='T'\nwhen='true'\nstarts=2026-02-17")
    assert "own.edit" not in home.found(visit())
    home.pack("[[edit]]\nid='own.edit'\ntitle='T'\nwhen='true'\nends=2026-02-16")
    assert "own.edit" in home.found(visit())


def test_without_packs_only_the_built_in_edits_are_asked(home):
    assert open_packs(home.settings).edits == ()
    assert home.found(visit()) == {}


def test_an_edit_of_the_operator_is_explained_with_pack_and_condition(home):
    packs = compile_packs(load_packs(home.pack(NDC).settings))
    told = explain("own.ndc", packs.edits).as_json()
    assert told["own"]["pack"] == "mine"
    assert told["payers"] == ("medicaid", "SBXCO")
    assert told["source"] == "the payer's manual, chapter 4"


def scrubbed(session, act, home, bundle):
    changes = scrub(session, act, [bundle], home.settings, PAYERS)
    lifecycle.apply(session, changes, act)
    kinds = (Event.SCRUBBED, Event.HELD)
    return session.exec(
        select(EventRow).where(EventRow.kind.in_(kinds), EventRow.subject == bundle.claim.id)
    ).all()


def test_a_modifier_is_added_once_and_its_change_is_in_the_claims_history(session, act, practice, home):
    home.edit("add_modifier", when='line.code == "99213"', each="line", modifier="AI")
    bundle = practice.claim(stage=Stage.SCRUB)
    (event,) = scrubbed(session, act, home, bundle)
    assert bundle.lines[0].modifiers == ["AI"]
    assert event.facts["amended"] == [
        {"edit": "own.edit", "version": 1, "path": "line.1.modifiers", "before": [], "after": ["AI"]}
    ]
    assert event.versions["packs"] == open_packs(home.settings).versions
    assert bundle.claim.stage is Stage.READY


def test_a_field_is_set_on_the_claim_and_what_cannot_be_carried_out_holds_it(session, act, practice, home):
    home.edit("set", when='claim.form == "P"', field="clia", value="36D1234567")
    bundle = practice.claim(stage=Stage.SCRUB)
    scrubbed(session, act, home, bundle)
    assert bundle.claim.clia == "36D1234567"
    home.edit("add_modifier", when="true", each="line", modifier="AI")
    full = practice.claim(stage=Stage.SCRUB, lines=({"modifiers": ["24", "25", "57", "GC"]},))
    (event,) = scrubbed(session, act, home, full)
    assert full.lines[0].modifiers == ["24", "25", "57", "GC"]
    assert [finding["id"] for finding in event.facts["findings"]] == ["own.edit"]
    assert full.claim.stage is Stage.SCRUB


def test_a_route_decides_in_whose_queue_a_held_claim_waits(session, act, practice, home):
    home.edit("route", when="claim.charge_cents >= 100000", queue="operations")
    bundle = practice.claim(stage=Stage.SCRUB, facility_code="98", lines=({"charge": Decimal("1000.00")},))
    scrubbed(session, act, home, bundle)
    item = session.exec(select(WorkItem)).one()
    assert (item.queue, bundle.claim.hold_owner) == (Queue.OPERATIONS, Queue.OPERATIONS)


def test_each_version_of_a_pack_is_kept_and_each_change_is_in_the_history(session, act, practice, home):
    home.pack(NDC)
    scrubbed(session, act, home, practice.claim(stage=Stage.SCRUB))
    home.pack(NDC.replace("chapter 4", "chapter 44"))
    scrubbed(session, act, home, practice.claim(stage=Stage.SCRUB))
    scrubbed(session, act, home, practice.claim(stage=Stage.SCRUB))
    (home.settings.home / FOLDER / "mine.toml").unlink()
    scrubbed(session, act, home, practice.claim(stage=Stage.SCRUB))
    kept = session.exec(select(ReferenceVersion).where(ReferenceVersion.kind == "edits")).all()
    assert [version.content["source"][-10:] for version in kept] == ["chapter 4", "chapter 44"] or len(
        kept
    ) == 2
    told = session.exec(select(EventRow).where(EventRow.kind == CHANGED)).all()
    assert [event.why for event in told] == [
        "edit packs new: mine",
        "edit packs changed: mine",
        "edit packs gone: mine",
    ]


def test_no_built_in_edit_belongs_to_a_pack():
    assert all(each.own is None for each in catalogue())
