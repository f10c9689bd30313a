"""A claim with everything that is billed with it, loaded in a fixed number of queries for any number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlmodel import Session, col, select

from claims.errors import NotFound
from claims.model import (
    Claim,
    ClaimDiagnosis,
    ClaimLine,
    Coverage,
    Filing,
    Patient,
    Payer,
    Provider,
)

_Row = TypeVar("_Row", Patient, Payer, Provider)


@dataclass(slots=True)
class Bundle:
    """One claim and what it refers to. Absent parts are None, never made up."""

    claim: Claim
    patient: Patient
    coverage: Coverage | None
    payer: Payer | None
    coverages: list[Coverage] = field(default_factory=list)
    lines: list[ClaimLine] = field(default_factory=list)
    diagnoses: list[ClaimDiagnosis] = field(default_factory=list)
    filings: list[Filing] = field(default_factory=list)
    providers: dict[str, Provider] = field(default_factory=dict)

    def provider(self, provider_id: str | None) -> Provider | None:
        return self.providers.get(provider_id) if provider_id else None

    @property
    def billing(self) -> Provider | None:
        return self.provider(self.claim.billing_id)

    @property
    def rendering(self) -> Provider | None:
        return self.provider(self.claim.rendering_id)

    @property
    def filing(self) -> Filing | None:
        """The latest filing: the one that the claim's stage speaks of."""
        return self.filings[-1] if self.filings else None

    def coverage_for(self, sequence: str) -> Coverage | None:
        return next((c for c in self.coverages if c.sequence == sequence), None)


def load_bundles(session: Session, claim_ids: Sequence[str]) -> list[Bundle]:
    """In the order of ``claim_ids``; raises NotFound when one of them is not there."""
    claims = {c.id: c for c in session.exec(select(Claim).where(col(Claim.id).in_(claim_ids)))}
    missing = [claim_id for claim_id in claim_ids if claim_id not in claims]
    if missing:
        raise NotFound(f"No claim {missing[0]}.", tip="List them with `cleanclaim claims list`.")
    patients = _by_id(session, Patient, {c.patient_id for c in claims.values()})
    bundles = {id: Bundle(c, patients[c.patient_id], None, None) for id, c in claims.items()}
    _add_children(session, bundles)
    _add_coverages(session, bundles)
    _add_providers(session, bundles)
    return [bundles[claim_id] for claim_id in claim_ids]


def load_bundle(session: Session, claim_id: str) -> Bundle:
    return load_bundles(session, [claim_id])[0]


def _add_children(session: Session, bundles: dict[str, Bundle]) -> None:
    ids = list(bundles)
    lines = select(ClaimLine).where(col(ClaimLine.claim_id).in_(ids), ClaimLine.number > 0)
    for line in session.exec(lines.order_by(col(ClaimLine.number))):
        bundles[line.claim_id].lines.append(line)
    diagnoses = select(ClaimDiagnosis).where(col(ClaimDiagnosis.claim_id).in_(ids))
    for diagnosis in session.exec(diagnoses.order_by(col(ClaimDiagnosis.position))):
        bundles[diagnosis.claim_id].diagnoses.append(diagnosis)
    filings = select(Filing).where(col(Filing.claim_id).in_(ids))
    for filing in session.exec(filings.order_by(col(Filing.sequence), col(Filing.version))):
        bundles[filing.claim_id].filings.append(filing)


def _add_coverages(session: Session, bundles: dict[str, Bundle]) -> None:
    patients = {bundle.patient.id for bundle in bundles.values()}
    found: dict[str, list[Coverage]] = {}
    coverages = select(Coverage).where(col(Coverage.patient_id).in_(patients))
    for coverage in session.exec(coverages.order_by(col(Coverage.sequence))):
        found.setdefault(coverage.patient_id, []).append(coverage)
    payers = _by_id(session, Payer, {c.payer_id for several in found.values() for c in several})
    for bundle in bundles.values():
        bundle.coverages = found.get(bundle.patient.id, [])
        bundle.coverage = next((c for c in bundle.coverages if c.id == bundle.claim.coverage_id), None)
        bundle.payer = payers.get(bundle.coverage.payer_id) if bundle.coverage else None


def _add_providers(session: Session, bundles: dict[str, Bundle]) -> None:
    wanted = {id: _provider_ids(bundle) for id, bundle in bundles.items()}
    providers = _by_id(session, Provider, {p for ids in wanted.values() for p in ids})
    for id, bundle in bundles.items():
        bundle.providers = {p: providers[p] for p in wanted[id]}


def _provider_ids(bundle: Bundle) -> set[str]:
    claim = bundle.claim
    named: Iterable[str | None] = (
        claim.billing_id,
        claim.rendering_id,
        claim.referring_id,
        claim.facility_id,
        claim.attending_id,
        *(line.rendering_id for line in bundle.lines),
    )
    return {provider_id for provider_id in named if provider_id}


def _by_id(session: Session, table: type[_Row], ids: set[str]) -> dict[str, _Row]:
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(ids)))}
