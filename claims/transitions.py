"""The transition table: which event may happen where, and what comes of it. Pure; nothing is stored here.

A claim's position is four values: its stage and hold, and the submission and adjudication of one filing.
An event speaks of the axes on which it has a row below and leaves the others alone; it is legal only if
every axis it speaks of has a row for the value that is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from claims.errors import IllegalTransition
from claims.model.states import Adjudication as A
from claims.model.states import Hold, Stage, Submission


class Event(StrEnum):
    """What can happen to a claim, in the order of its life."""

    IMPORTED = "imported"
    INTAKE_COMPLETED = "intake_completed"
    COVERAGE_CONFIRMED = "coverage_confirmed"
    AUTHORIZATION_CLEARED = "authorization_cleared"
    CODING_CLEARED = "coding_cleared"
    SCRUBBED = "scrubbed"
    QUEUED = "queued"
    SEND_STARTED = "send_started"
    SENT = "sent"
    SEND_REFUSED = "send_refused"
    NOT_SENT = "not_sent"
    SEND_UNCONFIRMED = "send_unconfirmed"
    RECEIPT_CONFIRMED = "receipt_confirmed"
    NEVER_RECEIVED = "never_received"
    REJECTED_FORMAT = "rejected_format"
    REJECTED_CLEARINGHOUSE = "rejected_clearinghouse"
    REJECTED_PAYER = "rejected_payer"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    STATUS_PENDING = "status_pending"
    STATUS_INFO_REQUESTED = "status_info_requested"
    STATUS_FINAL = "status_final"
    RECORDS_SENT = "records_sent"
    REOPENED = "reopened"
    REMIT_PAID = "remit_paid"
    REMIT_PARTIALLY_PAID = "remit_partially_paid"
    REMIT_DENIED = "remit_denied"
    REMIT_ZERO_PAID = "remit_zero_paid"
    REMIT_REVERSED = "remit_reversed"
    DENIAL_OPENED = "denial_opened"
    SECONDARY_DUE = "secondary_due"
    SECONDARY_PREPARED = "secondary_prepared"
    CROSSOVER_AWAITED = "crossover_awaited"
    CROSSOVER_FAILED = "crossover_failed"
    APPEAL_DRAFTED = "appeal_drafted"
    APPEAL_APPROVED = "appeal_approved"
    APPEAL_SENT = "appeal_sent"
    APPEAL_WON = "appeal_won"
    APPEAL_LOST = "appeal_lost"
    PATIENT_DUE = "patient_due"
    STATEMENT_SENT = "statement_sent"
    PATIENT_PAID = "patient_paid"
    PATIENT_WAITS = "patient_waits"
    WRITTEN_OFF = "written_off"
    REPLACEMENT_DUE = "replacement_due"
    CORRECTED = "corrected"
    VOID_REQUESTED = "void_requested"
    VOIDED = "voided"
    CLOSED = "closed"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a claim stands; the filing's two axes are None while it has no filing."""

    stage: Stage | None
    hold: Hold = Hold.FREE
    submission: Submission | None = None
    adjudication: A | None = None


E, S, F = Event, Stage, Submission

PREPARING = (S.INTAKE, S.ELIGIBILITY, S.AUTHORIZATION, S.CODING_REVIEW, S.SCRUB, S.READY)
WITH_PAYER = (S.SUBMITTED, S.ACKNOWLEDGED, S.ADJUDICATING)
_ANSWERED = (S.ADJUDICATED, S.SECONDARY, S.DENIAL, S.APPEAL, S.PATIENT)
_OPEN = (*PREPARING, *WITH_PAYER, *_ANSWERED)
_HANDED_OVER = (F.SENT, F.SENT_UNCONFIRMED, F.ACCEPTED)
_REJECTED = (F.REJECTED_FORMAT, F.REJECTED_CLEARINGHOUSE, F.REJECTED_PAYER)
_REMITS = (E.REMIT_PAID, E.REMIT_PARTIALLY_PAID, E.REMIT_DENIED, E.REMIT_ZERO_PAID, E.REMIT_REVERSED)
_STATUSES = (E.STATUS_PENDING, E.STATUS_INFO_REQUESTED, E.STATUS_FINAL)
_REJECTIONS = (E.REJECTED_FORMAT, E.REJECTED_CLEARINGHOUSE, E.REJECTED_PAYER)

Table = Mapping[tuple[StrEnum | None, Event], StrEnum | None]


def _table(*rows: tuple[Event | Iterable[Event], object, StrEnum | None]) -> Table:
    """Rows of (event or events, value or values before, value after); after None means unchanged."""
    table: dict[tuple[StrEnum | None, Event], StrEnum | None] = {}
    for events, befores, after in rows:
        for event in (events,) if isinstance(events, Event) else tuple(events):
            for before in befores if isinstance(befores, tuple) else (befores,):
                table[before, event] = before if after is None else after
    return table


STAGES = _table(
    # What we do before the claim leaves.
    (E.IMPORTED, None, S.INTAKE),
    (E.INTAKE_COMPLETED, S.INTAKE, S.ELIGIBILITY),
    (E.COVERAGE_CONFIRMED, S.ELIGIBILITY, S.AUTHORIZATION),
    (E.AUTHORIZATION_CLEARED, S.AUTHORIZATION, S.CODING_REVIEW),
    (E.CODING_CLEARED, S.CODING_REVIEW, S.SCRUB),
    (E.SCRUBBED, S.SCRUB, S.READY),
    # The way to the payer.
    ((E.QUEUED, E.SEND_STARTED, E.NOT_SENT), S.READY, None),
    ((E.SENT, E.SEND_UNCONFIRMED), S.READY, S.SUBMITTED),
    (E.SEND_REFUSED, S.READY, S.SCRUB),
    (E.RECEIPT_CONFIRMED, S.SUBMITTED, None),
    (E.NEVER_RECEIVED, WITH_PAYER, S.READY),
    # The front door: a rejected claim was never filed; it goes back to be corrected and sent as new.
    (_REJECTIONS, WITH_PAYER, S.SCRUB),
    (E.ACKNOWLEDGED, S.SUBMITTED, S.ACKNOWLEDGED),
    (E.ACKNOWLEDGED, (S.ACKNOWLEDGED, S.ADJUDICATING, *_ANSWERED), None),
    (E.ACCEPTED, WITH_PAYER, S.ADJUDICATING),
    (E.ACCEPTED, _ANSWERED, None),
    # The payer's work. A remittance may come at any time, also for a claim that was closed.
    (_STATUSES, WITH_PAYER, S.ADJUDICATING),
    (_STATUSES, _ANSWERED, None),
    (E.RECORDS_SENT, S.ADJUDICATING, None),
    # Refused for want of records, which go to it now: the payer decides again.
    (E.REOPENED, S.DENIAL, S.ADJUDICATING),
    (_REMITS, (*WITH_PAYER, *_ANSWERED, S.CLOSED), S.ADJUDICATED),
    (_REMITS, PREPARING, None),
    # What follows from the answer.
    (E.DENIAL_OPENED, S.ADJUDICATED, S.DENIAL),
    (E.SECONDARY_DUE, (S.ADJUDICATED, S.DENIAL), S.SECONDARY),
    (E.SECONDARY_PREPARED, S.SECONDARY, S.SCRUB),
    ((E.CROSSOVER_AWAITED, E.CROSSOVER_FAILED), S.SECONDARY, None),
    (E.APPEAL_DRAFTED, S.DENIAL, S.APPEAL),
    ((E.APPEAL_APPROVED, E.APPEAL_SENT), S.APPEAL, None),
    (E.APPEAL_WON, S.APPEAL, S.ADJUDICATING),
    (E.APPEAL_LOST, S.APPEAL, S.DENIAL),
    (E.PATIENT_DUE, (S.ADJUDICATED, S.SECONDARY, S.DENIAL), S.PATIENT),
    ((E.STATEMENT_SENT, E.PATIENT_PAID, E.PATIENT_WAITS), S.PATIENT, None),
    (E.WRITTEN_OFF, (S.ADJUDICATED, S.DENIAL, S.PATIENT), None),
    (E.CLOSED, (S.ADJUDICATED, S.SECONDARY, S.DENIAL, S.PATIENT), S.CLOSED),
    # What people do. Corrected goes through every check again.
    # Its payer has decided, and what we then find wrong goes there as a replacement.
    (E.REPLACEMENT_DUE, (S.ADJUDICATED, S.PATIENT, S.CLOSED), S.INTAKE),
    # One that its payer has not decided yet: only where the payer takes that (`intake.correct`).
    (E.CORRECTED, (*PREPARING, S.ADJUDICATING, S.DENIAL), S.INTAKE),
    (E.VOID_REQUESTED, (S.ADJUDICATING, *_ANSWERED), S.SCRUB),
    (E.VOIDED, (*PREPARING, S.ADJUDICATED, S.DENIAL), S.CLOSED),
    ((E.HELD, E.RELEASED), _OPEN, None),
)

HOLDS = _table(
    (E.HELD, (Hold.FREE, Hold.HELD), Hold.HELD),
    (E.RELEASED, Hold.HELD, Hold.FREE),
)

SUBMISSIONS = _table(
    (E.QUEUED, (F.NONE, F.QUEUED), F.QUEUED),
    (E.SEND_STARTED, F.QUEUED, F.SENDING),
    (E.SENT, F.SENDING, F.SENT),
    (E.SEND_REFUSED, F.SENDING, F.REJECTED_FORMAT),
    (E.NOT_SENT, (F.QUEUED, F.SENDING), F.QUEUED),
    (E.SEND_UNCONFIRMED, F.SENDING, F.SENT_UNCONFIRMED),
    (E.RECEIPT_CONFIRMED, F.SENT_UNCONFIRMED, F.SENT),
    # Accepted too: a front door may have taken what its payer cannot find any more.
    (E.NEVER_RECEIVED, _HANDED_OVER, F.QUEUED),
    (E.REJECTED_FORMAT, (F.SENT, F.SENT_UNCONFIRMED), F.REJECTED_FORMAT),
    (E.REJECTED_CLEARINGHOUSE, (F.SENT, F.SENT_UNCONFIRMED, F.ACCEPTED), F.REJECTED_CLEARINGHOUSE),
    (E.REJECTED_PAYER, (F.SENT, F.SENT_UNCONFIRMED, F.ACCEPTED), F.REJECTED_PAYER),
    (E.ACKNOWLEDGED, (F.SENT, F.SENT_UNCONFIRMED), F.SENT),
    (E.ACKNOWLEDGED, F.ACCEPTED, None),
    # Whoever answers a claim has it: status and money confirm what an acknowledgement forgot to say.
    ((E.ACCEPTED, *_STATUSES), _HANDED_OVER, F.ACCEPTED),
    (_REMITS, (*_HANDED_OVER, *_REJECTED), F.ACCEPTED),
)

_UNDECIDED = (A.NONE, A.PENDING, A.INFO_REQUESTED)
_DECIDED = (A.PAID, A.PARTIALLY_PAID, A.DENIED, A.ZERO_PAID, A.REVERSED)

ADJUDICATIONS = _table(
    (E.STATUS_PENDING, _UNDECIDED, A.PENDING),
    (E.STATUS_INFO_REQUESTED, _UNDECIDED, A.INFO_REQUESTED),
    (E.STATUS_FINAL, _UNDECIDED, A.PENDING),
    (_STATUSES, _DECIDED, None),
    (E.RECORDS_SENT, A.INFO_REQUESTED, A.PENDING),
    (E.REOPENED, (A.DENIED, A.PARTIALLY_PAID, A.ZERO_PAID), A.INFO_REQUESTED),
    (E.REMIT_PAID, (*_UNDECIDED, *_DECIDED), A.PAID),
    (E.REMIT_PARTIALLY_PAID, (*_UNDECIDED, *_DECIDED), A.PARTIALLY_PAID),
    (E.REMIT_DENIED, (*_UNDECIDED, *_DECIDED), A.DENIED),
    (E.REMIT_ZERO_PAID, (*_UNDECIDED, *_DECIDED), A.ZERO_PAID),
    # Pending too: a won appeal, or a claim reopened on its records, waits until the payer takes its old
    # decision back and pays.
    (E.REMIT_REVERSED, (*_DECIDED, A.PENDING, A.INFO_REQUESTED), A.REVERSED),
    (E.REPLACEMENT_DUE, (A.PAID, A.PARTIALLY_PAID, A.ZERO_PAID, A.DENIED), None),
    (E.APPEAL_WON, (A.DENIED, A.PARTIALLY_PAID, A.ZERO_PAID), A.PENDING),
)

_AXES: tuple[tuple[str, Table], ...] = (
    ("stage", STAGES),
    ("hold", HOLDS),
    ("submission", SUBMISSIONS),
    ("adjudication", ADJUDICATIONS),
)


def axes_of(event: Event) -> tuple[str, ...]:
    """The axes that an event speaks of."""
    return tuple(axis for axis, table in _AXES if any(on == event for _, on in table))


_AXES_OF = {event: tuple(pair for pair in _AXES if pair[0] in axes_of(event)) for event in Event}


def needs_filing(event: Event) -> bool:
    return any(axis in ("submission", "adjudication") for axis, _ in _AXES_OF[event])


def advance(position: Position, event: Event) -> Position:
    """Where ``event`` leads from ``position``; raises IllegalTransition when the table has no such row."""
    after: dict[str, StrEnum | None] = {}
    for axis, table in _AXES_OF[event]:
        before = getattr(position, axis)
        if (before, event) not in table:
            raise IllegalTransition(
                f"{event} cannot happen while {axis} is {before or 'not there'}.",
                tip="Look at the claim again: it may have moved on meanwhile.",
            )
        after[axis] = table[before, event]
    return replace(position, **after)  # type: ignore[arg-type]


def may(position: Position, event: Event) -> bool:
    """Whether the table allows ``event`` at ``position``."""
    return all((getattr(position, axis), event) in table for axis, table in _AXES_OF[event])
