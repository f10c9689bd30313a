"""Complete valid claims in memory, for tests that need no database. All people are made up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from claims.bundle import Bundle
from claims.edits import Lookups
from claims.edits.lookups import Service, Sibling
from claims.model import (
    Adjudication,
    Claim,
    ClaimDiagnosis,
    ClaimLine,
    Coverage,
    Filing,
    Patient,
    Payer,
    Provider,
    ProviderKind,
    Submission,
)
from config.payers import load_payers
from config.settings import Settings

DAY = date(2026, 2, 16)
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SETTINGS = Settings(home=Path("nowhere"), profile="sandbox")
PAYERS = load_payers(SETTINGS)
MEDICARE_ID = "1EG4TE5MK73"  # the sample number that CMS prints on its own example card


def provider(id: str, **fields: Any) -> Provider:
    defaults = {
        "id": id,
        "source_key": id,
        "kind": ProviderKind.PERSON,
        "name": "ADLER",
        "given": "RUTH",
        "npi": "1999999984",
        "taxonomy": "207Q00000X",
    }
    return Provider(**{**defaults, **fields})


def practice() -> Provider:
    return provider(
        "practice",
        kind=ProviderKind.ORGANIZATION,
        name="MAPLE STREET FAMILY MEDICINE",
        given=None,
        npi="1999999992",
        tax_id="310000001",
        line1="12 MAPLE ST",
        city="COLUMBUS",
        state="OH",
        postal="432150001",
    )


def patient(**fields: Any) -> Patient:
    defaults = {
        "id": "patient",
        "source_index": "patient",
        "family": "EXAMPLE",
        "given": "PATIENCE",
        "birth_date": date(1980, 4, 5),
        "sex": "F",
        "line1": "1 TEST LN",
        "city": "COLUMBUS",
        "state": "OH",
        "postal": "43215",
    }
    return Patient(**{**defaults, **fields})


def coverage(sequence: str = "P", **fields: Any) -> Coverage:
    defaults = {
        "id": f"coverage{sequence}",
        "source_index": sequence,
        "patient_id": "patient",
        "payer_id": "SBXCO",
        "sequence": sequence,
        "member_id": "PAY1001",
    }
    indicator = fields.get("filing_indicator") or PAYERS[fields.get("payer_id", "SBXCO")].filing_indicator
    return Coverage(**{**defaults, **fields, "filing_indicator": indicator})


def line(number: int = 1, **fields: Any) -> ClaimLine:
    day = fields.get("from_date", DAY)
    defaults = {
        "id": f"line{number}",
        "claim_id": "claim",
        "number": number,
        "procedure_code": "99213",
        "charge": Decimal("120.00"),
        "from_date": day,
        "through_date": day,
        "pointers": [1],
        "units": Decimal(1),
    }
    return ClaimLine(**{**defaults, **fields})


def diagnosis(position: int, code: str, **fields: Any) -> ClaimDiagnosis:
    qualifier = "ABK" if position == 1 else "ABF"
    return ClaimDiagnosis(
        **{"claim_id": "claim", "position": position, "qualifier": qualifier, "code": code, **fields}
    )


def visit(
    *services: dict[str, Any],
    diagnoses: tuple[str, ...] = ("J069",),
    payer: str = "SBXCO",
    member: str = "PAY1001",
    **fields: Any,
) -> Bundle:
    """An office visit of one line and 120.00, as clean as a claim can be; each of ``services`` is a line."""
    lines = [line(number, **service) for number, service in enumerate(services or ({},), 1)]
    insured = coverage(payer_id=payer, member_id=member)
    defaults: dict[str, Any] = {
        "id": "claim",
        "pcn": "VISIT1",
        "encounter_id": "encounter",
        "patient_id": "patient",
        "coverage_id": insured.id,
        "payer_id": payer,
        "billing_id": "practice",
        "rendering_id": "clinician",
        "facility_code": "11",
        "from_date": min(each.from_date for each in lines),
        "through_date": max(each.through_date for each in lines),
        "charge": sum((each.charge or Decimal(0) for each in lines), Decimal("0.00")),
        "created_at": NOW,
    }
    return Bundle(
        claim=Claim(**{**defaults, **fields}),
        patient=patient(),
        coverage=insured,
        payer=Payer(id=payer, name=PAYERS[payer].name),
        coverages=[insured],
        lines=lines,
        diagnoses=[diagnosis(n, code) for n, code in enumerate(diagnoses, 1)],
        providers={"practice": practice(), "clinician": provider("clinician")},
    )


def dependent(**fields: Any) -> Bundle:
    """A visit of somebody's child; ``fields`` are the coverage's."""
    bundle = visit()
    values = {"relationship": "19", "subscriber_family": "EXAMPLE", "subscriber_given": "PAUL", **fields}
    return with_(bundle, **{f"coverage__{name}": value for name, value in values.items()})


def with_(bundle: Bundle, **changes: Any) -> Bundle:
    """The bundle with changed values: ``patient__sex="X"`` sets ``bundle.patient.sex``."""
    for path, value in changes.items():
        part, _, name = path.partition("__")
        if part in bundle.providers:
            setattr(bundle.providers[part], name, value)
        elif not name:
            setattr(bundle, part, value)
        else:
            setattr(getattr(bundle, part), name, value)
    return bundle


def stay(**fields: Any) -> Bundle:
    """An inpatient stay of two days, institutional."""
    institutional = {
        "admission_type": "1",
        "admission_source": "1",
        "admission_date": DAY.isoformat(),
        "admission_hour": "0930",
        "discharge_hour": "1100",
        "patient_status": "01",
        "codes": [
            {"qualifier": "BH", "code": "11", "start": DAY.isoformat()},
            {"qualifier": "BE", "code": "80", "amount": "2"},
        ],
    }
    bundle = visit(
        {"revenue_code": "0120", "procedure_code": None, "unit_kind": "DA", "units": Decimal(2)},
        {"revenue_code": "0301", "procedure_code": "80053", "charge": Decimal("40.00")},
        **{"form": "I", "facility_code": "11", "institutional": institutional, "attending_id": "clinician",
           "rendering_id": None, "through_date": date(2026, 2, 18), **fields},
    )  # fmt: skip
    bundle.diagnoses = [
        diagnosis(1, "J189", present_on_admission="Y"),
        diagnosis(2, "R509", qualifier="ABJ"),
        diagnosis(3, "I10", present_on_admission="Y"),
    ]
    return bundle


def filing(
    submission: Submission = Submission.ACCEPTED,
    adjudication: Adjudication = Adjudication.NONE,
    **fields: Any,
) -> Filing:
    defaults = {
        "claim_id": "claim",
        "coverage_id": "coverageP",
        "payer_id": "SBXCO",
        "sequence": "P",
        "version": 1,
        "frequency": "1",
        "pcn": "VISIT1",
        "charge": Decimal("120.00"),
        "created_at": NOW,
    }
    return Filing(**{**defaults, "submission": submission, "adjudication": adjudication, **fields})


def sibling(code: str = "99213", day: date = DAY, **fields: Any) -> Sibling:
    """Another claim of the same patient, one hour older, with one line."""
    defaults: dict[str, Any] = {
        "claim_id": "another",
        "form": "P",
        "billing_id": "practice",
        "rendering_id": "clinician",
        "from_date": day,
        "through_date": day,
        "charge": Decimal("120.00"),
        "created_at": NOW.replace(hour=14),
        "sent": False,
        "services": frozenset({Service(code, frozenset(), day, Decimal(1))}),
    }
    return Sibling(**{**defaults, **fields})


def lookups(*siblings: Sibling) -> Lookups:
    return Lookups(PAYERS, {"claim": siblings})
