"""Numbers that name providers, practices, laboratories and the claim itself."""

import re
from collections.abc import Iterator
from functools import lru_cache

from stdnum import luhn
from stdnum.us import ein

from claims.edits.subject import Hit, Subject, edit
from claims.model import ProviderKind

NPI = re.compile(r"[12]\d{9}", re.ASCII)
SYNTHETIC_NPI = re.compile(r"\d{10}", re.ASCII)
NPI_PREFIX = "80840"
TAXONOMY = re.compile(r"[0-9A-Z]{9}X")
SYNTHETIC_TAXONOMY = re.compile(r"[0-9A-Z]{10}")
TAX_ID = re.compile(r"(?!(\d)\1{8})\d{9}", re.ASCII)
PO_BOX = re.compile(r"\b(?:P\.?\s*O\.?|POST\s+OFFICE)\s*BOX\b|\bLOCK\s*BOX\b", re.IGNORECASE)
PCN = re.compile(r"[A-Z0-9-]{1,20}")
ADVISED_PCN = 17
GROUP_TAXONOMY = ("193",)
CLIA = re.compile(r"\d{2}D\d{7}", re.ASCII)


@lru_cache(maxsize=65536)
def passes_check_digit(npi: str) -> bool:
    """Luhn over the prefix of US health numbers and the NPI; a practice has few, so they are remembered."""
    return bool(luhn.is_valid(f"{NPI_PREFIX}{npi}"))


@lru_cache(maxsize=65536)
def has_issued_prefix(tax_id: str) -> bool:
    return bool(ein.is_valid(tax_id))


@edit("npi.missing")
def npi_missing(subject: Subject) -> Iterator[Hit]:
    if subject.bundle.billing is None or not subject.bundle.billing.npi:
        yield Hit()


@edit("npi.shape")
def npi_malformed(subject: Subject) -> Iterator[Hit]:
    for role, provider in subject.providers():
        shape = SYNTHETIC_NPI if subject.synthetic else NPI
        if provider.npi and not shape.fullmatch(provider.npi):
            yield Hit(role)


@edit("npi.check_digit")
def npi_check_digit(subject: Subject) -> Iterator[Hit]:
    for role, provider in () if subject.synthetic else subject.providers():
        if NPI.fullmatch(provider.npi or "") and not passes_check_digit(provider.npi or ""):
            yield Hit(role)


@edit("npi.kind")
def organization_in_a_persons_part(subject: Subject) -> Iterator[Hit]:
    for role, provider in subject.providers():
        if role not in ("billing", "facility") and provider.kind is ProviderKind.ORGANIZATION:
            yield Hit(role)


@edit("rendering.missing")
def rendering_missing(subject: Subject) -> Iterator[Hit]:
    billing, rendering = subject.bundle.billing, subject.claim.rendering_id
    named = rendering is not None or all(line.rendering_id for line in subject.lines)
    if billing and billing.kind is ProviderKind.ORGANIZATION and not named:
        yield Hit()


@edit("taxonomy.shape")
def taxonomy_malformed(subject: Subject) -> Iterator[Hit]:
    for role, provider in subject.providers():
        shape = SYNTHETIC_TAXONOMY if subject.synthetic else TAXONOMY
        if provider.taxonomy and not shape.fullmatch(provider.taxonomy):
            yield Hit(role)


@edit("taxonomy.missing")
def taxonomy_missing(subject: Subject) -> Iterator[Hit]:
    if subject.bundle.billing and not subject.bundle.billing.taxonomy:
        yield Hit()


@edit("tax_id.missing")
def tax_id_missing(subject: Subject) -> Iterator[Hit]:
    if subject.bundle.billing is None or not subject.bundle.billing.tax_id:
        yield Hit()


@edit("tax_id.shape")
def tax_id_malformed(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    if billing and billing.tax_id and not TAX_ID.fullmatch(billing.tax_id):
        yield Hit()


@edit("tax_id.prefix")
def tax_id_prefix(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    tax_id = (billing.tax_id if billing else None) or ""
    if TAX_ID.fullmatch(tax_id) and not subject.synthetic and not has_issued_prefix(tax_id):
        yield Hit()


@edit("billing.address")
def billing_address_missing(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    if billing is None or not all((billing.line1, billing.city, billing.state, billing.postal)):
        yield Hit()


@edit("billing.po_box")
def billing_po_box(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    if billing and any(line and PO_BOX.search(line) for line in (billing.line1, billing.line2)):
        yield Hit()


@edit("billing.zip9")
def billing_zip_short(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    if billing and billing.postal and len(billing.postal.replace("-", "")) == 5:
        yield Hit()


@edit("pcn.shape")
def pcn_malformed(subject: Subject) -> Iterator[Hit]:
    if not PCN.fullmatch(subject.claim.pcn):
        yield Hit()


@edit("pcn.long")
def pcn_long(subject: Subject) -> Iterator[Hit]:
    if len(subject.claim.pcn) > ADVISED_PCN:
        yield Hit()


def clia_numbers(subject: Subject) -> list[str]:
    """The claim's own CLIA number, the facility's and the practice's: the first is what goes out."""
    facility, billing = subject.bundle.provider(subject.claim.facility_id), subject.bundle.billing
    held = (subject.claim.clia, facility.clia if facility else None, billing.clia if billing else None)
    return [number for number in held if number]


@edit("clia.shape")
def clia_malformed(subject: Subject) -> Iterator[Hit]:
    numbers = clia_numbers(subject)
    if numbers and not CLIA.fullmatch(numbers[0]):
        yield Hit()


@edit("clia.missing")
def clia_missing(subject: Subject) -> Iterator[Hit]:
    if clia_numbers(subject):
        return
    for line in subject.lines:
        tested = subject.codes.spans("clia", line.procedure_code or "")
        if tested and "90" not in line.modifiers:
            yield Hit(line.procedure_code or "", line.number)


@edit("taxonomy.group")
def person_with_a_groups_taxonomy(subject: Subject) -> Iterator[Hit]:
    for role, provider in subject.providers():
        if provider.kind is ProviderKind.PERSON and (provider.taxonomy or "").startswith(GROUP_TAXONOMY):
            yield Hit(role)


@edit("tax_id.is_npi")
def tax_id_is_part_of_the_npi(subject: Subject) -> Iterator[Hit]:
    billing = subject.bundle.billing
    if billing and billing.tax_id and billing.npi and billing.tax_id in billing.npi:
        yield Hit()


@edit("npi.two_names")
def one_npi_for_two(subject: Subject) -> Iterator[Hit]:
    names: dict[str, set[str]] = {}
    for _, provider in subject.providers():
        if provider.npi:
            names.setdefault(provider.npi, set()).add(
                f"{provider.name} {provider.given or ''}".strip().upper()
            )
    if any(len(several) > 1 for several in names.values()):
        yield Hit()
