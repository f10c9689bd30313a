"""The fields of a visit and a claim by name, each with its form: columns of a CSV, what people may set."""

from typing import Any

from claims.intake import values as v

Forms = dict[str, v.Form[Any]]

PERSON: Forms = {
    "family": v.TEXT, "given": v.TEXT, "middle": v.TEXT, "birth_date": v.DAY, "sex": v.SEX, "line1": v.TEXT,
    "line2": v.TEXT, "city": v.TEXT, "state": v.STATE, "postal": v.POSTAL, "phone": v.PHONE,
}  # fmt: skip
SUBSCRIBER = ("family", "given", "birth_date", "sex", "line1", "city", "state", "postal")
COVERAGE: Forms = {
    "payer_id": v.LONG_TEXT, "payer_name": v.LONG_TEXT, "member_id": v.NUMBER, "group_number": v.NUMBER,
    "plan_name": v.TEXT, "filing_indicator": v.FILING_INDICATOR, "relationship": v.RELATIONSHIP,
}  # fmt: skip
PROVIDER: Forms = {
    "name": v.TEXT, "given": v.TEXT, "npi": v.NPI, "tax_id": v.TAX_ID, "taxonomy": v.TAXONOMY,
    "line1": v.TEXT, "line2": v.TEXT, "city": v.TEXT, "state": v.STATE, "postal": v.POSTAL, "phone": v.PHONE,
    "clia": v.CLIA,
}  # fmt: skip
LINE: Forms = {
    "procedure_code": v.PROCEDURE, "modifiers": v.MODIFIERS, "charge": v.MONEY, "units": v.UNITS,
    "unit_kind": v.UNIT_KIND, "revenue_code": v.REVENUE, "place_of_service": v.PLACE, "from_date": v.DAY,
    "through_date": v.DAY, "pointers": v.POINTERS, "ndc": v.NDC, "ndc_units": v.UNITS,
    "ndc_unit_kind": v.DRUG_UNIT, "source_system": v.LONG_TEXT, "source_code": v.LONG_TEXT,
}  # fmt: skip
VISIT: Forms = {
    "form": v.CLAIM_FORM, "facility_code": v.FACILITY, "authorization_number": v.NUMBER,
    "referral_number": v.NUMBER, "clia": v.CLIA, "accident": v.ACCIDENT, "accident_state": v.STATE,
    "accident_date": v.DAY, "note": v.LONG_TEXT,
}  # fmt: skip
INSTITUTIONAL: Forms = {
    "admission_type": v.CODE, "admission_source": v.CODE, "patient_status": v.CODE, "admission_date": v.DAY,
    "admission_hour": v.HOUR, "discharge_hour": v.HOUR,
}  # fmt: skip

CORRECTABLE: dict[str, Forms] = {
    "": VISIT | INSTITUTIONAL | {"from_date": v.DAY, "through_date": v.DAY, "frequency": v.FREQUENCY},
    "patient": PERSON,
    "coverage": {name: form for name, form in COVERAGE.items() if name != "payer_name"}
    | {"sequence": v.SEQUENCE, "starts": v.DAY, "ends": v.DAY}
    | {f"subscriber_{name}": PERSON[name] for name in SUBSCRIBER},
    **dict.fromkeys(("billing", "rendering", "referring", "facility", "attending"), PROVIDER),
    "line": {name: form for name, form in LINE.items() if not name.startswith("source_")},
    "diagnosis": {"code": v.DIAGNOSIS, "present_on_admission": v.POA},
}
"""What `cleanclaim claims edit --set` takes, by the part of the claim that stands before the dot."""

NEVER_EMPTY = {
    "form", "from_date", "through_date", "units", "unit_kind", "relationship", "sequence", "payer_id", "name",
    "npi", "code", "frequency",
}  # fmt: skip
