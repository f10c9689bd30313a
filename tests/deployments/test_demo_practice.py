"""The demo's practice: believable files that the importers read, every fate, and staff with answers."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session
from stdnum import luhn

from claims import authorization, eligibility, lifecycle, users
from claims.bundle import Bundle, load_bundles
from claims.coding.waiting import WAITS
from claims.edits.engine import run
from claims.edits.lookups import load_lookups
from claims.edits.steps import CODING_FINDINGS, SCRUB_FINDINGS
from claims.events import Act
from claims.findings import Severity
from claims.intake import sniff
from claims.intake.charge_map import load_charge_map
from claims.intake.completeness import KIND as missing_fields
from claims.intake.completeness import missing
from claims.intake.correct import correct, parse
from claims.intake.importer import import_file
from claims.model import Role
from claims.money.classify import classify
from claims.work import ROLES
from claims.x12.check import check
from config.payers import PayerProfile, load_payers
from config.settings import Settings
from deployments.demo import DemoPractice, make_practice
from deployments.demo.cases import PAYERS, cases, practice_tables, services
from deployments.demo.mistakes import MISTAKES
from deployments.sandbox.scenarios import SCENARIOS

LAST = date(2026, 3, 2)
ZONE = ZoneInfo("America/New_York")
UNANSWERED = {"uninsured_so_far"}
HELD_AT_INTAKE = {"procedure_missing", "coverage_missing", "npi_missing", "pointer_wrong"} | UNANSWERED
HELD_BY_EDITS = {
    *("modifier_25_missing", "diagnosis_unspecific", "diagnosis_asked", "member_id_mistyped"),
    "authorization_missing",
}


@pytest.fixture(scope="module")
def demo() -> DemoPractice:
    return make_practice(60, LAST, 7)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, profile="sandbox")


@pytest.fixture
def payers(settings: Settings) -> dict[str, PayerProfile]:
    return load_payers(settings)


@pytest.fixture
def imported(
    session: Session, act: Act, demo: DemoPractice, settings: Settings, payers: dict[str, PayerProfile]
) -> dict[str, Bundle]:
    """The bundles of the imported claims by the patient's record number."""
    charge_map = load_charge_map(demo.charge_map)
    ids = []
    for name, data in demo.files.items():
        report = import_file(
            session, data, name=name, act=act, settings=settings, charge_map=charge_map, payers=payers
        )
        ids += report.claims
    return {bundle.patient.record_number: bundle for bundle in load_bundles(session, ids)}


def test_sixty_visits_have_every_fate(demo: DemoPractice) -> None:
    assert len(demo.visits) == 60
    assert {visit.case for visit in demo.visits} == {case.name for case in cases()}


def test_the_same_seed_gives_the_same_practice(demo: DemoPractice) -> None:
    assert make_practice(60, LAST, 7).files == demo.files
    assert make_practice(60, LAST, 8).files != demo.files


def test_visits_are_on_weekdays_of_the_month_before_the_last_day(demo: DemoPractice) -> None:
    assert all(LAST - timedelta(days=30) <= visit.day <= LAST for visit in demo.visits)
    assert all(visit.day.weekday() < 5 for visit in demo.visits)
    assert all(visit.day <= demo.delivered[name] for name in demo.files for visit in _in(demo, name))


def _in(demo: DemoPractice, name: str):
    pcns = demo.files[name]
    return [visit for visit in demo.visits if visit.record.encode() in pcns]


def test_the_files_are_of_all_three_kinds_and_hold_every_visit_once(demo: DemoPractice) -> None:
    readings = [sniff.read(data, sniff.kind_of(data), ZONE) for data in demo.files.values()]
    assert {reading.kind for reading in readings} == {"fhir", "837", "csv"}
    found = Counter(visit.patient.record_number for reading in readings for visit in reading.visits)
    assert found == Counter(visit.record for visit in demo.visits)
    assert [message for reading in readings for message in reading.messages] == []


def test_the_837_is_one_that_nobody_complains_of(demo: DemoPractice) -> None:
    for name, data in demo.files.items():
        if name.endswith(".837"):
            assert [f for f in check(data, name=name).findings if f.severity is Severity.ERROR] == []


def test_only_the_visits_with_a_gap_are_held_at_intake(
    demo: DemoPractice, imported: dict[str, Bundle], payers: dict[str, PayerProfile]
) -> None:
    lacking = {record: missing(bundle, payers) for record, bundle in imported.items()}
    cases_of = {visit.record: visit.case for visit in demo.visits}
    assert {cases_of[record] for record, fields in lacking.items() if fields} == HELD_AT_INTAKE


def test_the_answers_fill_the_gaps(
    demo: DemoPractice, imported: dict[str, Bundle], payers: dict[str, PayerProfile]
) -> None:
    cases_of = {visit.record: visit.case for visit in demo.visits}
    for record, bundle in imported.items():
        fields = missing(bundle, payers)
        if fields and cases_of[record] not in UNANSWERED:
            answer = demo.answer(record, "missing_fields")
            assert set(fields) == set(answer.changes)


def test_the_edits_find_what_the_office_did_wrong_and_nothing_else(
    session: Session,
    demo: DemoPractice,
    imported: dict[str, Bundle],
    settings: Settings,
    payers: dict[str, PayerProfile],
) -> None:
    bundles = list(imported.values())
    found = run(bundles, LAST, settings, lookups=load_lookups(session, bundles, payers))
    cases_of = {visit.record: visit.case for visit in demo.visits}
    wrong: dict[str, set[str]] = {}
    for record, bundle in imported.items():
        errors = {f.code for f in found[bundle.claim.id] if f.severity is Severity.ERROR}
        if errors and cases_of[record] not in HELD_AT_INTAKE:
            wrong.setdefault(cases_of[record], set()).update(errors)
    assert set(wrong) == HELD_BY_EDITS
    assert wrong["authorization_missing"] == {"authorization.needed"}
    assert wrong["modifier_25_missing"] == {"bundling.pair"}


def test_the_answers_put_right_what_was_wrong(
    session: Session,
    act: Act,
    demo: DemoPractice,
    imported: dict[str, Bundle],
    settings: Settings,
    payers: dict[str, PayerProfile],
) -> None:
    for name, roles in demo.staff.items():
        users.add(session, act, name, roles)
    wrong = (HELD_AT_INTAKE | HELD_BY_EDITS | {"other_payer_first"}) - UNANSWERED
    mended = [imported[visit.record] for visit in demo.visits if visit.case in wrong]
    for bundle in mended:
        for answer in (each for each in demo.script[bundle.patient.record_number] if each.changes):
            by = Act(answer.actor, act.at)
            lifecycle.apply(session, correct(session, by, bundle, answer.changes, answer.note, payers), by)
    again = load_bundles(session, [bundle.claim.id for bundle in mended])
    found = run(again, LAST, settings, lookups=load_lookups(session, again, payers))
    assert [missing(bundle, payers) for bundle in again if missing(bundle, payers)] == []
    assert [f for findings in found.values() for f in findings if f.severity is Severity.ERROR] == []
    both = next(bundle for bundle in again if len(bundle.coverages) == 2)
    assert {c.sequence: c.payer_id for c in both.coverages} == {"P": "SBXMC", "S": "SBXCO"}


def test_every_member_id_asks_for_a_script_of_the_sandbox_or_for_none(demo: DemoPractice) -> None:
    prefixes = {case.prefix for case in cases()} | {case.second[1] for case in cases() if case.second}
    assert prefixes - set(SCENARIOS) == {"MBR"}


def test_every_answer_can_be_given(demo: DemoPractice) -> None:
    roles = {role.value for role in Role}
    assert all(set(held) <= roles for held in demo.staff.values())
    for record, answers in demo.script.items():
        for place, answer in enumerate(answers):
            assert answer.actor in demo.staff
            assert answer.note
            assert len(parse(answer.changes)) == len(answer.changes)
            before = sum(each.work == answer.work for each in answers[:place])
            assert demo.answer(record, answer.work, before) is answer
    assert demo.answer("R1", "denial") is None
    assert demo.answer(None, "denial") is None


def test_every_answer_is_to_work_that_there_is() -> None:
    known = {
        missing_fields,
        CODING_FINDINGS,
        SCRUB_FINDINGS,
        authorization.MISSING,
        *eligibility.KINDS.values(),
    }
    told = {"denial", "appeal_approval", "rejected", "records_requested", WAITS}
    assert {answer.work for case in cases() for answer in case.answers} <= known | told


def test_whoever_answers_a_denial_may_work_its_queue(
    demo: DemoPractice, payers: dict[str, PayerProfile]
) -> None:
    for case in cases():
        denial = SCENARIOS[case.prefix].denial if case.prefix in SCENARIOS else None
        answered = [answer for answer in case.answers if answer.work == "denial"]
        for payer in case.payers if denial else ():
            found = classify(denial.group, denial.reason, denial.remarks, payers[payer].kind)
            allowed = {role.value for role in ROLES[found.queue]}
            assert all(allowed & set(demo.staff[answer.actor]) for answer in answered), case.name


def test_the_tables_fit_together() -> None:
    tables = practice_tables()
    assert {case.mistake for case in cases() if case.mistake} == set(MISTAKES)
    for case in cases():
        assert set(case.payers) <= set(PAYERS)
        assert all(set(services()[name].payers) & set(case.payers) for name in case.services)
    people = [tables["organization"], tables["referring"], *tables["clinicians"]]
    assert all(luhn.is_valid(f"80840{each['npi']}") for each in people)


def test_thousands_of_visits_are_as_many(demo: DemoPractice) -> None:
    many = make_practice(1000, LAST, 1)
    assert len({visit.record for visit in many.visits}) == 1000
    shares = Counter(visit.case for visit in many.visits)
    assert 0.5 < (shares["paid"] + shares["natural"]) / 1000 < 0.75


def test_a_handful_of_visits_works_too() -> None:
    assert len(make_practice(3, LAST, 1).visits) == 3
