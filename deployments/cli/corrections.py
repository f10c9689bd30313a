"""What `claims edit` was asked for, as the named fields that a correction takes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from claims.errors import BadInput

if TYPE_CHECKING:
    from claims.bundle import Bundle


def edits_of(
    bundle: "Bundle", set_: Sequence[str], add: Sequence[str], drop: Sequence[str]
) -> dict[str, str]:
    """Fields and values: what is added gets the next number, what is dropped an empty value."""
    pairs = [_pair("--set", text) for text in set_]
    pairs += _added(bundle, [_pair("--add", text) for text in add])
    pairs += [(name, "") for name in drop]
    edits = dict(pairs)
    if len(edits) < len(pairs):
        raise BadInput("A field is named twice.", tip="Say once what it shall be.")
    return edits


def _pair(option: str, text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"Each {option} is FIELD=VALUE.", tip="For example --set line.1.procedure_code=99213.")
    return field, value


def _added(bundle: "Bundle", pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """All of ``line.…`` make one new line; each ``diagnosis`` is one more."""
    line = max((line.number for line in bundle.lines), default=0) + 1
    diagnosis = len(bundle.diagnoses)
    found = []
    for field, value in pairs:
        part, _, name = field.partition(".")
        if part == "line" and name:
            found.append((f"line.{line}.{name}", value))
        elif field == "diagnosis":
            diagnosis += 1
            found.append((f"diagnosis.{diagnosis}", value))
        else:
            tip = "Use --add line.procedure_code=99213 --add line.charge=80 or --add diagnosis=J069."
            raise BadInput("Lines and diagnoses can be added.", tip=tip)
    return found
