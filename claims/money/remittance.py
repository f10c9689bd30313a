"""Taking in an 835: each payment is posted once and whole, or queued whole with the reason.

A resend under a new ST02 is recognised (`claims.money.came_before`), while pay, take back and pay again with
the same amounts are three payments.

`admit` lets a payment in, `post_claims` posts some of its claims, `complete` the rest of it. Each may be
called again: what is posted already is left. `claims.money.payments` calls them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.database import add_if_absent
from claims.events import Act
from claims.model import Document, Queue, Remittance, RemittanceClaim
from claims.model.among import among
from claims.money import unmatched
from claims.money.between import payer_of, stranger
from claims.money.came_before import NOT_OURS, POSTED, QUEUED, UNPOSTED, came_before
from claims.money.examine import Examined
from claims.money.matching import load
from claims.money.posting import Poster
from claims.money.provider_level import post_provider_level
from claims.money.said import said
from claims.x12.remit835 import RemitClaim, Remittance835
from config.payers import PayerProfile

POSTING, REPEATED = "posting", "repeated"
EARLIEST, AHEAD = date(2000, 1, 1), timedelta(days=90)
"""Payments are told of some days before the money moves."""
TRY_AGAIN = {"id": "post_again", "title": "What was missing is there now: try to post it again"}
ANOTHER = {"id": "another_payment", "title": "The payer says that it is another payment: post it too"}


@dataclass(slots=True)
class Posted:
    """``state`` is posted, queued or repeated; ``changes`` counts the claims' events, ``unmatched`` the
    claims that a person must place."""

    state: str
    remittance: Remittance | None = None
    changes: int = 0
    unmatched: int = 0

    @property
    def is_queued(self) -> bool:
        """Nothing of it is posted, now or before."""
        return self.remittance is None or self.remittance.state == QUEUED


def admit(
    session: Session,
    act: Act,
    document: Document,
    examined: Examined,
    payers: Mapping[str, PayerProfile],
    another: str = "",
) -> Posted:
    """Whether the payment is to be posted (``posting``), queued, or known already (``repeated``).

    ``another`` is the id of a queued one of which a person says that it is not one that came before.
    """
    payer_id, paid_on = payer_of(session, examined.payment, examined.pcns, payers), examined.paid_on
    if payer_id is None or paid_on is None or not examined.trace:
        return _unidentified(session, act, document, payer_id)
    new = _as_told(act, document, examined, payer_id, paid_on)
    known, doubt, others = came_before(session, new, examined.pcns)
    new.apart = new.content if others or not new.amount else ""
    if known is not None and known.id == another:
        doubt = ""
    trouble = [*examined.trouble, *_misdated(paid_on, act), *stranger(session, examined.payment)]
    trouble += [doubt] if doubt else []
    if trouble:
        new.state, new.reason = QUEUED, trouble[0]
    if known is None and not add_if_absent(session, new):  # another process was faster
        return admit(session, act, document, examined, payers, another)
    if known is not None and not _supersedes(known, new):
        return Posted(POSTING if _goes_on(known, new) else REPEATED, known)
    remittance = new if known is None else _replaced(session, known, new)
    if trouble:
        return _queued(session, act, remittance, trouble, [ANOTHER] if doubt else [])
    return Posted(POSTING, remittance)


def _as_told(act: Act, document: Document, examined: Examined, payer_id: str, paid_on: date) -> Remittance:
    return Remittance(
        document_id=document.id,
        payer_id=payer_id,
        trace=examined.trace,
        paid_on=paid_on,
        method=examined.payment.payment.method,
        amount=examined.amount,
        content=examined.content,
        state=POSTING,
        at=act.at.business,
    )


def _misdated(paid_on: date, act: Act) -> list[str]:
    """Limits of appeals, refunds and next payers count from this day: one that cannot be decides nothing."""
    if EARLIEST <= paid_on <= act.at.business.date() + AHEAD:
        return []
    return [f"Its date (BPR16) is {paid_on}, on which it cannot have been paid."]


def _supersedes(known: Remittance, new: Remittance) -> bool:
    """What was not posted yet: a payment that can be takes its place, so does another faulty file of it."""
    return known.state in UNPOSTED and (new.state == POSTING or known.document_id != new.document_id)


def _goes_on(known: Remittance, new: Remittance) -> bool:
    """The same file whose posting was cut off; from another one its claims could stand in another order."""
    return known.state == POSTING and known.document_id == new.document_id


def _replaced(session: Session, known: Remittance, new: Remittance) -> Remittance:
    known.document_id, known.at = new.document_id, new.at
    known.content, known.apart = new.content, new.apart
    known.state, known.reason = new.state, new.reason
    session.add(known)
    session.flush()
    return known


def post_claims(
    session: Session,
    act: Act,
    remittance_id: str,
    claims: Sequence[tuple[int, RemitClaim]],
    payers: Mapping[str, PayerProfile],
) -> Posted:
    """Post those of the claims, each with its position in the payment, that are not posted yet.

    Other writers of the same payment wait until the caller commits.
    """
    remittance = locked(session, remittance_id)
    there = _positions(session, remittance_id, [position for position, _ in claims])
    new = {position: claim for position, claim in claims if position not in there}
    if remittance.state != POSTING or not new:
        return Posted(remittance.state, remittance)
    sayings = {position: said(claim) for position, claim in new.items()}
    known = load(session, list(sayings.values()), remittance.payer_id)
    poster = Poster(session, act, remittance, known, payers.get(remittance.payer_id))
    for position, what in sayings.items():
        poster.take(position, what)
    changes = poster.finish()
    lifecycle.apply(session, changes, act)
    for row in poster.unmatched:
        unmatched.open_unmatched(session, act, remittance, row, new[row.position])
    return Posted(POSTING, remittance, len(changes), len(poster.unmatched))


def complete(
    session: Session,
    act: Act,
    remittance_id: str,
    payment: Remittance835,
) -> Remittance:
    """All claims are posted: what the payment says of the practice as a whole (PLB), once, and its end."""
    remittance = locked(session, remittance_id)
    if remittance.state == POSTING:
        post_provider_level(session, act, remittance, payment.provider_adjustments)
        why = "a balanced one came"
        work.cancel_for(session, f"remittance:{remittance.id}", act.at.business, why, ("remit_unbalanced",))
        remittance.state = POSTED
        session.add(remittance)
    return remittance


def locked(session: Session, remittance_id: str) -> Remittance:
    """The payment, as it stands, for this transaction alone."""
    row = select(Remittance).where(Remittance.id == remittance_id)
    return session.exec(row.with_for_update().execution_options(populate_existing=True)).one()


def set_aside(session: Session, remittance_id: str) -> None:
    """A person says that a queued payment is not ours: nothing is awaited of it. One that can be posted still
    takes its place."""
    remittance = locked(session, remittance_id)
    if remittance.state == QUEUED:
        remittance.state = NOT_OURS
        session.add(remittance)


def _positions(session: Session, remittance_id: str, positions: Sequence[int]) -> set[int]:
    rows = select(RemittanceClaim.position).where(
        RemittanceClaim.remittance_id == remittance_id, among(col(RemittanceClaim.position), positions)
    )
    return set(session.exec(rows))


def _unidentified(session: Session, act: Act, document: Document, payer_id: str | None) -> Posted:
    what = "the payer is none of ours" if payer_id is None else "it has no trace number or no date"
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unidentified",
        reason=f"A payment cannot be told from others: {what}. Nothing of it was posted.",
        subject=f"document:{document.id}",
        options=[TRY_AGAIN, unmatched.NOT_OURS],
    )
    return Posted(QUEUED)


def _queued(
    session: Session,
    act: Act,
    remittance: Remittance,
    trouble: Sequence[str],
    more_ways: Sequence[dict[str, str]],
) -> Posted:
    more = f" and {len(trouble) - 1} more" if len(trouble) > 1 else ""
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unbalanced",
        reason=f"Payment {remittance.trace} of {remittance.amount} is not posted: {trouble[0]}{more} "
        f"Ask the payer {'whether it is another one' if more_ways else 'for a corrected one'}.",
        subject=f"remittance:{remittance.id}",
        options=[TRY_AGAIN, *more_ways, unmatched.NOT_OURS],
    )
    return Posted(QUEUED, remittance)
