"""What a plan covers and what the patient pays, as a 271 says it, in words for people. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from claims.x12.eligibility import Answer271, Benefit
from claims.x12.parts import Party, Period


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """One benefit: ``what`` (copay, deductible, …), for which service and whom, and its ``value``."""

    what: str
    service: str = ""
    whom: str = ""
    network: str = ""
    value: str = ""
    per: str = ""
    dates: str = ""
    who: str = ""
    more: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


def plain_benefits(answer: Answer271) -> list[dict[str, Any]]:
    """The benefits in clear: codes, dates, amounts, and numbers of payers and providers. Names, plan names,
    messages and member numbers stay in the archived answer."""
    return [_plain(benefit) for benefit in answer.benefits]


def plan_dates(answer: Answer271) -> list[list[str | None]]:
    """The dates of the answer as a whole: qualifier, from, to."""
    return [_days(period) for period in answer.dates]


def told(benefits: Iterable[Mapping[str, Any]]) -> list[BenefitLine]:
    """The benefits of a check, as ``plain_benefits`` kept them, in the payer's order."""
    return [_line(each) for each in benefits]


def _plain(benefit: Benefit) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "info": benefit.info,
        "level": benefit.level,
        "service_types": list(benefit.service_types),
        "insurance_type": benefit.insurance_type,
        "time": benefit.time,
        "amount": None if benefit.amount is None else str(benefit.amount),
        "percent": None if benefit.percent is None else str(benefit.percent),
        "quantity_qualifier": benefit.quantity_qualifier,
        "quantity": None if benefit.quantity is None else str(benefit.quantity),
        "authorization": benefit.authorization,
        "in_network": benefit.in_network,
        "procedure": benefit.procedure.code if benefit.procedure else "",
        "dates": [_days(period) for period in benefit.dates],
        "parties": [[party.entity, _number(party)] for party in benefit.parties],
    }
    return {name: value for name, value in kept.items() if value not in ("", None, [])}


def _days(period: Period) -> list[str | None]:
    first, last = period.start, period.end
    return [period.qualifier, first.isoformat() if first else None, last.isoformat() if last else None]


def _number(party: Party) -> str:
    """Of payers and providers; a person's own number is not for here."""
    return party.id if party.id_qualifier in ("PI", "XV", "XX", "FI", "NI") and party.entity != "IL" else ""


def _line(kept: Mapping[str, Any]) -> BenefitLine:
    services = [_word("service", code) for code in kept.get("service_types", ())]
    return BenefitLine(
        what=_word("info", kept["info"]),
        service=", ".join([*services, *([kept["procedure"]] if kept.get("procedure") else [])]),
        whom=_word("level", kept.get("level", "")),
        network=_word("network", kept.get("in_network", "")),
        value=_value(kept),
        per=_word("time", kept.get("time", "")),
        dates=span(kept.get("dates", ())),
        who=", ".join(f"{_word('party', entity)} {id}".strip() for entity, id in kept.get("parties", ())),
        more=_word("authorization", kept.get("authorization", "")),
    )


def _value(kept: Mapping[str, Any]) -> str:
    """Dollars, percent (0.2 on the wire is 20 %), or a number of units."""
    parts = []
    if kept.get("amount") is not None:
        parts.append(f"${Decimal(kept['amount']):,.2f}")
    if kept.get("percent") is not None:
        parts.append(f"{(Decimal(kept['percent']) * 100).normalize():f} %")
    if kept.get("quantity") is not None:
        unit = _word("quantity", kept.get("quantity_qualifier", ""))
        parts.append(f"{Decimal(kept['quantity']).normalize():f} {unit}".strip())
    return ", ".join(parts)


def span(dates: Sequence[Sequence[str | None]]) -> str:
    """Dates as ``plan_dates`` has them, in words."""
    return ", ".join(
        " ".join((_word("date", qualifier or ""), " to ".join(day for day in (first, last) if day)))
        for qualifier, first, last in dates
    )


def _word(table: str, code: str) -> str:
    return _words()[table].get(code, code)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("claims").joinpath("benefits.toml").read_text("utf-8"))
