"""The segments of the 837 that it shares with no other set, and which of them each loop holds."""

from decimal import Decimal
from typing import Any

from claims.x12.certificates import CERTIFICATES
from claims.x12.claim837 import Coverage, PatientInfo
from claims.x12.dental_io import IN_CLAIM, IN_LINE
from claims.x12.loops import MANY, Table
from claims.x12.parts import Attachment, HealthCode, Note
from claims.x12.parts_io import (
    components,
    padded,
    read_amt,
    read_cas,
    read_dtp,
    read_procedure,
    read_qty,
    read_ref,
)
from claims.x12.syntax import US, Segment
from claims.x12.values import BadValue, day, number, number_or_none


def read_clm(segment: Segment) -> dict[str, Any]:
    """CLM as the claim's fields. CLM05 and CLM11 are composites."""
    pcn, charge, _, _, place, *flags = padded(segment, 20)
    facility, qualifier, frequency = components(place, 3)
    signature, assignment, benefits, release, patient_signature, causes, special = flags[:7]
    *related, state, country = components(causes, 5)
    return {
        "pcn": pcn,
        "charge": number(charge),
        "place_of_service": facility,
        "facility_qualifier": qualifier,
        "frequency": frequency,
        "signature": signature,
        "assignment": assignment,
        "benefits_assigned": benefits,
        "release": release,
        "patient_signature": patient_signature,
        "related_causes": tuple(each for each in related if each),
        "accident_state": state,
        "accident_country": country,
        "special_program": special,
        "delay_reason": flags[14],
    }


def read_sbr(segment: Segment) -> Coverage:
    sequence, relationship, group_number, group_name, insurance_type, _, _, _, filing = padded(segment, 9)
    return Coverage(sequence, relationship, group_number, group_name, insurance_type, filing)


def _read_pat(segment: Segment) -> PatientInfo:
    relationship, _, _, _, form, died, _, weight, pregnant = padded(segment, 9)
    if died and form != "D8":
        raise BadValue("date")
    return PatientInfo(relationship, day(died) if died else None, number_or_none(weight), pregnant)


def _read_hi(segment: Segment) -> list[HealthCode]:
    return [_health_code(element) for element in segment[1:] if element]


def _health_code(element: str) -> HealthCode:
    if US not in element:
        raise BadValue("code with its qualifier")
    qualifier, code, form, when, amount, quantity, _, _, poa = components(element, 9)
    start, _, end = when.partition("-") if form else ("", "", "")
    return HealthCode(
        qualifier,
        code,
        day(start) if start else None,
        day(end) if end else None,
        number_or_none(amount),
        number_or_none(quantity),
        poa,
    )


def _read_pwk(segment: Segment) -> Attachment:
    report, transmission, _, _, _, control_number, description = padded(segment, 7)
    return Attachment(report, transmission, control_number, description)


def _read_billing_prv(segment: Segment) -> str | None:
    role, qualifier, taxonomy = padded(segment, 3)
    return taxonomy if (role, qualifier) == ("BI", "PXC") else None


def _read_cur(segment: Segment) -> str | None:
    entity, currency, *others = padded(segment, 3)
    return currency if entity == "85" and not any(others) else None


def _read_nte(segment: Segment) -> Note:
    return Note(*padded(segment, 2))


def _read_cl1(segment: Segment) -> list[str]:
    return padded(segment, 3)


def _read_oi(segment: Segment) -> tuple[str, str, str]:
    _, _, benefits, signature, _, release = padded(segment, 6)
    return benefits, signature, release


def read_elements(segment: Segment) -> tuple[str, ...]:
    return tuple(segment[1:])


def _read_sv1(segment: Segment) -> dict[str, Any]:
    code, charge, unit, quantity, place, _, pointers, _, emergency, _, *rest = padded(segment, 15)
    return {
        "procedure": read_procedure(code),
        "charge": number(charge),
        "unit": unit,
        "quantity": number_or_none(quantity),
        "place_of_service": place,
        "pointers": tuple(pointers.split(US)) if pointers else (),
        "emergency": emergency,
        "epsdt": rest[0],
        "family_planning": rest[1],
        "copay_exempt": rest[4],
    }


def _read_sv2(segment: Segment) -> dict[str, Any]:
    revenue, code, charge, unit, quantity, _, noncovered = padded(segment, 7)
    return {
        "revenue_code": revenue,
        "procedure": read_procedure(code),
        "charge": number(charge),
        "unit": unit,
        "quantity": number_or_none(quantity),
        "noncovered": number_or_none(noncovered),
    }


def _read_ctp(segment: Segment) -> tuple[Decimal | None, str]:
    _, _, _, quantity, unit = padded(segment, 5)
    return number_or_none(quantity), unit


CLAIM: Table = {
    "DTP": (read_dtp, MANY),
    "CL1": (_read_cl1, 1),
    "PWK": (_read_pwk, MANY),
    "AMT": (read_amt, MANY),
    "REF": (read_ref, MANY),
    "NTE": (_read_nte, MANY),
    "HI": (_read_hi, MANY),
    **CERTIFICATES,
}
OTHER: Table = {
    "CAS": (read_cas, MANY),
    "AMT": (read_amt, MANY),
    "OI": (_read_oi, 1),
    "MIA": (read_elements, 1),
    "MOA": (read_elements, 1),
}
LINE: Table = {
    "SV1": (_read_sv1, 1),
    "SV2": (_read_sv2, 1),
    "DTP": (read_dtp, MANY),
    "PWK": (_read_pwk, MANY),
    "QTY": (read_qty, MANY),
    "REF": (read_ref, MANY),
    "AMT": (read_amt, MANY),
    "NTE": (_read_nte, MANY),
    **CERTIFICATES,
}
DENTAL_CLAIM: Table = {**CLAIM, **IN_CLAIM}
DENTAL_LINE: Table = {**LINE, **IN_LINE}
DRUG: Table = {"CTP": (_read_ctp, 1), "REF": (read_ref, MANY)}
ADJUDICATION: Table = {"CAS": (read_cas, MANY), "DTP": (read_dtp, MANY), "AMT": (read_amt, MANY)}
BILLING: Table = {"PRV": (_read_billing_prv, 1), "CUR": (_read_cur, 1)}
SUBSCRIBER: Table = {"PAT": (_read_pat, 1)}
