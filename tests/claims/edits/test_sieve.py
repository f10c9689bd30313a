"""The sieve before CEL: it may only say of a condition what CEL says of it."""

import pytest
from visits import SETTINGS, TODAY, lookups, visit

from claims.edits.conditions import Condition, ConditionFailed
from claims.edits.engine import subject_of
from claims.edits.sieve import Index, may_hold, needs
from claims.edits.variables import Facts

VISITS = (
    visit(),
    visit({"procedure_code": "J1100", "modifiers": ["59"]}, {"units": 12}),
    visit({"procedure_code": "80053", "place_of_service": "22"}, diagnoses=("Z23", "C61")),
    visit({"ndc": "00000000001", "charge": None}, payer="SBXMD"),
)
FACTS = [Facts(subject_of(bundle, TODAY, SETTINGS, lookups())) for bundle in VISITS]

SIFTED = (
    'line.code == "99213"', "line.code == '99213' && line.units > 8.0", 'line.place != "11"',
    'line.code.startsWith("J") && line.ndc == ""', '"59" in line.modifiers && line.charge_cents < 1',
)  # fmt: skip
OF_CLAIM = (
    "claim.charge_cents >= 12000", 'payer.kind == "medicaid" && patient.age < 46', '"Z23" in diagnoses',
    'diagnoses.exists(d, d.startsWith("C6") && d != "C62")', 'coverage.plan == "" && claim.days_left < 0',
    'lines.exists(l, l.code == "80053" && l.units > 0.5)', 'claim.from_date > "2026-02-16"',
    'lines.exists(l, l.units > 8.0 && "59" in l.modifiers)',
)  # fmt: skip
LEFT_TO_CEL = (
    'claim.form == "I" || claim.days == 1', 'claim.form == "I" ? true : claim.days == 1', "!claim.has_note",
    'claim.place == r"11"', 'claim.place == "1\\u0031"', "size(lines) > 1", "claim.charge_cents > claim.days",
    'claim.place == "11" // && claim.form == "I"', 'claim.place + "&& claim.form == " == "P"',
    'claim.place != """x" && claim.form == "I" && "y"""', "(claim.days == 1 && claim.days == 2) == false",
    'lines.exists(l, l.code == "9") == lines.exists(l, l.code == "8")', "lines.exists(l, l.units > 8)",
    'diagnoses.all(d, d == "J069") || diagnoses.exists(d, d == "C61")', "claim.days > 0 == true",
)  # fmt: skip


def said(condition, facts):
    answer = condition.question.ask(facts)
    return any(answer) if condition.by_line else answer


@pytest.mark.parametrize(("by_line", "text"), [(True, t) for t in SIFTED] + [(False, t) for t in OF_CLAIM])
def test_what_is_sifted_out_is_what_cel_says_no_to(by_line, text):
    condition = Condition(text, by_line)
    assert condition.question.needs
    sifted = [facts for facts in FACTS if not may_hold(condition.question.needs, facts)]
    assert sifted
    assert not any(said(condition, facts) for facts in sifted)


@pytest.mark.parametrize("text", LEFT_TO_CEL)
def test_what_is_written_in_another_way_is_left_to_cel(text):
    condition = Condition(text)
    assert all(may_hold(condition.question.needs, facts) for facts in FACTS if said(condition, facts))
    assert not condition.question.needs


def test_a_part_that_is_false_settles_a_condition_whose_other_part_would_fail():
    condition = Condition('claim.form == "I" && diagnoses[9] == "J069"')
    assert condition.question.ask(FACTS[0]) is False
    assert not may_hold(condition.question.needs, FACTS[0])
    with pytest.raises(ConditionFailed):
        Condition('claim.form == "P" && diagnoses[9] == "J069"').question.ask(FACTS[0])


def test_among_many_conditions_only_those_are_asked_whose_texts_the_claim_has():
    texts = [f'line.code == "{code}"' for code in range(99000, 99400)]
    index = Index([*(needs(text, by_line=True) for text in texts), needs("claim.days == 1", by_line=False)])
    assert index.worth_asking(FACTS[0]) == [213, 400]
