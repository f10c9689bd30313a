"""The 276's content: which facts of a claim find it at its payer. Few on purpose: more find less."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from claims.bundle import Bundle
from claims.model import Coverage, Filing, Patient, Provider
from claims.x12.parts import Amount, Party, Period, Reference, Trace
from claims.x12.status import Inquiry276
from config.settings import Submitter

WIDER = timedelta(days=7)
"""Days before and after the service that a second search takes in."""


def inquiries(
    bundles: Sequence[Bundle],
    filings: Sequence[Filing],
    submitter: Submitter,
    in_vain: Collection[str] = (),
) -> list[Inquiry276]:
    """One question a filing, in the order of ``filings``; its trace is the filing's id.

    Those ``in_vain`` found nothing before: they are asked about with fewer details over more days. A claim
    without its coverage or billing provider cannot be asked after and is left out.
    """
    by_claim = {bundle.claim.id: bundle for bundle in bundles}
    asked = (_inquiry(by_claim[f.claim_id], f, submitter, wide=f.id in in_vain) for f in filings)
    return [each for each in asked if each is not None]


def _inquiry(bundle: Bundle, filing: Filing, submitter: Submitter, *, wide: bool) -> Inquiry276 | None:
    coverage = next((c for c in bundle.coverages if c.id == filing.coverage_id), None)
    if coverage is None or bundle.billing is None:
        return None
    claim = bundle.claim
    insured, dependent = _people(bundle.patient, coverage)
    references = [Reference("1K", filing.icn)] if filing.icn else []
    ours = [] if wide else [Reference("EJ", filing.pcn)]
    around = WIDER if wide else timedelta(0)
    return Inquiry276(
        payer=Party("PR", _payer_name(bundle, filing), id_qualifier="PI", id=filing.payer_id),
        receiver=Party("41", submitter.name, id_qualifier="46", id=submitter.id),
        provider=_provider(bundle.billing),
        subscriber=insured,
        trace=Trace("1", filing.id.upper()),
        dependent=dependent,
        references=(*references, *ours),
        amounts=() if wide else (Amount("T3", filing.charge),),
        dates=(Period("472", claim.from_date - around, claim.through_date + around),),
    )


def _payer_name(bundle: Bundle, filing: Filing) -> str:
    """The payer's name where the claim stands under it now; else its id, which is what counts."""
    return bundle.payer.name if bundle.payer and bundle.payer.id == filing.payer_id else filing.payer_id


def _people(patient: Patient, coverage: Coverage) -> tuple[Party, Party | None]:
    """The subscriber, and the patient where that is someone else."""
    member = coverage.member_id or ""
    if coverage.relationship == "18":
        return _person("IL", patient.family, patient.given, patient, member), None
    insured = Party(
        "IL",
        coverage.subscriber_family or "",
        coverage.subscriber_given or "",
        kind="1",
        id_qualifier="MI",
        id=member,
        birth_date=coverage.subscriber_birth_date,
        gender=coverage.subscriber_sex or "",
    )
    return insured, _person("QC", patient.family, patient.given, patient, "")


def _person(entity: str, family: str | None, given: str | None, patient: Patient, member: str) -> Party:
    return Party(
        entity,
        family or "",
        given or "",
        kind="1",
        id_qualifier="MI" if member else "",
        id=member,
        birth_date=patient.birth_date,
        gender=patient.sex or "",
    )


def _provider(billing: Provider) -> Party:
    return Party(
        "1P",
        billing.name,
        billing.given or "",
        kind=billing.kind,
        id_qualifier="XX",
        id=billing.npi or "",
    )
