"""A claim with everything that is billed with it, loaded in a fixed number of queries for any number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
from claims.model.among import among_named

# Built once: a step loads its claims several times, and building a query costs as much as asking it.
_CLAIMS = (
    select(Claim, Patient)
    .join(Patient, col(Patient.id) == Claim.patient_id)
    .where(among_named(col(Claim.id), "ids"))
)
_LINES = (
    select(ClaimLine)
    .where(among_named(col(ClaimLine.claim_id), "ids"), col(ClaimLine.number) > 0)
    .order_by(col(ClaimLine.number))
)
_DIAGNOSES = (
    select(ClaimDiagnosis)
    .where(among_named(col(ClaimDiagnosis.claim_id), "ids"))
    .order_by(col(ClaimDiagnosis.position))
)
_FILINGS = (
    select(Filing)
    .where(among_named(col(Filing.claim_id), "ids"))
    .order_by(col(Filing.sequence), col(Filing.version))
)
_COVERAGES = (
    select(Coverage, Payer)
    .join(Payer, col(Payer.id) == Coverage.payer_id)
    .where(among_named(col(Coverage.patient_id), "ids"))
    .order_by(col(Coverage.sequence))
)
_PROVIDERS = select(Provider).where(among_named(col(Provider.id), "ids"))


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
    found = session.exec(_CLAIMS, params={"ids": list(claim_ids)})
    bundles = {claim.id: Bundle(claim, patient, None, None) for claim, patient in found}
    missing = [claim_id for claim_id in claim_ids if claim_id not in bundles]
    if missing:
        raise NotFound(f"No claim {missing[0]}.", tip="List them with `cleanclaim claims list`.")
    _add_children(session, bundles)
    _add_coverages(session, bundles)
    _add_providers(session, bundles)
    return [bundles[claim_id] for claim_id in claim_ids]


def load_bundle(session: Session, claim_id: str) -> Bundle:
    return load_bundles(session, [claim_id])[0]


def _add_children(session: Session, bundles: dict[str, Bundle]) -> None:
    ids = {"ids": list(bundles)}
    for line in session.exec(_LINES, params=ids):
        bundles[line.claim_id].lines.append(line)
    for diagnosis in session.exec(_DIAGNOSES, params=ids):
        bundles[diagnosis.claim_id].diagnoses.append(diagnosis)
    for filing in session.exec(_FILINGS, params=ids):
        bundles[filing.claim_id].filings.append(filing)


def _add_coverages(session: Session, bundles: dict[str, Bundle]) -> None:
    patients = list({bundle.patient.id for bundle in bundles.values()})
    payers: dict[str, Payer] = {}
    found: dict[str, list[Coverage]] = {}
    for coverage, payer in session.exec(_COVERAGES, params={"ids": patients}):
        payers[payer.id] = payer
        found.setdefault(coverage.patient_id, []).append(coverage)
    for bundle in bundles.values():
        bundle.coverages = found.get(bundle.patient.id, [])
        bundle.coverage = next((c for c in bundle.coverages if c.id == bundle.claim.coverage_id), None)
        bundle.payer = payers.get(bundle.coverage.payer_id) if bundle.coverage else None


def _add_providers(session: Session, bundles: dict[str, Bundle]) -> None:
    wanted = {id: _provider_ids(bundle) for id, bundle in bundles.items()}
    ids = list({provider_id for several in wanted.values() for provider_id in several})
    providers = {provider.id: provider for provider in session.exec(_PROVIDERS, params={"ids": ids})}
    for id, bundle in bundles.items():
        bundle.providers = {provider_id: providers[provider_id] for provider_id in wanted[id]}


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
