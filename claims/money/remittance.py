"""Taking in an 835: each payment is posted once and whole, or queued whole with the reason.

A payment is known by payer, trace (TRN02), date (BPR16) and amount, so that a resend under a new ST02 is
recognised, while pay, take back and pay again with the same amounts are three payments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from claims import work
from claims.errors import NotAllowed, NotFound
from claims.events import Act
from claims.lifecycle import Change
from claims.model import (
    Document,
    Filing,
    ProviderAdjustment,
    Queue,
    Remittance,
    RemittanceClaim,
    Role,
)
from claims.money.ledger import CENT, named
from claims.money.matching import Match, best_filing, load, load_claim, payer_of, suggest
from claims.money.posting import Poster
from claims.money.said import Said, said
from claims.x12.remit835 import Remittance835
from claims.x12.remit835_balance import balance_835
from config.payers import PayerProfile

_LARGEST = Decimal(10) ** 10


@dataclass(slots=True)
class Posted:
    """``state`` is posted, queued or repeated; ``changes`` are for the lifecycle to apply."""

    state: str
    remittance: Remittance | None = None
    changes: list[Change] = field(default_factory=list)
    unmatched: int = 0


def receive_835(
    session: Session,
    act: Act,
    document: Document,
    parsed: Remittance835,
    payers: Mapping[str, PayerProfile],
) -> Posted:
    """Post one payment. The second time changes nothing; what does not balance posts nothing at all."""
    payer_id, paid_on = payer_of(session, parsed, payers), _paid_on(parsed)
    if payer_id is None or paid_on is None or not parsed.trace.number:
        return _unidentified(session, act, document, payer_id)
    amount, trouble = _amount(parsed), _trouble(parsed)
    remittance = _known(session, payer_id, parsed.trace.number, paid_on, amount)
    if remittance is not None and (remittance.state == "posted" or trouble):
        return Posted("repeated", remittance)
    if remittance is None:
        remittance = _new(payer_id, parsed, paid_on, amount)
    remittance.document_id, remittance.at = document.id, act.at.business
    remittance.state, remittance.reason = ("queued", trouble[0]) if trouble else ("posted", "")
    session.add(remittance)
    session.flush()
    if trouble:
        return _queued(session, act, remittance, trouble)
    return _post(session, act, remittance, parsed, payers.get(payer_id))


def _known(session: Session, payer_id: str, trace: str, paid_on: date, amount: Decimal) -> Remittance | None:
    return session.exec(
        select(Remittance).where(
            Remittance.payer_id == payer_id,
            Remittance.trace == trace,
            Remittance.paid_on == paid_on,
            Remittance.amount == amount,
        )
    ).first()


def _new(payer_id: str, parsed: Remittance835, paid_on: date, amount: Decimal) -> Remittance:
    return Remittance(
        payer_id=payer_id,
        trace=parsed.trace.number,
        paid_on=paid_on,
        method=parsed.payment.method,
        amount=amount,
        state="posted",
    )


def _amount(parsed: Remittance835) -> Decimal:
    """BPR02 with its sign, as it can be stored; one that cannot is refused by `_trouble`."""
    amount = -parsed.payment.amount if parsed.payment.credit_debit == "D" else parsed.payment.amount
    return amount.quantize(CENT) if abs(amount) < _LARGEST else Decimal("0.00")


def _paid_on(parsed: Remittance835) -> date | None:
    produced = next((d.start for d in parsed.dates if d.qualifier == "405"), None)
    return parsed.payment.date or produced


def _trouble(parsed: Remittance835) -> list[str]:
    """Why the payment cannot be posted; empty when it balances at line, claim and payment."""
    found = balance_835(parsed)
    reasons = [f"{f.message} (segment {f.segment})" if f.segment else f.message for f in found]
    if any(value != value.quantize(CENT) or abs(value) >= _LARGEST for value in _amounts(parsed)):
        reasons.append("An amount is not in whole cents, or absurdly large.")
    return reasons


def _amounts(parsed: Remittance835) -> Iterator[Decimal]:
    yield parsed.payment.amount
    yield from (each.amount for each in parsed.provider_adjustments)
    for claim in parsed.claims:
        yield from (claim.charge, claim.paid, claim.patient_responsibility or Decimal(0))
        yield from (each.amount for each in claim.adjustments)
        for service in claim.services:
            yield from (service.charge, service.paid, *(each.amount for each in service.adjustments))


def _unidentified(session: Session, act: Act, document: Document, payer_id: str | None) -> Posted:
    what = "the payer is none of ours" if payer_id is None else "it has no trace number or no date"
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unidentified",
        reason=f"A payment cannot be told from others: {what}. Nothing of it was posted.",
        subject=f"document:{document.id}",
    )
    return Posted("queued")


def _queued(session: Session, act: Act, remittance: Remittance, trouble: Sequence[str]) -> Posted:
    more = f" and {len(trouble) - 1} more" if len(trouble) > 1 else ""
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unbalanced",
        reason=f"Payment {remittance.trace} of {remittance.amount} is not posted: {trouble[0]}{more} "
        "Ask the payer for a corrected one.",
        subject=f"remittance:{remittance.id}",
    )
    return Posted("queued", remittance)


def _post(
    session: Session, act: Act, remittance: Remittance, parsed: Remittance835, profile: PayerProfile | None
) -> Posted:
    work.cancel_for(session, f"remittance:{remittance.id}", act.at.business, "a balanced one came")
    sayings = [said(claim) for claim in parsed.claims]
    known = load(session, sayings, remittance.payer_id)
    poster = Poster(session, act, remittance, known, profile)
    for position, what in enumerate(sayings, start=1):
        poster.take(position, what)
    changes = poster.finish()
    _provider_adjustments(session, remittance, parsed)
    for row in poster.unmatched:
        likely = suggest(session, parsed.claims[row.position - 1], [remittance.payer_id])
        _open_unmatched(session, act, remittance, row, likely)
    return Posted("posted", remittance, changes, len(poster.unmatched))


def _open_unmatched(
    session: Session, act: Act, remittance: Remittance, row: RemittanceClaim, likely: Sequence[str]
) -> None:
    guess = f" Same member, day and charge: {', '.join(likely)}." if likely else ""
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unmatched",
        reason=f"Payment {remittance.trace}, claim {row.position}: control number {row.pcn}, payer number "
        f"{row.icn or 'not given'}, paid {row.paid} of {row.charge}, {row.matched_by}.{guess}",
        subject=f"remittance_claim:{row.id}",
        fields=["pcn"],
        options=[{"id": "assign", "title": "Post it on this claim"}, {"id": "not_ours", "title": "Not ours"}],
    )


def assign(
    session: Session,
    act: Act,
    row_id: str,
    claim_id: str,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """A named biller says which claim an unmatched one is; it is posted there as if it had matched."""
    named(session, act, Role.BILLER)
    row = session.get(RemittanceClaim, row_id)
    if row is None:
        raise NotFound(f"No claim {row_id} of a remittance.", tip="Take the id from the work item.")
    if row.state != "unmatched":
        raise NotAllowed(f"It is {row.state} already.", tip="Nothing is left to do.")
    remittance = session.get_one(Remittance, row.remittance_id)
    known, what = load_claim(session, claim_id), Said.model_validate(row.body)
    filing = best_filing(known, claim_id, what, remittance.payer_id)
    poster = Poster(session, act, remittance, known, payers.get(remittance.payer_id))
    poster.post(row, what, Match(known.claims[claim_id], filing, "hand"))
    if poster.unmatched:
        raise NotAllowed(f"This claim {row.matched_by}.", tip="Choose another claim.")
    return poster.finish()


def _provider_adjustments(session: Session, remittance: Remittance, parsed: Remittance835) -> None:
    """PLB as it came, each tied to the claim that its reference names, if it names one."""
    named_ = {each.reference for each in parsed.provider_adjustments if each.reference}
    filings = session.exec(
        select(Filing).where(col(Filing.icn).in_(named_) | col(Filing.pcn).in_(named_))
    ).all()
    claims = {name: f.claim_id for f in filings for name in (f.icn, f.pcn) if name}
    session.add_all(
        ProviderAdjustment(
            remittance_id=remittance.id,
            reason=each.reason,
            reference=each.reference or None,
            claim_id=claims.get(each.reference),
            amount=each.amount,
        )
        for each in parsed.provider_adjustments
    )
