"""What every trading partner's section has, whatever the way to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from config.section import EnvelopeId, Section

Way = Literal["real_time", "batch"]
"""How a question goes: answered at once, or in a batch that is answered later."""


class Partner(Section):
    """Who the partner is on the envelope, and what it takes; ``asks`` are the ways that questions may go."""

    asks: ClassVar[tuple[Way, ...]] = ("real_time",)

    kind: str
    receiver_id: EnvelopeId
    receiver_name: str = "CLEARINGHOUSE"
    production: bool = Field(default=False, description="ISA15 P; otherwise T")
    acknowledges: bool = Field(default=True, description="send our 999 and TA1 for what the mailbox held")
    inquiries_at_once: int = Field(default=100, ge=1, description="patients or claims in one 270 or 276")
    timeout_seconds: float = Field(default=60, gt=0, description="for one attempt, all of it")
    attempts: int = Field(default=4, ge=1, le=10)
    deadline_seconds: float = Field(default=120, gt=0, description="for all attempts and pauses together")

    def problems(self, home: Path) -> Sequence[str]:
        """What is wrong beyond single values, each beginning with its key; paths count from ``home``."""
        return ()
