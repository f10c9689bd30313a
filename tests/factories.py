"""A complete valid claim; a test states only the fields that it is about. All people are made up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from claims import lifecycle
from claims.bundle import Bundle, load_bundle
from claims.events import Act, Story, keyring
from claims.lifecycle import Change, Holding
from claims.model import (
    Claim,
    ClaimDiagnosis,
    ClaimLine,
    Coverage,
    Encounter,
    Filing,
    Patient,
    Payer,
    Provider,
    ProviderKind,
    Stage,
)
from claims.model.types import new_id
from claims.transitions import Event

DAY = date(2026, 2, 16)

TO_STAGE = {
    Stage.INTAKE: [],
    Stage.ELIGIBILITY: [Event.INTAKE_COMPLETED],
    Stage.AUTHORIZATION: [Event.INTAKE_COMPLETED, Event.COVERAGE_CONFIRMED],
    Stage.CODING_REVIEW: [Event.INTAKE_COMPLETED, Event.COVERAGE_CONFIRMED, Event.AUTHORIZATION_CLEARED],
    Stage.SCRUB: [
        Event.INTAKE_COMPLETED,
        Event.COVERAGE_CONFIRMED,
        Event.AUTHORIZATION_CLEARED,
        Event.CODING_CLEARED,
    ],
}
"""The way from intake to each stage in which a claim has no filing yet."""


@dataclass
class Practice:
    session: Session
    act: Act

    def __post_init__(self) -> None:
        self.payer = self._add(Payer(id="SBXCO", name="SANDBOX COMMERCIAL"))
        self.billing = self._add(
            Provider(
                source_key="npi:1999999992",
                kind=ProviderKind.ORGANIZATION,
                name="MAPLE STREET FAMILY MEDICINE",
                npi="1999999992",
                tax_id="310000001",
                taxonomy="207Q00000X",
                line1="12 MAPLE ST",
                city="COLUMBUS",
                state="OH",
                postal="432150001",
                phone="6145550100",
            )
        )
        self.clinician = self._add(
            Provider(
                source_key="npi:1999999984",
                kind=ProviderKind.PERSON,
                name="ADLER",
                given="RUTH",
                npi="1999999984",
                taxonomy="207Q00000X",
            )
        )

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def patient(self, **fields: Any) -> Patient:
        defaults = {
            "source_index": new_id(),
            "record_number": "R1001",
            "family": "EXAMPLE",
            "given": "PATIENCE",
            "birth_date": date(1980, 4, 5),
            "sex": "F",
            "line1": "1 TEST LN",
            "city": "COLUMBUS",
            "state": "OH",
            "postal": "43215",
        }
        return self._add(Patient(**{**defaults, **fields}))

    def coverage(self, patient: Patient, **fields: Any) -> Coverage:
        member_id = fields.get("member_id", "PAID0000001")
        defaults = {
            "source_index": new_id(),
            "patient_id": patient.id,
            "payer_id": self.payer.id,
            "member_id": member_id,
            "member_id_index": keyring(self.session).blind_index("member", member_id or ""),
            "filing_indicator": "CI",
        }
        return self._add(Coverage(**{**defaults, **fields}))

    def claim(
        self,
        *,
        stage: Stage = Stage.INTAKE,
        lines: tuple[dict[str, Any], ...] = ({},),
        diagnoses: tuple[str, ...] = ("J069",),
        patient: dict[str, Any] | None = None,
        coverage: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Bundle:
        """A one-line office visit of 120.00 on 16 February 2026, advanced to ``stage``."""
        person = self.patient(**(patient or {}))
        insured = self.coverage(person, **(coverage or {}))
        encounter = self._add(
            Encounter(
                source_index=new_id(),
                patient_id=person.id,
                rendering_id=self.clinician.id,
                starts_on=DAY,
                ends_on=DAY,
            )
        )
        id = new_id()
        rows = [_line(id, number, line) for number, line in enumerate(lines, start=1)]
        defaults = {
            "id": id,
            "pcn": id.upper(),
            "encounter_id": encounter.id,
            "patient_id": person.id,
            "coverage_id": insured.id,
            "payer_id": insured.payer_id,
            "billing_id": self.billing.id,
            "rendering_id": self.clinician.id,
            "facility_code": "11",
            "from_date": DAY,
            "through_date": DAY,
            "charge": sum((row.charge or Decimal(0) for row in rows), Decimal("0.00")),
            "created_at": self.act.at.business,
        }
        claim = Claim(**{**defaults, **fields})
        lifecycle.open_claims(self.session, [(claim, Story("a test's visit"))], self.act)
        self.session.add_all(rows)
        self.session.add_all(
            ClaimDiagnosis(claim_id=id, position=n, qualifier="ABK" if n == 1 else "ABF", code=code)
            for n, code in enumerate(diagnoses, start=1)
        )
        self.session.flush()
        self.advance(claim, *TO_STAGE[stage])
        return load_bundle(self.session, id)

    def filing(self, bundle: Bundle, *events: Event, **fields: Any) -> Filing:
        """File the claim with its payer; it is brought to ``ready`` first, then through ``events``."""
        if bundle.claim.stage is not Stage.READY:
            steps = TO_STAGE[Stage.SCRUB][len(TO_STAGE[bundle.claim.stage]) :]
            self.advance(bundle.claim, *steps, Event.SCRUBBED)
        defaults = {
            "claim_id": bundle.claim.id,
            "coverage_id": bundle.claim.coverage_id,
            "payer_id": bundle.claim.payer_id,
            "sequence": "P",
            "version": 1,
            "frequency": "1",
            "pcn": bundle.claim.pcn,
            "charge": bundle.claim.charge,
            "created_at": self.act.at.business,
        }
        filing = self._add(Filing(**{**defaults, **fields}))
        self.advance(bundle.claim, *events, filing=filing)
        bundle.filings.append(filing)
        return filing

    def advance(self, claim: Claim, *events: Event, filing: Filing | None = None) -> None:
        changes = [Change(claim, event, Story("a test's step"), filing=filing) for event in events]
        lifecycle.apply(self.session, changes, self.act)


def hold(
    session: Session, act: Act, claim: Claim, reason: str = "missing_field", owner: str = "billing"
) -> None:
    """The claim waits for that owner; no work item says what for."""
    change = Change(claim, Event.HELD, Story("wait"), hold=Holding(reason, owner))
    lifecycle.apply(session, [change], act)


def _line(claim_id: str, number: int, fields: dict[str, Any]) -> ClaimLine:
    defaults = {
        "claim_id": claim_id,
        "number": number,
        "procedure_code": "99213",
        "charge": Decimal("120.00"),
        "from_date": DAY,
        "through_date": DAY,
        "pointers": [1],
    }
    return ClaimLine(**{**defaults, **fields})
