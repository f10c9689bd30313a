"""What a condition can ask about a claim: the names, kinds and meanings of CEL variables (docs/edits.md).

Amounts are whole cents and dates ISO text, both compared exactly. What is not known is an empty text, -1 for
a number. Names, addresses and notes are not there: no condition needs them, so none can let them out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from claims.edits.subject import Subject
from claims.model import ClaimLine

UNKNOWN, NO_LIMIT = -1, 99_999


@dataclass(frozen=True, slots=True)
class Variable:
    """``kind`` is text, number (a whole one), decimal, truth (true or false) or texts (a list)."""

    kind: str
    words: str
    of: Callable[..., Any]


def _cents(amount: Decimal | None) -> int:
    return UNKNOWN if amount is None else int(amount * 100)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _provider(role: str, name: str) -> Callable[[Subject], str]:
    id_name = f"{role}_id"

    def of(subject: Subject) -> str:
        provider = subject.bundle.provider(getattr(subject.claim, id_name))
        return getattr(provider, name, None) or ""

    return of


def _coverage(name: str) -> Callable[[Subject], str]:
    return lambda subject: getattr(subject.coverage, name, None) or ""


def _said(name: str) -> Callable[[Subject], str]:
    return lambda subject: str(subject.claim.institutional.get(name) or "")


def _codes(*qualifiers: str) -> Callable[[Subject], list[str]]:
    return lambda subject: [
        code["code"]
        for code in subject.claim.institutional.get("codes", ())
        if code["qualifier"] in qualifiers
    ]


def _age_in_days(subject: Subject) -> int:
    born = subject.patient.birth_date
    return (subject.claim.from_date - born).days if born else UNKNOWN


def _age(subject: Subject) -> int:
    age = subject.age_on(subject.claim.from_date)
    return UNKNOWN if age is None else age


def _days_left(subject: Subject) -> int:
    return NO_LIMIT if subject.days_left is None else subject.days_left


VARIABLES: dict[str, Variable] = {
    "claim.form": Variable("text", "P professional, I institutional", lambda s: s.claim.form),
    "claim.place": Variable(
        "text", "place of service, or type of bill", lambda s: s.claim.facility_code or ""
    ),
    "claim.from_date": Variable("text", "first day, 2026-02-16", lambda s: _iso(s.claim.from_date)),
    "claim.through_date": Variable("text", "last day", lambda s: _iso(s.claim.through_date)),
    "claim.days": Variable(
        "number", "days from first to last", lambda s: (s.claim.through_date - s.claim.from_date).days + 1
    ),
    "claim.charge_cents": Variable("number", "the charge in cents", lambda s: _cents(s.claim.charge)),
    "claim.authorization": Variable(
        "text", "authorization number", lambda s: s.claim.authorization_number or ""
    ),
    "claim.referral": Variable("text", "referral number", lambda s: s.claim.referral_number or ""),
    "claim.clia": Variable("text", "CLIA number", lambda s: s.claim.clia or ""),
    "claim.accident": Variable("text", "AA, EM or OA", lambda s: s.claim.accident or ""),
    "claim.accident_state": Variable(
        "text", "state of a car accident", lambda s: s.claim.accident_state or ""
    ),
    "claim.has_note": Variable("truth", "whether there is a note", lambda s: bool(s.claim.note)),
    "claim.admission_type": Variable("text", "FL 14", _said("admission_type")),
    "claim.admission_source": Variable("text", "FL 15", _said("admission_source")),
    "claim.patient_status": Variable("text", "FL 17", _said("patient_status")),
    "claim.conditions": Variable("texts", "condition codes", _codes("BG")),
    "claim.occurrences": Variable("texts", "occurrence codes", _codes("BH", "BI")),
    "claim.values": Variable("texts", "value codes", _codes("BE")),
    "claim.sequence": Variable("text", "P, S or T", lambda s: s.filing.sequence if s.filing else "P"),
    "claim.frequency": Variable("text", "1, 7 or 8", lambda s: s.filing.frequency if s.filing else "1"),
    "claim.days_left": Variable("number", "days to the filing limit, 99999 without one", _days_left),
    "patient.age": Variable("number", "years on the first day", _age),
    "patient.age_days": Variable("number", "days on the first day", _age_in_days),
    "patient.sex": Variable("text", "F, M or U", lambda s: s.patient.sex or ""),
    "patient.state": Variable("text", "state of the address", lambda s: s.patient.state or ""),
    "payer.id": Variable("text", "the payer's id", lambda s: s.coverage.payer_id if s.coverage else ""),
    "payer.kind": Variable(
        "text", "kind of the payer's file", lambda s: str(s.profile.kind) if s.profile else ""
    ),
    "coverage.member_id": Variable("text", "member id", _coverage("member_id")),
    "coverage.group_number": Variable("text", "group number", _coverage("group_number")),
    "coverage.plan": Variable("text", "the plan's name", _coverage("plan_name")),
    "coverage.relationship": Variable("text", "18 self, 01 spouse, 19 child", _coverage("relationship")),
    "coverage.filing_indicator": Variable("text", "SBR09", _coverage("filing_indicator")),
    **{
        f"{role}.{name}": Variable(
            "text", f"{role} provider's {name.replace('_', ' ')}", _provider(role, name)
        )
        for role in ("billing", "rendering", "referring", "facility", "attending")
        for name in ("npi", "taxonomy", "state")
    },
    "billing.tax_id": Variable("text", "billing provider's tax number", _provider("billing", "tax_id")),
    "diagnoses": Variable(
        "texts", "diagnosis codes in their order, without dots", lambda s: [d.code for d in s.diagnoses]
    ),
}

LINE: dict[str, Variable] = {
    "number": Variable("number", "from 1", lambda s, x: x.number),
    "code": Variable("text", "procedure code", lambda s, x: x.procedure_code or ""),
    "modifiers": Variable("texts", "modifiers", lambda s, x: list(x.modifiers)),
    "charge_cents": Variable("number", "the charge in cents", lambda s, x: _cents(x.charge)),
    "units": Variable("decimal", "units", lambda s, x: float(x.units)),
    "unit_kind": Variable("text", "UN, MJ or DA", lambda s, x: x.unit_kind),
    "place": Variable("text", "place of service", lambda s, x: s.place_of(x)),
    "revenue_code": Variable("text", "revenue code", lambda s, x: x.revenue_code or ""),
    "from_date": Variable("text", "first day", lambda s, x: _iso(x.from_date)),
    "through_date": Variable("text", "last day", lambda s, x: _iso(x.through_date)),
    "diagnoses": Variable("texts", "codes that the line points at", lambda s, x: _pointed(s, x)),
    "ndc": Variable("text", "drug code", lambda s, x: x.ndc or ""),
}


def _pointed(subject: Subject, line: ClaimLine) -> list[str]:
    codes = [diagnosis.code for diagnosis in subject.diagnoses]
    return [codes[pointer - 1] for pointer in line.pointers if 0 < pointer <= len(codes)]


class Facts:
    """One claim's variables, each found out when it is first asked for."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._of_claim: dict[str, Any] = {}
        self._of_lines: dict[str, list[Any]] = {}

    def of_claim(self, name: str) -> Any:
        if name not in self._of_claim:
            self._of_claim[name] = VARIABLES[name].of(self._subject)
        return self._of_claim[name]

    def of_lines(self, name: str) -> list[Any]:
        """What each line says, in their order."""
        if name not in self._of_lines:
            of = LINE[name].of
            self._of_lines[name] = [of(self._subject, line) for line in self._subject.lines]
        return self._of_lines[name]

    def values(self, names: Iterable[str], of_lines: Sequence[str]) -> dict[str, Any]:
        """The named variables, and ``lines`` with what is named of each line."""
        values = {name: self.of_claim(name) for name in names}
        rows = zip(*map(self.of_lines, of_lines), strict=True)
        values["lines"] = [dict(zip(of_lines, row, strict=True)) for row in rows]
        return values
