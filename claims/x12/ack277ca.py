"""The claim acknowledgement, 277CA 005010X214: what the front end accepted and what it rejected."""

from dataclasses import dataclass

from claims.x12.parts import Amount, Extra, Party, Period, Quantity, Reference, Trace, reference
from claims.x12.status import Status, StatusLine

REJECTED = ("A3", "A6", "A7", "A8")


@dataclass(frozen=True, slots=True)
class AckLevel:
    """A level above the claims: source (2000A), receiver (2000B, trace = our BHT03) or provider (2000C)."""

    party: Party
    trace: Trace | None = None
    statuses: tuple[Status, ...] = ()
    references: tuple[Reference, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    amounts: tuple[Amount, ...] = ()
    dates: tuple[Period, ...] = ()
    extra: tuple[Extra, ...] = ()

    @property
    def is_rejected(self) -> bool:
        """The whole level is refused; the claims below may not be listed at all."""
        return is_rejected(self.statuses)


@dataclass(frozen=True, slots=True)
class ClaimAck:
    """Loop 2000D: one claim. ``pcn`` is TRN02 (our CLM01)."""

    pcn: str
    patient: Party
    statuses: tuple[Status, ...]
    provider: AckLevel | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    extra: tuple[Extra, ...] = ()

    @property
    def icn(self) -> str:
        """REF*1K, the payer's number for the claim."""
        return reference(self.references, "1K")

    @property
    def clearinghouse_id(self) -> str:
        """REF*D9."""
        return reference(self.references, "D9")

    @property
    def is_rejected(self) -> bool:
        """A status of the claim or of one of its lines refuses it."""
        return is_rejected(self.statuses) or any(is_rejected(line.statuses) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Ack277CA:
    """One receiver's acknowledgement. ``providers`` lists every 2000C level, also those without claims."""

    source: AckLevel
    receiver: AckLevel
    providers: tuple[AckLevel, ...] = ()
    claims: tuple[ClaimAck, ...] = ()


def is_rejected(statuses: tuple[Status, ...]) -> bool:
    """A3, A6, A7 or A8 among the category codes, or the action U (domain rules, section 3)."""
    return any(
        status.action == "U" or any(code.category in REJECTED for code in status.codes) for status in statuses
    )
