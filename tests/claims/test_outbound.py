"""A claim on its way out: what stands where in the 837, and that others accept it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from visits import (
    DAY,
    NOW,
    PAYERS,
    SETTINGS,
    TODAY,
    coverage,
    dependent,
    filing,
    lookups,
    practice,
    provider,
    stay,
    visit,
    with_,
)

from claims.edits import run
from claims.errors import BadInput
from claims.filing import next_filing
from claims.findings import Severity
from claims.model import Adjudication, Submission
from claims.money.prior import PriorLine, PriorPayment
from claims.money.said import Adjustment
from claims.outbound import header, outgoing_order, shortest, to_837
from claims.x12.check import check
from claims.x12.claim837_read import read_837
from claims.x12.claim837_write import write_837
from claims.x12.envelope import read_file
from claims.x12.gate import gate
from claims.x12.interchange import Envelope, write_interchange
from config.settings import ConnectorSettings

RECEIVER = ConnectorSettings(base_url="http://localhost", receiver_id="SBXCLEAR")


def claim_of(bundle, priors=()):
    return to_837(bundle, next_filing(bundle, PAYERS, NOW), PAYERS, priors)


def written(*claims):
    outgoing = write_837(header(SETTINGS.submitter, RECEIVER, "B1", NOW), claims)
    return write_interchange(Envelope("CLEANCLAIM", "SBXCLEAR"), [outgoing], created=NOW, isa13=1)


def errors(data):
    return [f for f in check(data, name="out").findings if f.severity is Severity.ERROR]


def read(data):
    return read_837(read_file(data).transactions[0])


def replacement(**fields):
    bundle = visit(**fields)
    bundle.filings = [filing(adjudication=Adjudication.DENIED, icn="ICN1")]
    return bundle


def secondary():
    """Paid 80.00 of 120.00 by the first payer, 25.00 left to the patient; the second payer's turn."""
    bundle = visit()
    bundle.coverages.append(coverage("S", payer_id="SBXMD", group_number="G7"))
    bundle.filings = [
        filing(adjudication=Adjudication.PAID, icn="ICN1"),
        filing(Submission.NONE, sequence="S", coverage_id="coverageS", payer_id="SBXMD"),
    ]
    line = PriorLine(
        line_id="line1",
        code="99213",
        qualifier="HC",
        modifiers=(),
        revenue_code="",
        units=Decimal(1),
        paid=Decimal("80.00"),
        adjustments=(
            Adjustment(group="CO", reason="45", amount=Decimal("15.00")),
            Adjustment(group="PR", reason="3", amount=Decimal("25.00")),
        ),
        adjudicated_on=date(2026, 2, 27),
    )
    prior = PriorPayment(
        sequence="P",
        coverage_id="coverageP",
        payer_id="SBXCO",
        icn="ICN1",
        adjudicated_on=date(2026, 2, 27),
        paid=Decimal("80.00"),
        patient=Decimal("25.00"),
        adjustments=(),
        remarks=(),
        lines=(line,),
    )
    return bundle, prior


def test_a_line_carries_its_own_id_by_which_the_remittance_will_name_it():
    (line,) = claim_of(visit()).lines
    assert line.control_number == "line1"
    assert (line.charge, line.quantity, line.pointers) == (Decimal("120.00"), Decimal(1), ("1",))


def test_the_patient_who_is_the_subscriber_stands_in_the_subscribers_loop_with_address():
    claim = claim_of(visit())
    assert claim.patient is None
    assert claim.subscriber.coverage.relationship == "18"
    assert claim.subscriber.person.address.zip == "43215"


def test_a_dependent_stands_in_a_loop_of_their_own_below_the_subscriber():
    claim = claim_of(dependent())
    assert (claim.patient.info.relationship, claim.patient.person.first) == ("19", "PATIENCE")
    assert (claim.subscriber.coverage.relationship, claim.subscriber.person.first) == ("", "PAUL")
    assert claim.patient.person.id == ""


def test_a_replacement_says_what_it_replaces_and_an_original_names_nothing():
    assert claim_of(replacement()).reference("F8") == "ICN1"
    assert claim_of(replacement()).frequency == "7"
    assert claim_of(visit()).reference("F8") == ""


def test_only_claims_with_a_laboratory_test_carry_the_practices_clia_number():
    with_test, without = visit({"procedure_code": "80053"}), visit()
    for bundle in (with_test, without):
        bundle.providers["practice"].clia = "36D1234567"
    assert claim_of(with_test).reference("X4") == "36D1234567"
    assert claim_of(without).reference("X4") == ""


def test_the_second_payer_hears_what_the_first_one_decided():
    bundle, prior = secondary()
    claim = claim_of(bundle, [prior])
    (other,) = claim.other_payers
    assert (claim.subscriber.coverage.sequence, claim.payer.id) == ("S", "SBXMD")
    assert (other.coverage.sequence, other.payer.id, other.paid) == ("P", "SBXCO", Decimal("80.00"))
    (decision,) = claim.lines[0].adjudications
    assert decision.paid + sum(each.amount for each in decision.adjustments) == claim.lines[0].charge
    assert not errors(written(claim))


def test_parts_of_a_split_decision_are_added_up_for_the_next_payer():
    bundle, prior = secondary()
    (other,) = claim_of(bundle, [prior, prior]).other_payers
    assert other.paid == Decimal("160.00")


def test_a_later_coverage_is_announced_to_the_first_payer_and_an_ended_one_is_not():
    bundle = visit()
    bundle.coverages += [
        coverage("S", payer_id="SBXMD"),
        coverage("T", payer_id="SBXMC", ends=date(2020, 1, 1)),
    ]
    (other,) = claim_of(bundle).other_payers
    assert (other.coverage.sequence, other.amounts) == ("S", ())


def test_an_inpatient_claim_carries_admission_status_and_its_codes():
    claim = claim_of(stay())
    assert claim.date("435").time == "0930"
    assert (claim.patient_status, claim.place_of_service, claim.facility_qualifier) == ("01", "11", "A")
    assert [code.qualifier for code in claim.codes] == ["ABK", "ABJ", "ABF", "BH", "BE"]
    assert claim.lines[0].revenue_code == "0120"


def test_a_claim_that_was_never_scrubbed_is_refused():
    bundle = visit(billing_id=None)
    with pytest.raises(BadInput):
        claim_of(bundle)


def test_claims_of_one_patient_share_a_level_of_the_file():
    pairs = [(bundle, next_filing(bundle, PAYERS, NOW)) for bundle in (visit(pcn="B"), visit(pcn="A"))]
    pairs.sort(key=lambda pair: outgoing_order(*pair))
    data = written(*(to_837(bundle, filed, PAYERS) for bundle, filed in pairs))
    assert data.count(b"HL*") == 2
    assert [claim.pcn for claim in read(data)] == ["A", "B"]


@pytest.mark.parametrize(
    ("said", "sent"), [("1.000", "1"), ("10", "10"), ("1.50", "1.5"), ("0.125", "0.125")]
)
def test_quantities_go_out_without_idle_zeros(said, sent):
    assert str(shortest(Decimal(said))) == sent


def test_pyx12_accepts_each_kind_of_claim_that_we_write():
    bundle, prior = secondary()
    drug = {"procedure_code": "J1885", "ndc": "00000000001", "ndc_units": Decimal("1.5")}
    drug["ndc_unit_kind"] = "ML"
    accident = {"accident": "AA", "accident_date": DAY, "accident_state": "OH"}
    persons = {"referring_id": "clinician", "rendering_id": "other", "facility_id": "ward"}
    numbers = {"authorization_number": "A1", "referral_number": "R1", "clia": "36D1234567"}
    named = visit(pcn="NAMED", **persons, **numbers)
    named.providers |= {"ward": practice(), "other": provider("other", npi="1999999976")}
    many = [{"pointers": [1, 2], "modifiers": ["76"], "rendering_id": "clinician"} for _ in range(50)]
    claims = [
        claim_of(bundle, [prior]),
        claim_of(with_(dependent(), claim__pcn="CHILD")),
        claim_of(replacement(pcn="AGAIN")),
        claim_of(visit({}, drug, {"place_of_service": "12", "through_date": DAY + timedelta(1)}, **accident)),
        claim_of(named),
        claim_of(visit(*many, diagnoses=tuple(f"Z7{n}" for n in range(10, 22)), pcn="MANY")),
    ]
    assert gate(written(*claims)) == []
    assert gate(written(claim_of(stay()))) == []


names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=30)
amounts = st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2)
services = st.fixed_dictionaries(
    {
        "procedure_code": st.sampled_from(("99213", "80053", "J1885", "G0439", "20610")),
        "modifiers": st.lists(st.sampled_from(("25", "59", "LT", "QW")), max_size=4, unique=True),
        "charge": amounts,
        "units": st.integers(1, 9).map(Decimal),
        "pointers": st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True),
        "place_of_service": st.sampled_from((None, "11", "12")),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(services, min_size=1, max_size=6),
    payer=st.sampled_from(sorted(PAYERS)),
    form=st.sampled_from((visit, dependent)),
    family=names,
    later=st.booleans(),
)
def test_any_complete_claim_is_written_without_error_and_read_back(lines, payer, form, family, later):
    bundle = form()
    again = visit(*lines, diagnoses=("J069", "R509", "I10"), payer=payer)
    bundle.coverage.payer_id = payer
    bundle.lines, bundle.diagnoses, bundle.claim.charge = again.lines, again.diagnoses, again.claim.charge
    bundle.patient.family = family
    if later:
        bundle.coverages.append(coverage("S", payer_id="SBXMD"))
    claim = claim_of(bundle)
    data = written(claim)
    assert errors(data) == []
    assert read(data) == [claim]


def test_a_claim_that_the_edits_pass_is_one_that_the_x12_checks_pass():
    child = with_(dependent(), patient__birth_date=date(2010, 4, 5))
    for bundle in (visit(), stay(), child):
        assert run([bundle], TODAY, SETTINGS, lookups=lookups())["claim"] == []
        assert check(written(claim_of(bundle)), name="out").findings == ()
