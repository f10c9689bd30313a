"""Connectors: how a clearinghouse or payer is reached; failures are named by what follows from them.

A connector absorbs seconds (its own short retries); hours and days are the schedule's, the rest a person's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from claims.errors import CleanclaimError


class ConnectError(CleanclaimError):
    """Something went wrong on the way; the subclass says what follows from it."""

    code = "connect"


class Unavailable(ConnectError):
    """Nothing was taken: the other side was not reached, or said that it will not now. Try again later."""

    code = "unavailable"


class Refused(ConnectError):
    """The other side read the message and does not take it; sending it again will not help."""

    code = "refused"


class RefusedClaims(Refused):
    """Some claims of the message are not taken, and so nothing of it went: ``claims`` has why, by CLM01."""

    code = "refused_claims"

    def __init__(self, claims: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"Claim {pcn}: {why}" for pcn, why in claims.items()))
        self.claims = claims


class Unauthorised(ConnectError):
    """The other side does not accept our credentials."""

    code = "unauthorised"


class Unconfirmed(ConnectError):
    """The message may have arrived. Ask before anything is sent again."""

    code = "unconfirmed"


class Unknowable(ConnectError):
    """The other side has no way to tell, and that nothing is there proves nothing: wait for its
    acknowledgement; when that is overdue, a person asks."""

    code = "unknowable"


class Unmailed(Unknowable):
    """It lies printed in the outbox: a person mails it, and says when."""

    code = "unmailed"


class NotWhole(Unavailable):
    """The file is still being written: leave it for the next time."""

    code = "not_whole"


class NotOpened(Unavailable):
    """The file is encrypted and our key does not open it: it stays where it lies."""

    code = "not_opened"


class NotSigned(Unavailable):
    """The partner did not sign the file, or somebody else did: it stays where it lies."""

    code = "not_signed"


class NotCarried(Refused):
    """Messages of this kind do not go this way."""

    code = "not_carried"


class Garbled(ConnectError):
    """An answer came that cannot be understood."""

    code = "garbled"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side's word that it has our message."""

    number: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that waits in a mailbox; ``kind`` and ``sha256`` are "" where only its bytes can tell."""

    id: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AppealMessage:
    """An appeal as it goes to a payer: references and the packet's hash, and the packet itself, a PDF."""

    payer: str
    icn: str
    pcn: str
    level: int
    reason: str
    packet_sha256: str
    packet: bytes


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A document that travels with a message."""

    sha256: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RecordsMessage:
    """The records that a payer asked for, with the numbers by which it knows the claim."""

    payer: str
    icn: str
    pcn: str
    documents: tuple[Enclosure, ...]


class Connector(Protocol):
    """One trading partner. Inquiries and mailbox reads are safe to repeat; submissions, appeals and records
    are not: ``find_…`` asks the other side whether it has them, and None means that it says it has not.
    Unknowable means that it cannot say: then its acknowledgement tells, or a person."""

    name: str

    async def eligibility(self, inquiry: bytes) -> bytes: ...

    async def status(self, inquiry: bytes) -> bytes: ...

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt: ...

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        """``first_sent`` is when (real time) its first attempt began; keys are kept for so long only."""

    async def appeal(self, message: AppealMessage, *, key: str) -> Receipt: ...

    async def find_appeal(self, key: str) -> Receipt | None: ...

    async def records(self, message: RecordsMessage, *, key: str) -> Receipt: ...

    async def find_records(self, key: str) -> Receipt | None: ...

    async def mailbox(self) -> list[RemoteFile]: ...

    async def fetch(self, remote_id: str) -> bytes: ...

    async def done(self, remote_id: str) -> None: ...

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        """Our 999 or TA1 for a file of the mailbox; safe to repeat under the same key."""

    async def close(self) -> None: ...


@runtime_checkable
class Reviewing(Protocol):
    """A connector that also carries prior authorizations (278), answered at once."""

    async def review(self, request: bytes, *, inquiry: bool) -> bytes:
        """An ``inquiry`` (X215) is safe to repeat. A request is not: Unconfirmed, and it may be there."""
