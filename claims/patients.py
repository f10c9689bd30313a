"""The patient's share after the last payer: statements, payments, small balances, and when a person looks."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlmodel import Session, col, func, select

from claims import appeals, plans, work
from claims.archive import archive
from claims.bundle import Bundle
from claims.documents.statement import as_pdf
from claims.errors import NotFound
from claims.events import Act, Story
from claims.filing import UNDECIDED
from claims.lifecycle import Change
from claims.model import (
    Appeal,
    Claim,
    Document,
    EventRow,
    PaymentPlan,
    Queue,
    Role,
    Stage,
    Submission,
)
from claims.model.among import among
from claims.money.ledger import Balance, balance, balances, named, patient_payment
from claims.patient_credits import hold_credit, paid_on, show_credit
from claims.statements import statement_of
from claims.transitions import Event
from config.payers import PayerProfile

EVERY = timedelta(days=30)
STATEMENTS = 3
"""After so many statements without settlement a person decides; nothing goes to collection by itself."""
LOOK_AGAIN = timedelta(days=14)
SMALL_BALANCE = Decimal("5.00")
_SENT = (Submission.SENT, Submission.SENT_UNCONFIRMED, Submission.ACCEPTED)


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
    planned = plans.active(session, [bundle.patient.id for bundle in due])
    return [
        _next(session, act, bundle, owed[id], sent.get(id, 0), planned.get(id), payers)
        for id, bundle in zip(ids, due, strict=True)
    ]


def _sent(session: Session, claim_ids: Sequence[str]) -> dict[str, int]:
    counts = (
        select(EventRow.subject, func.count())
        .where(among(col(EventRow.subject), claim_ids), EventRow.kind == Event.STATEMENT_SENT)
        .group_by(col(EventRow.subject))
    )
    return dict(session.exec(counts).all())


def _next(
    session: Session,
    act: Act,
    bundle: Bundle,
    owed: Balance,
    sent: int,
    plan: PaymentPlan | None,
    payers: Mapping[str, PayerProfile],
) -> Change:
    if owed.patient < 0:
        return hold_credit(session, act, bundle, owed)
    if closing := _closing(bundle, owed, payers):
        return closing
    if waits := why_not(session, bundle, owed):
        story, again = Story(f"no statement: {waits}"), act.at.business + LOOK_AGAIN
        return Change(bundle.claim, Event.PATIENT_WAITS, story, next_action_at=again)
    if plan is not None:
        return plans.look(session, act, bundle.claim, plan)
    if sent >= STATEMENTS:
        return _unpaid(session, act, bundle, owed, sent)
    return _statement(session, act, bundle, owed, sent + 1)


def _statement(
    session: Session, act: Act, bundle: Bundle, owed: Balance, number: int, *, last: bool = False
) -> Change:
    today = act.at.business.date()
    told = statement_of(session, bundle, owed, number=number, today=today, last=last)
    paper = archive(session, as_pdf(told), kind="statement", direction="out", at=act.at.real)
    facts = {"document": paper.sha256, "number": number, "owed": owed.patient, "last_notice": last}
    name = f"last notice (statement {number})" if last else f"statement {number}"
    story = Story(f"{name} over {owed.patient}", facts)
    return Change(bundle.claim, Event.STATEMENT_SENT, story, next_action_at=act.at.business + EVERY)


def why_not(session: Session, bundle: Bundle, owed: Balance) -> str:
    """Why the patient is not billed now: somebody else may still pay. Empty when nobody else is left."""
    appeal = select(Appeal.id).where(Appeal.claim_id == bundle.claim.id, col(Appeal.state).in_(appeals.OPEN))
    if session.exec(appeal).first() is not None:
        return "an appeal is open"
    if any(f.submission in _SENT and f.adjudication in UNDECIDED for f in bundle.filings):
        return "a payer has the claim and has not decided"
    return f"{owed.open} is still to be had from payers" if owed.open > 0 else ""


def last_notice(session: Session, act: Act, bundle: Bundle) -> list[Change]:
    """The letter before collection: sent because a named biller says so, never by itself."""
    named(session, act, Role.BILLER)
    owed, sent = balance(session, bundle.claim.id), _sent(session, [bundle.claim.id])
    number = sent.get(bundle.claim.id, 0) + 1
    released = Change(bundle.claim, Event.RELEASED, Story("a last notice is sent"))
    return [released, _statement(session, act, bundle, owed, number, last=True)]


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


def _unpaid(session: Session, act: Act, bundle: Bundle, owed: Balance, sent: int) -> Change:
    notice = [{"id": "last_notice", "title": "Send a last notice, with 30 days to pay"}]
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=Queue.FOLLOW_UP,
        kind="patient_unpaid",
        reason=f"{sent} statements, {owed.patient} still owed: call, agree on a plan or write off.",
        options=[
            {"id": "wait", "title": "The patient will pay: look again in two weeks"},
            *(notice if sent == STATEMENTS else []),
            {"id": "write_off", "title": "Write it off"},
        ],
    )


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
        if claim.stage is Stage.CLOSED and owed.patient < 0:  # nothing else looks at a closed claim
            show_credit(session, act, bundle, owed)
        return [Change(claim, "patient_paid_early", story)]
    return paid_on(session, act, claim, story, owed.patient)


def waiting(session: Session) -> list[dict[str, str | int]]:
    """Claims that wait for their patient: what is owed, how many statements went, what is next."""
    claims = session.exec(
        select(Claim).where(Claim.stage == Stage.PATIENT).order_by(col(Claim.next_action_at))
    )
    found = {claim.id: claim for claim in claims}
    owed = balances(session, list(found))
    sent: dict[str, list[EventRow]] = {}
    rows = select(EventRow).where(among(col(EventRow.subject), found), EventRow.kind == Event.STATEMENT_SENT)
    for row in session.exec(rows.order_by(col(EventRow.id))):
        sent.setdefault(row.subject, []).append(row)
    return [
        {
            "claim": claim.pcn,
            "owed": str(owed[id].patient),
            "sent": len(sent.get(id, [])),
            "last": str(sent[id][-1].business_at.date()) if id in sent else "",
            "next": str(claim.next_action_at.date()) if claim.next_action_at else "",
            "holds": claim.hold_reason or "",
        }
        for id, claim in found.items()
    ]


def printed(session: Session, act: Act, bundle: Bundle, *, preview: bool) -> tuple[bytes, Change]:
    """The last statement as it went, or the next one as it would be; and that somebody printed it.

    Raises NotFound when none went yet, or nothing is owed.
    """
    claim = bundle.claim
    if preview:
        owed, sent = balance(session, claim.id), _sent(session, [claim.id])
        if owed.patient <= 0:
            raise NotFound("The patient owes nothing on this claim.", tip="Look at its balance.")
        number = sent.get(claim.id, 0) + 1
        content = as_pdf(statement_of(session, bundle, owed, number=number, today=act.at.business.date()))
        return content, Change(claim, "statement_previewed", Story(f"statement {number} looked at"))
    rows = select(EventRow).where(EventRow.subject == claim.id, EventRow.kind == Event.STATEMENT_SENT)
    last = session.exec(rows.order_by(col(EventRow.number).desc())).first()
    if last is None:
        raise NotFound("No statement of this claim went yet.", tip="See the next one with --preview.")
    paper = session.exec(select(Document).where(Document.sha256 == last.facts["document"])).one()
    facts = {"document": paper.sha256, "number": last.facts["number"]}
    return paper.content, Change(claim, "statement_printed", Story("a statement was printed", facts))
