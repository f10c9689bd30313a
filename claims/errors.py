"""The one family of errors: a stable code, what happened, what to do next; never patient data."""

from typing import ClassVar


class CleanclaimError(Exception):
    """Base of every error that Cleanclaim raises on purpose.

    ``code`` is stable and safe to show anywhere. ``message`` says what happened and ``tip`` what to do
    next; neither may hold patient data, since both reach logs and the Prefect UI.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, tip: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip

    def __str__(self) -> str:
        return f"{self.message} {self.tip}".strip()


class IllegalTransition(CleanclaimError):
    """The lifecycle's table has no such step from where the claim stands."""

    code = "illegal_transition"


class ClaimChanged(CleanclaimError):
    """Another writer changed the claim between the read and the write."""

    code = "claim_changed"


class NotFound(CleanclaimError):
    """No row answers to the id that a person or a program gave."""

    code = "not_found"


class NotAllowed(CleanclaimError):
    """The named actor does not have the role that the act needs."""

    code = "not_allowed"


class BadInput(CleanclaimError):
    """A file or a value from outside cannot be read; nothing of it was stored as data."""

    code = "bad_input"


class BadSettings(CleanclaimError):
    """The settings, a payer file or a key cannot be used; the message lists every problem."""

    code = "bad_settings"


class KeyMissing(BadSettings):
    """No key, or not the key that the stored rows were encrypted with."""

    code = "key_missing"
