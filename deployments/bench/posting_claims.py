"""What the bench of posting starts from: claims that were sent to their payer, and the 835 that pays them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session

from claims import lifecycle
from claims.database import transaction
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import (
    Claim,
    ClaimLine,
    Coverage,
    Encounter,
    Filing,
    Patient,
    Payer,
    Provider,
    ProviderKind,
    Submission,
)
from claims.model.types import new_id
from claims.money.ledger import post_charges
from claims.transitions import Event
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Adjustment, Party, Period, Procedure, Reference, Trace
from claims.x12.remit835 import Payment, RemitClaim, RemitService, Remittance835
from claims.x12.remit835_write import write_835
from deployments.bench.x12_claims import CREATED

LINES = 3
PAYER = "SBXCO"
_PRACTICE, _NPI = "MAPLE STREET FAMILY MEDICINE", "1999999992"
_DAY, _PAID_ON = date(2026, 2, 16), date(2026, 3, 2)
_CHARGE, _PAID = Decimal("75.00"), Decimal("50.00")
_ADJUSTMENTS = (Adjustment("CO", "45", Decimal("15.00")), Adjustment("PR", "2", Decimal("10.00")))
_AT_ONCE = 500

Billed = list[tuple[str, list[str]]]
"""Control number and line ids of each claim."""


def store_claims(engine: Engine, act: Act, count: int) -> Billed:
    """As many claims that were sent, a patient each, charges posted."""
    with transaction(engine) as session:
        session.add(Payer(id=PAYER, name="SANDBOX COMMERCIAL"))
        session.add(Provider(source_key="npi", kind=ProviderKind.ORGANIZATION, name=_PRACTICE, npi=_NPI))
    made: Billed = []
    for first in range(0, count, _AT_ONCE):
        with transaction(engine) as session:
            made += _store(session, act, range(first, min(first + _AT_ONCE, count)))
    return made


def _store(session: Session, act: Act, numbers: Sequence[int]) -> Billed:
    claims = [_visit(act, patient) for patient in _patients(session, numbers)]
    lifecycle.open_claims(session, [(claim, Story("a bench's visit")) for claim in claims], act)
    lines = {claim.id: [_line(claim, number) for number in range(1, LINES + 1)] for claim in claims}
    session.add_all(line for several in lines.values() for line in several)
    filings = [_filing(act, claim) for claim in claims]
    session.add_all(filings)
    session.flush()
    # Only the edits lead to ready, and a payment may come for a closed claim: so they were billed elsewhere.
    story = Story("billed before it was taken in")
    lifecycle.apply(session, [Change(claim, Event.VOIDED, story) for claim in claims], act)
    post_charges(session, act, claims)
    return [(claim.pcn, [line.id for line in lines[claim.id]]) for claim in claims]


def _patients(session: Session, numbers: Sequence[int]) -> list[tuple[Coverage, Encounter]]:
    """A patient each, insured and seen."""
    patients = [Patient(source_index=new_id(), family=f"TESTER{n}", given="ANN") for n in numbers]
    session.add_all(patients)
    session.flush()  # what the rest refers to
    found = [
        (_coverage(patient, n), _encounter(patient)) for patient, n in zip(patients, numbers, strict=True)
    ]
    session.add_all(row for pair in found for row in pair)
    session.flush()
    return found


def _coverage(patient: Patient, number: int) -> Coverage:
    return Coverage(source_index=new_id(), patient_id=patient.id, payer_id=PAYER, member_id=f"M{number:07}")


def _encounter(patient: Patient) -> Encounter:
    return Encounter(source_index=new_id(), patient_id=patient.id, starts_on=_DAY, ends_on=_DAY)


def _visit(act: Act, of: tuple[Coverage, Encounter]) -> Claim:
    coverage, encounter = of
    id = new_id()
    return Claim(
        id=id,
        pcn=id.upper(),
        encounter_id=encounter.id,
        patient_id=coverage.patient_id,
        coverage_id=coverage.id,
        payer_id=PAYER,
        from_date=_DAY,
        through_date=_DAY,
        charge=_CHARGE * LINES,
        created_at=act.at.business,
    )


def _line(claim: Claim, number: int) -> ClaimLine:
    return ClaimLine(
        claim_id=claim.id,
        number=number,
        procedure_code="99213",
        charge=_CHARGE,
        from_date=_DAY,
        through_date=_DAY,
        pointers=[1],
    )


def _filing(act: Act, claim: Claim) -> Filing:
    return Filing(
        claim_id=claim.id,
        coverage_id=claim.coverage_id or "",
        payer_id=PAYER,
        sequence="P",
        version=1,
        frequency="1",
        pcn=claim.pcn,
        charge=claim.charge,
        submission=Submission.SENT,
        created_at=act.at.business,
    )


def remittance(billed: Billed) -> bytes:
    """One payment of all of them: each line with its contract's part and the patient's."""
    claims = tuple(_remitted(number, pcn, lines) for number, (pcn, lines) in enumerate(billed, 1))
    total = sum((claim.paid for claim in claims), Decimal(0))
    said = Remittance835(
        Payment("I", total, "C", "ACH", date=_PAID_ON),
        Trace("1", "EFT0000001", "1512345678"),
        Party("PR", "SANDBOX COMMERCIAL", references=(Reference("2U", PAYER),)),
        Party("PE", _PRACTICE, id_qualifier="XX", id=_NPI),
        claims=claims,
    )
    envelope = Envelope("SENDER", "RECEIVER")
    return write_interchange(envelope, [write_835(said)], created=CREATED, isa13=1)


def _remitted(number: int, pcn: str, lines: Sequence[str]) -> RemitClaim:
    return RemitClaim(
        pcn,
        "1",
        _CHARGE * LINES,
        _PAID * LINES,
        Decimal("10.00") * LINES,
        filing_indicator="12",
        icn=f"ICN{number:09}",
        facility="11",
        frequency="1",
        parties=(Party("QC", "TESTER", "ANN", kind="1", id_qualifier="MI", id=f"M{number:07}"),),
        dates=(Period("232", _DAY), Period("050", _PAID_ON)),
        services=tuple(_service(line) for line in lines),
    )


def _service(line: str) -> RemitService:
    return RemitService(
        Procedure("99213"),
        _CHARGE,
        _PAID,
        quantity=Decimal(1),
        dates=(Period("472", _DAY),),
        adjustments=_ADJUSTMENTS,
        references=(Reference("6R", line.upper()),),
    )
