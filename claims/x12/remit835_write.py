"""Models to an 835 transaction."""

from itertools import groupby
from operator import attrgetter

from claims.x12.interchange import Outgoing
from claims.x12.kept import restore
from claims.x12.loops import put_back
from claims.x12.parts import Party
from claims.x12.parts_io import address, amt, cas, dtm, nm1, per, procedure, qty, ref, trn
from claims.x12.remit835 import (
    Payment,
    ProviderAdjustment,
    RemitClaim,
    RemitGroup,
    RemitService,
    Remittance835,
)
from claims.x12.rendering import composite, line
from claims.x12.values import of_day, of_number

BANKING = 11
PAIRS_PER_PLB = 6


def write_835(remittance: Remittance835) -> Outgoing:
    """One payment. Claims that follow one another with the same ``group`` share an LX."""
    lines: list[str] = []
    header_lines(remittance, lines)
    restore(lines, 0, remittance.kept)
    # Groups that were read apart stay apart, also where they say the same.
    for (group, _), claims in groupby(remittance.claims, key=attrgetter("group", "group.segment")):
        start = len(lines)
        group_lines(group, lines)
        restore(lines, start, group.kept)
        for claim in claims:
            start = len(lines)
            claim_lines(claim, lines)
            restore(lines, start, claim.kept)
    start = len(lines)
    lines += plb_lines(remittance.provider_adjustments)
    restore(lines, start, remittance.kept_below)
    return Outgoing("835", lines)


def header_lines(remittance: Remittance835, lines: list[str]) -> None:
    """What stands above the claims."""
    lines += [_bpr(remittance.payment), trn(remittance.trace)]
    lines += map(ref, remittance.references)
    lines += map(dtm, remittance.dates)
    put_back(lines, 0, remittance.extra)
    for each in (remittance.payer, remittance.payee):
        _party(each, lines)


def group_lines(group: RemitGroup, lines: list[str]) -> None:
    """LX, and what else stands above its claims."""
    start = len(lines)
    if group.number:
        lines.append(line("LX", group.number))
    put_back(lines, start, group.extra)


def _bpr(payment: Payment) -> str:
    banking = (*payment.banking, *[""] * BANKING)[:BANKING]
    amount = of_number(payment.amount)
    head = (payment.handling, amount, payment.credit_debit, payment.method)
    return line("BPR", *head, *banking, of_day(payment.date))


def _party(value: Party, lines: list[str]) -> None:
    if not value.entity:
        return
    start = len(lines)
    lines.append(line("N1", value.entity, value.last, value.id_qualifier, value.id))
    if value.address is not None:
        lines += address(value.address)
    lines += map(ref, value.references)
    lines += map(per, value.contacts)
    put_back(lines, start, value.extra)


def claim_lines(claim: RemitClaim, lines: list[str]) -> None:
    """Loop 2100 in the order of the guide."""
    start = len(lines)
    amounts = map(of_number, (claim.charge, claim.paid, claim.patient_responsibility))
    identity = (claim.filing_indicator, claim.icn, claim.facility, claim.frequency)
    lines.append(line("CLP", claim.pcn, claim.status, *amounts, *identity, *claim.more))
    lines += cas(claim.adjustments)
    lines += map(nm1, claim.parties)
    if claim.mia:
        lines.append(line("MIA", *claim.mia))
    if claim.moa:
        lines.append(line("MOA", *claim.moa))
    lines += map(ref, claim.references)
    lines += map(dtm, claim.dates)
    lines += map(per, claim.contacts)
    lines += map(amt, claim.amounts)
    lines += map(qty, claim.quantities)
    put_back(lines, start, claim.extra)
    for service in claim.services:
        _service(service, lines)


def _service(service: RemitService, lines: list[str]) -> None:
    """Loop 2110 in the order of the guide."""
    start = len(lines)
    amounts = (of_number(service.charge), of_number(service.paid), service.revenue_code)
    submitted = (procedure(service.submitted), of_number(service.submitted_quantity))
    code = procedure(service.procedure)
    lines.append(line("SVC", code, *amounts, of_number(service.quantity), *submitted))
    lines += map(dtm, service.dates)
    lines += cas(service.adjustments)
    lines += map(ref, service.references)
    lines += map(amt, service.amounts)
    lines += map(qty, service.quantities)
    lines += [line("LQ", remark.qualifier, remark.code) for remark in service.remarks]
    put_back(lines, start, service.extra)


def plb_lines(adjustments: tuple[ProviderAdjustment, ...]) -> list[str]:
    """As few PLB as the pairs need."""
    lines = []
    for (provider, end), members in groupby(adjustments, key=attrgetter("provider", "fiscal_end")):
        run = list(members)
        for at in range(0, len(run), PAIRS_PER_PLB):
            pairs = [
                text
                for each in run[at : at + PAIRS_PER_PLB]
                for text in (composite(each.reason, each.reference), of_number(each.amount))
            ]
            lines.append(line("PLB", provider, of_day(end), *pairs))
    return lines
