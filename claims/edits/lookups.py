"""What edits need beyond the claim itself, fetched for many claims in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from claims.authorization_record import waivers
from claims.bundle import Bundle
from claims.model import Claim, ClaimLine, Filing, Submission
from claims.model.among import among
from claims.money.prior import paid_before
from config.payers import PayerProfile

LOOK_BACK = timedelta(days=3 * 366)
"""How far back earlier visits matter: a patient counts as new again after three years."""


@dataclass(frozen=True, slots=True)
class Service:
    """A line of another claim, as far as it can collide with one of ours."""

    code: str
    modifiers: frozenset[str]
    day: date
    units: Decimal


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another claim of the same patient that was not voided; ``sent`` says that it left once."""

    claim_id: str
    form: str
    billing_id: str | None
    rendering_id: str | None
    from_date: date
    through_date: date
    charge: Decimal
    created_at: datetime
    sent: bool
    services: frozenset[Service]
    facility_code: str | None = None


@dataclass(frozen=True, slots=True)
class Lookups:
    """``payers`` by id; by the claim's id its ``siblings``, and the codes that need no authorization as was
    decided (``waived``), and when the payer before a later one paid (``paid_before``). Empty when a file is
    judged without a database."""

    payers: Mapping[str, PayerProfile] = field(default_factory=dict)
    siblings: Mapping[str, Sequence[Sibling]] = field(default_factory=dict)
    waived: Mapping[str, frozenset[str]] = field(default_factory=dict)
    paid_before: Mapping[str, date] = field(default_factory=dict)


NOTHING_KNOWN = Lookups()


def service_of(line: ClaimLine) -> Service:
    return Service(line.procedure_code or "", frozenset(line.modifiers), line.from_date, line.units)


def load_lookups(session: Session, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]) -> Lookups:
    """The siblings of each claim from the last three years before it, and of the days of its own visit."""
    if not bundles:
        return Lookups(payers)
    patients = {bundle.patient.id for bundle in bundles}
    since = min(bundle.claim.from_date for bundle in bundles)
    since = since - LOOK_BACK if since > date.min + LOOK_BACK else since
    claims = session.exec(
        select(Claim).where(among(col(Claim.patient_id), patients), col(Claim.through_date) >= since)
    ).all()
    several = _of_patients_seen_again(claims)
    siblings = _siblings(session, several)
    found = {
        bundle.claim.id: [s for s in siblings.get(bundle.patient.id, ()) if s.claim_id != bundle.claim.id]
        for bundle in bundles
    }
    later = {b.claim.id: b.filing.sequence for b in bundles if b.filing and b.filing.sequence != "P"}
    paid = paid_before(session, later) if later else {}
    return Lookups(payers, found, waivers(session, list(found)), paid)


def _of_patients_seen_again(claims: Iterable[Claim]) -> list[Claim]:
    """Most patients have one claim; only the others' lines and filings need to be read."""
    by_patient: dict[str, list[Claim]] = {}
    for claim in claims:
        by_patient.setdefault(claim.patient_id, []).append(claim)
    return [claim for several in by_patient.values() if len(several) > 1 for claim in several]


def _siblings(session: Session, claims: Sequence[Claim]) -> dict[str, list[Sibling]]:
    ids = [claim.id for claim in claims]
    if not ids:
        return {}
    services: dict[str, set[Service]] = {}
    billed = select(ClaimLine).where(among(col(ClaimLine.claim_id), ids), ClaimLine.number > 0)
    for line in session.exec(billed):
        services.setdefault(line.claim_id, set()).add(service_of(line))
    filings: dict[str, list[Filing]] = {}
    for filing in session.exec(select(Filing).where(among(col(Filing.claim_id), ids))):
        filings.setdefault(filing.claim_id, []).append(filing)
    found: dict[str, list[Sibling]] = {}
    for claim in claims:
        if not any(filing.frequency == "8" for filing in filings.get(claim.id, ())):
            sibling = sibling_of(claim, filings.get(claim.id, ()), frozenset(services.get(claim.id, ())))
            found.setdefault(claim.patient_id, []).append(sibling)
    return found


def sibling_of(claim: Claim, filings: Iterable[Filing], services: frozenset[Service]) -> Sibling:
    return Sibling(
        claim_id=claim.id,
        form=claim.form,
        billing_id=claim.billing_id,
        rendering_id=claim.rendering_id,
        from_date=claim.from_date,
        through_date=claim.through_date,
        charge=claim.charge,
        created_at=claim.created_at,
        sent=any(filing.submission is not Submission.NONE for filing in filings),
        services=services,
        facility_code=claim.facility_code,
    )
