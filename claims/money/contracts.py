"""What a payer owes for the lines of one visit by its contract: the rate of the day, and what is taken off.

Rates stand in the code set ``contract``: an amount, or a percent of a schedule in ``fee_schedule``, by payer,
code and modifier; the code ``*`` stands for every code that has no row of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from claims.codes.lookup import Codes
from claims.codes.tables import CodeRow
from claims.money.ledger import CENT
from claims.money.reductions import NotPriced, Share, own_shares
from claims.money.same_day import Line, Shares, same_day
from config.payers import PayerProfile
from config.payers.contract import Contract

ANY_CODE = "*"


@dataclass(frozen=True, slots=True)
class Service:
    """A line as it was billed; ``place`` is its place of service, ``charge`` what we asked."""

    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge: Decimal
    day: date
    place: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A row of the contract: its key, its dates, its version, and the amount a unit."""

    key: str
    amount: Decimal
    start: date | None
    end: date | None
    edition: str
    of_schedule: str = ""

    def __str__(self) -> str:
        since = f" from {self.start}" if self.start else ""
        of = f", of {self.of_schedule}" if self.of_schedule else ""
        return f"contract {self.key}{since}{of}: {self.amount} a unit (edition {self.edition})"


@dataclass(frozen=True, slots=True)
class Price:
    """What the contract allows for a line, or ``why_not``; None of both: the contract has no rate for it."""

    rate: Rate | None = None
    shares: tuple[Share, ...] = ()
    allowed: Decimal | None = None
    why_not: str = ""


def terms(profile: PayerProfile | None) -> Contract:
    """The payer's own terms, else the usual ones."""
    return (profile.contract if profile else None) or Contract()


def sequestration(profile: PayerProfile | None) -> Decimal:
    """Percent off what the payer pays: Medicare's 2 (2 U.S.C. 901a), other payers' as their contract says."""
    own = terms(profile).sequestration
    if own is not None:
        return own
    return Decimal(2) if profile and profile.kind == "medicare" else Decimal(0)


def prices(
    codes: Codes, payer_id: str, services: Sequence[Service], profile: PayerProfile | None
) -> list[Price]:
    """What the contract allows for each line of one visit, in their order."""
    book = _Book(codes, payer_id, terms(profile))
    rates = [book.rate(each) for each in services]
    rows = [codes.on("rvu", each.code, each.day) for each in services]
    lines = [
        Line(place, services[place], rate, row.more)
        for place, (rate, row) in enumerate(zip(rates, rows, strict=True))
        if rate is not None and row is not None
    ]
    of_the_day = same_day(book, lines, book.contract)
    return [
        book.price(service, rate, row, of_the_day.get(place, []))
        for place, (service, rate, row) in enumerate(zip(services, rates, rows, strict=True))
    ]


def wanted(payer_id: str, services: Iterable[Service]) -> dict[str, set[str]]:
    """What `prices` will ask of the code sets, to be read for many claims at once."""
    several = list(services)
    keys = {key for each in several for key in (*_keys(payer_id, each), *_parts(payer_id, each))}
    return {"contract": keys, "rvu": {each.code for each in several}}


def _parts(whose: str, service: Service) -> list[str]:
    return [f"{whose} {service.code} {part}" for part in ("TC", "26", "PE")]


def _keys(whose: str, service: Service) -> list[str]:
    own = [f"{whose} {service.code} {modifier}" for modifier in service.modifiers]
    return [*own, f"{whose} {service.code}", f"{whose} {ANY_CODE}"]


@dataclass(frozen=True)
class _Book:
    codes: Codes
    payer_id: str
    contract: Contract

    def rate(self, service: Service) -> Rate | None:
        """The row of the day, the most exact first."""
        for key in _keys(self.payer_id.upper(), service):
            row = self.codes.on("contract", key, service.day)
            if row is not None:
                return self._rate(row, service)
        return None

    def _rate(self, row: CodeRow, service: Service) -> Rate | None:
        edition = self.codes.edition("contract").version
        amount = self._amount(row, service)
        schedule = ""
        if amount is None:
            schedule = row.more["of_schedule"].upper()
            of = self._scheduled(schedule, service)
            if of is None:
                return None
            amount = of * Decimal(row.more["percent"]) / 100
            edition = f"{edition} and {self.codes.edition('fee_schedule').version}"
        return Rate(row.code, _cents(amount), row.start, row.end, edition, schedule)

    def part(self, service: Service, modifier: str) -> Decimal | None:
        """The contract's own rate of a code's technical (TC) or professional (26) part."""
        key = f"{self.payer_id.upper()} {service.code} {modifier}"
        row = self.codes.on("contract", key, service.day)
        return self._amount(row, service) if row is not None else None

    def practice_expense(self, line: Line) -> Decimal | None:
        """How much of a unit's rate is practice expense: the contract's or schedule's own row ``PE``, else of
        an amount of the contract's own the part that the relative values say. A schedule's amounts are of one
        locality, for which the national values do not speak."""
        service, schedule = line.service, line.rate.of_schedule
        told = self.part(service, "PE")
        if told is not None or not schedule:
            return told if told is not None else _by_values(line)
        row = self.codes.on("fee_schedule", f"{schedule} {service.code} PE", service.day)
        told, whole = self._amount(row, service) if row else None, self._scheduled(schedule, service)
        return line.rate.amount * told / whole if told is not None and whole else None

    def _scheduled(self, schedule: str, service: Service) -> Decimal | None:
        for key in _keys(schedule, service)[:-1]:
            row = self.codes.on("fee_schedule", key, service.day)
            if row is not None:
                return self._amount(row, service)
        return None

    def _amount(self, row: CodeRow, service: Service) -> Decimal | None:
        """In a facility its own amount, where the row has one."""
        place = self.codes.on("pos", service.place, service.day)
        facility = row.more.get("facility_amount") if place and place.more.get("facility") == "1" else ""
        told = facility or row.more.get("amount")
        return Decimal(told) if told else None

    def price(
        self,
        service: Service,
        rate: Rate | None,
        row: CodeRow | None,
        of_the_day: Shares,
    ) -> Price:
        if rate is None:
            return Price()
        more = row.more if row else {}
        try:
            if isinstance(of_the_day, NotPriced):
                raise of_the_day
            shares = own_shares(service.modifiers, more, self.contract) + of_the_day
        except NotPriced as unknown:
            return Price(rate, why_not=str(unknown))
        allowed = rate.amount * service.units
        for share in shares:
            allowed = allowed * share.percent / 100
        most = service.charge if self.contract.lesser_of_charge else allowed
        return Price(rate, tuple(shares), _cents(min(allowed, most)))


def _by_values(line: Line) -> Decimal | None:
    values = [line.row.get(name, "") for name in ("nonfacility", "work", "malpractice")]
    if not all(values):
        return None
    expense, *others = map(Decimal, values)
    whole = expense + sum(others)
    return line.rate.amount * expense / whole if whole else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
