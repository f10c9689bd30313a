"""Claims that trip the edits on codes, money, places and filings, each beside a near miss that does not."""

from datetime import date, timedelta
from decimal import Decimal

from visits import DAY, MEDICARE_ID, coverage, diagnosis, filing, line, sibling, stay, visit, with_

from claims.model import Adjudication, Submission


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


PAIR = {"procedure_code": "20610"}, {}
TEST = {"procedure_code": "80053"}
VISIT25 = {"modifiers": ["25"]}
BIG = Decimal("100000000.00")


WHAT_AND_WHERE = {
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
    "modifier.unknown": (
        visit({"modifiers": ["RH"]}),
        visit({"modifiers": ["RH"], "procedure_code": "A0428"}),
    ),
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
        visit(TEST, TEST),
        visit(TEST, {**TEST, "modifiers": ["91"], "charge": Decimal("10.00")}),
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
