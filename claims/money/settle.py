"""What follows from an adjudication: denial, next payer, patient or close; for claims in `adjudicated`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlmodel import Session

from claims import work
from claims.bundle import Bundle
from claims.codes import open_codes
from claims.events import Act, Story
from claims.filing import STANDING
from claims.lifecycle import Change
from claims.model import Account, Denial, Queue, Stage
from claims.money import denials as denials_
from claims.money.answered import unanswered
from claims.money.credits import credit_since, refund_days
from claims.money.disputes import watch
from claims.money.ledger import Balance, balances, post_charge_change
from claims.money.next_payer import next_coverage, to_next_payer
from claims.money.prior import paid_before
from claims.money.prospects import TITLES, Case, next_appeal, options
from claims.transitions import Event
from config.payers import PayerProfile
from config.settings import Settings

CORRECTION_DAYS = 15
PARTS_DAYS = 30
"""How long the other parts of a claim that its payer split may take."""
REFUND = {"id": "refund", "title": "Refunded to the payer: enter it in the ledger"}
WAIT = {"id": "wait", "title": "Asked: look at it again in two weeks"}


def settle(
    session: Session,
    act: Act,
    bundles: Sequence[Bundle],
    settings: Settings,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """The step of `adjudicated`: what was paid otherwise than agreed becomes work, and the claim goes on."""
    disputed = watch(session, act, bundles, open_codes(settings.home), payers)
    return [*disputed, *after_adjudication(session, act, bundles, payers)]


def after_adjudication(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """One next state for each claim, with its work item where one is due.

    A claim in `denial` that was released without a decision gets its work item again. Claims in another
    stage, or on hold, are left alone: a second run changes nothing.
    """
    stages = (Stage.ADJUDICATED, Stage.DENIAL)
    here = [b for b in bundles if b.claim.stage in stages and not b.claim.hold_reason]
    ids = [bundle.claim.id for bundle in here]
    owed, denied = balances(session, ids), denials_.standing(session, ids)
    return [
        change
        for bundle in here
        for change in _next(
            session, act, bundle, owed[bundle.claim.id], denied.get(bundle.claim.id, []), payers
        )
    ]


def _next(
    session: Session,
    act: Act,
    bundle: Bundle,
    owed: Balance,
    denied: list[Denial],
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    if not _stands(bundle):
        return _reversed(session, act, bundle, owed)
    if owed.open > 0 and denied:
        return _denied(session, act, bundle, denied, owed.open, payers)
    denials_.end(session, denied, "ended")
    if owed.open < 0:
        return [_credit(session, act, bundle, owed, payers)]
    if owed.open:
        return [_unexplained(session, act, bundle, owed)]
    return [onward(session, act, bundle, owed, payers)]


def onward(
    session: Session, act: Act, bundle: Bundle, owed: Balance, payers: Mapping[str, PayerProfile]
) -> Change:
    """Where a claim goes of which no payer refuses anything any more: next payer, patient, or closed."""
    if owed.share > 0 and next_coverage(bundle):
        return to_next_payer(session, act, bundle, owed.share, payers)
    if owed.patient:
        story = Story(f"no payer is left for {owed.patient}", _facts(owed))
        return Change(bundle.claim, Event.PATIENT_DUE, story, next_action_at=act.at.business)
    return Change(bundle.claim, Event.CLOSED, Story("every dollar is settled", _facts(owed)))


def _stands(bundle: Bundle) -> bool:
    """Some payer's decision is in force: not everything was taken back."""
    return any(f.adjudication in STANDING for f in bundle.filings)


def _reversed(session: Session, act: Act, bundle: Bundle, owed: Balance) -> list[Change]:
    """Taken back: because we asked for it (frequency 8), or until the payer sends its correction."""
    claim, now = bundle.claim, act.at.business
    if bundle.filing and bundle.filing.frequency == "8":
        post_charge_change(session, act, claim, -owed.charge)
        return [Change(claim, Event.VOIDED, Story("the payer took back what it had decided", _facts(owed)))]
    reason = "The payer took its decision back and has sent no correction yet: ask why."
    due = now + timedelta(days=CORRECTION_DAYS)
    return [
        work.hold(
            session,
            act,
            claim,
            queue=Queue.FOLLOW_UP,
            kind="reversed",
            reason=reason,
            options=[WAIT],
            due_at=due,
        )
    ]


def _denied(
    session: Session,
    act: Act,
    bundle: Bundle,
    denied: list[Denial],
    owed: Decimal,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    case = case_of(session, act, bundle, denied, owed, payers)
    facts = {
        "amount": denials_.amount(denied),
        "class": denied[0].denial_class,
        "root_cause": denied[0].root_cause,
        "rule": denied[0].rule,
        "appealable": any(d.appealable for d in denied),
        "appeal_by": case.appeal.file_by if case.appeal.is_open else None,
    }
    held = hold_for_denial(session, act, case)
    if bundle.claim.stage is Stage.DENIAL:
        return [held]
    story = Story(denials_.reason_of(denied, case.appeal.closed), facts)
    return [Change(bundle.claim, Event.DENIAL_OPENED, story), held]


def case_of(
    session: Session,
    act: Act,
    bundle: Bundle,
    denied: Sequence[Denial],
    owed: Decimal,
    payers: Mapping[str, PayerProfile],
) -> Case:
    """The denials of a claim with what can be done about them today."""
    filing = next(f for f in bundle.filings if f.id == denied[0].filing_id)
    today = act.at.business.date()
    appeal = next_appeal(session, filing, denied, payers.get(filing.payer_id), today)
    paid = paid_before(session, {bundle.claim.id: filing.sequence}).get(bundle.claim.id)
    return Case(bundle, filing, denied, payers, appeal, next_coverage(bundle), owed, today, paid)


def hold_for_denial(session: Session, act: Act, case: Case, before: str = "") -> Change:
    """Its work item at the desk of the costliest denial, every way prepared; ``before`` is what led here."""
    return work.hold(
        session,
        act,
        case.bundle.claim,
        queue=denials_.queue_of(case.denials),
        kind="denial",
        reason=before + denials_.reason_of(case.denials, case.appeal.closed),
        options=options(case),
    )


def _credit(
    session: Session, act: Act, bundle: Bundle, owed: Balance, payers: Mapping[str, PayerProfile]
) -> Change:
    """Somebody paid too much: the clock runs from the day on which the credit arose."""
    claim = bundle.claim
    days = refund_days(payers.get(bundle.filings[-1].payer_id))
    arose = credit_since(session, [claim.id], Account.PAYER).get(claim.id)
    last = arose + timedelta(days=days) if arose and days else None
    by = f" by {last}, {days} days after it was paid" if last else ""
    return work.hold(
        session,
        act,
        claim,
        queue=Queue.FOLLOW_UP,
        kind="credit_balance",
        reason=f"Paid {-owed.open} more than was due: find out whose it is and give it back{by}.",
        options=[REFUND, WAIT],
        due_at=datetime.combine(last, time(), act.at.business.tzinfo) if last else None,
    )


def _unexplained(session: Session, act: Act, bundle: Bundle, owed: Balance) -> Change:
    """Money of which no answer speaks: of a claim that its payer split, other parts may be on their way."""
    amount, due_at = f"{owed.open} of {owed.charge}", None
    reason = f"The payer's answer leaves {amount} unexplained: ask the payer."
    if missing := unanswered(session, bundle):
        due_at = act.at.business + timedelta(days=PARTS_DAYS)
        reason = (
            f"The payer has not answered on {', '.join(missing)} yet, {amount}: it may have split the claim. "
            f"Ask it where the rest has not come by {due_at:%Y-%m-%d}."
        )
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=Queue.FOLLOW_UP,
        kind="unexplained_balance",
        reason=reason,
        options=[WAIT, {"id": "write_off", "title": TITLES["write_off"]}],
        due_at=due_at,
    )


def _facts(owed: Balance) -> dict[str, Decimal]:
    return {name: getattr(owed, name) for name in Balance.__slots__}
