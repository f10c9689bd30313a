"""The dry run: what would happen to each claim, told without doing any of it."""

from datetime import timedelta

from sqlmodel import func, select
from visits import PAYERS, SETTINGS

from claims.authorization_record import enter, terms
from claims.bundle import load_bundle
from claims.edits.outlook import outlook
from claims.edits.packs import open_packs
from claims.events import Story
from claims.lifecycle import Change, Holding, apply
from claims.model import Claim, EventRow, Stage
from claims.transitions import Event
from config.edit_packs import FOLDER


def told(session, act, settings=SETTINGS, **also):
    return {each.claim: each for each in outlook(session, act.at, settings, PAYERS, **also)}


def due(practice, act, **fields):
    bundle = practice.claim(**fields)
    bundle.claim.next_action_at = act.at.business
    return bundle.claim.id


def test_each_claim_is_told_whether_it_would_go_be_held_or_stay(session, act, practice):
    goes = due(practice, act, stage=Stage.SCRUB)
    coded = due(practice, act, stage=Stage.CODING_REVIEW, lines=({"pointers": [3]},))
    scrubbed = due(practice, act, stage=Stage.SCRUB, facility_code="98")
    lacking = due(practice, act, stage=Stage.INTAKE, patient={"birth_date": None})
    unauthorized = due(practice, act, stage=Stage.AUTHORIZATION, lines=({"procedure_code": "70551"},))
    later = practice.claim(stage=Stage.SCRUB)
    later.claim.next_action_at = act.at.business + timedelta(1)
    session.flush()
    found = told(session, act)
    assert {id: found[id].would for id in found} == {
        goes: "send", coded: "hold", scrubbed: "hold", lacking: "hold", unauthorized: "hold",
        later.claim.id: "stay",
    }  # fmt: skip
    assert found[coded].why.startswith("coding review: A line points at a diagnosis that is not there")
    assert found[scrubbed].edits == ("place.unknown",)
    assert "patient.birth_date" in found[lacking].why
    assert "70551" in found[unauthorized].why


def test_a_held_claim_stays_and_says_for_whom_it_waits(session, act, practice):
    bundle = practice.claim(stage=Stage.SCRUB)
    hold = Holding("scrub_findings", "billing", None)
    apply(session, [Change(bundle.claim, Event.HELD, Story("a test"), hold=hold)], act)
    (found,) = told(session, act).values()
    assert (found.would, found.why) == ("stay", "held: scrub_findings, waits for billing")


def test_looking_ahead_changes_nothing_not_even_what_would_be_repaired(session, act, practice, tmp_path):
    (tmp_path / FOLDER).mkdir()
    pack = "[[edit]]\nid='own.a'\ntitle='A'\nwhen='true'\neach='line'\ndo='add_modifier'\nmodifier='AI'"
    (tmp_path / FOLDER / "mine.toml").write_text(pack)
    settings = SETTINGS.model_copy(update={"home": tmp_path})
    bundle = practice.claim(stage=Stage.SCRUB, patient={"postal": "43215-0001"})
    bundle.claim.next_action_at = act.at.business
    session.flush()
    events = session.exec(select(func.count()).select_from(EventRow)).one()
    assert open_packs(settings).amending
    assert told(session, act, settings)[bundle.claim.id].would == "send"
    assert (bundle.patient.postal, bundle.lines[0].modifiers) == ("43215-0001", [])
    assert not session.dirty
    assert session.exec(select(func.count()).select_from(EventRow)).one() == events


def test_only_one_payers_claims_are_told_when_one_is_named(session, act, practice):
    due(practice, act, stage=Stage.SCRUB)
    session.flush()
    assert len(told(session, act, payer="SBXCO")) == 1
    assert told(session, act, payer="SBXMC") == {}


def test_a_claim_that_a_number_on_record_covers_is_not_foreseen_as_held(session, act, practice):
    scan = due(practice, act, stage=Stage.AUTHORIZATION, lines=({"procedure_code": "70551"},))
    session.flush()
    enter(session, act, load_bundle(session, scan), terms("A77 70551=1"), ["70551"])
    found = told(session, act)[scan]
    assert (found.would, session.get(Claim, scan).authorization_number) == ("send", None)
