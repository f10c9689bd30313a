"""The front desk's export: CSV, one row a service, in the practice's own names for services."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date

from deployments.demo.visits import DemoVisit, Line, Organization

OWN_CODES = "maple"
_PERSON = ("family", "given", "birth_date", "sex", "line1", "city", "state", "postal")


def as_csv(visits: Iterable[DemoVisit], organization: Organization, _on: date) -> bytes:
    """Columns as docs/intake.md has them. The services' names need the practice's charge map."""
    rows = [_row(visit, line, organization) for visit in visits for line in visit.lines]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return _written(columns, rows)


def charge_map(charges: dict[str, Sequence[str]]) -> bytes:
    """What each of the practice's own names is billed as; ``charges`` has code: (own name, charge)."""
    rows = [
        {
            "kind": "procedure",
            "source_system": OWN_CODES,
            "source_code": own,
            "procedure_code": code,
            "charge": c,
        }
        for code, (own, c) in charges.items()
    ]
    return _written(list(rows[0]), rows)


def _written(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _row(visit: DemoVisit, line: Line, organization: Organization) -> dict[str, str]:
    person = {**asdict(visit.person), "birth_date": visit.person.birth_date.isoformat()}
    row = {
        "visit_id": f"V{visit.record.removeprefix('R')}",
        "source": "maple front desk",
        "patient_id": visit.record,
        **{f"patient_{name}": person[name] for name in _PERSON},
        "facility_code": "11",
        "from_date": visit.day.isoformat(),
        "diagnoses": " ".join(visit.diagnoses),
        "source_system": OWN_CODES,
        "source_code": line.own,
        "modifiers": " ".join(line.modifiers),
        "units": str(line.units),
        "pointers": " ".join(map(str, line.pointers)),
        "rendering_name": visit.clinician.name,
        "rendering_given": visit.clinician.given,
        "rendering_npi": visit.npi or "",
        "rendering_taxonomy": visit.clinician.taxonomy,
        **{f"billing_{name}": text for name, text in asdict(organization).items()},
    }
    for prefix, insurance in zip(("", "secondary_"), visit.insurances, strict=False):
        row |= {f"{prefix}payer_id": insurance.payer, f"{prefix}member_id": insurance.member}
    return row
