"""What a call over HTTP may meet, and by connector what follows from it: safe to repeat, ask first, never.

The tables are the written classification; ``claims.connect.web`` does what they say and nothing else decides.
"""

from collections.abc import Mapping
from enum import StrEnum

from claims.connect import (
    ConnectError,
    Garbled,
    Refused,
    Unauthorised,
    Unavailable,
    Unconfirmed,
)


class Signal(StrEnum):
    """How a call ended when it did not end well."""

    UNREACHED = "the connection was never made"
    NOT_NOW = "the other side said: not now (429, 409 while the first is under way)"
    SILENT = "no answer in time"
    BROKEN = "the connection broke"
    FAILED = "the other side failed (5xx)"
    GARBLED = "an answer that cannot be understood"
    DAMAGED = "the other side says that it came damaged (checksum)"
    UNAUTHORISED = "our credentials are not accepted"
    MISSING = "the other side has no such thing"
    REFUSED = "the other side read it and does not take it"


class Repeat(StrEnum):
    """What may be done after a signal."""

    SAFE = "safe to repeat: nothing was taken, or taking it twice harms nobody"
    KEYED = "safe to repeat under its key: the receiver keeps the key and takes it once"
    ASK = "ask first: it may have been taken"
    NEVER = "never: the same again meets the same"


Table = Mapping[Signal, Repeat]

_SAME_FOR_ALL = {
    Signal.UNREACHED: Repeat.SAFE,
    Signal.NOT_NOW: Repeat.SAFE,
    Signal.DAMAGED: Repeat.SAFE,
    Signal.UNAUTHORISED: Repeat.NEVER,
    Signal.MISSING: Repeat.NEVER,
    Signal.REFUSED: Repeat.NEVER,
}

INQUIRY: Table = {
    **_SAME_FOR_ALL,
    Signal.SILENT: Repeat.SAFE,
    Signal.BROKEN: Repeat.SAFE,
    Signal.FAILED: Repeat.SAFE,
    Signal.GARBLED: Repeat.NEVER,
}
"""Questions, mailbox reads and confirmations, the same for each connector."""

HAND_OVER: Table = {
    **_SAME_FOR_ALL,
    Signal.SILENT: Repeat.ASK,
    Signal.BROKEN: Repeat.ASK,
    Signal.FAILED: Repeat.ASK,
    Signal.GARBLED: Repeat.ASK,
}
"""Claims and letters where the receiver keeps no key: CAQH CORE, and our own HTTP way."""

KEYED_HAND_OVER: Table = {
    **_SAME_FOR_ALL,
    Signal.SILENT: Repeat.KEYED,
    Signal.BROKEN: Repeat.KEYED,
    Signal.FAILED: Repeat.KEYED,
    Signal.GARBLED: Repeat.KEYED,
}
"""Claims where the receiver keeps an Idempotency-Key (a JSON clearinghouse, 24 hours)."""

ONCE_MORE = (Repeat.SAFE, Repeat.KEYED)


class Missing(Refused):
    """The other side has no such thing."""

    code = "missing"


_NEVER: Mapping[Signal, type[ConnectError]] = {
    Signal.UNAUTHORISED: Unauthorised,
    Signal.MISSING: Missing,
    Signal.REFUSED: Refused,
    Signal.GARBLED: Garbled,
}


class Trouble(Exception):
    """One attempt met a signal; ``after`` are the seconds that the other side asked us to stay away."""

    def __init__(self, signal: Signal, message: str, *, tip: str = "", after: float | None = None) -> None:
        super().__init__(message)
        self.signal, self.message, self.tip, self.after = signal, message, tip, after

    def means(self, table: Table, *, in_doubt: bool) -> ConnectError:
        """The failure that follows; ``in_doubt`` when an earlier attempt may have been taken."""
        repeat = table[self.signal]
        if repeat in (Repeat.KEYED, Repeat.ASK) or (in_doubt and self.signal is not Signal.REFUSED):
            return Unconfirmed(self.message, tip=self.tip)
        if repeat is Repeat.SAFE:
            return Unavailable(self.message, tip=self.tip)
        return _NEVER[self.signal](self.message, tip=self.tip)
