"""TA1, the interchange acknowledgement: did the envelope arrive and could it be read."""

from dataclasses import dataclass
from datetime import date as Date


@dataclass(frozen=True, slots=True)
class Ta1:
    """``control_number`` is our ISA13; ``status`` A, E or R; ``code`` TA105 (000 fine, 025 seen before)."""

    control_number: str
    status: str
    code: str
    date: Date | None = None
    time: str = ""

    @property
    def is_accepted(self) -> bool:
        """A and E."""
        return self.status in ("A", "E")
