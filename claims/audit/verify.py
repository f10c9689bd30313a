"""The verification of the whole record: chains, notes, present states, seals, triggers; memory stays flat."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Label, String, exists, select, type_coerce
from sqlmodel import Session, col

from claims.audit import chains, seals
from claims.audit.chains import Chain
from claims.audit.days import check_days
from claims.audit.report import Break, Report, Verification
from claims.events import keyring
from claims.model import Adjudication, Claim, EventRow, Filing, Hold, Seal, Submission
from claims.model.among import among
from claims.model.triggers import missing

_T = TypeVar("_T")
_SUBJECTS = 500
_CLAIM = Claim.__table__.c  # type: ignore[attr-defined]
_FILING = Filing.__table__.c  # type: ignore[attr-defined]


def verify(session: Session, heads: Collection[str] = ()) -> Verification:
    """Recompute everything. Best given a fresh `reading` session, so that all is read at one moment.

    ``heads`` are the digests that day-closed certificates told and that were kept elsewhere: a database
    cut back to an earlier state is sound in itself and shows only by a head that is missing.
    """
    _one_moment(session)
    report = Report()
    events = _check_chains(session, report)
    _check_orphans(session, report)
    sealed = _check_seals(session, report, {*heads, *check_days(session, report)})
    for name in missing(session.connection()):
        report.add(Break.TRIGGER, f"The trigger {name} is not there: rows could be changed unseen.")
    return Verification.of(report, events, sealed)


def verify_claim(session: Session, claim_id: str) -> Verification:
    """One claim's chain, present states, and the seals that cover it."""
    report = Report()
    events = _check_chains(session, report, [claim_id])
    if not events:
        report.add(Break.CLAIM, f"Claim {claim_id} has no history.", subject=claim_id)
    ids = session.execute(select(col(EventRow.id)).where(col(EventRow.subject) == claim_id)).scalars().all()
    genuine = _genuine(session, report)
    covering = [each for each in genuine if any(_covers(each, id) for id in ids)]
    for each in covering:
        seals.check_content(each, seals.links(session, _ranges(each)), report)
    return Verification.of(report, events, sum(any(_covers(each, id) for each in covering) for id in ids))


def _check_chains(session: Session, report: Report, subjects: Sequence[str] | None = None) -> int:
    rows = chains.stored_events(session, subjects)
    checked = chains.with_notes_checked(rows, keyring(session), report)
    events = 0
    try:
        for some in _chunks(chains.follow(checked, report), _SUBJECTS):
            events += sum(chain.events for chain in some)
            _check_claims(session, some, report)
            _check_filings(session, some, report)
    except (ValueError, TypeError):
        id = chains.first_unreadable(session)
        report.add(Break.HASH, f"Event row {id} cannot be read: a column was overwritten.", event=id)
    return events


def _check_claims(session: Session, some: Sequence[Chain], report: Report) -> None:
    """What the claim's row says must be what its last event says."""
    columns = _CLAIM.id, _CLAIM.version, _CLAIM.event_head, _word(_CLAIM.stage), _CLAIM.hold_reason
    rows = session.execute(select(*columns).where(among(_CLAIM.id, [chain.subject for chain in some])))
    there = {row.id: row for row in rows}
    for chain in some:
        claim = there.get(chain.subject)
        if claim is not None:
            for what in _differences(claim, chain):
                report.add(Break.CLAIM, f"Claim {claim.id}: {what}.", subject=claim.id, number=chain.number)
        elif chain.claim:
            report.add(Break.GONE, f"Claim {chain.subject} has a history and no row.", subject=chain.subject)


def _differences(claim: Any, chain: Chain) -> Iterator[str]:
    if claim.version != chain.number:
        yield f"its history ends at event {chain.number}, the claim counts {claim.version}"
    elif claim.event_head != chain.head:
        yield "its last event is not the one that the claim knows"
    if claim.stage != chain.after.get("stage"):
        yield f"its stage is {claim.stage}, its last event says {chain.after.get('stage')}"
    held = Hold.HELD if claim.hold_reason else Hold.FREE
    if held != chain.after.get("hold"):
        yield f"it is {held}, its last event says {chain.after.get('hold')}"


_UNTOUCHED = {"submission": Submission.NONE, "adjudication": Adjudication.NONE}


def _check_filings(session: Session, some: Sequence[Chain], report: Report) -> None:
    """A filing's states must be those of the last event that names it."""
    columns = _FILING.id, _FILING.claim_id, _word(_FILING.submission), _word(_FILING.adjudication)
    told = {chain.subject: dict(chain.filings) for chain in some}
    for row in session.execute(select(*columns).where(among(_FILING.claim_id, told))):
        last = told[row.claim_id].pop(row.id, _UNTOUCHED)
        for axis in _UNTOUCHED:
            if getattr(row, axis) != last[axis]:
                what = f"{axis} is {getattr(row, axis)}, its last event says {last[axis]}"
                report.add(Break.FILING, f"Filing {row.id}: {what}.", subject=row.claim_id)
    for claim_id, left in told.items():
        for filing_id in left:
            report.add(Break.GONE, f"Filing {filing_id} has a history and no row.", subject=claim_id)


def _check_orphans(session: Session, report: Report) -> None:
    """Claims that have no event at all; `_check_claims` sees only subjects that have one."""
    no_event = ~exists().where(col(EventRow.subject) == _CLAIM.id)
    for claim_id in session.execute(select(_CLAIM.id).where(no_event)).scalars():
        report.add(Break.CLAIM, f"Claim {claim_id} has no history.", subject=claim_id)


def _check_seals(session: Session, report: Report, heads: Collection[str]) -> int:
    for each in _genuine(session, report):
        seals.check_content(each, seals.links(session, _ranges(each)), report)
    told = session.execute(select(col(Seal.digest), col(Seal.events))).all()
    for head in sorted(set(heads) - {row.digest for row in told}):
        report.add(Break.CUT, f"The sealed head {head} that a certificate tells of is gone.")
    return sum(row.events for row in told)


def _genuine(session: Session, report: Report) -> list[Seal]:
    every = session.execute(select(Seal).order_by(col(Seal.id))).scalars()
    return seals.check_chain(every, keyring(session).public_key, report)


def _ranges(each: Seal) -> list[seals.Range]:
    return [(a, b) for a, b in each.ranges]


def _covers(each: Seal, id: int | None) -> bool:
    return id is not None and any(a <= id <= b for a, b in each.ranges)


def _word(column: Column[Any]) -> Label[str]:
    """The stored text as it is, also where it is no member of the enumeration."""
    return type_coerce(column, String).label(column.name)


def _one_moment(session: Session) -> None:
    """PostgreSQL shows each statement its own moment unless told otherwise; SQLite reads one snapshot."""
    if session.get_bind().dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
