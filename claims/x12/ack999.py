"""The implementation acknowledgement, 999 005010X231A1: which sets were accepted, and the faults."""

from dataclasses import dataclass, field

from claims.x12.kept import Kept
from claims.x12.parts import Extra


@dataclass(frozen=True, slots=True)
class ElementError:
    """IK4: element position, data element number (``reference``), error code.

    The bad value (IK404) may be patient data and has no field: it is in ``Ack999.kept`` alone.
    """

    element: str
    code: str
    component: str = ""
    repetition: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SegmentError:
    """IK3 with its CTX: ``position`` counts from ST = 1."""

    segment: str
    position: int
    code: str = ""
    loop: str = ""
    claim: str = ""
    elements: tuple[ElementError, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAck:
    """AK2 … IK5: ``control_number`` is our ST02; ``status`` A, E (accepted with errors), R, M, W or X."""

    kind: str
    control_number: str
    status: str
    version: str = ""
    codes: tuple[str, ...] = ()
    errors: tuple[SegmentError, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """A and E: the set goes on into the receiver's system."""
        return self.status in ("A", "E")


@dataclass(frozen=True, slots=True)
class Ack999:
    """AK1 … AK9: ``group`` is our GS06; ``status`` A, E, P (in part: walk the sets), R, M, W or X."""

    functional_id: str
    group: str
    status: str
    version: str = ""
    included: int = 0
    received: int = 0
    accepted: int = 0
    codes: tuple[str, ...] = ()
    sets: tuple[SetAck, ...] = ()
    # Not for logs: a receiver may quote patient data.
    kept: tuple[Kept, ...] = field(default=(), repr=False)
