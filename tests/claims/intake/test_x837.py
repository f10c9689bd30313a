"""The 837, professional and institutional: files of our own making and those that others wrote."""

from datetime import date
from decimal import Decimal

import pytest

from claims.bundle import load_bundle
from claims.errors import BadInput
from claims.particulars import named

CLAIM = "CLM*PCN-1*120***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~SV1*HC:99213:25*120*UN*1***1~DTP*472*D8*20260216~"


def x837(claims: str = CLAIM, *, kind: str = "X222A1", count: int | None = None) -> bytes:
    body = (
        f"ST*837*0001*005010{kind}~BHT*0019*00*B1*20260216*0900*CH~"
        "NM1*41*2*CLINIC*****46*CL1~PER*IC*OFFICE*TE*6145550100~NM1*40*2*HOUSE*****46*CH1~"
        "HL*1**20*1~PRV*BI*PXC*207Q00000X~NM1*85*2*MAPLE STREET FAMILY MEDICINE*****XX*1999999992~"
        "N3*12 MAPLE ST~N4*COLUMBUS*OH*432150001~REF*EI*310000001~"
        "HL*2*1*22*0~SBR*P*18*G9******CI~NM1*IL*1*EXAMPLE*PATIENCE****MI*PAID0000001~N3*1 TEST LN~"
        "N4*COLUMBUS*OH*43215~DMG*D8*19800405*F~NM1*PR*2*SANDBOX COMMERCIAL*****PI*SBXCO~"
        f"{claims}"
    )
    count = body.count("~") + 1 if count is None else count
    version = f"005010{kind}"
    return (
        "ISA*00*          *00*          *ZZ*CL1            *ZZ*CH1            "
        "*260216*0900*^*00501*000000001*0*T*:~"
        f"GS*HC*CL1*CH1*20260216*0900*1*X*{version}~{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    ).encode()


RENDERED = CLAIM.replace("LX*1", "NM1*82*1*ADLER*RUTH****XX*1999999984~LX*1")


def test_a_complete_claim_is_taken_over_with_its_own_number(session, take_in):
    report = take_in(x837(RENDERED))

    assert (report.kind, report.visits, report.held, report.messages) == ("837", 1, 0, [])
    bundle = load_bundle(session, report.claims[0])
    assert (bundle.claim.pcn, bundle.claim.charge) == ("PCN-1", Decimal("120.00"))
    assert bundle.claim.from_date == date(2026, 2, 16)
    assert (bundle.lines[0].modifiers, bundle.lines[0].pointers) == (["25"], [1])
    assert (bundle.coverage.group_number, bundle.coverage.filing_indicator) == ("G9", "CI")
    assert (bundle.patient.birth_date, bundle.patient.postal) == (date(1980, 4, 5), "43215")


def test_a_number_that_is_taken_gives_way_to_our_own(session, take_in):
    first = take_in(x837(RENDERED))
    other_day = take_in(x837(RENDERED.replace("472*D8*20260216", "472*D8*20260217")))

    pcns = [load_bundle(session, r.claims[0]).claim.pcn for r in (first, other_day)]
    assert pcns == ["PCN-1", other_day.claims[0].upper()]


def test_the_same_claim_in_another_file_or_twice_in_one_adds_nothing(take_in):
    first = take_in(x837(RENDERED + RENDERED))
    again = take_in(x837(RENDERED).replace(b"000000001", b"000000002"))

    assert (len(first.claims), first.known) == (1, 1)
    assert "repeats the visit at segment 21; left out." in first.messages[0]
    assert (again.claims, again.known) == ([], 1)


def test_numbers_accident_and_drug_of_the_claim_are_taken_over(session, take_in):
    claim = (
        "CLM*PCN-2*50***11:B:1*Y*A*Y*Y**AA:::OH~DTP*439*D8*20260210~REF*G1*AUTH1~REF*9F*REFER1~"
        "REF*X4*05D1234567~NTE*ADD*SEE CHART~HI*ABK:S134XXA*ABF:V4352XA~NM1*DN*1*REED*ANN****XX*1234567893~"
        "NM1*82*1*ADLER*RUTH****XX*1999999984~NM1*77*2*NORTH SITE*****XX*1234567802~N3*9 SITE RD~"
        "N4*COLUMBUS*OH*43215~LX*1~SV1*HC:J1885*50*UN*2*12**1:2~DTP*472*D8*20260216~"
        "LIN**N4*00409379601~CTP****2*ML~"
    )

    report = take_in(x837(claim))

    bundle = load_bundle(session, report.claims[0])
    row, line = bundle.claim, bundle.lines[0]
    assert report.missing == {}
    assert (row.authorization_number, row.referral_number, row.clia) == ("AUTH1", "REFER1", "05D1234567")
    assert (row.accident, row.accident_state, row.accident_date) == ("AA", "OH", date(2026, 2, 10))
    assert (line.ndc, line.ndc_units, line.ndc_unit_kind) == ("00409379601", 2, "ML")
    assert (line.place_of_service, line.units, line.pointers) == ("12", 2, [1, 2])
    assert row.note == "SEE CHART"
    assert bundle.provider(row.referring_id).npi == "1234567893"
    assert bundle.provider(row.facility_id).city == "COLUMBUS"


def test_an_institutional_claim_keeps_what_only_it_has(session, take_in):
    claim = (
        "CLM*PCN-3*500***13:A:1**A*Y*Y~DTP*434*RD8*20260216-20260217~DTP*435*DT*202602161030~CL1*3*1*01~"
        "HI*ABK:J189:::::::Y~HI*APR:R05~HI*BE:80:::25~NM1*71*1*ADLER*RUTH****XX*1999999984~"
        "LX*1~SV2*0450*HC:99283*500*UN*1~DTP*472*D8*20260216~"
    )

    report = take_in(x837(claim, kind="X223A2"))

    bundle = load_bundle(session, report.claims[0])
    assert (report.missing, bundle.claim.form, bundle.claim.facility_code) == ({}, "I", "13")
    assert (bundle.claim.from_date, bundle.claim.through_date) == (date(2026, 2, 16), date(2026, 2, 17))
    assert bundle.claim.institutional == {
        "admission_type": "3",
        "admission_source": "1",
        "patient_status": "01",
        "admission_date": "2026-02-16",
        "admission_hour": "1030",
        "codes": [{"qualifier": "BE", "code": "80", "start": None, "end": None, "amount": "25"}],
    }
    assert [(d.qualifier, d.present_on_admission) for d in bundle.diagnoses] == [("ABK", "Y"), ("APR", None)]


def test_the_other_payers_of_a_claim_are_further_coverages(session, take_in):
    other = (
        "SBR*S*01*******MB~OI***Y***Y~NM1*IL*1*EXAMPLE*PAUL****MI*SEC1~"
        "NM1*PR*2*SANDBOX MEDICARE*****PI*SBXMC~"
    )

    report = take_in(x837(RENDERED.replace("LX*1", other + "LX*1")))

    coverages = load_bundle(session, report.claims[0]).coverages
    assert [(c.sequence, c.member_id, c.relationship) for c in coverages] == [
        ("P", "PAID0000001", "18"),
        ("S", "SEC1", "01"),
    ]


@pytest.mark.parametrize(
    ("frequency", "missing"), [("1", {}), ("7", {"frequency": 1}), ("8", {"frequency": 1})]
)
def test_a_claim_that_replaces_one_filed_elsewhere_waits_for_a_person(take_in, frequency, missing):
    claim = RENDERED.replace("11:B:1", f"11:B:{frequency}").replace("HI*", "REF*F8*ICN9~HI*")

    assert take_in(x837(claim)).missing == missing


def test_a_total_that_is_no_number_costs_the_total_only(take_in):
    report = take_in(x837(RENDERED.replace("PCN-1*120", "PCN-1*12O")))

    assert len(report.claims) == 1
    assert "segment 21, CLM02: an amount was expected." in report.messages


def test_what_has_no_column_goes_along_with_the_claim(session, take_in):
    report = take_in(x837(RENDERED.replace("HI*", "PWK*OZ*BM***AC*X1~REF*LU*12~CR1*LB*140*I*A*DH*12~HI*")))

    assert report.messages == []
    assert named(load_bundle(session, report.claims[0]).claim.particulars) == ["CR1", "PWK", "REF LU"]


def test_a_claim_without_a_clinician_of_its_own_is_held_when_a_group_bills(take_in):
    assert take_in(x837(CLAIM)).missing == {"rendering.name": 1, "rendering.npi": 1}


@pytest.mark.parametrize("cut", [0.05, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_file_that_was_cut_off_is_refused_whole(take_in, cut):
    whole = x837(RENDERED)
    with pytest.raises(BadInput, match="Segment") as refused:
        take_in(whole[: int(len(whole) * cut)])
    assert "EXAMPLE" not in str(refused.value)


def test_a_wrong_count_is_told_and_the_claims_are_taken(take_in):
    report = take_in(x837(RENDERED, count=9))

    assert len(report.claims) == 1
    assert "SE01 does not give the number of segments" in report.messages[0]


COUNTS = {
    "demo.837": (1, 1), "demo.837i": (1, 1), "institutional-claim.837i": (1, 1),
    "out-of-network-repriced-claim.837i": (1, 1), "ppo-repriced-claim.837i": (1, 1),
    "two-claims-single-provider.837i": (2, 2), "x223-test.txt": (1, 1), "x12_many_claims.txt": (820, 2),
    "x12_multiple_transactions.txt": (624, 2), "x12_multiple_isa.txt": (4, 4), "x12_no_isa_line.txt": (2, 1),
    "x12_valid_different_separators.txt": (2, 2), "x12_missing_required_loops_mult_repeats.txt": (5, 3),
    "x12_bad_segment_identifier.txt": (2, 2), "x12_segments_out_of_order.txt": (2, 2),
}  # fmt: skip
"""Claims in the file, and how many differ from each other: several of these files repeat one claim."""
MANY = 100


def test_every_837_of_others_is_taken_over_or_clearly_refused(take_in, corpus):
    files = [p for p in sorted(corpus.rglob("*")) if p.is_file() and p.suffix in (".837", ".837i", ".txt")]
    seen = 0
    for path in files:
        data = path.read_bytes()
        if b"ST*837*" not in data:
            continue
        seen += 1
        if COUNTS.get(path.name, (0, 0))[0] > MANY:
            continue  # taken in where it is counted
        if "004010" in path.parent.name:
            with pytest.raises(BadInput, match="004010"):
                take_in(data)
            continue
        report = take_in(data)
        assert len(report.claims) + report.known == report.visits > 0, path.name
        if path.name in COUNTS:
            assert report.visits == COUNTS[path.name][0], path.name
    assert seen > 45


@pytest.mark.parametrize(("name", "counts"), COUNTS.items())
def test_claims_of_files_of_others_are_counted(take_in, corpus, name, counts):
    path = next(corpus.rglob(name))

    report = take_in(path.read_bytes())

    assert (report.visits, len(report.claims)) == counts
    assert report.visits == len(report.claims) + report.known


@pytest.mark.parametrize(
    "name", ["demo.cob.example3.B.837", "demo.cob.example3.C.837", "demo.cob.example4.837"]
)
def test_a_secondary_claim_is_held_without_the_primary_payers_decision(take_in, corpus, name):
    report = take_in(next(corpus.rglob(name)).read_bytes())

    assert "coverage.sequence" in report.missing
    assert any("not taken over: CAS" in message for message in report.messages)
