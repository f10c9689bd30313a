"""Audits of finished coding: a sample that can be made again, never of one's own claims, and what follows."""

from datetime import date

import pytest
from sqlmodel import select
from visits import PAYERS

from claims import decisions, lifecycle, work
from claims.bundle import load_bundle
from claims.coding import audits
from claims.coding.audit_report import report
from claims.coding.verdicts import errors
from claims.errors import BadInput, NotAllowed
from claims.intake.correct import correct
from claims.model import Actor, CodingAudit, EventRow, Queue, Stage, Verdict, WorkItem
from config.settings import Coding

RULES = Coding(audit_share=0.5, audit_least=1, audit_most=3)
DAY = date(2026, 3, 2)


@pytest.fixture
def coded(session, people, practice, review, held):
    """Claims that passed the review: those of ``by`` after a correction, without one as they came."""

    def make(count, by=None):
        made = []
        for _ in range(count):
            bundle = held() if by else practice.claim(stage=Stage.CODING_REVIEW)
            if by:
                changes = correct(session, people[by], bundle, {"diagnosis.1": "E119"}, "from the chart")
                lifecycle.apply(session, changes, people[by])
                from factories import TO_STAGE

                practice.advance(bundle.claim, *TO_STAGE[Stage.CODING_REVIEW])
            review(load_bundle(session, bundle.claim.id))
            made.append(bundle)
        return made

    return make


def drawn(session, act):
    return audits.draw(session, act, DAY, RULES)


def test_each_coders_claims_are_sampled_for_themselves(session, act, coded):
    coded(4, "corin")
    coded(2, "cora")
    coded(2)
    by_coder = {}
    for audit in drawn(session, act):
        by_coder.setdefault(audit.coder, []).append(audit.claim_id)
    assert {coder: len(ids) for coder, ids in by_coder.items()} == {
        "corin": 2,
        "cora": 1,
        "clinician:1999999984": 1,
    }


def test_a_sample_is_as_large_as_the_settings_say(session, act, coded):
    coded(9, "corin")
    assert len(drawn(session, act)) == RULES.audit_most


def test_drawing_again_draws_nothing_and_the_history_has_the_seeds(session, act, coded):
    coded(3, "corin")
    (first, *_) = drawn(session, act)
    assert drawn(session, act) == []
    told = session.exec(select(EventRow).where(EventRow.kind == "coding_audit_drawn")).all()[0]
    assert first.claim_id in told.facts["coders"]["corin"]["drawn"]
    assert len(told.facts["coders"]["corin"]["seed"]) == 16
    coded(1, "corin")
    assert len(drawn(session, act)) == 1


def test_an_audit_holds_no_claim_and_waits_in_a_queue_of_its_own(session, act, coded, item_of):
    (bundle,) = coded(1, "corin")
    drawn(session, act)
    assert (bundle.claim.stage, bundle.claim.hold_reason) == (Stage.SCRUB, None)
    assert item_of(bundle, "coding_audit").queue is Queue.AUDIT


def test_nobody_judges_their_own_claim(session, act, people, coded, item_of):
    (bundle,) = coded(1, "corin")
    (audit,) = drawn(session, act)
    item = item_of(bundle, "coding_audit")
    with pytest.raises(NotAllowed, match="own work"):
        work.take(session, item.id, session.get_one(Actor, "corin"))
    with pytest.raises(NotAllowed, match="own work"):
        decisions.decide(session, people["corin"], item.id, "agree", "fine", PAYERS)
    with pytest.raises(NotAllowed, match="own work"):
        audits.agree(session, people["corin"], audit.id, "fine")
    with pytest.raises(NotAllowed, match="role"):
        audits.agree(session, people["hale"], audit.id, "fine")
    decisions.decide(session, people["audra"], item.id, "agree", "as in the chart", PAYERS)
    assert (audit.verdict, audit.reviewer) == (Verdict.AGREE, "audra")


def test_a_disagreement_names_the_right_codes_and_hands_the_claim_to_the_coders(
    session, act, people, coded, item_of
):
    (bundle,) = coded(1, "corin")
    drawn(session, act)
    item = item_of(bundle, "coding_audit")
    decisions.decide(
        session, people["cora"], item.id, "disagree", "one problem only", PAYERS,
        "line.1.procedure_code=99212 diagnosis.1=E1165",
    )  # fmt: skip
    audit = session.exec(select(CodingAudit)).one()
    assert [(e["kind"], e["favours"]) for e in audit.errors] == [
        ("level too high", "over"),
        ("wrong diagnosis", "neither"),
    ]
    told = item_of(bundle, "audit_disagreed")
    assert [option["id"] for option in told.options] == ["correct", "void", "settled"]
    decisions.decide(session, people["corin"], told.id, "correct", "accepted", PAYERS)
    fresh = load_bundle(session, bundle.claim.id)
    assert (fresh.lines[0].procedure_code, fresh.claim.stage) == ("99212", Stage.INTAKE)


def test_a_claim_that_is_with_its_payer_cannot_be_set_right_before_the_answer(
    session, act, people, coded, practice, item_of
):
    from claims.transitions import Event

    (bundle,) = coded(1, "corin")
    drawn(session, act)
    practice.advance(bundle.claim, Event.SCRUBBED)
    fresh = load_bundle(session, bundle.claim.id)
    practice.filing(fresh, Event.QUEUED, Event.SEND_STARTED, Event.SENT)
    audit = session.exec(select(CodingAudit)).one()
    audits.disagree(
        session, people["audra"], audit.id, {"line.1.procedure_code": "99212"}, "one problem", PAYERS
    )
    told = item_of(bundle, "audit_disagreed")
    assert [option["id"] for option in told.options] == ["correct", "refund_part", "void", "settled"]
    with pytest.raises(NotAllowed, match="submitted cannot be corrected"):
        decisions.decide(session, people["corin"], told.id, "correct", "accepted", PAYERS)


def test_a_verdict_needs_codes_that_differ_and_fields_that_there_are(session, act, people, coded):
    coded(1, "corin")
    (audit,) = drawn(session, act)
    for right in ({"line.1.procedure_code": "99213"}, {"line.1.colour": "red"}):
        with pytest.raises(BadInput):
            audits.disagree(session, people["audra"], audit.id, right, "no", PAYERS)
    with pytest.raises(BadInput):
        audits.parse("99213")
    with pytest.raises(BadInput):
        audits.parse(None)


CODES = [
    {"field": "diagnosis.1", "code": "E119"},
    {"field": "line.1", "procedure_code": "99213", "modifiers": "25", "units": "1", "pointers": "1"},
    {"field": "line.2", "procedure_code": "J1885", "modifiers": "", "units": "4", "pointers": "1"},
]


@pytest.mark.parametrize(
    ("right", "kind", "favours"),
    [
        ({"line.1.procedure_code": "99214"}, "level too low", "under"),
        ({"line.1.procedure_code": "99395"}, "wrong procedure", "neither"),
        ({"line.1.modifiers": ""}, "modifier not supported", "over"),
        ({"line.2.modifiers": "JZ"}, "modifier missing", "neither"),
        ({"line.2.modifiers": "59"}, "modifier missing", "under"),
        ({"line.2.units": "2"}, "units too high", "over"),
        ({"line.2": ""}, "service not supported", "over"),
        ({"line.3.procedure_code": "96372"}, "service missing", "under"),
        ({"line.1.pointers": "2"}, "wrong pointer", "neither"),
        ({"diagnosis.1": ""}, "diagnosis not supported", "neither"),
        ({"diagnosis.2": "I10"}, "diagnosis missing", "neither"),
    ],
)
def test_each_kind_of_error_says_whom_it_favours(right, kind, favours):
    ((found),) = errors(CODES, right)
    assert (found["kind"], found["favours"]) == (kind, favours)


def test_the_report_tells_agreement_and_accuracy_by_coder_family_and_kind(session, act, people, coded):
    coded(4, "corin")
    first, second = drawn(session, act)
    audits.agree(session, people["audra"], first.id, "fine")
    audits.disagree(
        session, people["audra"], second.id, {"line.1.procedure_code": "99212"}, "one problem", PAYERS
    )
    told = report(session, DAY).as_json()
    (corin,) = told["by_coder"]
    assert (corin["audits"], corin["agreement"], corin["codes"], corin["accuracy"]) == (2, 0.5, 4, 0.75)
    families = {each["name"]: each["accuracy"] for each in told["by_family"]}
    assert families == {"ICD-10-CM E": 1.0, "visits": 0.5}
    assert told["by_kind"] == {"level too high": 1}
    assert told["favours_by_coder"] == {"corin": {"over": 1}}
    assert session.exec(select(WorkItem).where(WorkItem.kind == "audit_disagreed")).one()
