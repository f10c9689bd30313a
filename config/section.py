"""A section of the operator's files: nothing unknown in it, and nothing changes once it is read."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Days = Annotated[int, Field(ge=1, le=3660)]
"""Ten years at most: what is longer is a slip, and no calendar reaches as far."""
DaysOrNone = Annotated[int, Field(ge=0, le=3660)]
EnvelopeId = Annotated[
    str,
    Field(
        min_length=2,
        max_length=15,
        pattern=r"^[A-Za-z0-9&._-]+( [A-Za-z0-9&._-]+)*$",
        description="letters, digits and & . _ -",
    ),
]
"""Who stands on an envelope (ISA06, ISA08)."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_switch(cls, value: Any, about: ValidationInfo) -> Any:
        """``claims_per_batch = true`` would count as 1."""
        if isinstance(value, bool) and cls.model_fields[about.field_name or ""].annotation in (int, float):
            raise ValueError("is a number, not true or false")
        return value
