"""Claims that trip the edits on services, modifiers and places, each beside a near miss that does not."""

from datetime import date, timedelta
from decimal import Decimal

from visits import DAY, MEDICARE_ID, coverage, dependent, sibling, visit, with_

from claims.model import ProviderKind

MEDICARE = {"payer": "SBXMC", "member": MEDICARE_ID}
EXAM = {"procedure_code": "99396"}
SHOT, GIVEN = {"procedure_code": "90686"}, {"procedure_code": "90471"}
CENT = Decimal("0.01")
INJECTION, DRUG = {"procedure_code": "96372"}, {"procedure_code": "J1100"}
CONSULT, KNEE = {"procedure_code": "99243"}, {"procedure_code": "20610"}
MILES, RIDE = {"procedure_code": "A0425"}, {"procedure_code": "A0428", "modifiers": ["RH"]}
XRAY, ANAESTHESIA = {"procedure_code": "71046"}, {"procedure_code": "00100", "unit_kind": "MJ"}
THERAPY, WALKER = {"procedure_code": "97110"}, {"procedure_code": "E0143"}


def marked(service, *modifiers):
    return {**service, "modifiers": list(modifiers)}


def referred(*services, **fields):
    return visit(*services, referring_id="clinician", **fields)


def aged(bundle, born):
    return with_(bundle, patient__birth_date=born)


def two(first="SBXCO", second="SBXMD", **fields):
    """A visit whose patient has a second insurance; ``fields`` are the second one's."""
    bundle = visit(payer=first, member=MEDICARE_ID)
    bundle.coverages.append(coverage("S", payer_id=second, **fields))
    return bundle


def old(bundle):
    return aged(bundle, date(1950, 1, 1))


def in_bed(until):
    return sibling(form="I", facility_code="11", day=DAY - timedelta(2), through_date=until)


SERVICES = {
    "procedure.preventive_reason": (visit(EXAM), visit(EXAM, diagnoses=("Z0000",))),
    "vaccine.reason": (visit(SHOT, GIVEN), visit(SHOT, GIVEN, diagnoses=("Z23",))),
    "vaccine.not_given": (visit(SHOT), visit(SHOT, GIVEN)),
    "vaccine.not_named": (visit(GIVEN), visit(SHOT, GIVEN)),
    "vaccine.medicare_flu": (
        visit(SHOT, GIVEN, **MEDICARE),
        visit(SHOT, {"procedure_code": "G0008"}, **MEDICARE),
    ),
    "injection.no_drug": (visit(INJECTION), visit(INJECTION, DRUG)),
    "procedure.tracking_charge": (
        visit({}, {"procedure_code": "3074F", "charge": Decimal("0.02")}),
        visit({}, {"procedure_code": "3074F", "charge": CENT}),
    ),
    "procedure.unlisted": (
        visit({"procedure_code": "17999"}),
        visit({"procedure_code": "17999"}, note="LASER OF A SCAR"),
    ),
    "consultation.requested": (visit(CONSULT), referred(CONSULT)),
    "consultation.medicare": (referred(CONSULT, **MEDICARE), referred({}, **MEDICARE)),
    "procedure.medicare_preventive": (visit(EXAM, **MEDICARE), visit(marked(EXAM, "GY"), **MEDICARE)),
    "procedure.newborn_care": (
        aged(visit({"procedure_code": "99462"}), DAY - timedelta(29)),
        aged(visit({"procedure_code": "99462"}), DAY - timedelta(28)),
    ),
    "procedure.critical_care_age": (
        aged(visit({"procedure_code": "99291"}, facility_code="21"), date(2021, 1, 1)),
        aged(visit({"procedure_code": "99291"}, facility_code="23"), date(2021, 1, 1)),
    ),
    "procedure.prolonged": (
        visit({"procedure_code": "99214"}, {"procedure_code": "99417"}),
        visit({"procedure_code": "99215"}, {"procedure_code": "99417"}),
    ),
    "procedure.medicare_prolonged": (
        visit({"procedure_code": "99215"}, {"procedure_code": "99417"}, **MEDICARE),
        visit({"procedure_code": "99215"}, {"procedure_code": "G2212"}, **MEDICARE),
    ),
    "ambulance.mileage": (visit(marked(MILES, "RH")), visit(RIDE, marked(MILES, "RH"))),
    "ambulance.no_mileage": (visit(RIDE), visit(RIDE, marked(MILES, "RH"))),
    "diagnosis.weeks": (visit(diagnoses=("O99013",)), visit(diagnoses=("O99013", "Z3A30"))),
    "diagnosis.outcome_of_delivery": (visit(diagnoses=("O80",)), visit(diagnoses=("O80", "Z370"))),
    "diagnosis.maternity_age": (
        aged(visit(diagnoses=("O80",)), date(2018, 1, 1)),
        aged(visit(diagnoses=("O80",)), date(2016, 1, 1)),
    ),
    "diagnosis.sequela_first": (
        visit(diagnoses=("S0990XS", "R51")),
        visit(diagnoses=("R51", "S0990XS")),
    ),
    "diagnosis.examination_twice": (
        visit(EXAM, diagnoses=("Z0000", "Z0001")),
        visit(EXAM, diagnoses=("Z0000", "I10")),
    ),
    "modifier.visit_beside_procedure": (visit({}, KNEE), visit(marked({}, "25"), KNEE)),
    "modifier.return_on_visit": (visit(marked({}, "79")), visit(marked({}, "24"))),
    "modifier.stopped_and_reduced": (visit(marked(KNEE, "52", "53")), visit(marked(KNEE, "53"))),
    "modifier.22_unexplained": (visit(marked(KNEE, "22")), visit(marked(KNEE, "22"), note="SCARRED JOINT")),
    "modifier.liability": (visit(marked(KNEE, "GA", "GZ")), visit(marked(KNEE, "GA", "GX"))),
    "modifier.technical_in_hospital": (
        visit(marked(XRAY, "TC"), facility_code="22"),
        visit(marked(XRAY, "TC")),
    ),
    "modifier.reading_only": (
        visit(XRAY, facility_code="22"),
        visit(marked(XRAY, "26"), facility_code="22"),
    ),
    "modifier.telehealth_missing": (
        visit(facility_code="10"),
        visit(marked({}, "95"), facility_code="10"),
    ),
    "modifier.anaesthetist": (visit(ANAESTHESIA, **MEDICARE), visit(marked(ANAESTHESIA, "AA"), **MEDICARE)),
    "modifier.anaesthetist_alone": (visit(marked(KNEE, "AA")), visit(marked(ANAESTHESIA, "AA"))),
    "modifier.therapist": (visit(THERAPY, **MEDICARE), visit(marked(THERAPY, "GP"), **MEDICARE)),
    "modifier.two_therapists": (visit(marked(THERAPY, "GP", "GO")), visit(marked(THERAPY, "GP", "59"))),
    "modifier.equipment": (visit(WALKER), visit(marked(WALKER, "NU"))),
    "modifier.trip": (visit(marked(RIDE)), visit(RIDE)),
    "modifier.discarded_drug": (visit(DRUG, **MEDICARE), visit(marked(DRUG, "JZ"), **MEDICARE)),
    "modifier.referred_test": (
        visit(marked({"procedure_code": "80053"}, "90")),
        visit(marked({"procedure_code": "80053"}, "90"), facility_id="practice"),
    ),
    "modifier.screening_colonoscopy": (
        visit(marked({"procedure_code": "45385"}, "33"), **MEDICARE),
        visit(marked({"procedure_code": "45385"}, "PT"), **MEDICARE),
    ),
    "place.admission": (
        visit(facility_code="21"),
        visit(facility_code="21", institutional={"admission_date": "2026-02-15"}),
    ),
    "place.ambulance": (visit(RIDE), visit(RIDE, facility_code="41")),
    "place.laboratory": (visit(facility_code="81"), visit({"procedure_code": "80053"}, facility_code="81")),
    "place.home": (
        visit({"procedure_code": "99348"}),
        visit({"procedure_code": "99348"}, facility_code="12"),
    ),
    "place.nursing": (
        visit({"procedure_code": "99308"}),
        visit({"procedure_code": "99308"}, facility_code="31"),
    ),
    "place.inpatient_elsewhere": (
        (visit(), in_bed(DAY + timedelta(2))),
        (visit(), in_bed(DAY)),
    ),
    "procedure.once": (
        (visit({"procedure_code": "G0438"}, **MEDICARE), sibling("G0438", DAY - timedelta(800))),
        (visit({"procedure_code": "G0439"}, **MEDICARE), sibling("G0438", DAY - timedelta(800))),
    ),
    "procedure.too_soon": (
        (visit(EXAM), sibling("99396", DAY - timedelta(329))),
        (visit(EXAM), sibling("99396", DAY - timedelta(330))),
    ),
    "procedure.global_period": (
        (visit(), sibling("10060", DAY - timedelta(10))),
        (visit(), sibling("10060", DAY - timedelta(11))),
    ),
    "procedure.visit_elsewhere": (
        (visit(), sibling("99214", rendering_id="a colleague")),
        (visit(marked({}, "25")), sibling("99214", rendering_id="a colleague")),
    ),
    "line.free": (visit({}, {**KNEE, "charge": Decimal("0.00")}), visit({}, {**KNEE, "charge": CENT})),
    "line.outlier": (
        visit({"charge": Decimal("25000.01")}),
        visit({"charge": Decimal("25000.00")}),
    ),
    "line.minutes_a_day": (
        visit({**ANAESTHESIA, "units": Decimal(1441)}),
        visit({**ANAESTHESIA, "units": Decimal(1440)}),
    ),
    "ndc.without_drug": (visit({"ndc": "00000000001"}), visit({**DRUG, "ndc": "00000000001"})),
    "ndc.twice": (
        visit(*({**DRUG, "ndc": "00000000001"},) * 2),
        visit({**DRUG, "ndc": "00000000001"}, marked({**DRUG, "ndc": "00000000001"}, "JW")),
    ),
    "subscriber.is_patient": (
        dependent(subscriber_given="PATIENCE", subscriber_birth_date=date(1980, 4, 5)),
        dependent(subscriber_given="PATIENCE", subscriber_birth_date=date(1950, 4, 5)),
    ),
    "subscriber.spouse_age": (
        aged(dependent(relationship="01"), date(2011, 2, 17)),
        aged(dependent(relationship="01"), date(2011, 2, 16)),
    ),
    "subscriber.child_age": (
        aged(dependent(), date(2000, 2, 16)),
        aged(dependent(), date(2000, 2, 17)),
    ),
    "subscriber.child_first": (
        dependent(subscriber_birth_date=date(1980, 4, 6)),
        dependent(subscriber_birth_date=date(1980, 4, 4)),
    ),
    "subscriber.own_number": (
        with_(dependent(), coverage__payer_id="SBXMC", coverage__filing_indicator="MB"),
        visit(**MEDICARE),
    ),
    "coverage.group_is_member": (
        with_(visit(), coverage__group_number="PAY1001"),
        with_(visit(), coverage__group_number="G100"),
    ),
    "coverage.same_turn": (
        with_(two(), coverages=[coverage("P"), coverage("P", payer_id="SBXMD", id="another")]),
        two(),
    ),
    "coverage.turn_left_out": (with_(visit(), coverages=[coverage("S")]), visit()),
    "coverage.last_resort": (two("SBXMD", "SBXCO"), two("SBXCO", "SBXMD")),
    "coverage.medicare_turn": (
        old(two("SBXMC", "SBXCO", group_number="G1")),
        old(two("SBXMC", "SBXCO")),
    ),
    "accident.other_payer": (
        visit(accident="EM", accident_date=DAY),
        visit(accident="OA", accident_date=DAY),
    ),
    "taxonomy.group": (
        with_(visit(), clinician__taxonomy="193200000X"),
        with_(visit(), practice__taxonomy="193200000X"),
    ),
    "tax_id.is_npi": (with_(visit(), practice__tax_id="199999999"), visit()),
    "npi.two_names": (
        with_(visit(), clinician__npi="1999999992"),
        with_(visit(), clinician__npi="1999999992", clinician__name="MAPLE STREET FAMILY MEDICINE",
              clinician__given=None, clinician__kind=ProviderKind.PERSON),
    ),
}  # fmt: skip
