"""Clean visits for a bench: each becomes a claim that goes all the way without a person."""

import csv
import io
from collections.abc import Sequence
from datetime import date

_SAME = {
    "source": "bench",
    "patient_family": "EXAMPLE",
    "patient_birth_date": "1980-04-05",
    "patient_sex": "F",
    "patient_line1": "1 TEST LN",
    "patient_city": "COLUMBUS",
    "patient_state": "OH",
    "patient_postal": "43215",
    "payer_id": "SBXCO",
    "payer_name": "SANDBOX COMMERCIAL",
    "filing_indicator": "CI",
    "billing_name": "MAPLE STREET FAMILY MEDICINE",
    "billing_npi": "1999999992",
    "billing_tax_id": "310000001",
    "billing_taxonomy": "207Q00000X",
    "billing_line1": "12 MAPLE ST",
    "billing_city": "COLUMBUS",
    "billing_state": "OH",
    "billing_postal": "432150001",
    "billing_phone": "6145550100",
    "rendering_name": "ADLER",
    "rendering_given": "RUTH",
    "rendering_npi": "1999999984",
    "rendering_taxonomy": "207Q00000X",
    "facility_code": "11",
    "diagnoses": "J069",
    "procedure_code": "99213",
    "charge": "120.00",
    "units": "1",
}


def clean_visits(numbers: Sequence[int], day: date) -> bytes:
    """A CSV as docs/intake.md has it: a patient a number, one office visit on ``day``, insured and paid."""
    text = io.StringIO(newline="")
    rows = [_SAME | _own(number, day) for number in numbers]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _own(number: int, day: date) -> dict[str, str]:
    return {
        "visit_id": f"B{number}",
        "patient_id": f"R{number}",
        "patient_given": f"NUMBER{number:05}".translate(str.maketrans("0123456789", "ABCDEFGHIJ")),
        "member_id": f"PAY{number:07}",
        "from_date": day.isoformat(),
    }
