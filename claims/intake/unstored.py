"""Visits as claims in memory, for judging a file without storing anything of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from claims.bundle import Bundle
from claims.intake.fields import SUBSCRIBER
from claims.intake.parties import PayerNames, provider_key, providers_of
from claims.intake.store import CLAIM_FIELDS, LINE_FIELDS, diagnoses_of
from claims.intake.visit import UNDATED, Visit, VisitCoverage, VisitProvider
from claims.model import (
    Adjudication,
    Claim,
    ClaimLine,
    Coverage,
    Filing,
    Patient,
    Payer,
    Provider,
    ProviderKind,
    Submission,
)
from config.payers import PayerProfile

ROLES = ("billing", "rendering", "referring", "facility", "attending")


def bundles_of(visits: Sequence[Visit], payers: Mapping[str, PayerProfile]) -> list[Bundle]:
    """A bundle for each visit, as an import would make it. Claims without a number are counted instead.

    What the file tells of an earlier payer's decision stands as a filing of its own.
    """
    names = PayerNames(payers)
    return [_bundle(visit, f"CLAIM{number}", names) for number, visit in enumerate(visits, 1)]


def _bundle(visit: Visit, number: str, names: PayerNames) -> Bundle:
    visit.settle_dates()
    visit.settle_diagnoses()
    claim = _claim(visit, number)
    coverages = [_coverage(visit, each, names, place) for place, each in enumerate(visit.coverages)]
    own = coverages[0] if coverages else None
    if own is not None:
        claim.coverage_id, claim.payer_id = own.id, own.payer_id
    return Bundle(
        claim=claim,
        patient=Patient(id=_patient_id(visit), source_index=number, **_known(Patient, visit.patient)),
        coverage=own,
        payer=Payer(id=own.payer_id, name=own.payer_id) if own else None,
        coverages=coverages,
        lines=[_line(claim, visit, place) for place in range(len(visit.lines))],
        diagnoses=diagnoses_of(claim, visit),
        filings=_decisions(claim, visit, coverages),
        providers=_providers(visit),
    )


def _patient_id(visit: Visit) -> str:
    return f"{visit.source_system} {visit.patient.source_key}"


def _claim(visit: Visit, number: str) -> Claim:
    values: dict[str, Any] = {name: getattr(visit, name) for name in CLAIM_FIELDS}
    values |= {f"{role}_id": _key(getattr(visit, role)) for role in ROLES}
    day = visit.starts_on or UNDATED
    charges = (line.charge for line in visit.lines if line.charge is not None)
    return Claim(
        id=f"{number} {visit.where}",
        pcn=visit.pcn or number,
        encounter_id="",
        patient_id=_patient_id(visit),
        from_date=day,
        through_date=visit.ends_on or day,
        charge=sum(charges, Decimal("0.00")),
        created_at=_at(visit),
        **values,
    )


def _at(visit: Visit) -> datetime:
    return datetime.combine(visit.starts_on or UNDATED, time(), UTC)


def _key(provider: VisitProvider | None) -> str | None:
    return provider_key(provider) if provider else None


def _providers(visit: Visit) -> dict[str, Provider]:
    """One row a provider, as an import has it: who stands in two parts of the file fills the other's gaps."""
    found: dict[str, Provider] = {}
    for each in providers_of(visit):
        row = found.setdefault(provider_key(each), _provider(each))
        for name, value in _known(Provider, each).items():
            if value is not None and getattr(row, name) in (None, ""):
                setattr(row, name, value)
    return found


def _provider(provider: VisitProvider) -> Provider:
    key = provider_key(provider)
    kind = ProviderKind.PERSON if provider.person else ProviderKind.ORGANIZATION
    values = _known(Provider, provider) | {"name": provider.name or ""}
    return Provider(id=key, source_key=key, kind=kind, **values)


def _coverage(visit: Visit, said: VisitCoverage, names: PayerNames, place: int) -> Coverage:
    payer_id, _ = names.payer(said.payer_id, said.payer_name)
    values = _known(Coverage, said) | {"payer_id": payer_id, "patient_id": _patient_id(visit)}
    for name in SUBSCRIBER if said.subscriber else ():
        values[f"subscriber_{name}"] = getattr(said.subscriber, name)
    return Coverage(id=f"{visit.where} {place}", source_index=str(place), **values)


def _line(claim: Claim, visit: Visit, place: int) -> ClaimLine:
    line = visit.lines[place]
    values: dict[str, Any] = {name: getattr(line, name) for name in LINE_FIELDS}
    values["from_date"] = line.from_date or claim.from_date
    values["through_date"] = line.through_date or claim.through_date
    values["rendering_id"] = _key(line.rendering)
    return ClaimLine(id=f"{claim.id} {place}", claim_id=claim.id, number=place + 1, **values)


def _decisions(claim: Claim, visit: Visit, coverages: Sequence[Coverage]) -> list[Filing]:
    pairs: Iterable[tuple[VisitCoverage, Coverage]] = zip(visit.coverages, coverages, strict=True)
    decided = [(said, coverage) for said, coverage in pairs if said.decided is not None]
    filings = [
        Filing(
            claim_id=claim.id,
            coverage_id=coverage.id,
            payer_id=coverage.payer_id,
            sequence=coverage.sequence,
            version=1,
            frequency="1",
            pcn=claim.pcn,
            icn=said.decided or None,
            charge=claim.charge,
            submission=Submission.ACCEPTED,
            adjudication=Adjudication.PAID,
            created_at=claim.created_at,
        )
        for said, coverage in decided
    ]
    return [*filings, *(_this_one(claim, coverages) if filings else ())]


def _this_one(claim: Claim, coverages: Sequence[Coverage]) -> list[Filing]:
    """The filing that the file itself is."""
    own = coverages[0]
    return [
        Filing(
            claim_id=claim.id,
            coverage_id=own.id,
            payer_id=own.payer_id,
            sequence=own.sequence,
            version=1,
            frequency="1",
            pcn=claim.pcn,
            charge=claim.charge,
            created_at=claim.created_at,
        )
    ]


def _known(table: Any, part: Any) -> dict[str, Any]:
    """The part's values that the table has a column for."""
    return {each.name: getattr(part, each.name) for each in fields(part) if each.name in table.model_fields}
