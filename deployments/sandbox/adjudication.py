"""What a payer decides about one claim: pure rules over the claim, the fees, the script and a few facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile

from deployments.sandbox.payers import Market, Payer, cents
from deployments.sandbox.scenarios import Denial, Scenario
from deployments.sandbox.values import ZERO, Adjustment, Claim, Line, LineResult, Outcome

DUPLICATE = Denial("18", ("N522",))
LATE = Denial("29")
UNAUTHORIZED = Denial("197", lines="unauthorized")
NO_PRIOR_PAYMENT = Denial("16", ("MA04",))
BEFORE_COVER = Denial("26", ("N30",))
AFTER_COVER = Denial("27", ("N30",))


@dataclass(frozen=True)
class Facts:
    """What the payer knows besides the claim itself."""

    received: date
    duplicate: bool = False
    earlier: Claim | None = None
    deductible_used: Decimal = ZERO
    records: bool = False
    overturned: bool = False
    cover: tuple[date | None, date | None] = (None, None)


@dataclass
class _Purse:
    """What is left of the patient's deductible and copay while the lines of one claim are priced."""

    deductible: Decimal
    copay: Decimal
    nothing_else: bool = False


def adjudicate(claim: Claim, payer: Payer, market: Market, scenario: Scenario, facts: Facts) -> Outcome:
    """Price every line, then take back what a denial refuses; each line balances."""
    denial = denial_of(claim, payer, market, scenario, facts)
    purse = _purse(payer, scenario, facts)
    refused = _refused(claim, market, denial)
    lines = []
    for number, line in enumerate(claim.lines):
        if denial and number in refused:
            lines.append(_refuse(line, denial, payer, market, purse, whole=_whole(claim, denial)))
        elif claim.sequence == "P":
            lines.append(_price(line, payer, market, purse))
        else:
            lines.append(_after_others(line, claim, payer, market, purse))
    return _closed(claim, payer, lines, denial)


def denial_of(claim: Claim, payer: Payer, market: Market, scenario: Scenario, facts: Facts) -> Denial | None:
    """The one reason for which the claim, or lines of it, will not be paid."""
    if facts.overturned:
        return None
    unauthorized = UNAUTHORIZED if _unauthorized(claim, market) else None
    return _natural_denial(claim, payer, facts) or _scripted_denial(claim, scenario, facts) or unauthorized


def _natural_denial(claim: Claim, payer: Payer, facts: Facts) -> Denial | None:
    first, last = claim.first or facts.received, claim.last or facts.received
    limit = payer.filing_days if claim.frequency == "1" else payer.corrected_days
    start, end = facts.cover
    prior = claim.others and all(o.paid is not None or o.adjustments for o in claim.others)
    reasons = [
        (DUPLICATE, facts.duplicate),
        (LATE, facts.received > first + timedelta(days=limit) and claim.sequence == "P"),
        (BEFORE_COVER, start is not None and first < start),
        (AFTER_COVER, end is not None and last > end),
        (NO_PRIOR_PAYMENT, claim.sequence != "P" and not prior),
    ]
    return next((denial for denial, applies in reasons if applies), None)


def _scripted_denial(claim: Claim, scenario: Scenario, facts: Facts) -> Denial | None:
    denial = scenario.denial
    if denial is None or denial.cure(claim, facts.earlier):
        return None
    return None if denial.cured_by_records and facts.records else denial


def _purse(payer: Payer, scenario: Scenario, facts: Facts) -> _Purse:
    if scenario.deductible == "all":
        return _Purse(Decimal(10**9), ZERO, nothing_else=True)
    left = max(payer.deductible - facts.deductible_used, ZERO)
    return _Purse(ZERO if scenario.deductible == "met" else left, payer.copay)


def _unauthorized(claim: Claim, market: Market) -> list[int]:
    """The lines that want an authorization number and have none."""
    if "G1" in claim.refs:
        return []
    asked = market.authorization_codes
    return [n for n, line in enumerate(claim.lines) if line.code in asked and not line.authorization]


def _refused(claim: Claim, market: Market, denial: Denial | None) -> set[int]:
    """Which lines, by position, the denial is about."""
    last = len(claim.lines) - 1
    which: dict[str, Iterable[int]] = {
        "all": range(last + 1),
        "last": [last],
        "after_first": range(min(1, last), last + 1),
        "unauthorized": _unauthorized(claim, market),
    }
    return set(which[denial.lines]) if denial else set()


def _whole(claim: Claim, denial: Denial) -> bool:
    """Units that the record does not support are cut from a lone line, not the line itself."""
    return denial.reason != "151" or len(claim.lines) > 1


def _refuse(
    line: Line, denial: Denial, payer: Payer, market: Market, purse: _Purse, *, whole: bool
) -> LineResult:
    cut = line.charge if whole else cents(line.charge / 2)
    refusal = [Adjustment(group=denial.group, reason=denial.reason, amount=cut)] if cut else []
    if whole:
        return LineResult(line=line, adjustments=refusal, remarks=list(denial.remarks), denied=True)
    half = line.model_copy(update={"charge": line.charge - cut, "units": line.units / 2})
    priced = _price(half, payer, market, purse)
    both = {"line": line, "adjustments": [*refusal, *priced.adjustments], "remarks": list(denial.remarks)}
    return priced.model_copy(update={**both, "denied": True})


def _price(line: Line, payer: Payer, market: Market, purse: _Purse) -> LineResult:
    """A line paid first: charge − contract − patient's share − sequestration = paid."""
    allowed = market.allowed(payer, line.code, line.charge, line.units)
    shares = list(_shares(line, allowed, payer, market, purse))
    owed = allowed - sum((a.amount for a in shares), ZERO)
    cut = cents(owed * payer.sequestration)
    rows = [
        Adjustment(group="CO", reason="45", amount=line.charge - allowed),
        *shares,
        Adjustment(group="CO", reason="253", amount=cut),
    ]
    return LineResult(line=line, allowed=allowed, paid=owed - cut, adjustments=[a for a in rows if a.amount])


def _shares(
    line: Line, allowed: Decimal, payer: Payer, market: Market, purse: _Purse
) -> Iterator[Adjustment]:
    if line.code in market.free_codes and not purse.nothing_else:
        return
    if line.code in market.copay_codes and payer.copay and not purse.nothing_else:
        copay = min(purse.copay, allowed)
        purse.copay -= copay
        yield Adjustment(group="PR", reason="3", amount=copay)
        return
    deductible = min(purse.deductible, allowed)
    purse.deductible -= deductible
    yield Adjustment(group="PR", reason="1", amount=deductible)
    yield Adjustment(group="PR", reason="2", amount=cents((allowed - deductible) * payer.coinsurance))


def _after_others(line: Line, claim: Claim, payer: Payer, market: Market, purse: _Purse) -> LineResult:
    """A line paid after others: at most what they left to the patient, and at most our own benefit."""
    benefit = _price(line, payer, market, purse)
    left = min(_left_by_others(line, claim), line.charge)
    paid = min(benefit.paid, left)
    rows = [
        Adjustment(group="OA", reason="23", amount=line.charge - left),
        Adjustment(group=payer.remainder_group, reason=_remainder_reason(payer), amount=left - paid),
    ]
    kept = [a for a in rows if a.amount]
    return LineResult(line=line, allowed=benefit.allowed, paid=paid, adjustments=kept)


def _remainder_reason(payer: Payer) -> str:
    return "2" if payer.remainder_group == "PR" else "45"


def _left_by_others(line: Line, claim: Claim) -> Decimal:
    """The patient's responsibility after the last payer before us, from 2430 or shared out from 2320."""
    if line.prior:
        return sum((a.amount for a in line.prior[-1].adjustments if a.group == "PR"), ZERO)
    other = claim.others[-1]
    said = [a.amount for a in other.adjustments if a.group == "PR"]
    whole = sum(said, ZERO) if other.adjustments else claim.charge - (other.paid or ZERO)
    above = takewhile(lambda x: x.number != line.number, claim.lines)
    before = sum((x.charge for x in above), ZERO)
    return min(max(whole - before, ZERO), line.charge)


def _closed(claim: Claim, payer: Payer, lines: list[LineResult], denial: Denial | None) -> Outcome:
    order = {"P": "1", "S": "2"}.get(claim.sequence, "3")
    whole = bool(lines) and all(x.denied and not x.paid for x in lines)
    status = payer.denied_status if whole else order
    return Outcome(status=status, lines=lines, remarks=_remarks(payer, denial))


def _remarks(payer: Payer, denial: Denial | None) -> list[str]:
    """Claim-level remarks (MOA): appeal rights, or for Medicare that there are none."""
    if payer.takes_replacement:
        return []
    return {"16": ["MA130"], "29": ["N211"]}.get(denial.reason if denial else "", ["MA01"])
