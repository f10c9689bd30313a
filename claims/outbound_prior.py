"""Coordination of benefits in the 837: the patient's other payers (2320) and what they decided (2430)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from claims.bundle import Bundle
from claims.model import ClaimLine, Coverage
from claims.money.prior import PriorLine, PriorPayment
from claims.money.said import Adjustment as SaidAdjustment
from claims.parties import payer_party, plain, subscriber_party
from claims.x12.claim837 import ZERO, LineAdjudication, OtherPayer
from claims.x12.claim837 import Coverage as Insurance
from claims.x12.parts import Adjustment, Amount, Party, Period, Procedure, Reference
from config.payers import PayerProfile


def other_payers(
    bundle: Bundle,
    destination: Coverage,
    payers: Mapping[str, PayerProfile],
    priors: Sequence[PriorPayment],
) -> tuple[OtherPayer, ...]:
    """A 2320 for each other coverage in force, with its decision where there is one.

    Where a payer split the claim and decided in parts, the parts are added up.
    """
    others = [c for c in bundle.coverages if c.id != destination.id and _in_force(c, bundle)]
    return tuple(
        _other(bundle, coverage, payers.get(coverage.payer_id), _of(priors, coverage.id))
        for coverage in sorted(others, key=lambda each: each.sequence)
        if coverage.sequence != destination.sequence
    )


def line_adjudications(line: ClaimLine, priors: Sequence[PriorPayment]) -> tuple[LineAdjudication, ...]:
    """A 2430 for each decision of an earlier payer on the line."""
    return tuple(
        _decision(prior.payer_id, line, each)
        for prior in priors
        for each in prior.lines
        if each.line_id == line.id
    )


def _in_force(coverage: Coverage, bundle: Bundle) -> bool:
    day = bundle.claim.from_date
    return (coverage.starts is None or coverage.starts <= day) and (
        coverage.ends is None or day <= coverage.ends
    )


def _of(priors: Sequence[PriorPayment], coverage_id: str) -> list[PriorPayment]:
    return [prior for prior in priors if prior.coverage_id == coverage_id]


def _other(
    bundle: Bundle, coverage: Coverage, profile: PayerProfile | None, decided: list[PriorPayment]
) -> OtherPayer:
    payer = payer_party(coverage.payer_id, profile.name if profile else coverage.payer_id)
    return OtherPayer(
        coverage=Insurance(
            sequence=coverage.sequence,
            relationship=coverage.relationship,
            group_number=plain(coverage.group_number),
            filing_indicator=coverage.filing_indicator or (profile.filing_indicator if profile else ""),
        ),
        payer=_with_number(payer, decided),
        subscriber=_identity(subscriber_party(bundle.patient, coverage)),
        adjustments=_grouped(each for prior in decided for each in prior.adjustments),
        amounts=_amounts(decided),
        benefits_assigned="Y",
        release="Y",
    )


def _identity(person: Party) -> Party:
    """Name and member id alone: the other payer's people are known by these."""
    return replace(person, address=None, birth_date=None, gender="")


def _with_number(payer: Party, decided: list[PriorPayment]) -> Party:
    """2330B; the day of the decision stands in the lines wherever there are any."""
    if not decided:
        return payer
    last = decided[-1]
    dates = () if any(prior.lines for prior in decided) else (Period("573", last.adjudicated_on),)
    references = (Reference("F8", last.icn),) if last.icn else ()
    return replace(payer, dates=dates, references=references)


def _amounts(decided: list[PriorPayment]) -> tuple[Amount, ...]:
    if not decided:
        return ()
    paid = sum((prior.paid for prior in decided), ZERO)
    left = sum((prior.patient for prior in decided), ZERO)
    return (Amount("D", paid), Amount("EAF", left)) if left else (Amount("D", paid),)


def _decision(payer_id: str, line: ClaimLine, decided: PriorLine) -> LineAdjudication:
    procedure = (
        Procedure(decided.code, decided.modifiers, decided.qualifier or "HC") if decided.code else None
    )
    return LineAdjudication(
        payer_id=payer_id,
        paid=decided.paid,
        procedure=procedure,
        revenue_code=decided.revenue_code,
        quantity=decided.units if decided.units is not None else line.units,
        adjustments=_grouped(decided.adjustments),
        dates=(Period("573", decided.adjudicated_on),),
    )


def _grouped(said: Iterable[SaidAdjustment]) -> tuple[Adjustment, ...]:
    """Those of one group together, since each group has a CAS of its own."""
    ordered = sorted(said, key=lambda each: each.group)
    return tuple(Adjustment(each.group, each.reason, each.amount, each.quantity) for each in ordered)
