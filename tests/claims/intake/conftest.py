"""Files of other systems, all people made up; and taking one in."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from claims.events import Act
from claims.intake.charge_map import ChargeMap
from claims.intake.importer import ImportReport, import_file
from config.payers import PayerProfile, load_payers
from config.settings import Settings

CSV_ROW = {
    "visit_id": "V1", "patient_id": "R7", "patient_family": "Example", "patient_given": "Patience",
    "patient_birth_date": "1980-04-05", "patient_sex": "F", "patient_line1": "1 Test Ln",
    "patient_city": "Columbus", "patient_state": "OH", "patient_postal": "43215",
    "payer_id": "SBXCO", "member_id": "PAID0000001",
    "billing_name": "Maple Street Family Medicine", "billing_npi": "1999999992",
    "billing_tax_id": "31-0000001",
    "billing_taxonomy": "207Q00000X", "billing_line1": "12 Maple St", "billing_city": "Columbus",
    "billing_state": "OH", "billing_postal": "43215-0001",
    "rendering_name": "Adler", "rendering_given": "Ruth", "rendering_npi": "1999999984",
    "facility_code": "11", "diagnoses": "J06.9", "from_date": "2026-02-16", "procedure_code": "99213",
    "charge": "120.00", "pointers": "1",
}  # fmt: skip


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = Path(os.environ.get("CORPUS", Path(__file__).parents[3] / ".." / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip("the corpus of other people's files is not here; set CORPUS to its folder")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, profile="sandbox")


@pytest.fixture
def payers(settings: Settings) -> dict[str, PayerProfile]:
    return load_payers(settings)


@pytest.fixture
def take_in(session: Session, act: Act, settings: Settings, payers: dict[str, PayerProfile]):
    def take_in(data: bytes, charge_map: ChargeMap | None = None) -> ImportReport:
        return import_file(
            session, data, name="test", act=act, settings=settings, charge_map=charge_map, payers=payers
        )

    return take_in


@pytest.fixture
def csv_file() -> Callable[..., bytes]:
    """A CSV of complete rows; each mapping changes one row's cells."""

    def csv_file(*rows: dict[str, str], delimiter: str = ",") -> bytes:
        names = list(dict.fromkeys([*CSV_ROW, *(name for row in rows for name in row)]))
        body = [delimiter.join(names)]
        body += [delimiter.join({**CSV_ROW, **row}.get(name, "") for name in names) for row in rows or ({},)]
        return "\r\n".join(body).encode()

    return csv_file


@pytest.fixture
def bundle_of() -> Callable[..., bytes]:
    """A FHIR transaction bundle of the resources."""

    def bundle_of(*resources: dict[str, Any]) -> bytes:
        entries = [
            {"fullUrl": f"urn:uuid:{r.get('id')}", "resource": r, "request": {"method": "POST"}}
            for r in resources
        ]
        return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()

    return bundle_of


@pytest.fixture
def resources() -> list[dict[str, Any]]:
    """A complete visit in FHIR: everything that a bill needs is said and coded."""
    return json.loads((Path(__file__).parent / "visit.json").read_text())
