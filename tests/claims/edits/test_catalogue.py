"""The catalogue: every entry complete, every claim that should trip an edit does, and no near miss."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest
from visits import (
    DAY,
    MEDICARE_ID,
    SETTINGS,
    TODAY,
    coverage,
    diagnosis,
    filing,
    line,
    lookups,
    provider,
    sibling,
    stay,
    visit,
)

from claims.bundle import Bundle
from claims.edits import catalogue, explain, run
from claims.edits.catalogue import CHAPTERS, ROOM
from claims.errors import NotFound
from claims.findings import Severity
from claims.model import Adjudication, ProviderKind, Submission


def with_(bundle: Bundle, **changes):
    """The bundle with changed values: ``patient__sex="X"`` sets ``bundle.patient.sex``."""
    for path, value in changes.items():
        part, _, name = path.partition("__")
        if part in bundle.providers:
            setattr(bundle.providers[part], name, value)
        elif not name:
            setattr(bundle, part, value)
        else:
            setattr(getattr(bundle, part), name, value)
    return bundle


def institutional(**changes):
    bundle = stay()
    bundle.claim.institutional = {**bundle.claim.institutional, **changes}
    return bundle


def outpatient(**fields):
    return with_(stay(), claim__facility_code="13", lines=[line(1, revenue_code="0301", **fields)],
                 claim__charge=Decimal("120.00"))  # fmt: skip


def filed(*filings, **fields):
    bundle = visit(**fields)
    bundle.filings = list(filings)
    return bundle


def dependent(**fields):
    bundle = visit()
    values = {"relationship": "19", "subscriber_family": "EXAMPLE", "subscriber_given": "PAUL", **fields}
    for name, value in values.items():
        setattr(bundle.coverage, name, value)
    return bundle


def referred(npi):
    bundle = visit(referring_id="referrer")
    bundle.providers["referrer"] = provider("referrer", npi=npi)
    return bundle


def second(sequence="S", payer="SBXMD"):
    bundle = visit()
    bundle.coverages.append(coverage(sequence, payer_id=payer))
    return bundle


def secondary(adjudication):
    bundle = second()
    bundle.filings = [
        filing(adjudication=adjudication),
        filing(Submission.NONE, sequence="S", coverage_id="coverageS", payer_id="SBXMD"),
    ]
    return bundle


LATE = TODAY - timedelta(181)
PAIR = {"procedure_code": "20610"}, {}
TEST = {"procedure_code": "80053"}
VISIT25 = {"modifiers": ["25"]}
BIG = Decimal("100000000.00")

# edit: (a claim that trips it, a near miss); a pair of claim and siblings where others matter.
CASES = {
    "patient.name": (with_(visit(), patient__given=" "), with_(visit(), patient__given="P")),
    "patient.birth_date": (with_(visit(), patient__birth_date=None), visit()),
    "patient.born_after_service": (
        with_(visit(), patient__birth_date=DAY + timedelta(1)),
        with_(visit(), patient__birth_date=DAY),
    ),
    "patient.too_old": (
        with_(visit(), patient__birth_date=date(1905, 2, 16)),
        with_(visit(), patient__birth_date=date(1905, 2, 17)),
    ),
    "patient.sex": (with_(visit(), patient__sex="X"), with_(visit(), patient__sex="U")),
    "patient.address": (with_(visit(), patient__city=None), visit()),
    "address.state": (with_(visit(), practice__state="OI"), with_(visit(), practice__state="PR")),
    "address.zip": (with_(visit(), patient__postal="4321"), with_(visit(), patient__postal="43215-0001")),
    "text.characters": (with_(visit(), patient__line1="1 A*B"), with_(visit(), patient__line1="1 A-B #2")),
    "text.length": (with_(visit(), patient__city="C" * 31), with_(visit(), patient__city="C" * 30)),
    "place.address": (
        with_(visit(facility_id="clinician"), clinician__line1=None),
        visit(facility_id="practice"),
    ),
    "subscriber.incomplete": (dependent(subscriber_given=None), dependent()),
    "subscriber.self_differs": (
        with_(visit(), coverage__subscriber_birth_date=date(1980, 5, 4)),
        with_(visit(), coverage__subscriber_birth_date=date(1980, 4, 5)),
    ),
    "npi.missing": (with_(visit(), practice__npi=None), visit()),
    "npi.shape": (with_(visit(), clinician__npi="3999999984"), visit()),
    "npi.check_digit": (with_(visit(), clinician__npi="1999999985"), visit()),
    "npi.kind": (with_(visit(), clinician__kind=ProviderKind.ORGANIZATION), visit()),
    "rendering.missing": (
        visit(rendering_id=None),
        visit({"rendering_id": "clinician"}, rendering_id=None),
    ),
    "taxonomy.shape": (with_(visit(), clinician__taxonomy="207Q00000"), visit()),
    "taxonomy.missing": (
        with_(visit(payer="SBXMD"), practice__taxonomy=None),
        with_(visit(payer="SBXCO"), practice__taxonomy=None),
    ),
    "tax_id.missing": (with_(visit(), practice__tax_id=None), visit()),
    "tax_id.shape": (with_(visit(), practice__tax_id="31-000001"), visit()),
    "tax_id.prefix": (with_(visit(), practice__tax_id="070000001"), visit()),
    "billing.address": (with_(visit(), practice__line1=None), visit()),
    "billing.po_box": (
        with_(visit(), practice__line1="P.O. Box 12"),
        with_(visit(), practice__line1="12 BOXWOOD ST"),
    ),
    "billing.zip9": (with_(visit(), practice__postal="43215"), visit()),
    "pcn.shape": (visit(pcn="VISIT 1"), visit(pcn="VISIT-1")),
    "pcn.long": (visit(pcn="A" * 18), visit(pcn="A" * 17)),
    "clia.shape": (visit(clia="36D12345"), visit(clia="36D1234567")),
    "clia.missing": (
        visit(TEST, payer="SBXMC"),
        with_(visit(TEST, payer="SBXMC"), practice__clia="36D1234567"),
    ),
    "coverage.missing": (with_(visit(), coverage=None, coverages=[]), visit()),
    "payer.unknown": (with_(visit(), coverage__payer_id="NOBODY"), visit()),
    "member_id.missing": (with_(visit(), coverage__member_id=""), visit()),
    "member_id.shape": (visit(member="PAY 1001"), visit(member="pay-1001")),
    "member_id.medicare": (
        visit(payer="SBXMC", member="1SG4TE5MK73"),
        visit(payer="SBXMC", member=MEDICARE_ID),
    ),
    "coverage.relationship": (with_(dependent(), coverage__relationship="99"), dependent(relationship="G8")),
    "coverage.filing_indicator": (with_(visit(), coverage__filing_indicator="XX"), visit()),
    "coverage.indicator_differs": (with_(visit(), coverage__filing_indicator="BL"), visit()),
    "coverage.dates": (
        with_(visit(), coverage__ends=DAY - timedelta(1)),
        with_(visit(), coverage__ends=DAY, coverage__starts=DAY),
    ),
    "authorization.placeholder": (
        visit(authorization_number="PENDING"),
        visit(authorization_number="AUTH-1234"),
    ),
    "referral.provider": (
        visit(referral_number="R1"),
        with_(referred("1999999984"), claim__referral_number="R1"),
    ),
    "referring.npi": (referred(None), referred("1999999984")),
    "referring.ordered": (
        visit(TEST, payer="SBXMC", member=MEDICARE_ID, clia="36D1234567"),
        visit(payer="SBXMC", member=MEDICARE_ID),
    ),
    "dates.missing": (visit(from_date=date.min), visit()),
    "dates.future": (visit({"from_date": TODAY + timedelta(1)}), visit({"from_date": TODAY})),
    "dates.order": (visit({"through_date": DAY - timedelta(1)}), visit({"through_date": DAY})),
    "dates.line_outside": (
        visit({"from_date": DAY}, from_date=DAY + timedelta(1), through_date=DAY + timedelta(1)),
        visit({"from_date": DAY}, through_date=DAY + timedelta(1)),
    ),
    "dates.span_units": (
        visit({"through_date": DAY + timedelta(2), "units": Decimal(2)}),
        visit({"through_date": DAY + timedelta(2), "units": Decimal(3)}),
    ),
    "dates.too_late": (visit({"from_date": LATE}), visit({"from_date": LATE + timedelta(1)})),
    "dates.late_soon": (
        visit({"from_date": TODAY - timedelta(166)}),
        visit({"from_date": TODAY - timedelta(165)}),
    ),
    "accident.code": (
        visit(accident="XX"),
        visit(accident="EM"),
    ),
    "accident.date": (visit(accident="OA"), visit(accident="OA", accident_date=DAY)),
    "accident.state": (
        visit(accident="AA", accident_date=DAY),
        visit(accident="AA", accident_date=DAY, accident_state="OH"),
    ),
    "accident.order": (
        visit(accident="OA", accident_date=DAY + timedelta(1)),
        visit(accident="OA", accident_date=DAY),
    ),
    "diagnosis.missing": (visit({"pointers": []}, diagnoses=()), visit()),
    "diagnosis.count": (
        visit(diagnoses=tuple(f"Z7{n}" for n in range(10, 23))),
        visit(diagnoses=tuple(f"Z7{n}" for n in range(10, 22))),
    ),
    "diagnosis.shape": (visit(diagnoses=("J0.69",)), visit(diagnoses=("J069",))),
    "diagnosis.icd9": (
        with_(visit(), diagnoses=[diagnosis(1, "4659", qualifier="BK")]),
        with_(visit(), diagnoses=[diagnosis(1, "J069", qualifier="ABK")]),
    ),
    "diagnosis.not_specific": (visit(diagnoses=("M545",)), visit(diagnoses=("M5450",))),
    "diagnosis.not_in_force": (
        visit({"from_date": date(2021, 9, 30)}, diagnoses=("M5450",)),
        visit({"from_date": date(2021, 10, 1)}, diagnoses=("M5450",)),
    ),
    "diagnosis.unknown": (visit(diagnoses=("Q999",)), visit(diagnoses=("Z23",))),
    "diagnosis.duplicate": (visit(diagnoses=("J069", "J069")), visit(diagnoses=("J069", "R509"))),
    "diagnosis.external_cause_first": (
        visit(diagnoses=("W19XXXA", "S0990XA")),
        visit(diagnoses=("S0990XA", "W19XXXA")),
    ),
    "diagnosis.seventh_character": (visit(diagnoses=("S93401",)), visit(diagnoses=("S93401A",))),
    "diagnosis.sex": (
        with_(visit(diagnoses=("O0993",)), patient__sex="M"),
        visit(diagnoses=("O0993",)),
    ),
    "diagnosis.newborn": (
        visit(diagnoses=("Z3800",)),
        with_(visit(diagnoses=("Z3800",)), patient__birth_date=DAY - timedelta(2)),
    ),
    "pointer.missing": (visit({"pointers": []}), visit({"pointers": [1]})),
    "pointer.dangling": (visit({"pointers": [2]}), visit({"pointers": [2]}, diagnoses=("J069", "R509"))),
    "pointer.count": (
        visit({"pointers": [1, 2, 3, 4, 5]}, diagnoses=("J069", "R509", "I10", "E119", "E785")),
        visit({"pointers": [1, 2, 3, 4]}, diagnoses=("J069", "R509", "I10", "E119", "E785")),
    ),
    "pointer.duplicate": (
        visit({"pointers": [1, 1]}),
        visit({"pointers": [1, 2]}, diagnoses=("J069", "R509")),
    ),
    "procedure.missing": (visit({"procedure_code": None}), visit()),
    "procedure.shape": (visit({"procedure_code": "9921"}), visit({"procedure_code": "0001F"})),
    "procedure.visit_twice": (visit({}, {"procedure_code": "99214"}), visit({}, {**VISIT25})),
    "procedure.new_patient": (
        (visit({"procedure_code": "99203"}), sibling(day=DAY - timedelta(1000))),
        (visit({"procedure_code": "99203"}), sibling(day=DAY - timedelta(1100))),
    ),
    "procedure.preventive_age": (visit({"procedure_code": "99395"}), visit({"procedure_code": "99396"})),
    "procedure.waived_modifier": (
        visit({"procedure_code": "87880"}, payer="SBXMC", clia="36D1234567", member=MEDICARE_ID),
        visit(
            {"procedure_code": "87880", "modifiers": ["QW"]},
            payer="SBXMC",
            clia="36D1234567",
            member=MEDICARE_ID,
        ),
    ),
    "modifier.shape": (visit({"modifiers": ["2"]}), visit({"modifiers": ["25"]})),
    "modifier.unknown": (visit({"modifiers": ["ZZ"]}), visit({"modifiers": ["GT"]}, facility_code="02")),
    "modifier.count": (
        visit({"modifiers": ["25", "24", "57", "AI", "GC"]}),
        visit({"modifiers": ["25", "24", "57", "AI"]}),
    ),
    "modifier.duplicate": (visit({"modifiers": ["25", "25"]}), visit({"modifiers": ["25", "24"]})),
    "modifier.25_without_visit": (visit({**TEST, "modifiers": ["25"]}), visit(VISIT25)),
    "modifier.59_on_visit": (
        visit({"modifiers": ["59"]}),
        visit({"procedure_code": "20610", "modifiers": ["59"]}),
    ),
    "modifier.59_with_x": (
        visit({"procedure_code": "20610", "modifiers": ["59", "XS"]}),
        visit({"procedure_code": "20610", "modifiers": ["XS", "LT"]}),
    ),
    "modifier.sides": (
        visit({"procedure_code": "20610", "modifiers": ["LT", "RT"]}),
        visit(
            {"procedure_code": "20610", "modifiers": ["LT"]}, {"procedure_code": "20610", "modifiers": ["RT"]}
        ),
    ),
    "modifier.50_units": (
        visit({"procedure_code": "20610", "modifiers": ["50"], "units": Decimal(2)}),
        visit({"procedure_code": "20610", "modifiers": ["50"]}),
    ),
    "modifier.components": (
        visit({"procedure_code": "71046", "modifiers": ["26", "TC"]}),
        visit({"procedure_code": "71046", "modifiers": ["26"]}),
    ),
    "modifier.repeat_of_test": (
        visit({**TEST, "modifiers": ["76"]}),
        visit({**TEST, "modifiers": ["91"]}),
    ),
    "modifier.telehealth": (
        visit({"modifiers": ["95"]}),
        visit({"modifiers": ["95"]}, facility_code="10"),
    ),
    "bundling.pair": (visit(*PAIR), visit(PAIR[0], VISIT25)),
    "bundling.units": (
        visit({"procedure_code": "96372", "units": Decimal(6)}),
        visit({"procedure_code": "96372", "units": Decimal(5)}),
    ),
    "bundling.add_on": (
        visit({"procedure_code": "90472"}),
        (visit({"procedure_code": "90472"}), sibling("90471")),
    ),
    "line.duplicate": (
        visit(TEST, TEST, diagnoses=("I10",)),
        visit(TEST, {**TEST, "modifiers": ["91"], "charge": Decimal("10.00")}, diagnoses=("I10",)),
    ),
    "place.missing": (visit(facility_code=None), visit()),
    "place.unknown": (visit(facility_code="98"), visit(facility_code="99")),
    "place.visit": (visit(facility_code="21"), visit(facility_code="22")),
    "place.facility": (
        visit(facility_code="22"),
        visit(facility_code="22", facility_id="practice"),
    ),
    "line.none": (with_(visit(), lines=[]), visit()),
    "line.count": (
        with_(visit(), lines=[line(n, modifiers=["76"]) for n in range(1, 52)]),
        with_(visit(), lines=[line(n, modifiers=["76"]) for n in range(1, 51)]),
    ),
    "line.charge": (visit({"charge": BIG}), visit({"charge": BIG - Decimal("0.01")})),
    "line.units": (visit({"units": Decimal(0)}), visit({"units": Decimal(1)})),
    "line.unit_kind": (visit({"unit_kind": "XX"}), visit()),
    "line.minutes": (
        visit({"unit_kind": "MJ", "units": Decimal(15)}),
        visit({"unit_kind": "MJ", "units": Decimal(15), "procedure_code": "00100"}),
    ),
    "line.whole_units": (
        visit({"units": Decimal("1.5")}),
        visit({"procedure_code": "J1100", "units": Decimal("1.5")}),
    ),
    "totals.lines": (visit(charge=Decimal("119.99")), visit(charge=Decimal("120.00"))),
    "totals.zero": (visit({"charge": Decimal("0.00")}), visit({"charge": Decimal("0.01")})),
    "ndc.shape": (
        visit({"ndc": "0000000000", "ndc_units": Decimal(1), "ndc_unit_kind": "ML"}),
        visit({"ndc": "00000000001", "ndc_units": Decimal(1), "ndc_unit_kind": "ML"}),
    ),
    "ndc.units": (
        visit({"ndc": "00000000001", "ndc_units": Decimal(1), "ndc_unit_kind": "MG"}),
        visit({"ndc": "00000000001", "ndc_units": Decimal(1), "ndc_unit_kind": "ML"}),
    ),
    "ndc.missing": (
        visit({"procedure_code": "J1100"}, payer="SBXMD"),
        visit({"procedure_code": "J1100"}, payer="SBXCO"),
    ),
    "bill_type.unknown": (with_(stay(), claim__facility_code="99"), stay()),
    "revenue.missing": (with_(stay(), lines=[line(1)], claim__charge=Decimal("120.00")), stay()),
    "revenue.shape": (
        with_(stay(), lines=[line(1, revenue_code="120")], claim__charge=Decimal("120.00")),
        stay(),
    ),
    "revenue.total": (
        with_(stay(), lines=[line(1, revenue_code="0001")], claim__charge=Decimal("120.00")),
        stay(),
    ),
    "revenue.procedure": (outpatient(procedure_code=None), outpatient(procedure_code="80053")),
    "inpatient.admission": (institutional(admission_type=""), stay()),
    "inpatient.admission_order": (institutional(admission_date="2026-02-17"), stay()),
    "inpatient.admitting_diagnosis": (
        with_(stay(), diagnoses=[diagnosis(1, "J189", present_on_admission="Y")]),
        stay(),
    ),
    "inpatient.poa": (
        with_(stay(), diagnoses=[diagnosis(1, "J189"), diagnosis(2, "R509", qualifier="ABJ")]),
        stay(),
    ),
    "patient_status.missing": (institutional(patient_status="1"), institutional(patient_status="30")),
    "attending.missing": (with_(stay(), claim__attending_id=None), stay()),
    "occurrence.dates": (
        institutional(codes=[{"qualifier": "BI", "code": "70", "start": "2026-02-16"}]),
        institutional(codes=[{"qualifier": "BG", "code": "70"}]),
    ),
    "value.amount": (
        institutional(codes=[{"qualifier": "BE", "code": "80"}]),
        institutional(codes=[{"qualifier": "BE", "code": "80", "amount": "0"}]),
    ),
    "duplicate.exact": (
        (visit(), sibling()),
        (visit({"modifiers": ["76"]}), sibling()),
    ),
    "duplicate.likely": (
        (visit({}, TEST), sibling()),
        (visit({}, TEST), sibling(rendering_id="a colleague")),
    ),
    "frequency.number_missing": (
        filed(filing(adjudication=Adjudication.DENIED)),
        filed(filing(adjudication=Adjudication.DENIED, icn="ICN1")),
    ),
    "frequency.number_unexpected": (
        filed(filing(Submission.NONE, original_icn="ICN1")),
        filed(filing(Submission.NONE)),
    ),
    "frequency.not_taken": (
        filed(
            filing(Submission.NONE, payer_id="SBXMC", frequency="7", original_icn="I"),
            payer="SBXMC",
            member=MEDICARE_ID,
        ),
        filed(filing(Submission.NONE, frequency="7", original_icn="I")),
    ),
    "secondary.too_early": (secondary(Adjudication.NONE), secondary(Adjudication.PAID)),
    "secondary.same_payer": (second(payer="SBXCO"), second()),
}


def findings_of(case):
    bundle, *siblings = case if isinstance(case, tuple) else (case,)
    return run([bundle], TODAY, SETTINGS, lookups=lookups(*siblings))["claim"]


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


def test_the_catalogue_has_at_least_forty_five_edits_of_every_snip_type():
    assert len(catalogue()) >= 45
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
    for trips, _ in CASES.values():
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
