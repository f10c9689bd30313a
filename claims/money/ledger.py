"""Double entry on every claim: a posting moves an amount from one account to another and is never changed.

The debit account receives, the credit account gives; a take-back is a posting the other way. Every balance
is derived, so charge = paid + patient + adjusted + open holds of itself, to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, func, select

from claims import users
from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import Account, Actor, Claim, ClaimLine, Posting, Role
from claims.model.among import among
from claims.model.bulk import append_columns
from claims.money.said import ZERO
from claims.work import require_role
from claims.x12.record import record

CENT = Decimal("0.01")
BOOKKEEPERS = (Role.BILLER,)
CASHIERS = (Role.BILLER, Role.OPS)


@dataclass(frozen=True, slots=True)
class Balance:
    """A claim's money: ``paid`` by payers and patient, ``patient`` still owed by the patient, ``adjusted``
    by contract or written off, ``open`` what a payer, or nobody yet, owes. Negative is a credit.
    ``by_patient`` is the patient's part of what is paid."""

    charge: Decimal = ZERO
    paid: Decimal = ZERO
    patient: Decimal = ZERO
    adjusted: Decimal = ZERO
    open: Decimal = ZERO
    by_patient: Decimal = ZERO

    @property
    def share(self) -> Decimal:
        """What payers have left to the patient, whether the patient has paid it or not."""
        return self.patient + self.by_patient


@record
class Movement:
    """One posting to be: a negative amount goes the other way."""

    claim_id: str
    debit: Account
    credit: Account
    amount: Decimal
    kind: str
    line_id: str | None = None
    group: str | None = None
    reason: str | None = None
    remittance_claim_id: str | None = None
    position: str = ""

    def turned(self) -> "Movement":
        """The contra entry."""
        return Movement(
            self.claim_id,
            self.credit,
            self.debit,
            self.amount,
            self.kind,
            self.line_id,
            self.group,
            self.reason,
            self.remittance_claim_id,
            self.position,
        )


def post(session: Session, act: Act, movements: Iterable[Movement]) -> None:
    """Append the movements; those of zero leave no trace. An amount that is not whole cents raises."""
    moves = [each if each.amount > 0 else each.turned() for each in movements if each.amount]
    columns: dict[str, list[Any]] = {
        "claim_id": [each.claim_id for each in moves],
        "line_id": [each.line_id for each in moves],
        "debit": [each.debit for each in moves],
        "credit": [each.credit for each in moves],
        "amount": [abs(each.amount) for each in moves],
        "kind": [each.kind for each in moves],
        "group_code": [each.group for each in moves],
        "reason_code": [each.reason for each in moves],
        "remittance_claim_id": [each.remittance_claim_id for each in moves],
        "position": [each.position for each in moves],
    }
    same = {"actor": act.actor, "business_date": act.at.business.date(), "at": act.at.real}
    append_columns(session, Posting, columns, same)


def post_charges(session: Session, act: Act, claims: Sequence[Claim]) -> None:
    """What was billed, line by line, is now to be had from payers. A claim that has it already is left."""
    ids = [claim.id for claim in claims]
    there = set(session.exec(select(Posting.claim_id).where(_of(ids), Posting.kind == "charge")))
    lines = session.exec(select(ClaimLine).where(among(col(ClaimLine.claim_id), set(ids) - there)))
    post(
        session,
        act,
        [
            Movement(line.claim_id, Account.PAYER, Account.CHARGES, line.charge, "charge", line.id)
            for line in lines
            if line.charge is not None
        ],
    )


def post_charge_change(session: Session, act: Act, claim: Claim, difference: Decimal) -> None:
    """The bill was corrected: more is charged (positive) or less (negative)."""
    post(session, act, [Movement(claim.id, Account.PAYER, Account.CHARGES, difference, "charge_change")])


def balances(session: Session, claim_ids: Sequence[str]) -> dict[str, Balance]:
    """Each claim's balance; a claim without postings has zeros."""
    nets: dict[str, dict[Account, Decimal]] = {claim_id: {} for claim_id in claim_ids}
    sums = select(Posting.claim_id, Posting.debit, Posting.credit, func.sum(Posting.amount))
    groups = (col(Posting.claim_id), col(Posting.debit), col(Posting.credit))
    for claim_id, debit, credit, amount in session.exec(sums.where(_of(claim_ids)).group_by(*groups)):
        _move(nets[claim_id], Account(debit), Account(credit), amount)
    return {claim_id: _balance(net) for claim_id, net in nets.items()}


def balance(session: Session, claim_id: str) -> Balance:
    return balances(session, [claim_id])[claim_id]


def totals(session: Session, claims: Select[Any] | None = None) -> Balance:
    """The sum over all claims, or over those whose ids ``claims`` selects."""
    sums = select(Posting.debit, Posting.credit, func.sum(Posting.amount))
    if claims is not None:
        sums = sums.where(col(Posting.claim_id).in_(claims))
    net: dict[Account, Decimal] = {}
    for debit, credit, amount in session.exec(sums.group_by(col(Posting.debit), col(Posting.credit))):
        _move(net, Account(debit), Account(credit), amount)
    return _balance(net)


def nets(
    session: Session, account: Account, *, since: date | None = None, until: date | None = None
) -> dict[str, Decimal]:
    """What came into one account less what left it, by claim, over business days; zeros are left out."""
    found: dict[str, Decimal] = {}
    for side, sign in ((col(Posting.debit), 1), (col(Posting.credit), -1)):
        sums = select(Posting.claim_id, func.sum(Posting.amount)).where(side == account)
        if since is not None:
            sums = sums.where(col(Posting.business_date) >= since)
        if until is not None:
            sums = sums.where(col(Posting.business_date) <= until)
        for claim_id, amount in session.exec(sums.group_by(col(Posting.claim_id))):
            found[claim_id] = found.get(claim_id, ZERO) + sign * amount
    return {claim_id: net for claim_id, net in found.items() if net}


def charged(session: Session, after: date, until: date) -> Decimal:
    """All that was charged after one business day until another, corrections of bills counted."""
    return -sum(nets(session, Account.CHARGES, since=after + timedelta(days=1), until=until).values(), ZERO)


def _of(claim_ids: Iterable[str]) -> Any:
    return among(col(Posting.claim_id), claim_ids)


def _move(net: dict[Account, Decimal], debit: Account, credit: Account, amount: Decimal) -> None:
    net[debit] = net.get(debit, ZERO) + amount
    net[credit] = net.get(credit, ZERO) - amount


def _balance(net: dict[Account, Decimal]) -> Balance:
    def of(*accounts: Account) -> Decimal:
        return sum((net.get(account, ZERO) for account in accounts), ZERO)

    return Balance(
        charge=-of(Account.CHARGES),
        paid=of(Account.PAID_BY_PAYER, Account.PAID_BY_PATIENT),
        patient=of(Account.PATIENT),
        adjusted=of(Account.CONTRACTUAL, Account.WRITTEN_OFF),
        open=of(Account.PAYER),
        by_patient=of(Account.PAID_BY_PATIENT),
    )


def write_off(session: Session, act: Act, claim: Claim, amount: Decimal, reason: str, *, of: Account) -> None:
    """Give up what the payer (``Account.PAYER``) or the patient (``Account.PATIENT``) owes.

    Only a named biller, with a reason, and never more than is owed; otherwise NotAllowed or BadInput.
    """
    named(session, act, *BOOKKEEPERS)
    if not reason.strip():
        raise BadInput("A write-off needs a reason.", tip="Say why this money is given up.")
    now = balance(session, claim.id)
    _at_most(amount, now.patient if of is Account.PATIENT else now.open)
    post(session, act, [Movement(claim.id, Account.WRITTEN_OFF, of, amount, "write_off", position=reason)])


def patient_payment(session: Session, act: Act, claim: Claim, amount: Decimal, reference: str) -> bool:
    """Money from the patient, entered by a named person under the receipt's number.

    The same reference a second time posts nothing and returns False.
    """
    named(session, act, *CASHIERS)
    if amount <= 0 or amount != amount.quantize(CENT):
        raise BadInput("A payment is a positive amount in cents.", tip="Enter it as 25.00.")
    place = f"receipt {reference}"
    there = select(Posting.id).where(Posting.claim_id == claim.id, Posting.position == place)
    if session.exec(there).first() is not None:
        return False
    paid = Movement(
        claim.id, Account.PAID_BY_PATIENT, Account.PATIENT, amount, "patient_payment", position=place
    )
    post(session, act, [paid])
    return True


def bill_patient(session: Session, act: Act, claim: Claim, amount: Decimal, why: str) -> None:
    """Hand what no payer will pay over to the patient: a named biller's decision."""
    named(session, act, *BOOKKEEPERS)
    _at_most(amount, balance(session, claim.id).open)
    post(
        session, act, [Movement(claim.id, Account.PATIENT, Account.PAYER, amount, "to_patient", position=why)]
    )


def bill_next_payer(session: Session, act: Act, claim_id: str, share: Decimal) -> None:
    """What one payer left to the patient is asked of the next payer first, all of it: what the patient has
    paid of it meanwhile is a credit until that payer has decided."""
    post(session, act, [Movement(claim_id, Account.PAYER, Account.PATIENT, share, "to_next_payer")])


def named(session: Session, act: Act, *roles: Role) -> Actor:
    """The acting user with one of the roles; nobody's hand moves money. Raises NotFound or NotAllowed."""
    actor = users.named(session, act.actor)
    require_role(actor, *roles)
    return actor


def _at_most(amount: Decimal, owed: Decimal) -> None:
    if not ZERO < amount <= owed:
        raise NotAllowed(f"{amount} is not within what is owed, {owed}.", tip="Look at the balance again.")
