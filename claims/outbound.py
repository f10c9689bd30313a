"""A claim in one of its filings as the 837 carries it, professional and institutional.

``Claim.institutional`` may have these keys, each absent when the source did not say it:
``admission_type``, ``admission_source``, ``patient_status`` (CL1), ``admission_date`` (ISO) and
``admission_hour`` (HHMM), ``discharge_hour`` (HHMM), and ``codes``: the HI entries that are no diagnosis,
each with ``qualifier``, ``code`` and, where it has them, ``start`` and ``end`` (ISO) and ``amount``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from claims.bundle import Bundle
from claims.errors import BadInput
from claims.model import Claim, ClaimLine, Coverage, Filing
from claims.money.prior import PriorPayment
from claims.outbound_prior import line_adjudications, other_payers
from claims.particulars import with_claim, with_line
from claims.parties import (
    SELF,
    billing_party,
    patient_party,
    payer_party,
    plain,
    provider_party,
    subscriber_party,
)
from claims.x12.claim837 import (
    Billing,
    Claim837,
    Drug,
    Header837,
    Patient,
    PatientInfo,
    ServiceLine,
    Subscriber,
)
from claims.x12.claim837 import Coverage as Insurance
from claims.x12.parts import Contact, HealthCode, Party, Period, Procedure, Reference
from config.connectors import Partner
from config.payers import PayerProfile
from config.settings import Submitter

Payers = Mapping[str, PayerProfile]

# The order in which HI segments follow each other.
KINDS_OF_CODES = (
    "ABK", "ABJ", "APR", "ABN", "DR", "ABF", "BP", "BO", "BBR", "BBQ", "BI", "BH", "BE", "BG", "TC",
)  # fmt: skip


def header(submitter: Submitter, receiver: Partner, reference: str, created: datetime) -> Header837:
    """BHT, 1000A and 1000B: who sends the file, to whom, and its reference (BHT03)."""
    contact = Contact("IC", plain(submitter.contact), (("TE", submitter.phone),))
    return Header837(
        submitter=Party("41", plain(submitter.name), id_qualifier="46", id=submitter.id, contacts=(contact,)),
        receiver=Party("40", plain(receiver.receiver_name), id_qualifier="46", id=receiver.receiver_id),
        reference=reference,
        created=created,
    )


def outgoing_order(bundle: Bundle, filing: Filing) -> tuple[str, ...]:
    """Sort by this: claims of one provider, subscriber, payer or patient then share a level of the file."""
    return (bundle.claim.billing_id or "", filing.coverage_id, filing.payer_id, bundle.patient.id, filing.pcn)


def to_837(bundle: Bundle, filing: Filing, payers: Payers, priors: Sequence[PriorPayment] = ()) -> Claim837:
    """The claim as it goes out in ``filing``; ``priors`` are the decisions of the payers before this one.

    Raises BadInput when it has no billing provider or coverage: the edits let no such claim come here.
    """
    coverage = next((c for c in bundle.coverages if c.id == filing.coverage_id), None)
    if bundle.billing is None or coverage is None:
        raise BadInput(
            "A claim without billing provider or coverage cannot be written.", tip="Scrub it again."
        )
    claim, institutional = bundle.claim, bundle.claim.form == "I"
    known = claim.institutional
    written = Claim837(
        billing=Billing(billing_party(bundle.billing), taxonomy=bundle.billing.taxonomy or ""),
        subscriber=Subscriber(
            _insurance(filing, coverage, payers), subscriber_party(bundle.patient, coverage)
        ),
        payer=payer_party(filing.payer_id, _payer_name(bundle, filing, payers)),
        patient=_dependent(bundle, coverage),
        pcn=filing.pcn,
        charge=filing.charge,
        place_of_service=claim.facility_code or "",
        facility_qualifier="A" if institutional else "B",
        frequency=filing.frequency,
        signature="" if institutional else "Y",
        related_causes=(claim.accident,) if claim.accident and not institutional else (),
        accident_state="" if institutional else claim.accident_state or "",
        admission_type=str(known.get("admission_type") or ""),
        admission_source=str(known.get("admission_source") or ""),
        patient_status=str(known.get("patient_status") or ""),
        dates=_dates(claim),
        references=_references(bundle, filing),
        codes=_codes(bundle),
        providers=_providers(bundle),
        other_payers=other_payers(bundle, coverage, payers, priors),
        lines=tuple(_line(bundle, each, priors) for each in bundle.lines),
        institutional=institutional,
    )
    return with_claim(written, claim.particulars)


def _insurance(filing: Filing, coverage: Coverage, payers: Payers) -> Insurance:
    profile = payers.get(filing.payer_id)
    return Insurance(
        sequence=filing.sequence,
        relationship=SELF if coverage.relationship == SELF else "",
        group_number=plain(coverage.group_number),
        filing_indicator=coverage.filing_indicator or (profile.filing_indicator if profile else ""),
    )


def _payer_name(bundle: Bundle, filing: Filing, payers: Payers) -> str:
    profile = payers.get(filing.payer_id)
    if profile is not None:
        return profile.name
    return bundle.payer.name if bundle.payer and bundle.payer.id == filing.payer_id else filing.payer_id


def _dependent(bundle: Bundle, coverage: Coverage) -> Patient | None:
    if coverage.relationship == SELF:
        return None
    return Patient(PatientInfo(coverage.relationship), patient_party("QC", bundle.patient))


def _dates(claim: Claim) -> tuple[Period, ...]:
    known, dates = claim.institutional, []
    if claim.form == "I":
        if known.get("discharge_hour"):
            dates.append(Period("096", time=known["discharge_hour"]))
        dates.append(Period("434", claim.from_date, claim.through_date))
        if known.get("admission_date"):
            admitted = date.fromisoformat(known["admission_date"])
            dates.append(Period("435", admitted, time=known.get("admission_hour") or ""))
    elif claim.accident_date:
        dates.append(Period("439", claim.accident_date))
    return tuple(dates)


def _references(bundle: Bundle, filing: Filing) -> tuple[Reference, ...]:
    claim = bundle.claim
    values = {
        "9F": claim.referral_number,
        "G1": claim.authorization_number,
        "F8": filing.original_icn if filing.frequency in ("7", "8") else None,
        "X4": _clia(bundle) if claim.form == "P" else None,
    }
    return tuple(Reference(qualifier, plain(value)) for qualifier, value in values.items() if value)


def _clia(bundle: Bundle) -> str | None:
    """The laboratory's certificate, on claims that bill a laboratory test."""
    if not any((line.procedure_code or "").startswith("8") for line in bundle.lines):
        return bundle.claim.clia
    facility, billing = bundle.provider(bundle.claim.facility_id), bundle.billing
    return bundle.claim.clia or (facility and facility.clia) or (billing and billing.clia) or None


def _codes(bundle: Bundle) -> tuple[HealthCode, ...]:
    """The diagnoses in the order that pointers count, and the claim's other codes in that of the guide."""
    codes = [
        HealthCode(
            each.qualifier or ("ABF" if number else "ABK"), each.code, poa=each.present_on_admission or ""
        )
        for number, each in enumerate(bundle.diagnoses)
    ]
    codes += [_health_code(each) for each in bundle.claim.institutional.get("codes", ())]
    return tuple(sorted(codes, key=lambda code: _rank(code.qualifier)))


def _rank(qualifier: str) -> int:
    return KINDS_OF_CODES.index(qualifier) if qualifier in KINDS_OF_CODES else len(KINDS_OF_CODES)


def _health_code(said: dict[str, Any]) -> HealthCode:
    return HealthCode(
        qualifier=said["qualifier"],
        code=said["code"],
        start=date.fromisoformat(said["start"]) if said.get("start") else None,
        end=date.fromisoformat(said["end"]) if said.get("end") else None,
        amount=Decimal(said["amount"]) if said.get("amount") not in (None, "") else None,
    )


def _providers(bundle: Bundle) -> tuple[Party, ...]:
    """2310: whoever is not the billing provider itself, in the order of the guide."""
    claim = bundle.claim
    parts = (
        (("71", claim.attending_id, "AT"), ("82", claim.rendering_id, ""), ("77", claim.facility_id, ""),
         ("DN", claim.referring_id, ""))
        if claim.form == "I"
        else (("DN", claim.referring_id, ""), ("82", claim.rendering_id, "PE"), ("77", claim.facility_id, ""))
    )  # fmt: skip
    found = []
    for entity, id, role in parts:
        provider = bundle.provider(id)
        if provider is not None and (id != claim.billing_id or entity == "71"):
            found.append(provider_party(entity, provider, role=role, located=entity == "77"))
    return tuple(found)


def _line(bundle: Bundle, line: ClaimLine, priors: Sequence[PriorPayment]) -> ServiceLine:
    rendering = bundle.provider(line.rendering_id)
    apart = rendering is not None and line.rendering_id not in (
        bundle.claim.rendering_id,
        bundle.claim.billing_id,
    )
    professional = bundle.claim.form == "P"
    own_place = line.place_of_service not in (None, bundle.claim.facility_code)
    written = ServiceLine(
        number=line.number,
        charge=line.charge or Decimal(0),
        procedure=Procedure(line.procedure_code, tuple(line.modifiers)) if line.procedure_code else None,
        unit=line.unit_kind,
        quantity=shortest(line.units),
        place_of_service=(line.place_of_service or "") if professional and own_place else "",
        pointers=tuple(str(pointer) for pointer in line.pointers) if professional else (),
        revenue_code="" if professional else line.revenue_code or "",
        dates=(_service(line),),
        references=(Reference("6R", line.id),),
        drug=Drug(line.ndc, shortest(line.ndc_units), line.ndc_unit_kind or "") if line.ndc else None,
        providers=(provider_party("82", rendering, role="PE" if professional else ""),)
        if rendering and apart
        else (),
        adjudications=line_adjudications(line, priors),
    )
    return with_line(written, line.particulars, not professional)


def _service(line: ClaimLine) -> Period:
    end = line.through_date if line.through_date != line.from_date else None
    return Period("472", line.from_date, end)


def shortest(value: Decimal | None) -> Decimal | None:
    """Without zeros at its end: 1, not 1.000."""
    if value is None:
        return None
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()
