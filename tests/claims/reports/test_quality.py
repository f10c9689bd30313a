"""De-identified coded data: nothing of the safe harbour's list is left, and the codes are all there."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from claims.errors import NotAllowed
from claims.events import Act
from claims.model import Actor
from claims.reports.quality import as_csv, collect, zip3
from claims.reports.quality_fhir import as_fhir
from claims.reports.report import Period

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
TELLING = (
    "EXAMPLE", "PATIENCE", "1980-04-05", "R1001", "TEST LN", "COLUMBUS", "43215", "PAID0000001",
    "2026-02-16", "1999999992", "1999999984", "ADLER", "MAPLE",
)  # fmt: skip
"""Names, days, numbers and places of the tests' patient, clinician and practice."""


def test_safe_harbour_leaves_years_three_digits_of_the_zip_and_the_codes(accepted, session, biller, payers):
    bundle = accepted(diagnoses=("J069", "E119"), lines=({"modifiers": ["25"]}, {"procedure_code": "87880"}))
    visits = collect(session, biller, YEAR, payers)
    sheet, bundle_json = as_csv(visits), as_fhir(visits)
    for text in (sheet, bundle_json):
        for telling in (*TELLING, bundle.claim.id, bundle.claim.pcn, bundle.patient.id):
            assert telling not in text, telling
    first, second = csv.DictReader(io.StringIO(sheet))
    assert (first["year"], first["age"], first["sex"], first["state"], first["zip3"]) == (
        "2026", "45", "F", "OH", "432",
    )  # fmt: skip
    assert (first["diagnoses"], first["procedure"], first["modifiers"]) == ("J069 E119", "99213", "25")
    assert (second["procedure"], first["subject"], second["subject"]) == ("87880", "1", "1")


def test_the_fhir_bundle_tells_codes_and_a_year_of_birth(accepted, session, biller, payers):
    accepted(diagnoses=("E119",))
    patient, claim = (
        each["resource"] for each in json.loads(as_fhir(collect(session, biller, YEAR, payers)))["entry"]
    )
    assert (patient["birthDate"], patient["gender"], patient["address"]) == (
        "1980", "female", [{"state": "OH", "postalCode": "432"}],
    )  # fmt: skip
    assert claim["diagnosis"][0]["diagnosisCodeableConcept"]["coding"][0]["code"] == "E11.9"
    assert claim["item"][0]["productOrService"]["coding"][0]["code"] == "99213"
    assert claim["created"] == "2026"


def test_whoever_is_over_89_by_now_has_neither_age_nor_year_of_birth(accepted, session, biller, payers):
    accepted(patient={"birth_date": date(1936, 2, 20)})  # 89 on the day of service, 90 today
    visits = collect(session, biller, YEAR, payers)
    assert (visits[0].age, visits[0].birth_year) == ("90+", None)
    assert "1936" not in as_fhir(visits)
    assert "1936" not in as_csv(visits)


@pytest.mark.parametrize(
    ("postal", "area"),
    [("43215", "432"), ("036010001", "000"), ("89301", "000"), ("", ""), ("K1A0B1", ""), ("12", "")],
)
def test_areas_where_few_people_live_are_told_as_000(postal, area):
    assert zip3(postal) == area


def test_only_named_people_with_a_use_for_it_export_coded_data(accepted, session, biller, act, payers):
    accepted()
    session.add(Actor(name="otto", roles=["ops"], since=act.at.real))
    session.flush()
    for actor in (act, Act("otto", act.at)):
        with pytest.raises(NotAllowed):
            collect(session, actor, YEAR, payers)
    with pytest.raises(NotAllowed, match="no service"):
        collect(session, biller, replace(YEAR, last=date(2026, 1, 2)), payers)
