"""The patient's share after the last payer: statements, payments, small balances, and when a person looks."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlmodel import Session, col, func, select

from claims import work
from claims.archive import archive
from claims.bundle import Bundle
from claims.documents.statement import statement
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Account, EventRow, Posting, Queue, Stage
from claims.money.ledger import Balance, balance, balances, patient_payment
from claims.transitions import Event
from config.payers import PayerProfile

EVERY = timedelta(days=30)
STATEMENTS = 3
"""After so many statements without settlement a person decides; nothing goes to collection by itself."""
SMALL_BALANCE = Decimal("5.00")


def statements(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """The step of stage `patient`: a statement, or the end of it.

    A claim is left alone until its ``next_action_at``, thirty days after each statement, and on hold.
    """
    now = act.at.business
    due = [
        bundle
        for bundle in bundles
        if bundle.claim.stage is Stage.PATIENT and not bundle.claim.hold_reason
        if bundle.claim.next_action_at is not None and bundle.claim.next_action_at <= now
    ]
    ids = [bundle.claim.id for bundle in due]
    owed, sent = balances(session, ids), _sent(session, ids)
    return [
        _next(session, act, bundle, owed[bundle.claim.id], sent.get(bundle.claim.id, 0), payers)
        for bundle in due
    ]


def _sent(session: Session, claim_ids: Sequence[str]) -> dict[str, int]:
    counts = (
        select(EventRow.subject, func.count())
        .where(col(EventRow.subject).in_(claim_ids), EventRow.kind == Event.STATEMENT_SENT)
        .group_by(col(EventRow.subject))
    )
    return dict(session.exec(counts).all())


def _next(
    session: Session,
    act: Act,
    bundle: Bundle,
    owed: Balance,
    sent: int,
    payers: Mapping[str, PayerProfile],
) -> Change:
    if owed.patient < 0:
        return _credit(session, act, bundle, owed)
    if closing := _closing(bundle, owed, payers):
        return closing
    if sent >= STATEMENTS:
        return _unpaid(session, act, bundle, owed)
    shares = _shares(session, bundle.claim.id)
    today = act.at.business.date()
    text = statement(bundle, owed, shares, number=sent + 1, today=today)
    paper = archive(session, text.encode(), kind="statement", direction="out", at=act.at.real)
    facts = {"document": paper.sha256, "number": sent + 1, "owed": owed.patient}
    story = Story(f"statement {sent + 1} over {owed.patient}", facts)
    return Change(bundle.claim, Event.STATEMENT_SENT, story, next_action_at=act.at.business + EVERY)


def _closing(bundle: Bundle, owed: Balance, payers: Mapping[str, PayerProfile]) -> Change | None:
    """Closed when nothing is owed, or so little that billing it would cost more (the payer file's limit)."""
    profile = payers.get(bundle.claim.payer_id or "")
    limit = Decimal(profile.small_balance) if profile else SMALL_BALANCE
    if owed.patient == 0:
        return Change(bundle.claim, Event.CLOSED, Story("the patient owes nothing more"))
    if owed.patient > limit:
        return None
    facts = {"rule": "small_balance", "limit": limit, "owed": owed.patient}
    story = Story(f"rule small_balance: {owed.patient} is not billed (limit {limit})", facts)
    return Change(bundle.claim, Event.CLOSED, story)


def _shares(session: Session, claim_id: str) -> dict[str, Decimal]:
    """What was moved to the patient, by kind, take-backs counted."""
    shares: dict[str, Decimal] = {}
    rows = select(Posting).where(Posting.claim_id == claim_id).order_by(col(Posting.id))
    for posting in session.exec(rows):
        if Account.PATIENT in (posting.debit, posting.credit) and posting.kind != "patient_payment":
            sign = 1 if posting.debit is Account.PATIENT else -1
            shares[posting.kind] = shares.get(posting.kind, Decimal(0)) + sign * posting.amount
    return shares


def _unpaid(session: Session, act: Act, bundle: Bundle, owed: Balance) -> Change:
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=Queue.FOLLOW_UP,
        kind="patient_unpaid",
        reason=f"{STATEMENTS} statements, {owed.patient} still owed: call, agree on a plan or write off.",
        options=[
            {"id": "wait", "title": "The patient will pay: look again in two weeks"},
            {"id": "write_off", "title": "Write it off"},
        ],
    )


def _credit(session: Session, act: Act, bundle: Bundle, owed: Balance) -> Change:
    reason = f"The patient has paid {-owed.patient} too much: give it back."
    queue, kind = Queue.BILLING, "patient_credit"
    options = [{"id": "wait", "title": "The refund is on its way"}]
    return work.hold(session, act, bundle.claim, queue=queue, kind=kind, reason=reason, options=options)


def pay(session: Session, act: Act, bundle: Bundle, amount: Decimal, reference: str) -> list[Change]:
    """A payment at the counter or by post, entered by a named person under its receipt's number.

    A receipt that is entered already changes nothing. A claim that waits for its patient alone is closed
    when nothing is owed any more; an earlier payment (a copay at the visit) only stands in the ledger.
    """
    claim = bundle.claim
    if not patient_payment(session, act, claim, amount, reference):
        return []
    owed = balance(session, claim.id)
    story = Story(f"the patient paid {amount}", {"receipt": reference, "owed": owed.patient})
    if claim.stage is not Stage.PATIENT:
        return [Change(claim, "patient_paid_early", story)]
    changes = [Change(claim, Event.PATIENT_PAID, story, next_action_at=claim.next_action_at)]
    if owed.patient == 0 and not claim.hold_reason:
        changes.append(Change(claim, Event.CLOSED, Story("the patient owes nothing more")))
    return changes
