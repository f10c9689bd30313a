"""What a payment says of the practice as a whole (PLB): recoveries, balances carried forward, interest …

Each entry is kept as it came. One that names a claim of ours is posted on that claim, beside what the claim
owes: between ``payment``, the money that came, and an account of its kind (``provider_level.csv``). A
recovery is what the payer takes for an overpayment: of a claim that has a credit it gives that back; of one
whose decision was reversed it is the money of that reversal; otherwise it becomes a biller's work, as does
every entry that the table says a person must see.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change, allows
from claims.model import (
    Account,
    Claim,
    Filing,
    Posting,
    ProviderAdjustment,
    Queue,
    Remittance,
    RemittanceClaim,
    Role,
)
from claims.model.among import among
from claims.money.ledger import Movement, balance, named, post
from claims.money.said import ZERO
from claims.transitions import Event
from claims.x12.remit835 import ProviderAdjustment as Said

KIND = "provider_adjustment"
TAKEN = "recoupment"
TAKE_BACK = {"id": "take_back", "title": "Right: post it on the claim as taken back"}
SEEN = {"id": "seen", "title": "Seen: nothing is to be done on a claim"}


@dataclass(frozen=True, slots=True)
class Rule:
    """``account`` is where the amount stands, ``work``: a person must see it, ``words`` what it does."""

    account: Account
    work: bool
    words: str


def rule_of(reason: str) -> Rule:
    """PLB03-1; a reason that the table does not have is a person's work."""
    return _rules().get(reason) or _rules()["*"]


@cache
def _rules() -> Mapping[str, Rule]:
    text = files("claims.money").joinpath("provider_level.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["reason"]: Rule(Account(row["account"]), row["work"] == "yes", row["words"]) for row in rows}


def post_provider_level(session: Session, act: Act, remittance: Remittance, entries: Sequence[Said]) -> None:
    """Keep every entry and post those that name a claim of ours. The caller sees that it happens once."""
    named = _claims_of(session, remittance.payer_id, {each.reference for each in entries})
    changes = []
    for number, entry in enumerate(entries, start=1):
        claim = named.get(entry.reference)
        row = ProviderAdjustment(
            remittance_id=remittance.id,
            reason=entry.reason,
            reference=entry.reference or None,
            claim_id=claim.id if claim else None,
            amount=entry.amount,
        )
        session.add(row)
        session.flush()
        if claim is None:
            _show(session, act, remittance, row, number, None)
        else:
            changes += _on_claim(session, act, remittance, row, number, claim)
    lifecycle.apply(session, changes, act)


def _claims_of(session: Session, payer_id: str, references: set[str]) -> dict[str, Claim]:
    """By this payer's number or by our control number; the reference may have more behind a blank."""
    first = {each: each.split()[0] for each in references if each.strip()}
    names = {*first, *first.values()}
    by_icn = among(col(Filing.icn), names) & (col(Filing.payer_id) == payer_id)
    rows = select(Filing, Claim).join(Claim, col(Claim.id) == col(Filing.claim_id))
    found: dict[str, Claim] = {}
    for filing, claim in session.exec(rows.where(by_icn | among(col(Filing.pcn), names))):
        found |= {name: claim for name in (filing.pcn, filing.icn) if name}
    return {each: found[name] for each in first for name in (first[each], each) if name in found}


def _on_claim(
    session: Session,
    act: Act,
    remittance: Remittance,
    row: ProviderAdjustment,
    number: int,
    claim: Claim,
) -> list[Change]:
    rule, place = rule_of(row.reason), f"PLB {number} {row.reason} of {remittance.trace}"
    post(session, act, [Movement(claim.id, rule.account, Account.PAYMENT, row.amount, KIND, position=place)])
    credit = -balance(session, claim.id).open
    if rule.account is Account.RECOUPED and ZERO < row.amount <= credit:
        post(session, act, [_taken_back(claim.id, row.amount, place)])
    elif not _explained(session, claim.id, rule):
        _show(session, act, remittance, row, number, claim)
    told = f"payment {remittance.trace} {rule.words}: {row.amount}"
    facts = {"remittance": remittance.id, "reason": row.reason, "amount": row.amount, "position": place}
    return [Change(claim, "provider_adjusted", Story(told, facts))]


def _taken_back(claim_id: str, amount: Decimal, place: str) -> Movement:
    """The payer has its money back: it is owed, or no longer overpaid, as before."""
    return Movement(claim_id, Account.PAYER, Account.PAID_BY_PAYER, amount, TAKEN, position=place)


def take_back(session: Session, act: Act, claim: Claim, entry_id: str) -> list[Change]:
    """A named biller's word that a recovery was right: the claim was paid less, and is looked at again.

    Raises NotAllowed where no payer has decided on the claim.
    """
    named(session, act, Role.BILLER)
    entry = session.get_one(ProviderAdjustment, int(entry_id))
    remittance = session.get_one(Remittance, entry.remittance_id)
    filings = select(Filing).where(Filing.claim_id == claim.id, Filing.payer_id == remittance.payer_id)
    filing = session.exec(filings.order_by(col(Filing.version).desc())).first()
    if filing is None or not allows(claim, Event.REMIT_PARTIALLY_PAID, filing):
        raise NotAllowed("This payer has decided nothing on the claim.", tip="Look at the claim's history.")
    place = f"PLB {entry.reason} of {remittance.trace}"
    post(session, act, [_taken_back(claim.id, entry.amount, place)])
    facts = {"remittance": remittance.id, "amount": entry.amount, "reason": entry.reason}
    story = Story(f"{entry.amount} taken back by payment {remittance.trace}", facts)
    event = Event.REMIT_PARTIALLY_PAID if balance(session, claim.id).paid else Event.REMIT_REVERSED
    return [Change(claim, event, story, filing=filing, next_action_at=act.at.business)]


def _explained(session: Session, claim_id: str, rule: Rule) -> bool:
    """No person need see it; of a recovery: what was reversed took at least as much off the claim."""
    if rule.account is not Account.RECOUPED:
        return not rule.work
    about = col(Posting.kind).in_((KIND, TAKEN))
    postings = session.exec(select(Posting).where(Posting.claim_id == claim_id, about)).all()
    recovered = sum((_signed(each, rule.account) for each in postings), ZERO)
    known = sum((each.amount for each in postings if each.kind == TAKEN), ZERO)
    reversals = select(col(RemittanceClaim.paid)).where(
        RemittanceClaim.claim_id == claim_id, RemittanceClaim.outcome == "reversed"
    )
    return recovered <= known - sum(session.exec(reversals), ZERO)


def _signed(posting: Posting, account: Account) -> Decimal:
    """What the posting brings into the account."""
    if account not in (posting.debit, posting.credit):
        return ZERO
    return posting.amount if posting.debit is account else -posting.amount


def _show(
    session: Session,
    act: Act,
    remittance: Remittance,
    row: ProviderAdjustment,
    number: int,
    claim: Claim | None,
) -> None:
    rule = rule_of(row.reason)
    if not rule.work:
        return
    whose = f"claim {claim.pcn}" if claim else f"reference {row.reference}" if row.reference else "no claim"
    takes = claim is not None and rule.account is Account.RECOUPED and row.amount > 0
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind=KIND,
        reason=f"Payment {remittance.trace}, entry {number} (PLB {row.reason}) {rule.words}: {row.amount}, "
        f"{whose}. Compare it with what was paid before.",
        subject=f"{KIND}:{row.id}",
        claim=claim,
        options=[TAKE_BACK, SEEN] if takes else [SEEN],
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as people read it; a positive amount reduced the payment."""

    payer: str
    trace: str
    paid_on: date
    reason: str
    words: str
    reference: str
    pcn: str
    amount: Decimal

    def as_json(self) -> dict[str, Any]:
        return {name: str(getattr(self, name)) for name in self.__slots__}


def entries(session: Session, *, payer: str | None = None, claim_id: str | None = None) -> list[Entry]:
    """All of them, or one payer's or one claim's, in the order of the payments."""
    rows = (
        select(ProviderAdjustment, Remittance, Claim)
        .join(Remittance, col(Remittance.id) == col(ProviderAdjustment.remittance_id))
        .join(Claim, col(Claim.id) == col(ProviderAdjustment.claim_id), isouter=True)
        .order_by(col(Remittance.paid_on), col(ProviderAdjustment.id))
    )
    if payer is not None:
        rows = rows.where(Remittance.payer_id == payer)
    if claim_id is not None:
        rows = rows.where(ProviderAdjustment.claim_id == claim_id)
    return [
        Entry(
            paid.payer_id,
            paid.trace,
            paid.paid_on,
            row.reason,
            rule_of(row.reason).words,
            row.reference or "",
            claim.pcn if claim else "",
            row.amount,
        )
        for row, paid, claim in session.exec(rows)
    ]


def standing(found: Sequence[Entry]) -> dict[tuple[str, str], Decimal]:
    """By payer and reason, what payments kept more than they gave: a negative FB is still to be paid back."""
    sums: dict[tuple[str, str], Decimal] = {}
    for each in found:
        key = (each.payer, each.reason)
        sums[key] = sums.get(key, ZERO) + each.amount
    return sums
