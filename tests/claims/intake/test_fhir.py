"""FHIR bundles, single resources and NDJSON."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from claims.bundle import load_bundle
from claims.errors import BadInput
from claims.intake.charge_map import load_charge_map
from claims.model import Claim, Encounter, EventRow, Posting, ReferenceVersion, Stage, WorkItem


def one(resources, type_):
    return next(r for r in resources if r["resourceType"] == type_)


def test_a_complete_visit_becomes_a_claim_that_goes_on_to_eligibility(session, take_in, bundle_of, resources):
    report = take_in(bundle_of(*resources))

    assert (report.kind, report.visits, report.held, report.missing) == ("fhir", 1, 0, {})
    bundle = load_bundle(session, report.claims[0])
    claim, line = bundle.claim, bundle.lines[0]
    assert claim.stage is Stage.ELIGIBILITY
    assert claim.charge == line.charge == Decimal("120.00")
    assert (claim.form, claim.facility_code, claim.authorization_number) == ("P", "11", "A-1")
    assert (line.procedure_code, line.modifiers, line.pointers) == ("99213", ["25"], [1])
    assert [(d.qualifier, d.code) for d in bundle.diagnoses] == [("ABK", "J069")]
    assert (bundle.patient.family, bundle.patient.middle, bundle.patient.sex) == ("Example", "Ann", "F")
    assert bundle.patient.phone == "6145550199"
    assert (bundle.payer.id, bundle.coverage.member_id) == ("SBXCO", "PAID0000001")
    assert (bundle.billing.tax_id, bundle.billing.postal) == ("310000001", "432150001")
    assert (bundle.rendering.npi, bundle.rendering.taxonomy) == ("1999999984", "207Q00000X")


def test_the_charge_is_booked_when_the_claim_is_opened(session, take_in, bundle_of, resources):
    take_in(bundle_of(*resources))

    assert [p.amount for p in session.exec(select(Posting))] == [Decimal("120.00")]


def test_a_visit_late_in_the_evening_falls_on_the_practices_day_not_on_utcs(
    session, take_in, bundle_of, resources
):
    take_in(bundle_of(*resources))

    assert session.exec(select(Encounter)).one().starts_on == date(2026, 2, 16)


def test_a_visit_without_a_claim_is_billed_from_its_procedures(session, take_in, bundle_of, resources):
    visit = [r for r in resources if r["resourceType"] != "Claim"]
    visit.append(
        {
            "resourceType": "Procedure",
            "id": "x1",
            "status": "completed",
            "encounter": {"reference": "urn:uuid:e1"},
            "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "93000"}]},
            "performedDateTime": "2026-02-16",
        }
    )

    report = take_in(bundle_of(*visit))

    bundle = load_bundle(session, report.claims[0])
    assert [(line.procedure_code, line.pointers) for line in bundle.lines] == [("93000", [1])]
    assert bundle.coverage.member_id == "PAID0000001"
    assert report.missing == {"facility_code": 1, "line.charge": 1}


def test_charge_items_are_billed_before_procedures(session, take_in, bundle_of, resources):
    visit = [r for r in resources if r["resourceType"] != "Claim"]
    visit.append(
        {
            "resourceType": "ChargeItem",
            "id": "h1",
            "status": "billable",
            "context": {"reference": "Encounter/e1"},
            "code": {
                "coding": [
                    {"system": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": "J1100"}
                ]
            },
            "quantity": {"value": 4},
            "priceOverride": {"value": 8.4},
        }
    )

    report = take_in(bundle_of(*visit))

    line = load_bundle(session, report.claims[0]).lines[0]
    assert (line.procedure_code, line.units, line.charge) == ("J1100", 4, Decimal("8.40"))


def test_planned_visits_make_no_claim_until_they_are_finished(session, take_in, bundle_of, resources):
    planned = deepcopy(resources)
    planned.remove(one(planned, "Claim"))
    one(planned, "Encounter")["status"] = "planned"

    before = take_in(bundle_of(*planned))
    after = take_in(bundle_of(*resources))

    assert (before.planned, before.claims) == (1, [])
    assert (after.known, len(after.claims)) == (0, 1)
    assert session.exec(select(Encounter)).one().planned is False


def test_an_appointment_is_a_planned_visit_and_its_encounter_takes_its_place(
    session, take_in, bundle_of, resources
):
    appointment = {
        "resourceType": "Appointment",
        "id": "a1",
        "status": "booked",
        "start": "2026-02-16T15:00:00-05:00",
        "participant": [{"actor": {"reference": "Patient/p1"}}],
    }
    first = take_in(bundle_of(one(resources, "Patient"), one(resources, "Coverage"), appointment))
    encounter = one(resources, "Encounter")
    del encounter["identifier"]
    encounter["appointment"] = [{"reference": "Appointment/a1"}]
    second = take_in(bundle_of(*resources))

    assert (first.planned, len(second.claims)) == (1, 1)
    assert len(session.exec(select(Encounter)).all()) == 1


def test_cancelled_visits_and_preauthorizations_are_not_billed(take_in, bundle_of, resources):
    one(resources, "Claim")["use"] = "preauthorization"
    one(resources, "Encounter")["status"] = "cancelled"

    report = take_in(bundle_of(*resources))

    assert report.visits == 0
    assert report.messages == ["document.entry[7].resource: the visit did not take place; left out."]


def test_two_claims_for_one_visit_are_two_claims(session, take_in, bundle_of, resources):
    second = deepcopy(one(resources, "Claim"))
    second["id"] = "cl2"

    report = take_in(bundle_of(*resources, second))

    assert len(report.claims) == 2
    assert take_in(bundle_of(*resources)).known == 1


def test_an_ndjson_export_of_the_same_visit_adds_nothing(session, take_in, bundle_of, resources):
    first = take_in(bundle_of(*resources))
    lines = "\n".join(json.dumps(r) for r in resources).encode()

    again = take_in(lines)

    assert (first.known, again.kind, again.known, again.claims) == (0, "ndjson", 1, [])
    assert len(session.exec(select(Claim)).all()) == 1


def test_a_single_resource_is_read(take_in):
    visit = {"resourceType": "Encounter", "id": "e9", "status": "finished", "period": {"start": "2026-02-16"}}

    report = take_in(json.dumps(visit).encode())

    assert (report.visits, report.held) == (1, 1)
    assert report.missing["patient.family"] == 1


def test_an_unpaid_charge_in_another_form_is_not_guessed(take_in, bundle_of, resources):
    item = one(resources, "Claim")["item"][0]
    item["net"]["value"] = 120.005
    item["productOrService"]["coding"][0]["code"] = "9921"

    report = take_in(bundle_of(*resources))

    assert report.missing == {"line.charge": 1, "line.procedure_code": 1}
    assert report.messages == [
        "document.entry[8].resource.item[0].productOrService.coding[0].code: "
        "a procedure code of 5 letters and digits was expected.",
        "document.entry[8].resource.item[0].net.value: "
        "an amount such as 1250.00, without sign, currency or thousands mark, was expected.",
    ]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("birthDate", 19800405, "document.entry[0].resource.birthDate: a text was expected."),
        ("name", "Patience", "document.entry[0].resource.name: a list was expected."),
        ("address", [7], "document.entry[0].resource.address[0]: an object was expected."),
        ("gender", "x", "document.entry[0].resource.gender: F, M or U was expected."),
    ],
)
def test_an_element_of_the_wrong_type_costs_that_element_only(
    take_in, bundle_of, resources, path, value, expected
):
    one(resources, "Patient")[path] = value

    report = take_in(bundle_of(*resources))

    assert (len(report.claims), report.held) == (1, 1)
    assert expected in report.messages
    assert {name.split(".")[0] for name in report.missing} == {"patient"}


def test_every_visit_of_synthea_becomes_a_claim_that_names_what_is_missing(session, take_in, corpus):
    data = (corpus / "synthea" / "patient_1.json").read_bytes()

    report = take_in(data)

    assert (report.visits, len(report.claims), report.held) == (33, 33, 33)
    for name in ("line.procedure_code", "diagnosis", "coverage.member_id", "billing.npi"):
        assert report.missing[name] == 33
    assert len(session.exec(select(WorkItem)).all()) == 33
    assert take_in(data).claims == []


def test_codes_of_the_source_are_billed_by_the_operators_map_alone(session, take_in, corpus):
    charge_map = load_charge_map(
        b"kind,source_system,source_code,procedure_code,modifiers,charge,revenue_code,diagnosis_code\n"
        b"procedure,http://snomed.info/sct,410620009,99392,25,150.00,0510,\n"
        b"diagnosis,http://snomed.info/sct,112141AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,,,,,A15.0\n"
    )

    report = take_in((corpus / "synthea" / "patient_1.json").read_bytes(), charge_map)

    lines = [line for id in report.claims for line in load_bundle(session, id).lines]
    mapped = [line for line in lines if line.source_code == "410620009"]
    assert mapped
    assert {(m.procedure_code, m.charge, m.revenue_code) for m in mapped} == {("99392", Decimal(150), "0510")}
    assert all(line.procedure_code is None for line in lines if line.source_code != "410620009")
    assert report.missing["diagnosis"] == 32
    event = session.exec(select(EventRow).where(EventRow.kind == "imported")).first()
    assert event.versions == {"charge_map": charge_map.digest}
    assert session.exec(select(ReferenceVersion)).one().digest == charge_map.digest


def test_a_file_without_visits_is_refused(take_in, bundle_of, resources):
    with pytest.raises(BadInput, match="no Encounter, Claim or Appointment"):
        take_in(bundle_of(one(resources, "Patient")))
