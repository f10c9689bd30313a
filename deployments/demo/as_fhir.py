"""The record system's export: one FHIR R4 bundle with Encounter, Claim and what they refer to."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from deployments.demo.visits import Clinician, DemoVisit, Insurance, Line, Organization

Resource = dict[str, Any]

NPI = "http://hl7.org/fhir/sid/us-npi"
EIN = "urn:oid:2.16.840.1.113883.4.4"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
TAXONOMY = "http://nucc.org/provider-taxonomy"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
OURS = "urn:maple-street:records"
_GENDERS = {"F": "female", "M": "male"}


def as_fhir(visits: Sequence[DemoVisit], organization: Organization, on: date) -> bytes:
    """A collection, made on the evening of ``on``."""
    clinicians = {visit.clinician.npi: visit.clinician for visit in visits}
    payers = sorted({each.payer for visit in visits for each in visit.insurances})
    resources = [
        _organization(organization),
        *(_payer(payer) for payer in payers),
        *(_practitioner(clinician) for clinician in clinicians.values()),
        *(resource for visit in visits for resource in _resources(visit)),
    ]
    entries = [{"fullUrl": f"{OURS}:{r['resourceType']}:{r['id']}", "resource": r} for r in resources]
    made = f"{on.isoformat()}T18:00:00-05:00"
    bundle = {"resourceType": "Bundle", "type": "collection", "timestamp": made, "entry": entries}
    return json.dumps(bundle, indent=1).encode()


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _ref(type_: str, id_: str) -> Resource:
    return {"reference": f"{type_}/{id_}"}


def _identifier(system: str, value: str, kind: str = "") -> Resource:
    typed = {"type": _concept("http://terminology.hl7.org/CodeSystem/v2-0203", kind)} if kind else {}
    return {**typed, "system": system, "value": value}


def _organization(ours: Organization) -> Resource:
    numbers = ((NPI, ours.npi), (EIN, ours.tax_id), (CLIA, ours.clia))
    return {
        "resourceType": "Organization",
        "id": "practice",
        "identifier": [_identifier(*number) for number in numbers],
        "type": [_concept(TAXONOMY, ours.taxonomy)],
        "name": ours.name,
        "telecom": [{"system": "phone", "value": ours.phone}],
        "address": [_address(ours.line1, ours.city, ours.state, ours.postal)],
    }


def _payer(payer: str) -> Resource:
    identifier = [_identifier("urn:payer", payer)]
    return {"resourceType": "Organization", "id": f"payer-{payer}", "identifier": identifier, "name": payer}


def _practitioner(clinician: Clinician) -> Resource:
    return {
        "resourceType": "Practitioner",
        "id": clinician.npi,
        "identifier": [_identifier(NPI, clinician.npi)],
        "name": [{"family": clinician.name, "given": [clinician.given]}],
        "qualification": [{"code": _concept(TAXONOMY, clinician.taxonomy)}],
    }


def _address(line1: str, city: str, state: str, postal: str) -> Resource:
    return {"line": [line1], "city": city, "state": state, "postalCode": postal}


def _resources(visit: DemoVisit) -> Iterator[Resource]:
    yield _patient(visit)
    for place, insurance in enumerate(visit.insurances, 1):
        yield _coverage(visit, insurance, place)
    yield _encounter(visit)
    yield _claim(visit)


def _patient(visit: DemoVisit) -> Resource:
    person = visit.person
    return {
        "resourceType": "Patient",
        "id": visit.record,
        "identifier": [_identifier(OURS, visit.record, "MR")],
        "name": [{"use": "official", "family": person.family, "given": [person.given]}],
        "gender": _GENDERS[person.sex],
        "birthDate": person.birth_date.isoformat(),
        "address": [_address(person.line1, person.city, person.state, person.postal)],
    }


def _coverage(visit: DemoVisit, insurance: Insurance, place: int) -> Resource:
    self = _concept("http://terminology.hl7.org/CodeSystem/subscriber-relationship", "self")
    return {
        "resourceType": "Coverage",
        "id": f"{visit.record}-{place}",
        "status": "active",
        "beneficiary": _ref("Patient", visit.record),
        "subscriberId": insurance.member,
        "relationship": self,
        "payor": [_ref("Organization", f"payer-{insurance.payer}")],
    }


def _encounter(visit: DemoVisit) -> Resource:
    day = visit.day.isoformat()
    return {
        "resourceType": "Encounter",
        "id": f"E{visit.record}",
        "identifier": [_identifier(OURS, f"E{visit.record}")],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": _ref("Patient", visit.record),
        "participant": [{"individual": _ref("Practitioner", visit.clinician.npi)}],
        "period": {"start": day, "end": day},
        "serviceProvider": _ref("Organization", "practice"),
    }


def _claim(visit: DemoVisit) -> Resource:
    day = visit.day.isoformat()
    insurances = range(1, len(visit.insurances) + 1)
    return {
        "resourceType": "Claim",
        "id": f"C{visit.record}",
        "status": "active",
        "use": "claim",
        "type": _concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "patient": _ref("Patient", visit.record),
        "billablePeriod": {"start": day, "end": day},
        "created": day,
        "provider": _ref("Organization", "practice"),
        "priority": _concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "careTeam": [_primary(visit)],
        "diagnosis": [
            {"sequence": n, "diagnosisCodeableConcept": _concept(ICD, _dotted(code))}
            for n, code in enumerate(visit.diagnoses, 1)
        ],
        "insurance": [
            {"sequence": n, "focal": n == 1, "coverage": _ref("Coverage", f"{visit.record}-{n}")}
            for n in insurances
        ],
        "item": [_item(visit, line, n) for n, line in enumerate(visit.lines, 1)],
        "total": {"value": float(visit.charge), "currency": "USD"},
    }


def _primary(visit: DemoVisit) -> Resource:
    role = _concept("http://terminology.hl7.org/CodeSystem/claimcareteamrole", "primary")
    return {"sequence": 1, "provider": _ref("Practitioner", visit.clinician.npi), "role": role}


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _item(visit: DemoVisit, line: Line, number: int) -> Resource:
    return {
        "sequence": number,
        "diagnosisSequence": line.pointers,
        "productOrService": _concept(HCPCS if line.code[:1].isalpha() else CPT, line.code),
        "modifier": [_concept(CPT, modifier) for modifier in line.modifiers],
        "servicedDate": visit.day.isoformat(),
        "locationCodeableConcept": _concept(PLACES, "11"),
        "quantity": {"value": line.units},
        "net": {"value": float(line.charge), "currency": "USD"},
        "encounter": [_ref("Encounter", f"E{visit.record}")],
    }
