"""What a reviewer's corrected codes say: each difference as a kind of error, and whom it favoured.

An error *over* asked for more money than the record supports, *under* for less, *neither* for the same.
Always the same direction looks like intent, whatever it was: so it is counted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from claims.bundle import Bundle
from claims.coding.families import family_of_diagnosis, family_of_procedure, levels_of

OVER, UNDER, NEITHER = "over", "under", "neither"
_PAYING = frozenset(
    ("22", "24", "25", "50", "57", "58", "59", "76", "77", "78", "79", "91", *("XE", "XP", "XS", "XU"))
)
Error = dict[str, str]


def codes_of(bundle: Bundle) -> list[dict[str, Any]]:
    """The codes of a claim as an audit keeps them: in clear, nothing of the patient."""
    diagnoses = [{"field": f"diagnosis.{d.position}", "code": d.code} for d in bundle.diagnoses]
    lines = [
        {
            "field": f"line.{line.number}",
            "procedure_code": line.procedure_code or "",
            "modifiers": " ".join(line.modifiers),
            "units": f"{line.units.normalize():f}",
            "pointers": " ".join(map(str, line.pointers)),
        }
        for line in bundle.lines
    ]
    return [*diagnoses, *lines]


def errors(codes: Sequence[Mapping[str, Any]], right: Mapping[str, str]) -> list[Error]:
    """Each field that the reviewer would have set otherwise; what they set to the same is no error."""
    there = {row["field"]: row for row in codes}
    return [error for path, should in right.items() for error in _compared(there, path, should)]


def _compared(there: Mapping[str, Mapping[str, Any]], path: str, should: str) -> list[Error]:
    part, number, field = [*path.split("."), "", ""][:3]
    row = there.get(f"{part}.{number}", {})
    if part == "diagnosis":
        return _diagnosis(path, str(row.get("code", "")), should)
    if not field:
        was = str(row.get("procedure_code", ""))
        return [_error(family_of_procedure(was), "service not supported", path, was, "", OVER)]
    was, code = str(row.get(field, "")), str(row.get("procedure_code", "") or should)
    if was == should or field not in _JUDGED:
        return []
    kind, favours = _JUDGED[field](was, should)
    return [_error(family_of_procedure(code), kind, path, was, should, favours)]


def _diagnosis(path: str, was: str, should: str) -> list[Error]:
    if was == should:
        return []
    kind = "diagnosis missing" if not was else "diagnosis not supported" if not should else "wrong diagnosis"
    return [_error(family_of_diagnosis(was or should), kind, path, was, should, NEITHER)]


def _procedure(was: str, should: str) -> tuple[str, str]:
    if not was:
        return "service missing", UNDER
    levels = levels_of(was)
    if levels and should in levels[1]:
        high = levels[1].index(was) > levels[1].index(should)
        return ("level too high", OVER) if high else ("level too low", UNDER)
    return "wrong procedure", NEITHER


def _modifiers(was: str, should: str) -> tuple[str, str]:
    extra, lacking = set(was.split()) - set(should.split()), set(should.split()) - set(was.split())
    if extra and lacking:
        return "wrong modifier", NEITHER
    if extra:
        return "modifier not supported", OVER if extra & _PAYING else NEITHER
    return "modifier missing", UNDER if lacking & _PAYING else NEITHER


def _units(was: str, should: str) -> tuple[str, str]:
    high = float(was or 0) > float(should or 0)
    return ("units too high", OVER) if high else ("units too low", UNDER)


def _pointers(_was: str, _should: str) -> tuple[str, str]:
    return "wrong pointer", NEITHER


_JUDGED = {
    "procedure_code": _procedure,
    "modifiers": _modifiers,
    "units": _units,
    "pointers": _pointers,
}


def _error(family: str, kind: str, field: str, was: str, should: str, favours: str) -> Error:
    return {"family": family, "kind": kind, "field": field, "was": was, "should": should, "favours": favours}
