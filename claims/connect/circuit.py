"""A circuit for each payer: after some failures in a row nobody calls it for a while, then one call tries.

Real seconds, kept in the process: a run is spared the time-outs of a payer that is down, and it a crowd.
"""

from dataclasses import dataclass

from claims.connect import ConnectError, Unauthorised, Unavailable, Unconfirmed

FAILURES = 5
REST_SECONDS = 60.0
_DOWN = (Unavailable, Unconfirmed, Unauthorised)
"""What counts: nobody there, an end that nobody knows, and credentials (too many tries lock an account)."""


class CircuitOpen(Unavailable):
    """The payer failed again and again: it is left alone for a while, and nothing was sent."""

    code = "circuit_open"


@dataclass
class Circuit:
    """One payer's: closed, or open until ``opens_at`` (seconds of the caller's clock)."""

    failures: int = 0
    opens_at: float = 0.0

    def look(self, now: float) -> None:
        """Raises CircuitOpen while it rests."""
        if self.failures >= FAILURES and now < self.opens_at:
            left = f"{self.opens_at - now:.0f}"
            told = f"The payer failed {self.failures} times in a row and is left alone for {left} seconds."
            raise CircuitOpen(told, tip="Nothing was sent. Retry it later.")

    def check(self, now: float) -> None:
        """As `look`, right before a call; the first one after the rest holds the others off meanwhile."""
        self.look(now)
        if self.failures >= FAILURES:
            self.opens_at = now + REST_SECONDS

    def ended(self, error: ConnectError | None, now: float) -> None:
        """How a call ended; whatever shows that the other side is there closes it."""
        self.failures = self.failures + 1 if isinstance(error, _DOWN) else 0
        if self.failures >= FAILURES:
            self.opens_at = now + REST_SECONDS
