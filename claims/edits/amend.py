"""What operators' edits change on a claim: a few fields in clear, each change told with before and after."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from claims.bundle import Bundle
from claims.edits.catalogue import Edit
from claims.edits.subject import Subject
from claims.errors import CleanclaimError
from claims.intake.fields import CORRECTABLE
from claims.intake.values import Unfit

SETTABLE = (
    *("facility_code", "authorization_number", "referral_number", "clia", "accident", "accident_state"),
    *("line.unit_kind", "line.place_of_service", "line.revenue_code", "line.ndc_unit_kind"),
    *("line.procedure_code", "line.modifiers"),
)
"""Nothing of the patient's, no amount, no date: those are a person's to correct."""
MOST_MODIFIERS = 4


class AmendmentRefused(CleanclaimError):
    """The value is not what the field takes."""

    code = "amendment_refused"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One field that an edit changed; ``path`` as `cleanclaim claims edit --set` names it."""

    edit: str
    version: int
    path: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def accepted_value(field: str, value: str) -> Any:
    """The value as its column holds it; raises AmendmentRefused saying what was expected."""
    part, _, name = field.rpartition(".")
    try:
        return CORRECTABLE[part][name].read(value)
    except Unfit as unfit:
        raise AmendmentRefused(f"{unfit.expected} was expected") from unfit


def amend(bundle: Bundle, subject: Subject, edits: Sequence[Edit]) -> list[Amendment]:
    """Carry out what the edits say, on the rows of the bundle. A second time changes nothing.

    An edit that fails changes nothing here; it fails again when the claim is judged, and holds it.
    """
    changed: list[Amendment] = []
    for each in edits:
        try:
            hits = list(each.predicate(subject))
        except RuntimeError:
            continue
        for hit in hits:
            changed += _change(bundle, each, hit.line)
    return changed


def _change(bundle: Bundle, each: Edit, number: int | None) -> Iterator[Amendment]:
    row, name = _place(bundle, each, number)
    before, after = getattr(row, name), _after(row, each)
    if before == after or (name == "modifiers" and len(after) > MOST_MODIFIERS):
        return
    setattr(row, name, after)
    path = name if number is None else f"line.{number}.{name}"
    yield Amendment(each.id, each.version, path, before, after)


def unmet(each: Edit, subject: Subject, number: int | None) -> bool:
    """Whether the claim is still not as the edit would have it."""
    row, name = _place(subject.bundle, each, number)
    return bool(getattr(row, name) != _after(row, each))


def _place(bundle: Bundle, each: Edit, number: int | None) -> tuple[Any, str]:
    assert each.own is not None
    name = each.own.field.removeprefix("line.")
    if number is None:
        return bundle.claim, name
    return next(line for line in bundle.lines if line.number == number), name


def _after(row: Any, each: Edit) -> Any:
    assert each.own is not None
    if each.own.does == "add_modifier":
        there: list[str] = row.modifiers
        return there if each.own.value in there else [*there, each.own.value]
    return accepted_value(each.own.field, each.own.value)
