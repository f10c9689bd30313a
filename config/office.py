"""What the billing office decides for itself: who may give up how much, for what; its blank claim forms."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from config.section import Section


class WriteOffLimit(Section):
    """What somebody of a role may give up: by themselves, and as the second of two. None is any amount."""

    role: Literal["ops", "coder", "biller", "auditor", "admin"]
    alone: Decimal | None = Field(default=None, ge=0)
    second: Decimal | None = Field(default=None, ge=0)


class Office(Section):
    """The office's own rules and forms. Blanks are PDFs of one page; relative ones lie in the home folder."""

    blank_cms1500: Path | None = None
    blank_ub04: Path | None = None
    write_off: tuple[WriteOffLimit, ...] = (
        WriteOffLimit(role="biller", alone=Decimal("500.00"), second=Decimal("5000.00")),
        WriteOffLimit(role="admin"),
    )
    write_off_reasons: dict[str, str] = Field(
        default={
            "timely_filing": "filed too late",
            "authorization": "no authorization to be had",
            "coverage": "not covered, and not the patient's",
            "coding": "bundled, or not supported by the record",
            "medical_necessity": "the payer stays with its view of necessity",
            "documentation": "no record to be had",
            "credentialing": "clinician not enrolled on that day",
            "duplicate": "billed twice",
            "eligibility": "no coverage to be found",
            "small_balance": "too small to pursue",
            "hardship": "the patient cannot pay",
            "bad_debt": "the patient does not pay",
            "courtesy": "given up by agreement",
            "other": "another reason, which the note says",
        },
        min_length=1,
        description="what a write-off may be for; each write-off carries one",
    )

    def blank(self, form: str) -> Path | None:
        """The office's blank of ``cms1500`` or ``ub04``."""
        return {"cms1500": self.blank_cms1500, "ub04": self.blank_ub04}[form]

    def at(self, home: Path) -> "Office":
        """With its paths counted from the home folder."""
        paths = {key: home / path for key, path in self._blanks().items()}
        return self.model_copy(update=paths)

    def problems(self, home: Path) -> list[str]:
        missing = {key: path for key, path in self._blanks().items() if not (home / path).is_file()}
        return [f"office.{key}: no file {path}" for key, path in missing.items()]

    def _blanks(self) -> dict[str, Path]:
        named = {"blank_cms1500": self.blank_cms1500, "blank_ub04": self.blank_ub04}
        return {key: path for key, path in named.items() if path}
