"""The one door: nothing else writes a claim's or a filing's state, and each change leaves one event.

`apply` takes changes in bulk; one claim is a list of one. Guards in `claims.database` refuse every other
road, be it the ORM, Core or plain SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session

from claims import events
from claims.errors import ClaimChanged
from claims.events import Act, Story
from claims.model import Claim, EventRow, Filing, Hold
from claims.model.bulk import append
from claims.transitions import Event, Position, advance, may, needs_filing

DOOR = "lifecycle_door"

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Holding:
    """Why a claim waits for a person: a reason code, the queue or actor that must act, and until when."""

    reason: str
    owner: str
    expires: datetime | None = None


@dataclass(slots=True)
class Change:
    """One event on one claim: what happens, why, and what is due next.

    ``event`` may also be a plain word for something that happened to the claim without moving it.
    ``next_action_at`` is written as given: None means that no schedule wakes the claim. ``filed`` has other
    columns of the filing that change with it, and are written with its state.
    """

    claim: Claim
    event: Event | str
    story: Story
    filing: Filing | None = None
    hold: Holding | None = None
    next_action_at: datetime | None = None
    filed: Mapping[str, Any] = field(default_factory=dict)


def position(claim: Claim, filing: Filing | None = None) -> Position:
    return Position(
        stage=claim.stage,
        hold=Hold.HELD if claim.hold_reason else Hold.FREE,
        submission=filing.submission if filing else None,
        adjudication=filing.adjudication if filing else None,
    )


def allows(claim: Claim, event: Event, filing: Filing | None = None) -> bool:
    """Whether the transition table allows ``event`` on the claim as it stands."""
    return may(position(claim, filing), event)


def open_claims(session: Session, claims: Iterable[tuple[Claim, Story]], act: Act) -> None:
    """Store new claims, each with its first event. The caller has added what they refer to."""
    rows = []
    for claim, story in claims:
        after = advance(Position(stage=None), Event.IMPORTED)
        claim.stage, claim.next_action_at = after.stage or claim.stage, act.at.business
        row = _event(session, claim, Event.IMPORTED, story, act, Position(stage=None), after)
        claim.version, claim.event_head = row["number"], row["hash"]
        session.add(claim)
        rows.append(row)
    session.flush()
    append(session, EventRow, rows)


def apply(session: Session, changes: Sequence[Change], act: Act) -> None:
    """Advance each claim by its event and write one event a change, in the caller's transaction.

    Several changes of one claim are applied in the order given. Raises IllegalTransition when the table
    has no such step and ClaimChanged when another writer was faster; then nothing of the call is written.
    The objects passed in show the new state.
    """
    planned = _plan(session, changes, act)
    session.flush()
    connection = session.connection()
    connection.info[DOOR] = True
    try:
        _store_claims(session, planned)
        _store_filings(session, planned)
    finally:
        connection.info.pop(DOOR)
    append(session, EventRow, planned.events)
    for claim, values in planned.claims.values():
        show(claim, values)
    for filing, values in planned.filings.values():
        show(filing, values)


@dataclass(slots=True)
class _Plan:
    """What will be written: the last values of each row, the version it had, and the events."""

    claims: dict[str, tuple[Claim, dict[str, Any]]]
    filings: dict[str, tuple[Filing, dict[str, Any]]]
    events: list[dict[str, Any]]


def _plan(session: Session, changes: Sequence[Change], act: Act) -> _Plan:
    plan = _Plan({}, {}, [])
    for change in changes:
        claim, values = plan.claims.setdefault(change.claim.id, (change.claim, _claim_values(change.claim)))
        filing, filed = None, None
        if change.filing is not None:
            filing, filed = plan.filings.setdefault(
                change.filing.id, (change.filing, _filing_values(change.filing))
            )
        before = _position_of(values, filed)
        after = advance(before, change.event) if isinstance(change.event, Event) else before
        if isinstance(change.event, Event) and needs_filing(change.event) and filing is None:
            raise ValueError(f"{change.event} is about a filing; none was given")
        plan.events.append(
            _event(session, claim, change.event, change.story, act, before, after, filing, values)
        )
        _move(values, filed, after, change, plan.events[-1], act)
    return plan


def _claim_values(claim: Claim) -> dict[str, Any]:
    names = ("stage", "hold_reason", "hold_owner", "hold_since", "hold_expires", "next_action_at", "version",
             "event_head")  # fmt: skip
    return {name: getattr(claim, name) for name in names}


def _filing_values(filing: Filing) -> dict[str, Any]:
    return {"submission": filing.submission, "adjudication": filing.adjudication}


def _position_of(values: dict[str, Any], filed: dict[str, Any] | None) -> Position:
    return Position(
        stage=values["stage"],
        hold=Hold.HELD if values["hold_reason"] else Hold.FREE,
        submission=filed["submission"] if filed else None,
        adjudication=filed["adjudication"] if filed else None,
    )


def _event(
    session: Session,
    claim: Claim,
    event: Event | str,
    story: Story,
    act: Act,
    before: Position,
    after: Position,
    filing: Filing | None = None,
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return events.link(
        events.keyring(session),
        act,
        story,
        subject=claim.id,
        number=(values["version"] if values else 0) + 1,
        previous=values["event_head"] if values else "",
        kind=str(event),
        before=_plain(before, filing),
        after=_plain(after, filing),
    )


def _plain(position: Position, filing: Filing | None) -> dict[str, Any]:
    plain: dict[str, Any] = {"stage": position.stage, "hold": position.hold}
    if filing is not None:
        plain |= {
            "filing": filing.id,
            "submission": position.submission,
            "adjudication": position.adjudication,
        }
    return plain


def _move(
    values: dict[str, Any],
    filed: dict[str, Any] | None,
    after: Position,
    change: Change,
    event: dict[str, Any],
    act: Act,
) -> None:
    values |= {"stage": after.stage, "version": event["number"], "event_head": event["hash"]}
    if isinstance(change.event, Event):
        values["next_action_at"] = change.next_action_at
    if change.event is Event.HELD:
        hold = change.hold or Holding("unspecified", "operations")
        values |= {
            "hold_reason": hold.reason,
            "hold_owner": hold.owner,
            "hold_since": act.at.business,
            "hold_expires": hold.expires,
        }
    elif after.hold is Hold.FREE:
        values |= dict.fromkeys(("hold_reason", "hold_owner", "hold_since", "hold_expires"))
    if filed is not None:
        filed |= {"submission": after.submission, "adjudication": after.adjudication, **change.filed}


def _store_claims(session: Session, plan: _Plan) -> None:
    """The version in the WHERE clause refuses a writer who had read an older state."""
    if not plan.claims:
        return
    table = Claim.__table__  # type: ignore[attr-defined]
    statement = (
        update(table)
        .where(table.c.id == bindparam("at_id"), table.c.version == bindparam("at_version"))
        .values(
            {name: bindparam(f"new_{name}") for name in _claim_values(next(iter(plan.claims.values()))[0])}
        )
    )
    rows = [
        {"at_id": claim.id, "at_version": claim.version} | {f"new_{name}": v for name, v in values.items()}
        for claim, values in _in_order(plan.claims)
    ]
    written = session.connection().execute(statement, rows).rowcount
    if written != len(rows):
        raise ClaimChanged(
            "A claim was changed by someone else at the same moment.", tip="Read it again and repeat."
        )


def _in_order(rows: dict[str, _Row]) -> list[_Row]:
    """By id: two writers who lock the same rows in different orders would wait for each other."""
    return [rows[id] for id in sorted(rows)]


def _store_filings(session: Session, plan: _Plan) -> None:
    table = Filing.__table__  # type: ignore[attr-defined]
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for filing, values in _in_order(plan.filings):
        row = {"at_id": filing.id} | {f"new_{name}": value for name, value in values.items()}
        by_columns.setdefault(tuple(values), []).append(row)
    for names, rows in by_columns.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("at_id"))
            .values({table.c[name]: bindparam(f"new_{name}") for name in names})
        )
        session.connection().execute(statement, rows)


def show(row: Claim | Filing, values: Mapping[str, Any]) -> None:
    """Let the loaded object say what was written, or will be by `apply`, without marking it as changed."""
    for name, value in values.items():
        if getattr(row, name) != value:
            set_committed_value(row, name, value)
