"""Whether a payment came before, whatever file brings it.

Payer, number (TRN02), day (BPR16) and amount tell one payment from another, but for what payers do with
numbers: one for every payment of nothing, one for the parts of a payment that they tell in several
transactions, the old one for a copy that they corrected. There the claims that it speaks of count as well,
and where money is in doubt a person says.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlmodel import Session, col, select

from claims.model import Document, Remittance, RemittanceClaim
from claims.model.among import among
from claims.money.examine import examine_file

QUEUED, POSTED, NOT_OURS = "queued", "posted", "not_ours"
UNPOSTED = (QUEUED, NOT_OURS)


class Before(NamedTuple):
    """``same`` is the payment as it was taken in before, if it was; ``doubt`` says why a person must tell
    whether it is another. With ``others`` there are some that only their claims tell from this one."""

    same: Remittance | None
    doubt: str
    others: bool


def came_before(session: Session, new: Remittance, pcns: Collection[str]) -> Before:
    """``pcns`` are control numbers of claims of the new one. Payments of the same number are locked."""
    numbered = select(Remittance).where(
        Remittance.payer_id == new.payer_id,
        Remittance.trace == new.trace,
        Remittance.paid_on == new.paid_on,
    )
    all_of_it = list(session.exec(numbered.order_by(col(Remittance.at)).with_for_update()))
    alike = [each for each in all_of_it if each.amount == new.amount]
    same = next((each for each in alike if each.content == new.content), None) or next(
        (each for each in alike if _is_version(session, each, new, pcns)), None
    )
    others = any(each is not same for each in alike)
    if same is not None and same.state not in UNPOSTED:
        return Before(same, "", others)
    doubts = (_doubt(session, each, new, pcns) for each in all_of_it if each is not same)
    return Before(same, next(filter(None, doubts), ""), others)


def _is_version(session: Session, old: Remittance, new: Remittance, pcns: Collection[str]) -> bool:
    """Whether the same payment is told a little otherwise: a cut or faulty file, a number left out."""
    if old.content and old.document_id == new.document_id:
        return False  # one file does not tell the same payment twice otherwise
    if new.amount == 0 and old.content and old.state not in UNPOSTED:
        return False  # numbers of payments of nothing tell nothing
    return not pcns or _speaks_of(session, old, pcns)


def _doubt(session: Session, old: Remittance, new: Remittance, pcns: Collection[str]) -> str:
    if old.state in UNPOSTED or old.amount == new.amount == 0:
        return ""
    if old.amount == new.amount:
        return "A payment of the same number, day and amount was taken in, and speaks of other claims."
    if _speaks_of(session, old, pcns):
        return (
            f"A payment of {old.amount} of the same number and day was taken in, and speaks of the same "
            "claims: the money of one number moves once."
        )
    return ""


def _speaks_of(session: Session, old: Remittance, pcns: Collection[str]) -> bool:
    """Whether it names one of these claims. One that is not posted is read again; of what cannot be read of
    it nobody knows that it does not."""
    if old.state == POSTED:
        named = select(RemittanceClaim.id).where(
            RemittanceClaim.remittance_id == old.id, among(col(RemittanceClaim.pcn), pcns)
        )
        return session.exec(named.limit(1)).first() is not None
    told = examine_file(session.get_one(Document, old.document_id).content)
    its = [each for each in told if each.trace == old.trace and old.content in ("", each.content)]
    read = {pcn for each in its for pcn in each.pcns}
    return not read or not read.isdisjoint(pcns)
