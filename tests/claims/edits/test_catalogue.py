"""The catalogue: every entry complete, every claim that should trip an edit does, and no near miss."""

import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest
from edit_cases_claims import CLAIMS, UNDER_SETTINGS
from edit_cases_coding import CODING, HOME, SMALL, dx, judged
from edit_cases_services import SERVICES
from edit_cases_validity import VALIDITY
from edit_cases_what import WHAT_AND_WHERE, second
from edit_cases_who import WHO_AND_WHEN
from visits import (
    MEDICARE_ID,
    PAYERS,
    SETTINGS,
    TODAY,
    lookups,
    stay,
    visit,
    with_,
)

from claims.edits import Lookups, catalogue, explain, run
from claims.edits.catalogue import CHAPTERS, ROOM
from claims.errors import NotFound
from claims.findings import Severity
from config.settings import Settings

CASES = {**WHO_AND_WHEN, **WHAT_AND_WHERE, **SERVICES, **CLAIMS, **CODING, **UNDER_SETTINGS, **VALIDITY}
ADVANTAGE = PAYERS["SBXCO"].model_copy(update={"id": "SBXMA", "kind": "medicare_advantage"})
KNOWN = {**PAYERS, "SBXMA": ADVANTAGE}


def findings_of(case):
    """A case has a claim, its patient's others, the settings under which it is judged, or some of it."""
    parts = case if isinstance(case, tuple) else (case,)
    settings = next((part for part in parts if isinstance(part, Settings)), SETTINGS)
    bundle, *siblings = [part for part in parts if part is not settings] or [visit()]
    return run([bundle], TODAY, settings, lookups=Lookups(KNOWN, {"claim": siblings}))["claim"]


def codes_of(case):
    return {finding.code for finding in findings_of(case)}


@pytest.mark.parametrize("edit_id", [each.id for each in catalogue()])
def test_an_edit_is_tripped_by_its_claim_and_not_by_the_near_miss(edit_id):
    trips, near_miss = CASES[edit_id]
    assert edit_id in codes_of(trips)
    assert edit_id not in codes_of(near_miss)


@pytest.mark.parametrize("claim", [visit(), stay(), visit(payer="SBXMC", member=MEDICARE_ID), second()])
def test_a_good_claim_gives_no_finding(claim):
    assert findings_of(claim) == []


def test_the_catalogue_has_more_than_two_hundred_rules_of_every_snip_type():
    """The same rule on another field counts once."""
    ids = {each.id for each in catalogue()}
    assert len([each for each in catalogue() if not each.same_as]) >= 200
    assert {each.same_as for each in catalogue()} - {""} <= ids
    assert {each.snip for each in catalogue()} == set(range(1, 8))


def test_every_entry_says_all_that_a_biller_needs():
    for each in catalogue():
        texts = (each.title, each.rule, each.tip, each.source, each.field, each.box, each.loop, each.element)
        assert all(texts), each.id
        assert not each.title.endswith("."), each.id
        assert (each.rule + each.tip).endswith("."), each.id


def test_an_edit_can_be_looked_up_and_shown():
    shown = explain("npi.check_digit").as_json()
    assert shown["step"] == "scrub"
    assert "predicate" not in shown
    with pytest.raises(NotFound):
        explain("no.such_edit")


def test_every_chapter_has_its_entries_and_its_predicates_side_by_side():
    names = {file.name for file in files(ROOM).iterdir()}
    assert {f"{chapter}.{kind}" for chapter in CHAPTERS for kind in ("toml", "py")} <= names
    for chapter in CHAPTERS:
        assert tomllib.loads(files(ROOM).joinpath(f"{chapter}.toml").read_text())["edit"]


def test_a_made_up_identifier_passes_only_where_the_settings_allow_it():
    claim = with_(visit(payer="SBXMC"), clinician__npi="1999999985", practice__tax_id="070000001")
    strict = {"npi.check_digit", "tax_id.prefix", "member_id.medicare"}
    assert strict <= codes_of(claim)
    lenient = SETTINGS.model_copy(update={"synthetic_identifiers": True})
    assert run([claim], TODAY, lenient, lookups=lookups())["claim"] == []


def test_no_finding_names_the_patient():
    """Every claim that trips an edit, with planted names: none may turn up in message or tip."""
    secrets = ("ZEPHYRINE", "PAY1001", "1980", "TESTLANE")
    for trips, _ in (pair for pair in CASES.values() if not isinstance(pair[0], Settings)):
        bundle = trips[0] if isinstance(trips, tuple) else trips
        bundle.patient.family, bundle.patient.line2 = "ZEPHYRINE", "TESTLANE"
        for finding in findings_of(trips):
            assert not any(secret in finding.message + finding.tip for secret in secrets), finding.code


def test_a_claim_with_nonsense_in_every_field_gets_all_its_findings_once_errors_first():
    nonsense = {
        **{"procedure_code": "?", "modifiers": ["?"], "units": Decimal(-1), "unit_kind": "?"},
        **{"pointers": [9], "charge": None, "ndc": "?", "place_of_service": "?"},
    }
    names = ("pcn", "facility_code", "accident", "clia", "authorization_number")
    claim = with_(
        visit(nonsense, diagnoses=("?",), **dict.fromkeys(names, "?")),
        **dict.fromkeys(("patient__sex", "patient__state", "patient__postal"), "?"),
        **dict.fromkeys(("coverage__member_id", "coverage__filing_indicator"), "?"),
        **dict.fromkeys(("practice__npi", "practice__tax_id", "practice__taxonomy"), "?"),
    )
    found = findings_of(claim)
    assert len(found) == len(set(found)) >= 20
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert [f.severity for f in found] == sorted((f.severity for f in found), key=order.index)


def test_a_code_that_lacks_its_seventh_character_alone_is_told_of_once_with_its_ways_on():
    from claims.edits.engine import subject_of
    from claims.edits.fixes import fixes

    case = dx("M80051")
    assert {"diagnosis.seventh_character"} == codes_of(case) & {
        "diagnosis.seventh_character",
        "diagnosis.not_specific",
    }
    subject = subject_of(case[0], TODAY, SMALL, Lookups(KNOWN, {}))
    found = [fix.sets["diagnosis.1"] for fix in fixes(subject, "diagnosis.seventh_character")]
    assert found == ["M80051A", "M80051D"]


def test_a_coverage_list_holds_for_its_payer_and_for_the_codes_below_its_own():
    assert "necessity.excluded" in codes_of(judged(visit({"procedure_code": "20610"})))
    assert "necessity.excluded" not in codes_of(
        judged(visit({"procedure_code": "20610"}, diagnoses=("M1711",)))
    )
    assert (HOME / "codes").is_dir()


def test_every_kind_of_query_is_offered_by_edits_that_there_are():
    from claims.coding.kinds import kinds

    ids = {each.id for each in catalogue()}
    assert {edit for kind in kinds().values() for edit in kind.findings} <= ids
