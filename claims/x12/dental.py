"""What only the dental claim (837D, 005010X224A2) says: teeth, surfaces, the regions of the mouth, braces."""

from dataclasses import dataclass
from decimal import Decimal

# DN206 and TOO01: the universal numbering of teeth, 1 to 32 and A to T.
UNIVERSAL = "JP"


@dataclass(frozen=True, slots=True)
class Tooth:
    """TOO: one tooth of a line and the surfaces worked on (B, D, F, I, L, M, O)."""

    number: str
    surfaces: tuple[str, ...] = ()
    system: str = UNIVERSAL


@dataclass(frozen=True, slots=True)
class ToothStatus:
    """DN2: a tooth that is missing (``status`` M) or to be extracted (E)."""

    number: str
    status: str
    system: str = UNIVERSAL


@dataclass(frozen=True, slots=True)
class Orthodontics:
    """DN1: months of the whole treatment, and of what is left of it for a patient who comes from elsewhere.

    ``answer`` is DN103, which the 5010 guide left out.
    """

    months: Decimal | None = None
    months_remaining: Decimal | None = None
    answer: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class DentalClaim:
    """What a dental claim alone says in loop 2300. ``submission_reason`` is CLM19."""

    submission_reason: str = ""
    orthodontics: Orthodontics | None = None
    teeth: tuple[ToothStatus, ...] = ()

    @property
    def is_predetermination(self) -> bool:
        """PB: nothing was done yet, the payer is asked what it would pay."""
        return self.submission_reason == "PB"


@dataclass(frozen=True, slots=True)
class DentalService:
    """What a dental line alone says: ``regions`` SV304, ``prosthesis`` SV305 (I first, R instead)."""

    regions: tuple[str, ...] = ()
    prosthesis: str = ""
    teeth: tuple[Tooth, ...] = ()
