"""The de-identified visits as a FHIR R4 collection: Patients with a year of birth, Claims with their codes.

What R4 requires and safe harbour forbids (the day of creation, who provided) is said to be masked.
"""

import json
from collections.abc import Sequence
from typing import Any

from claims.reports.quality import Service, Visit

_GENDERS = {"F": "female", "M": "male"}
_TYPES = {"P": "professional", "I": "institutional", "D": "oral"}
_HL7 = "http://terminology.hl7.org/CodeSystem"
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_CPT, _HCPCS = "http://www.ama-assn.org/go/cpt", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
MASKED = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    ]
}


def as_fhir(visits: Sequence[Visit]) -> str:
    """A Bundle; each person once, by the latest visit."""
    people = {each.subject: each for each in visits}
    resources = [_patient(each) for each in people.values()]
    resources += [_claim(number, each) for number, each in enumerate(visits, start=1)]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:x-quality:{each['resourceType']}:{each['id']}", "resource": each}
            for each in resources
        ],
    }
    return json.dumps(bundle, indent=1) + "\n"


def _patient(visit: Visit) -> dict[str, Any]:
    address = {"state": visit.state, "postalCode": visit.zip3}
    told: dict[str, Any] = {
        "resourceType": "Patient",
        "id": f"s{visit.subject}",
        "gender": _GENDERS.get(visit.sex, "unknown"),
    }
    if any(address.values()):
        told["address"] = [{name: value for name, value in address.items() if value}]
    return told | ({"birthDate": str(visit.birth_year)} if visit.birth_year else {})


def _claim(number: int, visit: Visit) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "id": f"c{number}",
        "status": "active",
        "type": _concept(f"{_HL7}/claim-type", _TYPES.get(visit.form, "professional")),
        "use": "claim",
        "patient": {"reference": f"urn:x-quality:Patient:s{visit.subject}"},
        "billablePeriod": {"start": str(visit.year), "end": str(visit.year)},
        "created": str(visit.year),
        "provider": MASKED,
        "priority": _concept(f"{_HL7}/processpriority", "normal"),
        "diagnosis": [
            {"sequence": place, "diagnosisCodeableConcept": _concept(_ICD, _dotted(code))}
            for place, code in enumerate(visit.diagnoses, start=1)
        ],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": visit.payer_kind}}],
        "item": [_item(line, visit) for line in visit.services],
    }


def _item(line: Service, visit: Visit) -> dict[str, Any]:
    code = line.procedure or line.revenue
    system = _CPT if code[:1].isdigit() and line.procedure else _HCPCS
    told: dict[str, Any] = {
        "sequence": line.number,
        "productOrService": _concept(system, code),
        "servicedDate": str(visit.year),
        "quantity": {"value": float(line.units)},  # FHIR wants JSON numbers, amounts too
    }
    if line.modifiers:
        told["modifier"] = [_concept(_CPT, each) for each in line.modifiers]
    return told | ({"net": {"value": float(line.charge), "currency": "USD"}} if line.charge else {})


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _dotted(code: str) -> str:
    return code if len(code) < 4 or "." in code else f"{code[:3]}.{code[3:]}"
