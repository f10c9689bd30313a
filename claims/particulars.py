"""What an 837 said of a claim and a claim here has no column for: kept as it stood, and sent again.

Certificates of ambulance and equipment, attachments, notes, further dates, numbers, providers and amounts,
a pay-to address, whatever the guide allows: nobody here decides by them, but a payer does. They are kept
with the claim and with each line, encrypted, in the codec's own models as JSON without what is empty.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import TypeAdapter

from claims.x12.claim837 import (
    Billing,
    Claim837,
    Coverage,
    Drug,
    Patient,
    PatientInfo,
    ServiceLine,
    Subscriber,
)
from claims.x12.parts import Party, Period, Procedure, Reference

Particulars = dict[str, Any]

# What has a column, or belongs to an earlier copy of the claim on its way.
_NUMBERS = {"G1", "9F", "X4", "F8", "EA", "D9", "6R"}
_DATES = {False: {"439", "472"}, True: {"434", "435", "096", "472"}}
_PROVIDERS = {False: {"82", "DN", "77"}, True: {"82", "DN", "77", "71"}}
# The order in which loops 2310 and 2420 of the guides follow each other, professional and institutional.
_ORDER = {
    False: ("DN", "P3", "82", "QB", "77", "DQ", "DK", "PW", "45"),
    True: ("71", "72", "ZZ", "82", "77", "DN"),
}
# What is taken over as it stands: nothing of it has a column.
_OF_CLAIM = ("special_program", "delay_reason", "attachments", "ambulance", "conditions", "notes", "amounts",
             "extra")  # fmt: skip
_OF_LINE = ("emergency", "epsdt", "family_planning", "copay_exempt", "noncovered", "attachments", "ambulance",
            "conditions", "notes", "amounts", "quantities", "extra")  # fmt: skip

_CLAIM = TypeAdapter(Claim837)
_LINE = TypeAdapter(ServiceLine)
_NOBODY = Party("")
_NO_CLAIM = Claim837(
    billing=Billing(_NOBODY),
    subscriber=Subscriber(Coverage(""), _NOBODY),
    payer=_NOBODY,
    pcn="",
    charge=Decimal(0),
    place_of_service="",
)
_NO_LINE = ServiceLine(number=0)
_Part = TypeVar("_Part", Claim837, ServiceLine)


def of_claim(claim: Claim837) -> Particulars | None:
    """What loops 2000 to 2310 say beyond the columns; None when they say no more."""
    form = claim.institutional
    kept = replace(
        _NO_CLAIM,
        billing=Billing(_NOBODY, pay_to=claim.billing.pay_to, pay_to_plan=claim.billing.pay_to_plan),
        subscriber=Subscriber(Coverage(""), _NOBODY, _condition(claim.subscriber.info)),
        patient=_dependent(claim.patient),
        dates=_others(claim.dates, _DATES[form]),
        references=_others(claim.references, _NUMBERS),
        providers=_unnamed(claim.providers, _PROVIDERS[form]),
        **_as_it_stands(claim, _OF_CLAIM),
    )
    return None if kept == _NO_CLAIM else _CLAIM.dump_python(kept, mode="json", exclude_defaults=True)


def of_line(line: ServiceLine) -> Particulars | None:
    """What loops 2400 to 2420 say beyond the columns; None when they say no more."""
    kept = replace(
        _NO_LINE,
        procedure=_described(line.procedure),
        dates=_others(line.dates, {"472"}),
        references=_others(line.references, {"6R"}),
        providers=_unnamed(line.providers, {"82"}),
        drug=_drug(line.drug),
        **_as_it_stands(line, _OF_LINE),
    )
    return None if kept == _NO_LINE else _LINE.dump_python(kept, mode="json", exclude_defaults=True)


def with_claim(claim: Claim837, particulars: Particulars | None) -> Claim837:
    """The claim with what was kept of it; what has a column speaks first."""
    if not particulars:
        return claim
    kept = _CLAIM.validate_python(particulars)
    billing, subscriber = kept.billing, kept.subscriber
    return replace(
        claim,
        billing=replace(claim.billing, pay_to=billing.pay_to, pay_to_plan=billing.pay_to_plan),
        subscriber=replace(claim.subscriber, info=subscriber.info),
        patient=_with_condition(claim.patient, kept.patient),
        dates=(*claim.dates, *kept.dates),
        references=(*claim.references, *kept.references),
        providers=_in_order((*claim.providers, *kept.providers), claim.institutional),
        **_as_it_stands(kept, _OF_CLAIM),
    )


def with_line(line: ServiceLine, particulars: Particulars | None, institutional: bool) -> ServiceLine:
    """The line with what was kept of it; a code's words and a drug's numbers only while it bills these."""
    if not particulars:
        return line
    kept = _LINE.validate_python(particulars)
    return replace(
        line,
        procedure=_with_words(line.procedure, kept.procedure),
        dates=(*line.dates, *kept.dates),
        references=(*line.references, *kept.references),
        providers=_in_order((*line.providers, *kept.providers), institutional),
        drug=_with_numbers(line.drug, kept.drug),
        **_as_it_stands(kept, _OF_LINE),
    )


def named(particulars: Particulars | None) -> list[str]:
    """What was kept, by its X12 names (`PWK`, `REF LU`, `DTP 431`), for people; no data."""
    return sorted(set(_named(particulars or {})))


def _named(kept: Mapping[str, Any]) -> Iterable[str]:
    for field, segment in _SEGMENTS.items():
        if kept.get(field):
            yield segment
    for field, segment, key in _QUALIFIED:
        yield from (f"{segment} {each[key]}" for each in kept.get(field, ()))
    yield from (each["elements"][0] for each in kept.get("extra", ()))
    yield from ("PAT" for part in ("subscriber", "patient") if kept.get(part, {}).get("info"))
    pay_to = (kept.get("billing", {}).get(part) for part in ("pay_to", "pay_to_plan"))
    yield from (f"NM1 {party['entity']}" for party in pay_to if party)


_SEGMENTS = {
    "special_program": "CLM12", "delay_reason": "CLM20", "attachments": "PWK", "ambulance": "CR1",
    "conditions": "CRC", "notes": "NTE", "drug": "LIN", "procedure": "SV101-7", "emergency": "SV109",
    "epsdt": "SV111", "family_planning": "SV112", "copay_exempt": "SV115", "noncovered": "SV207",
}  # fmt: skip
_QUALIFIED = (
    ("dates", "DTP", "qualifier"),
    ("references", "REF", "qualifier"),
    ("amounts", "AMT", "qualifier"),
    ("quantities", "QTY", "qualifier"),
    ("providers", "NM1", "entity"),
)


def _as_it_stands(part: _Part, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in fields}


_Qualified = TypeVar("_Qualified", Period, Reference)


def _others(parts: Iterable[_Qualified], known: Collection[str]) -> tuple[_Qualified, ...]:
    return tuple(part for part in parts if part.qualifier not in known)


def _unnamed(parties: Iterable[Party], known: Collection[str]) -> tuple[Party, ...]:
    return tuple(party for party in parties if party.entity not in known)


def _in_order(parties: Iterable[Party], institutional: bool) -> tuple[Party, ...]:
    order = _ORDER[institutional]
    return tuple(sorted(parties, key=lambda p: order.index(p.entity) if p.entity in order else len(order)))


def _condition(info: PatientInfo | None) -> PatientInfo | None:
    """PAT without the relationship, which the coverage has."""
    bare = replace(info, relationship="") if info else PatientInfo()
    return None if bare == PatientInfo() else bare


def _dependent(patient: Patient | None) -> Patient | None:
    info = _condition(patient.info) if patient else None
    return Patient(info, _NOBODY) if info else None


def _with_condition(patient: Patient | None, kept: Patient | None) -> Patient | None:
    if patient is None or kept is None:
        return patient
    return replace(patient, info=replace(kept.info, relationship=patient.info.relationship))


def _described(procedure: Procedure | None) -> Procedure | None:
    return procedure if procedure and procedure.description else None


def _with_words(procedure: Procedure | None, kept: Procedure | None) -> Procedure | None:
    if procedure is None or kept is None or procedure.code != kept.code:
        return procedure
    return replace(procedure, description=kept.description)


def _drug(drug: Drug | None) -> Drug | None:
    return drug if drug and (drug.references or drug.extra) else None


def _with_numbers(drug: Drug | None, kept: Drug | None) -> Drug | None:
    if drug is None or kept is None or drug.ndc != kept.ndc:
        return drug
    return replace(drug, references=kept.references, extra=kept.extra)
