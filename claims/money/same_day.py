"""What the services of one day do to each other's price: ranked procedures, endoscopies of a family, imaging.

By the indicators of the Medicare fee schedule (code set ``rvu``, column ``multiple``) and Medicare's Claims
Processing Manual, chapter 12, section 40.6, and chapter 13, section 20: of a family of endoscopies the
dearest is paid whole and each other what it is worth above the base; a family then ranks as one procedure.
Therapies (chapter 5, section 10.7): units after the first lose half of their practice expense.
Of diagnostic tests in one session the dearest technical (and, for imaging, professional) part is paid whole
and the others at the contract's percent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from claims.money.reductions import RANKED, NotPriced, Share, ranked
from config.payers.contract import Contract

if TYPE_CHECKING:
    from claims.money.contracts import Rate, Service

ENDOSCOPY, THERAPY = "3", "5"
_SEPARATE = frozenset({"59", "XE"})
_HUNDRED, _NOTHING = Decimal(100), Decimal(0)

Shares = list[Share] | NotPriced


class Rates(Protocol):
    """What `same_day` asks of a contract."""

    def rate(self, service: "Service") -> "Rate | None": ...

    def part(self, service: "Service", modifier: str) -> Decimal | None: ...

    def practice_expense(self, line: "Line") -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One service with its rate and its row of the fee schedule; ``place`` is its place in the visit."""

    place: int
    service: "Service"
    rate: "Rate"
    row: Mapping[str, str]

    @property
    def indicator(self) -> str:
        return self.row.get("multiple", "")

    @property
    def family(self) -> str:
        """The base of an endoscopy; a base is its own."""
        return self.row.get("base") or self.service.code


def same_day(book: Rates, lines: Sequence[Line], contract: Contract) -> dict[int, Shares]:
    """The shares of each line of a visit by its place, or why it cannot be priced."""
    found: dict[int, Shares] = {line.place: [] for line in lines}
    for day in {line.service.day for line in lines}:
        here = [line for line in lines if line.service.day == day]
        _procedures(book, here, contract, found)
        for indicator in ("4", "6", "7"):
            session = [each for each in here if each.indicator == indicator]
            _tests(book, session, contract.tests(indicator), found)
        _therapies(book, here, contract, found)
    return found


def _procedures(book: Rates, lines: Sequence[Line], contract: Contract, found: dict[int, Shares]) -> None:
    """Each procedure, and each family of endoscopies, is one unit of the day's ranking."""
    units = [[line] for line in lines if line.indicator == RANKED]
    families: dict[str, list[Line]] = {}
    for line in lines:
        if line.indicator == ENDOSCOPY:
            families.setdefault(line.family, []).append(line)
    units += families.values()
    for base, family in families.items():
        _family(book, base, family, found)
    if len(units) < 2:
        return
    worth = [_worth(unit, found) for unit in units]
    for unit, share in zip(units, ranked(worth, contract), strict=True):
        for line in unit:
            _add(found, line, share)


def _family(book: Rates, base: str, family: Sequence[Line], found: dict[int, Shares]) -> None:
    if len(family) < 2:
        return
    by_worth = sorted(family, key=lambda line: -line.rate.amount)
    of_base = book.rate(replace(by_worth[0].service, code=base, modifiers=()))
    if of_base is None:
        why = NotPriced(f"the contract has no rate for {base}, the base of these endoscopies")
        found.update({line.place: why for line in family})
        return
    for line in by_worth[1:]:
        above = max(line.rate.amount - of_base.amount, Decimal(0))
        name = f"endoscopy above its base {base}"
        _add(found, line, Share(name, above / line.rate.amount * _HUNDRED if line.rate.amount else _HUNDRED))


def _worth(unit: Sequence[Line], found: Mapping[int, Shares]) -> Decimal:
    worth = Decimal(0)
    for line in unit:
        amount, shares = line.rate.amount, found[line.place]
        for share in shares if isinstance(shares, list) else ():
            amount = amount * share.percent / _HUNDRED
        worth += amount
    return worth


def _tests(
    book: Rates, lines: Sequence[Line], percents: Mapping[str, Decimal], found: dict[int, Shares]
) -> None:
    """``percents`` are of the parts (TC, 26) of every test but the dearest one of the session."""
    session = [line for line in lines if _SEPARATE.isdisjoint(line.service.modifiers)]
    if len(session) < 2:
        return
    try:
        parts = {line.place: _parts(book, line) for line in session}
    except NotPriced as unknown:
        found.update({line.place: unknown for line in session})
        return
    dearest = {
        part: max((line.place for line in session), key=lambda place: parts[place].get(part, Decimal(0)))
        for part in percents
    }
    for line in session:
        mine = parts[line.place]
        paid = sum(
            (
                amount * (_HUNDRED if dearest.get(part) == line.place else percents.get(part, _HUNDRED))
                for part, amount in mine.items()
            ),
            Decimal(0),
        )
        whole = sum(mine.values(), Decimal(0))
        if whole and paid != whole * _HUNDRED:
            _add(found, line, Share("further test of the session", paid / whole))


def _parts(book: Rates, line: Line) -> dict[str, Decimal]:
    """The technical (TC) and professional (26) amounts that the line bills."""
    named = [part for part in ("TC", "26") if part in line.service.modifiers]
    if named:
        return {named[0]: line.rate.amount}
    parts = {part: book.part(line.service, part) for part in ("TC", "26")}
    if any(amount is None for amount in parts.values()):
        raise NotPriced(f"the contract does not tell the parts (TC, 26) of {line.service.code}")
    return {part: amount for part, amount in parts.items() if amount is not None}


def _therapies(book: Rates, lines: Sequence[Line], contract: Contract, found: dict[int, Shares]) -> None:
    """Of all units of the day, whatever their discipline, the one with the highest practice expense is paid
    whole; every other one loses a part of its practice expense, further units of the same line too."""
    several = [line for line in lines if line.indicator == THERAPY]
    if sum(line.service.units for line in several) <= 1:
        return
    expense = {line.place: book.practice_expense(line) for line in several}
    untold = {line.service.code for line in several if expense[line.place] is None}
    if untold:
        why = NotPriced(f"neither contract nor relative values tell the practice expense of {min(untold)}")
        found.update({line.place: why for line in several})
        return
    dearest = max(several, key=lambda line: (expense[line.place] or _NOTHING, line.rate.amount))
    for line in several:
        lost = (expense[line.place] or _NOTHING) * (_HUNDRED - contract.therapy) / _HUNDRED
        whole = min(line.service.units, Decimal(1)) if line is dearest else _NOTHING
        worth, units = line.rate.amount, line.service.units
        if worth and units > whole:
            percent = (worth * units - lost * (units - whole)) / (worth * units) * _HUNDRED
            _add(found, line, Share("further therapy units of the day", percent))


def _add(found: dict[int, Shares], line: Line, share: Share | None) -> None:
    shares = found[line.place]
    if isinstance(shares, list) and share is not None:
        shares.append(share)
