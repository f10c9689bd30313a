"""The patient's statement on paper, in plain words: what was done, what the plan paid, why this is owed."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(slots=True)
class Service:
    """A line of the visit; ``why`` has what was left to the patient, by kind of posting."""

    day: date
    code: str
    units: Decimal
    charged: Decimal
    off: Decimal = Decimal("0.00")
    plan: Decimal = Decimal("0.00")
    why: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """``number`` counts the statements of this visit; ``last`` makes it the notice before collection, which a
    person sends. It names the patient: it goes to the patient and to the archive only."""

    number: int
    day: date
    practice: Sequence[str]
    phone: str
    patient: Sequence[str]
    pcn: str
    visit: date
    plan: str
    services: Sequence[Service]
    charged: Decimal
    off: Decimal
    paid_by_plan: Decimal
    paid_by_you: Decimal
    owed: Decimal
    pay_by: date
    last: bool = False


def as_pdf(statement: Statement) -> bytes:
    """One letter-size document."""
    import typst  # takes a tenth of a second: only where paper is made

    source = files("claims.documents").joinpath("statement.typ").read_bytes()
    told = {"statement": json.dumps(_told(statement))}
    return typst.compile(source, format="pdf", sys_inputs=told, ignore_system_fonts=True)


def words_of(code: str) -> str:
    """What a CPT, HCPCS or CDT code is, as plainly as its range tells."""
    table = _table()
    if not code.isdigit():
        return str(table["letters"].get(code[:1], "Service"))
    ranges = [each["words"] for each in table["numbers"] if each["from"] <= code]
    return str(ranges[-1]) if ranges else "Service"


def why_words(kind: str) -> str:
    return str(_table()["why"].get(kind, "your share"))


def _told(statement: Statement) -> dict[str, Any]:
    plain = {name: _plain(value) for name, value in asdict(statement).items() if name != "services"}
    reasons = _reasons(statement.services)
    return plain | {
        "services": [_row(service) for service in statement.services],
        "why": [[_plain(amount), why_words(kind)] for kind, amount in reasons.items() if amount],
    }


def _reasons(services: Sequence[Service]) -> dict[str, Decimal]:
    """What was left to the patient, by kind; as one sum where a payer took back what another had built on."""
    reasons: dict[str, Decimal] = {}
    for service in services:
        for kind, amount in service.why.items():
            reasons[kind] = reasons.get(kind, Decimal(0)) + amount
    if any(amount < 0 for amount in reasons.values()):
        return {"changed": sum(reasons.values(), Decimal(0))}
    return reasons


def _row(service: Service) -> list[str]:
    units = "" if service.units == 1 else f" × {service.units.normalize():f}"
    left = sum(service.why.values(), Decimal("0.00"))
    what = f"{words_of(service.code)} ({service.code}){units}" if service.code else "The visit as a whole"
    amounts = (service.charged, service.off, service.plan, left)
    return [_plain(service.day), what, *map(_plain, amounts)]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    return list(value) if isinstance(value, tuple) else value


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("claims.documents").joinpath("statement.toml").read_text("utf-8"))
