"""The states of a claim: several axes, because one axis cannot say "primary paid, secondary pending"."""

from enum import StrEnum


class Stage(StrEnum):
    """Where the claim stands in our own work."""

    INTAKE = "intake"
    ELIGIBILITY = "eligibility"
    AUTHORIZATION = "authorization"
    CODING_REVIEW = "coding_review"
    SCRUB = "scrub"
    READY = "ready"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    ADJUDICATING = "adjudicating"
    ADJUDICATED = "adjudicated"
    SECONDARY = "secondary"
    DENIAL = "denial"
    APPEAL = "appeal"
    PATIENT = "patient"
    CLOSED = "closed"


class Submission(StrEnum):
    """How far one filing came on its way to the payer's adjudication."""

    NONE = "none"
    QUEUED = "queued"
    SENDING = "sending"
    SENT_UNCONFIRMED = "sent_unconfirmed"
    SENT = "sent"
    REJECTED_FORMAT = "rejected_format"
    REJECTED_CLEARINGHOUSE = "rejected_clearinghouse"
    REJECTED_PAYER = "rejected_payer"
    ACCEPTED = "accepted"


class Adjudication(StrEnum):
    """What the payer made of one filing."""

    NONE = "none"
    PENDING = "pending"
    INFO_REQUESTED = "info_requested"
    PAID = "paid"
    PARTIALLY_PAID = "partially_paid"
    DENIED = "denied"
    ZERO_PAID = "zero_paid"
    REVERSED = "reversed"


class Hold(StrEnum):
    """Whether the claim waits for a person."""

    FREE = "free"
    HELD = "held"
