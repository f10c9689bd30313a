"""From denials to edits: what a payer keeps refusing becomes a draft edit, with its backtest beside it.

A draft begins with payer and procedure code and takes in what every refused line had in common, as long as
that spares good claims. A person reads it, mends it, and puts it into a pack: no draft is ever in force.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from claims.edits.backtest import Backtest, backtest
from claims.edits.catalogue import Edit
from claims.edits.conditions import Condition, places
from claims.edits.engine import subject_of
from claims.edits.filed import Filed
from claims.edits.lookups import Lookups
from claims.edits.packs import compile_packs
from claims.edits.variables import Facts
from claims.model import Denial
from config.edit_packs import Pack, PackEdit
from config.payers import PayerProfile
from config.settings import Settings

AT_LEAST = 3
NOT_OURS_TO_PREVENT = frozenset(("1", "2", "3", "23", "24", "45", "253", "18"))
_SAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What was refused alike: by whom, which code and modifiers, and the reason that was given."""

    payer: str
    code: str
    modifiers: tuple[str, ...]
    reason: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A pattern with the edit that would stop it; ``pack`` is the file that a person may keep."""

    pattern: Pattern
    denials: int
    amount: Decimal
    pack: Pack
    backtest: Backtest

    @property
    def toml(self) -> str:
        entry = self.pack.edit[0]
        keys = ("id", "title", "rule", "when", "each", "do", "queue", "tip", "source")
        lines = [f"payers = {json.dumps(list(self.pack.payers))}", "", "[[edit]]"]
        return "\n".join([*lines, *(f"{key} = {json.dumps(getattr(entry, key))}" for key in keys), ""])

    def as_json(self) -> dict[str, Any]:
        pattern = self.pattern
        return {
            "payer": pattern.payer,
            "code": pattern.code,
            "modifiers": list(pattern.modifiers),
            "reason": pattern.reason,
            "remarks": list(pattern.remarks),
            "denials": self.denials,
            "amount": str(self.amount),
            "edit": self.pack.edit[0].model_dump(mode="json", exclude_defaults=True),
            "toml": self.toml,
            "backtest": self.backtest.as_json(),
        }


def suggest(
    past: Sequence[Filed],
    numbers: Mapping[str, int],
    settings: Settings,
    payers: Mapping[str, PayerProfile],
    at_least: int = AT_LEAST,
) -> list[Draft]:
    """A draft for each pattern with that many denials, the most dollars first.

    ``numbers`` are `claims.edits.filed.line_numbers`.
    """
    found: dict[Pattern, list[tuple[Filed, Denial]]] = {}
    for one in past:
        for denial in one.denials:
            pattern = _pattern(one, denial, numbers)
            if pattern is not None:
                found.setdefault(pattern, []).append((one, denial))
    repeated = {pattern: cases for pattern, cases in found.items() if len(cases) >= at_least}
    drafts = [_draft(p, cases, past, settings, payers) for p, cases in repeated.items()]
    return sorted(drafts, key=lambda draft: (-draft.amount, draft.pattern.code))


def _pattern(one: Filed, denial: Denial, numbers: Mapping[str, int]) -> Pattern | None:
    line = one.line_of(denial, numbers)
    if line is None or not line.procedure_code or denial.reason_code in NOT_OURS_TO_PREVENT:
        return None
    reason = f"{denial.group_code}-{denial.reason_code}"
    modifiers, remarks = tuple(sorted(line.modifiers)), tuple(sorted(denial.remarks))
    return Pattern(one.filing.payer_id, line.procedure_code, modifiers, reason, remarks)


def _draft(
    pattern: Pattern,
    cases: Sequence[tuple[Filed, Denial]],
    past: Sequence[Filed],
    settings: Settings,
    payers: Mapping[str, PayerProfile],
) -> Draft:
    mine = [one for one in past if one.filing.payer_id == pattern.payer]
    facts = {one.filing.id: Facts(subject_of(one.bundle, one.day, settings, Lookups(payers))) for one in mine}
    refused = [facts[id] for id in dict.fromkeys(one.filing.id for one, _ in cases)]
    good = [facts[one.filing.id] for one in mine if one.good]
    pack = _pack(pattern, len(cases), _condition(pattern, refused, good))
    (edit,) = _edits(pack)
    (test,) = backtest(mine, [edit], settings, payers)
    return Draft(pattern, len(cases), sum((d.amount for _, d in cases), Decimal("0.00")), pack, test)


def _edits(pack: Pack) -> tuple[Edit, ...]:
    return compile_packs([pack]).edits


def _pack(pattern: Pattern, denials: int, condition: str) -> Pack:
    words = " ".join((pattern.reason, *pattern.remarks))
    id = ".".join(
        _SAFE.sub("_", part.lower()).strip("_") for part in (pattern.payer, pattern.code, pattern.reason)
    )
    entry = PackEdit(
        id=f"denied.{id}",
        title=f"{pattern.payer} keeps refusing {pattern.code} with {words}",
        rule=f"Drafted from {denials} denials.",
        when=condition,
        each="line",
        do="hold",
        queue="billing",
        tip=f"See what the payer wants for {words} before it goes.",
        source=f"our own remittances, {words}",
    )
    return Pack(name=f"draft_{_SAFE.sub('_', id)}", payers=(pattern.payer,), edit=(entry,))


def _condition(pattern: Pattern, refused: Sequence[Facts], good: Sequence[Facts]) -> str:
    """The parts that all refused claims meet, taken in one by one while they spare good ones."""
    parts = [f"line.code == {_text(pattern.code)}"]
    held = _met(parts, good)
    for part in _common(pattern):
        if not held:
            break
        spared = _met([*parts, part], good)
        if spared < held and _met([*parts, part], refused) == len(refused):
            parts, held = [*parts, part], spared
    return " && ".join(parts)


def _common(pattern: Pattern) -> Iterable[str]:
    """What to look at, the likeliest cause first."""
    yield from (f"{_text(each)} in line.modifiers" for each in pattern.modifiers)
    if not pattern.modifiers:
        yield "size(line.modifiers) == 0"
    yield from ('claim.authorization == ""', 'claim.referral == ""', 'line.ndc == ""', 'claim.clia == ""')
    yield from ('referring.npi == ""', "line.units > 1.0", "size(lines) > 1", 'claim.place == "11"')
    yield from ('claim.place != "11"', "size(line.diagnoses) == 1", "patient.age < 18", "patient.age >= 65")
    yield f"size(line.modifiers) == {len(pattern.modifiers)}"


def _met(parts: Sequence[str], claims: Sequence[Facts]) -> int:
    condition = Condition(" && ".join(parts), by_line=True)
    return sum(bool(places(condition, facts)) for facts in claims)


def _text(value: str) -> str:
    return json.dumps(value)
