"""Claims that trip the edits on people, dates, stays, filings and the envelope, each with its near miss."""

from datetime import date, timedelta
from decimal import Decimal

from visits import (
    DAY,
    MEDICARE_ID,
    SETTINGS,
    coverage,
    diagnosis,
    filing,
    line,
    sibling,
    stay,
    visit,
    with_,
)

from claims.model import Adjudication, Submission
from config.settings import ConnectorSettings, Submitter

AUTHORIZED = {"procedure_code": "70551"}
NIGHT = timedelta(1)
CONNECTOR = ConnectorSettings(base_url="http://nowhere.example", receiver_id="RECEIVER")
TO_NOBODY = SETTINGS.model_copy(update={"connectors": {"elsewhere": CONNECTOR}})
TO_SANDBOX = SETTINGS.model_copy(update={"connectors": {"sandbox": CONNECTOR}})
LIVE = TO_SANDBOX.model_copy(update={"profile": "production"})
OURS = Submitter(id="MAPLE", name="MAPLE STREET BILLING")


def told(*codes, **said):
    """A stay with these codes in addition; ``said`` replaces what its claim says."""
    bundle = stay()
    institutional = {**bundle.claim.institutional, **said}
    institutional["codes"] = [*institutional["codes"], *codes]
    bundle.claim.institutional = institutional
    return bundle


def outpatient(*codes, diagnoses=(), **fields):
    bundle = with_(
        stay(), claim__facility_code="13", claim__charge=Decimal("120.00"),
        lines=[line(1, **{"revenue_code": "0510", **fields})], diagnoses=[diagnosis(1, "J189"), *diagnoses],
    )  # fmt: skip
    bundle.claim.institutional = {"patient_status": "01", "codes": list(codes)}
    return bundle


def coded(qualifier, code, **more):
    return {"qualifier": qualifier, "code": code, **more}


def operation(day):
    return coded("BBR", "0DTJ4ZZ", start=day.isoformat() if day else None)


def days(covered, *more):
    bundle = stay()
    codes = [coded("BE", "80", amount=covered), *more]
    bundle.claim.institutional = {**bundle.claim.institutional, "codes": codes}
    return bundle


def rooms(units):
    bundle = stay()
    bundle.lines[0].units = Decimal(units)
    return bundle


def changed(frequency="7", original="ICN1", charge="120.00", earlier="1"):
    """A filing that changes the first one, which the payer paid."""
    bundle = visit()
    bundle.filings = [
        filing(adjudication=Adjudication.PAID, icn="ICN1", charge=Decimal(charge), frequency=earlier),
        filing(Submission.NONE, version=3, frequency=frequency, original_icn=original),
    ]
    return bundle


def outdated(decided):
    bundle = changed()
    bundle.filings.insert(1, filing(adjudication=decided, icn="ICN2", version=2))
    return bundle


def replaced(reason, payer="SBXMC"):
    bundle = stay(payer=payer, member=MEDICARE_ID)
    bundle.filings = [filing(Submission.NONE, payer_id=payer, frequency="7", original_icn="I")]
    bundle.claim.institutional = {
        **bundle.claim.institutional,
        "codes": [coded("BE", "80", amount="2"), coded("BG", reason)],
    }
    return bundle


def secondary(adjudication=Adjudication.PAID, icn="ICN1", **first):
    """Billed to the second payer after the first one decided; ``first`` is the first one's coverage."""
    bundle = visit()
    bundle.coverages = [coverage("P", **first), coverage("S", payer_id="SBXMD")]
    bundle.filings = [
        filing(adjudication=adjudication, icn=icn),
        filing(Submission.NONE, sequence="S", coverage_id="coverageS", payer_id="SBXMD"),
    ]
    return bundle


def other_stay(start, end, **fields):
    return sibling(form="I", facility_code="11", day=start, through_date=end, **fields)


MEDICARE_STAY = {"payer": "SBXMC", "member": MEDICARE_ID}


def medicare_outpatient():
    bundle = outpatient()
    bundle.coverage.payer_id, bundle.coverage.filing_indicator = "SBXMC", "MB"
    return bundle


def plan(payer_id):
    """A second coverage; SBXMA is the Medicare Advantage plan that `findings_of` adds to the payers."""
    return coverage("S", id="plan", payer_id=payer_id, filing_indicator="16")


CLAIMS = {
    "patient.placeholder": (
        with_(visit(), patient__given="Unknown"),
        with_(visit(), patient__given="Noneya"),
    ),
    "patient.digits": (with_(visit(), patient__family="EXAMPLE2"), visit()),
    "patient.stand_in_date": (
        with_(visit(), patient__birth_date=date(1911, 11, 11)),
        with_(visit(), patient__birth_date=date(1911, 11, 12)),
    ),
    "patient.phone": (
        with_(visit(), patient__phone="1145550100"),
        with_(visit(), patient__phone="6145550100"),
    ),
    "address.zip_state": (
        with_(visit(), patient__postal="90001"),
        with_(visit(), patient__postal="44001"),
    ),
    "authorization.needed": (visit(AUTHORIZED), visit(AUTHORIZED, authorization_number="A123")),
    "authorization.copied": (
        visit(authorization_number="PAY1001"),
        visit(authorization_number="PAY1002"),
    ),
    "referral.placeholder": (
        visit(referral_number="see chart", referring_id="clinician"),
        visit(referral_number="R-77", referring_id="clinician"),
    ),
    "referral.needed": (
        with_(visit(), coverage__filing_indicator="HM", clinician__taxonomy="207RC0000X"),
        with_(visit(), coverage__filing_indicator="HM", clinician__taxonomy="207Q00000X"),
    ),
    "referring.is_rendering": (
        visit(referral_number="R1", referring_id="clinician"),
        visit(referring_id="clinician"),
    ),
    "dates.two_years": (
        visit({"from_date": date(2025, 12, 31), "through_date": date(2026, 1, 1)}),
        visit({"from_date": date(2026, 1, 1), "through_date": date(2026, 1, 2)}),
    ),
    "dates.two_code_years": (
        visit({"from_date": date(2025, 9, 30), "through_date": date(2025, 10, 1)}),
        visit({"from_date": date(2025, 10, 1), "through_date": date(2025, 10, 2)}),
    ),
    "dates.long_span": (
        visit({"through_date": DAY + timedelta(31)}),
        visit({"through_date": DAY + timedelta(30)}),
    ),
    "accident.long_ago": (
        visit(accident="OA", accident_date=DAY - timedelta(1099)),
        visit(accident="OA", accident_date=DAY - timedelta(1098)),
    ),
    "accident.undeclared": (visit(accident_date=DAY), visit(accident="OA", accident_date=DAY)),
    "accident.injury": (
        visit(diagnoses=("S0990XA",)),
        visit(diagnoses=("S0990XA",), accident="OA", accident_date=DAY),
    ),
    "patient_status.unknown": (told(patient_status="08"), told(patient_status="07")),
    "patient_status.still_here": (told(patient_status="30"), stay()),
    "inpatient.discharge_hour": (told(discharge_hour=""), stay()),
    "inpatient.admission_type": (told(admission_type="6"), told(admission_type="5")),
    "inpatient.admission_source": (told(admission_source="7"), told(admission_source="D")),
    "inpatient.newborn": (
        told(admission_type="4", admission_source="5"),
        with_(told(admission_type="4", admission_source="5"), patient__birth_date=DAY),
    ),
    "inpatient.days": (rooms(3), rooms(2)),
    "value.covered_days": (
        with_(stay(), claim__institutional={"patient_status": "01", "codes": []}),
        stay(),
    ),
    "value.days": (days("3"), days("1", coded("BE", "81", amount="1"))),
    "occurrence.duplicate": (
        told(coded("BH", "11", start=DAY.isoformat())),
        told(coded("BH", "11", start=(DAY - NIGHT).isoformat())),
    ),
    "value.duplicate": (told(coded("BE", "80", amount="0")), told(coded("BE", "81", amount="0"))),
    "condition.duplicate": (
        told(coded("BG", "09"), coded("BG", "09")),
        told(coded("BG", "09"), coded("BG", "10")),
    ),
    "occurrence.order": (
        told(coded("BI", "74", start="2026-02-17", end="2026-02-16")),
        told(coded("BI", "74", start="2026-02-16", end="2026-02-16")),
    ),
    "occurrence.future": (
        told(coded("BH", "11", start="2026-03-03")),
        told(coded("BH", "11", start="2026-03-02")),
    ),
    "value.negative": (told(coded("BE", "06", amount="-1")), told(coded("BE", "06", amount="1"))),
    "operation.date": (told(operation(None)), told(operation(DAY))),
    "operation.outpatient": (outpatient(operation(DAY)), told(operation(DAY))),
    "operation.outside_stay": (told(operation(DAY - 4 * NIGHT)), told(operation(DAY - 3 * NIGHT))),
    "operation.shape": (
        told(coded("BBR", "0DTJ4OZ", start=DAY.isoformat())),
        told(coded("BBR", "0DTJ4ZZ", start=DAY.isoformat())),
    ),
    "revenue.room_outpatient": (outpatient(revenue_code="0120"), outpatient(revenue_code="0220")),
    "revenue.days": (with_(stay(), lines=[line(1, revenue_code="0120")]), stay()),
    "revenue.no_room": (with_(stay(), lines=[line(1, revenue_code="0301")]), stay()),
    "diagnosis.reason_for_visit": (
        outpatient(revenue_code="0450"),
        outpatient(revenue_code="0450", diagnoses=[diagnosis(2, "R509", qualifier="APR")]),
    ),
    "diagnosis.admitting_outpatient": (
        outpatient(diagnoses=[diagnosis(2, "R509", qualifier="ABJ")]),
        stay(),
    ),
    "frequency.change_reason": (replaced("09"), replaced("D1")),
    "inpatient.overlap": (
        (stay(), other_stay(DAY - NIGHT, DAY + NIGHT)),
        (stay(), other_stay(DAY - NIGHT, DAY)),
    ),
    "inpatient.readmitted": (
        (stay(**MEDICARE_STAY), other_stay(DAY - 3 * NIGHT, DAY)),
        (stay(**MEDICARE_STAY), other_stay(DAY - 3 * NIGHT, DAY - NIGHT)),
    ),
    "inpatient.three_days": (
        (medicare_outpatient(), other_stay(DAY + 3 * NIGHT, DAY + 9 * NIGHT)),
        (medicare_outpatient(), other_stay(DAY + 4 * NIGHT, DAY + 9 * NIGHT)),
    ),
    "coverage.medicare_and_advantage": (
        with_(visit(), coverages=[coverage("P", payer_id="SBXMC"), plan("SBXMA")]),
        with_(visit(), coverages=[coverage("P", payer_id="SBXMC"), plan("SBXCO")]),
    ),
    "frequency.unknown": (changed("5"), changed("7")),
    "frequency.outdated": (outdated(Adjudication.PAID), outdated(Adjudication.PENDING)),
    "frequency.void_again": (changed(earlier="8"), changed(earlier="7")),
    "frequency.void_differs": (changed("8", charge="119.00"), changed("8")),
    "secondary.member_id": (secondary(member_id=""), secondary()),
    "secondary.subscriber": (
        secondary(relationship="01"),
        secondary(relationship="01", subscriber_family="EXAMPLE", subscriber_given="PAUL"),
    ),
    "secondary.answer": (secondary(icn=None), secondary()),
    "secondary.reversed": (secondary(Adjudication.REVERSED), secondary()),
    "secondary.nothing_left": (secondary(Adjudication.DENIED), secondary()),
    "text.not_ascii": (with_(visit(), patient__city="PEÑASCO"), with_(visit(), patient__city="PENASCO")),
    "note.characters": (visit(note="N" * 81), visit(note="N" * 80)),
    "line.numbers": (with_(visit(), lines=[line(2)]), visit()),
}
"""As in the other tables of cases."""

UNDER_SETTINGS = {
    "connector.missing": (TO_NOBODY, TO_SANDBOX),
    "submitter.default": (LIVE, LIVE.model_copy(update={"submitter": OURS})),
    "submitter.characters": (
        SETTINGS.model_copy(update={"submitter": Submitter(name="MAPLE*STREET")}),
        SETTINGS.model_copy(update={"submitter": OURS}),
    ),
}
"""Edits on the settings: those that trip the edit, and a near miss."""
