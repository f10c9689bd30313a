"""What may be decided on a held claim: each option says what it would change, and does that and no more."""

import re

import pytest
from sqlmodel import select
from visits import PAYERS, SETTINGS, TODAY

from claims import decisions, lifecycle, work
from claims.bundle import load_bundle
from claims.coding import loop
from claims.coding.accepted import accept, with_accepted
from claims.coding.together import merged
from claims.edits import Lookups, run
from claims.errors import NotAllowed
from claims.model import AcceptedFinding, Actor, EventRow, Stage
from claims.transitions import Event

PAIR = ({"procedure_code": "20610"}, {"procedure_code": "99213"})


def options_of(item, way):
    return [option for option in item.options if option.get("way") == way]


def decide(session, by, item, option, reason="the chart says so"):
    return decisions.decide(session, by, item.id, option["id"], reason, PAYERS)


def test_a_heading_offers_the_codes_below_it_with_what_each_would_change(held, item_of):
    item = item_of(held(diagnoses=("M545",)))
    effects = [option["effect"] for option in options_of(item, "fix")]
    assert "diagnosis 1 code: M545 → M5450" in effects
    assert all(option["finding"] == "diagnosis.not_specific" for option in options_of(item, "fix"))


def test_a_bundled_visit_offers_modifier_25_and_leaving_it_out(held, item_of):
    item = item_of(held(diagnoses=("J069",), lines=PAIR))
    effects = {option["effect"] for option in options_of(item, "fix")}
    assert effects == {"line 2 modifiers: none → 25", "line 2: taken off"}


def test_deciding_for_a_fix_sets_its_fields_and_sends_the_claim_through_every_check_again(
    session, people, held, item_of
):
    bundle = held(diagnoses=("J069",), lines=PAIR)
    item = item_of(bundle)
    (chosen,) = [o for o in options_of(item, "fix") if o["sets"] == {"line.2.modifiers": "25"}]
    decide(session, people["corin"], item, chosen)
    fresh = load_bundle(session, bundle.claim.id)
    assert fresh.lines[1].modifiers == ["25"]
    assert (fresh.claim.stage, fresh.claim.hold_reason, item.state) == (Stage.INTAKE, None, "done")
    corrected = session.exec(select(EventRow).where(EventRow.kind == Event.CORRECTED)).one()
    assert (corrected.actor, corrected.facts["fields"]) == ("corin", ["line.2.modifiers"])


def test_no_id_of_an_option_tells_a_code_and_it_stays_the_same(held, review, item_of):
    bundle = held(diagnoses=("M545",), lines=PAIR)
    first = [option["id"] for option in item_of(bundle).options]
    review(load_bundle(bundle.claim._sa_instance_state.session, bundle.claim.id))  # type: ignore[attr-defined]
    assert [option["id"] for option in item_of(bundle).options] == first
    assert len(set(first)) == len(first)
    assert not [id for id in first if re.search(r"M54|9921|20610", id, re.IGNORECASE)]


def test_an_accepted_finding_holds_the_claim_no_more_and_stays_as_a_note_with_its_reason(
    session, people, held, item_of
):
    bundle = held(diagnoses=("J069",), lines=PAIR)
    item = item_of(bundle)
    (chosen,) = [o for o in options_of(item, "accept") if o["because"] == "payer_rule"]
    decide(session, people["corin"], item, chosen, "their manual, page 12")
    loop.review_again(session, people["corin"], item.id, SETTINGS, PAYERS)
    assert bundle.claim.stage is Stage.SCRUB
    cleared = session.exec(select(EventRow).where(EventRow.kind == Event.CODING_CLEARED)).one()
    (note,) = [f for f in cleared.facts["findings"] if f["id"] == "bundling.pair"]
    assert note["severity"] == "note"
    assert "Accepted by corin: the payer's own written rule allows it." in note["message"]
    released = session.exec(select(EventRow).where(EventRow.kind == Event.RELEASED)).one()
    assert (released.actor, released.note) == ("corin", "their manual, page 12")


def test_another_fault_of_the_same_kind_is_not_accepted_with_it(session, people, held, item_of, review):
    bundle = held(diagnoses=("J069",), lines=PAIR)
    item = item_of(bundle)
    decide(session, people["corin"], item, options_of(item, "accept")[0])
    bundle.lines[1].procedure_code = "99214"
    session.flush()
    review(load_bundle(session, bundle.claim.id))
    assert bundle.claim.hold_reason == "coding_findings"


def test_a_fault_of_form_cannot_be_accepted(held, item_of):
    item = item_of(held(diagnoses=("J069",), lines=({"pointers": [3]},)))
    assert options_of(item, "accept") == []
    assert [option["effect"] for option in options_of(item, "fix")] == ["line 1 pointers: 3 → 1"]


def test_accepting_takes_the_role_and_one_of_the_reasons(session, people, held, item_of):
    bundle = held(diagnoses=("J069",), lines=PAIR)
    item = item_of(bundle)
    with pytest.raises(NotAllowed, match="coder"):
        decide(session, people["bela"], item, options_of(item, "accept")[0])
    with pytest.raises(NotAllowed, match="no reason"):
        accept(session, people["corin"], bundle.claim, "bundling.pair", "0", "because", "")
    assert session.exec(select(AcceptedFinding)).all() == []


def test_voiding_is_the_billers_decision_in_the_coders_queue_too(session, people, held, item_of):
    bundle = held()
    item = item_of(bundle)
    (void,) = options_of(item, "void")
    with pytest.raises(NotAllowed, match="biller"):
        decide(session, people["corin"], item, void)


def test_a_biller_voids_the_claim(session, people, held, item_of):
    bundle = held()
    item = item_of(bundle)
    (void,) = options_of(item, "void")
    decide(session, people["bela"], item, void, "a test visit")
    assert bundle.claim.stage is Stage.CLOSED


def test_a_finding_offers_the_questions_that_fit_it(session, people, held, item_of):
    bundle = held()
    item = item_of(bundle)
    (ask,) = options_of(item, "query")
    assert ask["id"] == "ask-specificity"
    decide(session, people["corin"], item, ask, "An A1c of 7.1 is noted. Which kind of diabetes was treated?")
    assert (bundle.claim.hold_reason, item_of(bundle, "clinician_query").note[:8]) == (
        "clinician_query",
        "An A1c o",
    )


def test_somebody_elses_item_stays_theirs(session, act, people, held, item_of):
    item = item_of(held())
    work.take(session, item.id, session.get_one(Actor, "cora"))
    with pytest.raises(NotAllowed, match="taken by cora"):
        decide(session, people["corin"], item, item.options[0])


def test_the_fix_for_a_wrong_order_takes_the_pointers_along(session, people, held, item_of):
    bundle = held(diagnoses=("W19XXXA", "S93401A"), lines=({"pointers": [1, 2]},))
    item = item_of(bundle)
    (reorder,) = [option for option in options_of(item, "fix") if option["id"].startswith("reorder")]
    decide(session, people["corin"], item, reorder)
    fresh = load_bundle(session, bundle.claim.id)
    assert [d.code for d in fresh.diagnoses] == ["S93401A", "W19XXXA"]
    assert fresh.lines[0].pointers == [2, 1]
    assert lifecycle.position(fresh.claim).stage is Stage.INTAKE


def test_a_claim_of_nonsense_is_held_with_options_that_can_be_read(held, item_of):
    nonsense = {"procedure_code": "?", "modifiers": ["?", "?", "25", "59", "LT", "RT"], "pointers": [9, 9]}
    item = item_of(held(lines=(nonsense, nonsense), diagnoses=("W19XXXA", "?", "?")))
    assert len(item.findings) >= 8
    assert [option["id"] for option in item.options][-2:] == ["release", "void"]
    assert all(option["effect"] for option in options_of(item, "fix"))


def test_a_proposal_that_fails_does_not_let_the_claim_through(held, item_of, monkeypatch):
    from claims.edits import options

    def fails(_subject, _edit):
        raise ZeroDivisionError

    monkeypatch.setattr(options, "fixes", fails)
    item = item_of(held())
    assert options_of(item, "fix") == []
    assert item.findings[0]["id"] == "diagnosis.not_specific"


def test_a_claim_that_was_mended_otherwise_is_judged_again(session, people, held, item_of):
    bundle = held()
    item = item_of(bundle)
    bundle.diagnoses[0].code = "E119"
    session.flush()
    decisions.decide(session, people["corin"], item.id, "release", "coded at the source", PAYERS)
    loop.review_again(session, people["corin"], item.id, SETTINGS, PAYERS)
    assert bundle.claim.stage is Stage.SCRUB


TWO_FAULTS = {"diagnoses": ("M545",), "lines": PAIR}


def find(item, **wanted):
    return next(o for o in item.options if all(o.get(name) == value for name, value in wanted.items()))


def together(session, by, item, *options, reason="the chart says so"):
    return decisions.decide(session, by, item.id, " ".join(o["id"] for o in options), reason, PAYERS)


def test_several_findings_are_mended_in_one_decision_with_one_correction(session, people, held, item_of):
    bundle = held(**TWO_FAULTS)
    item = item_of(bundle)
    chosen = find(item, sets={"diagnosis.1": "M5450"}), find(item, sets={"line.2.modifiers": "25"})
    together(session, people["corin"], item, *chosen)
    fresh = load_bundle(session, bundle.claim.id)
    assert ([d.code for d in fresh.diagnoses], fresh.lines[1].modifiers) == (["M5450"], ["25"])
    (corrected,) = session.exec(select(EventRow).where(EventRow.kind == Event.CORRECTED)).all()
    assert corrected.facts["fields"] == ["diagnosis.1", "line.2.modifiers"]
    assert item.resolution == f"{chosen[0]['id']} {chosen[1]['id']}"


def test_one_finding_is_mended_and_another_accepted_with_both_in_the_history(
    session, people, held, item_of, review
):
    bundle = held(**TWO_FAULTS)
    item = item_of(bundle)
    accepted = find(item, way="accept", because="payer_rule", finding="bundling.pair")
    together(session, people["corin"], item, accepted, find(item, sets={"diagnosis.1": "M5450"}))
    kinds = select(EventRow.kind).where(EventRow.subject == bundle.claim.id, EventRow.actor == "corin")
    assert session.exec(kinds.order_by(EventRow.number)).all() == [
        "corrected",
        "released",
        "finding_accepted",
    ]
    fresh = load_bundle(session, bundle.claim.id)
    assert run_edits(fresh, session)["bundling.pair"].severity == "note"
    assert "diagnosis.not_specific" not in run_edits(fresh, session)


def run_edits(bundle, session):
    found = with_accepted(session, run([bundle], TODAY, SETTINGS, "coding_review", Lookups(PAYERS)))
    return {finding.code: finding for finding in found[bundle.claim.id]}


def test_one_finding_is_mended_and_the_clinician_asked_about_another(session, people, held, item_of):
    bundle = held(**TWO_FAULTS)
    item = item_of(bundle)
    mend, ask = find(item, sets={"line.2.modifiers": "25"}), find(item, id="ask-specificity")
    together(session, people["corin"], item, ask, mend)
    assert load_bundle(session, bundle.claim.id).lines[1].modifiers == ["25"]
    assert bundle.claim.hold_reason == "clinician_query"
    assert "the chart says so" not in item_of(bundle, "clinician_query").note


def test_two_changes_of_one_lines_modifiers_are_both_done(practice):
    bundle = practice.claim(lines=({"modifiers": ["59", "LT"]},))
    sets = [{"line.1.modifiers": "59 LT QW"}, {"line.1.modifiers": "LT"}, {"line.1.units": "2"}]
    assert merged(bundle, sets) == {"line.1.modifiers": "LT QW", "line.1.units": "2"}


@pytest.mark.parametrize(
    "sets",
    [
        [{"line.1.units": "1"}, {"line.1.units": "2"}],
        [{"line.1": ""}, {"line.1.modifiers": "25"}],
        [{"line.1": ""}, {"line.1.modifiers": "25"}, {"line.1.modifiers": "59"}],
        [{"diagnosis.1": "M5450"}, {"diagnosis.1": ""}],
        [{"line.1.pointers": "1"}, {"line.1.pointers": "2"}],
    ],
)
def test_fixes_that_contradict_each_other_are_refused(practice, sets):
    with pytest.raises(NotAllowed, match=r"want (line|diagnosis)\.1.* in two ways"):
        merged(practice.claim(), sets)


def test_what_ends_the_item_otherwise_stands_alone_and_then_nothing_is_done(session, people, held, item_of):
    bundle = held(**TWO_FAULTS)
    item = item_of(bundle)
    mend = find(item, sets={"line.2.modifiers": "25"})
    for option in ("void", "release"):
        with pytest.raises(NotAllowed, match="together"):
            together(session, with_role(people, session), item, mend, find(item, id=option))
    with pytest.raises(NotAllowed, match="no option"):
        decisions.decide(session, people["corin"], item.id, f"{mend['id']} nonsense", "so", PAYERS)
    assert (item.state, bundle.lines[1].modifiers) == ("open", [])


def with_role(people, session):
    """Somebody who may void as well: it is the options that do not go together."""
    session.get_one(Actor, "corin").roles = ["coder", "biller"]
    return people["corin"]
