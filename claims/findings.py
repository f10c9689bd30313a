"""A finding: what a check has to say about a claim or a file. Expected trouble is data, not an exception."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a check.

    ``snip`` is the WEDI SNIP type (1 syntax … 7 payer), ``segment`` counts from the file's first segment
    as 1, ``loop`` is the guide's loop id ("2300"), ``element`` the X12 position ("CLM02") or the model's
    path, ``claim`` the patient control number where one is known; ``interchange``, ``group`` and
    ``transaction`` are the control numbers ISA13, GS06 and ST02. ``message`` and ``tip`` hold no patient
    data.
    """

    code: str
    severity: Severity
    message: str
    tip: str = ""
    snip: int | None = None
    segment: int | None = None
    loop: str | None = None
    element: str | None = None
    claim: str | None = None
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}
