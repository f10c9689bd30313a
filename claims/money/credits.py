"""Overpayments: claims whose payer or patient gave too much, since when, and until when to give it back.

Medicare's and Medicaid's money is reported and returned within 60 days of its being found (42 U.S.C.
1320a-7k(d); 42 CFR 401.305); other payers' as the contract says (``[contract] refund_days``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.errors import NotAllowed
from claims.events import Act
from claims.model import Account, Claim, Filing, Posting, Role
from claims.model.among import among
from claims.money.ledger import Movement, balance, named, nets, post
from claims.money.said import ZERO
from config.payers import PayerProfile

GOVERNMENT = ("medicare", "medicare_advantage", "medicaid")
BY_LAW = 60
PATIENT = "the patient"


@dataclass(frozen=True, slots=True)
class Credit:
    """``whose`` is the payer's id, or the patient; ``due`` the last day to give it back, where one is set."""

    claim_id: str
    whose: str
    amount: Decimal
    since: date
    due: date | None

    def as_json(self) -> dict[str, Any]:
        return {
            "claim": self.claim_id,
            "whose": self.whose,
            "amount": str(self.amount),
            "since": self.since.isoformat(),
            "due": self.due.isoformat() if self.due else None,
        }


def refund_days(profile: PayerProfile | None) -> int | None:
    """Days to report and return an overpayment; None where neither law nor contract sets any."""
    if profile is None:
        return None
    own = profile.contract.refund_days if profile.contract else None
    return own or (BY_LAW if profile.kind in GOVERNMENT else None)


def credits(session: Session, payers: Mapping[str, PayerProfile]) -> list[Credit]:
    """All that stand, the most urgent first."""
    found = [
        credit for account in (Account.PAYER, Account.PATIENT) for credit in _of(session, account, payers)
    ]
    return sorted(found, key=lambda each: (each.due or date.max, each.since, each.claim_id))


def _of(session: Session, account: Account, payers: Mapping[str, PayerProfile]) -> list[Credit]:
    below = {claim_id: -net for claim_id, net in nets(session, account).items() if net < 0}
    since, owners = credit_since(session, list(below), account), payers_in_turn(session, list(below))
    return [
        _credit(id, account, amount, since[id], owners.get(id, ""), payers) for id, amount in below.items()
    ]


def _credit(
    claim_id: str,
    account: Account,
    amount: Decimal,
    since: date,
    payer_id: str,
    payers: Mapping[str, PayerProfile],
) -> Credit:
    if account is Account.PATIENT:
        return Credit(claim_id, PATIENT, amount, since, None)
    days = refund_days(payers.get(payer_id))
    return Credit(claim_id, payer_id, amount, since, since + timedelta(days=days) if days else None)


def payers_in_turn(session: Session, claim_ids: Sequence[str] | None = None) -> dict[str, str]:
    """Which payer owes, or is owed, by claim: the one that was billed last, else the claim's own."""
    own = select(Claim.id, Claim.payer_id)
    filed = select(Filing.claim_id, Filing.payer_id).order_by(col(Filing.created_at), col(Filing.version))
    if claim_ids is not None:
        own = own.where(among(col(Claim.id), claim_ids))
        filed = filed.where(among(col(Filing.claim_id), claim_ids))
    found = {claim_id: payer for claim_id, payer in session.exec(own) if payer}
    return found | dict(session.exec(filed).all())


def credit_since(session: Session, claim_ids: Sequence[str], account: Account) -> dict[str, date]:
    """The business day on which each claim's account last fell below zero, by its postings in their order."""
    standing: dict[str, Decimal] = dict.fromkeys(claim_ids, ZERO)
    since: dict[str, date] = {}
    postings = select(Posting).where(
        among(col(Posting.claim_id), claim_ids), (Posting.debit == account) | (Posting.credit == account)
    )
    for each in session.exec(postings.order_by(col(Posting.id))):
        before = standing[each.claim_id]
        standing[each.claim_id] = before + (each.amount if each.debit is account else -each.amount)
        if before >= 0 > standing[each.claim_id]:
            since[each.claim_id] = each.business_date
    return since


def paid_by_line(session: Session, claim_id: str) -> dict[str | None, Decimal]:
    """What payers have paid for each line by its id, under None for none of them; take-backs counted."""
    found: dict[str | None, Decimal] = {}
    for each in session.exec(select(Posting).where(Posting.claim_id == claim_id)):
        sign = (each.debit is Account.PAID_BY_PAYER) - (each.credit is Account.PAID_BY_PAYER)
        if sign:
            found[each.line_id] = found.get(each.line_id, ZERO) + sign * each.amount
    return found


def give_back(session: Session, act: Act, claim: Claim, amount: Decimal, reference: str) -> Decimal:
    """Give back to the payer what the record does not support, and ask nobody for it: a biller's entry.

    Raises NotAllowed for more than payers have paid.
    """
    named(session, act, Role.BILLER)
    paid = sum(paid_by_line(session, claim.id).values(), ZERO)
    if amount > paid:
        raise NotAllowed(f"Payers have paid {paid} for this claim.", tip="Look at the balance again.")
    place = f"refund {reference}"
    back = Movement(claim.id, Account.PAYER, Account.PAID_BY_PAYER, amount, "refund", position=place)
    gone = Movement(claim.id, Account.WRITTEN_OFF, Account.PAYER, amount, "not_supported", position=place)
    post(session, act, [back, gone])
    return amount


def refund(session: Session, act: Act, claim: Claim, reference: str) -> Decimal:
    """Give back what the payer, else the patient, paid too much: a named biller's entry; the amount.

    Raises NotAllowed when the claim has no credit any more.
    """
    named(session, act, Role.BILLER)
    owed, place = balance(session, claim.id), f"refund {reference}"
    if owed.open < 0:
        back = (Account.PAYER, Account.PAID_BY_PAYER, -owed.open, "refund")
    elif owed.patient < 0:
        back = (Account.PATIENT, Account.PAID_BY_PATIENT, -owed.patient, "patient_refund")
    else:
        raise NotAllowed("Nothing was paid too much here.", tip="Look at the balance again.")
    post(session, act, [Movement(claim.id, *back, position=place)])
    return back[2]


def move_credit(session: Session, act: Act, source: Claim, target: Claim, amount: Decimal) -> None:
    """What a patient paid too much on one claim counts as paid on another; no money leaves the house."""
    mine, paid = Account.PATIENT, Account.PAID_BY_PATIENT
    away = Movement(source.id, mine, paid, amount, "credit_applied", position=f"to {target.pcn}")
    here = Movement(target.id, paid, mine, amount, "credit_applied", position=f"from {source.pcn}")
    post(session, act, [away, here])
