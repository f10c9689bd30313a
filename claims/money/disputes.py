"""Underpaid, downcoded and overpaid lines as work for a person: one item an adjudication, with the evidence.

The claim itself goes on meanwhile: what is disputed with a payer keeps no patient and no next payer waiting.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, select

from claims import work
from claims.bundle import Bundle
from claims.codes.lookup import Codes
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Claim, Queue, Stage, WorkItem, WorkState
from claims.money.credits import refund_days
from claims.money.said import ZERO
from claims.money.variance import Variance, variances
from config.payers import PayerProfile

_DUE = timedelta(days=14)
_OPEN = (WorkState.OPEN, WorkState.TAKEN)
DISPUTE = {"id": "dispute", "title": "Asked the payer to pay the difference"}
ACCEPT = {"id": "accept_payment", "title": "The payer is right: leave it as it is"}
REPORT = {"id": "report_overpayment", "title": "Told the payer of the overpayment"}
KINDS: Mapping[str, tuple[Queue, str, tuple[dict[str, Any], ...]]] = {
    "underpaid": (Queue.FOLLOW_UP, "Paid {} less than the contract says", (DISPUTE, ACCEPT)),
    "downcoded": (
        Queue.DENIALS,
        "Decided under another code than billed, {} off",
        (DISPUTE, ACCEPT),
    ),
    "overpaid": (Queue.FOLLOW_UP, "Paid {} more than the contract says", (REPORT, ACCEPT)),
}
"""Each kind's desk, words and options."""

EVENTS = {
    "dispute": "payment_disputed",
    "accept_payment": "payment_accepted",
    "report_overpayment": "overpayment_reported",
}


def watch(
    session: Session,
    act: Act,
    bundles: Sequence[Bundle],
    codes: Codes,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """Open an item for each adjudication that is paid otherwise than agreed, once; the history says so too.

    Items about adjudications that were taken back since are closed. For claims in `adjudicated`.
    """
    claims = {b.claim.id: b.claim for b in bundles if b.claim.stage is Stage.ADJUDICATED}
    if not claims:
        return []
    found = variances(session, codes, payers, claim_ids=list(claims))
    before = _items(session, list(claims))
    for item in before:
        if item.state in _OPEN and item.subject not in {_subject(each) for each in found}:
            why = "the payment was taken back or corrected"
            work.cancel_for(session, item.subject, act.at.business, why, (item.kind,))
    known = {(item.subject, item.kind) for item in before}
    fresh = [each for each in found if (_subject(each), each.kind) not in known]
    fresh.sort(key=_group)
    return [
        _open(session, act, claims[id], kind, list(several), codes, payers)
        for (id, _row, kind), several in groupby(fresh, key=_group)
    ]


def _subject(each: Variance) -> str:
    return f"remittance_claim:{each.remittance_claim_id}"


def _group(each: Variance) -> tuple[str, str, str]:
    return each.claim_id, each.remittance_claim_id, each.kind


def _items(session: Session, claim_ids: Sequence[str]) -> list[WorkItem]:
    mine = select(WorkItem).where(col(WorkItem.claim_id).in_(claim_ids), col(WorkItem.kind).in_(KINDS))
    return list(session.exec(mine))


def _open(
    session: Session,
    act: Act,
    claim: Claim,
    kind: str,
    several: list[Variance],
    codes: Codes,
    payers: Mapping[str, PayerProfile],
) -> Change:
    queue, words, options = KINDS[kind]
    amount = difference_of(several)
    profile = payers.get(several[0].payer)
    days = refund_days(profile) if kind == "overpaid" else None
    reason = f"{words.format(abs(amount))}: {'; '.join(each.evidence for each in several)}."
    work.open_item(
        session,
        act,
        queue=queue,
        kind=kind,
        reason=reason,
        subject=_subject(several[0]),
        claim=claim,
        options=options,
        due_at=act.at.business + (timedelta(days=days) if days else _DUE),
    )
    versions = {"codes": codes.version, "payer": profile.digest if profile else None}
    story = Story(reason, {"difference": amount, "position": several[0].position}, versions)
    return Change(claim, kind, story)


def difference_of(several: Sequence[Variance]) -> Decimal:
    """Paid less expected, over those lines whose rate is known."""
    return sum((each.difference for each in several if each.difference is not None), ZERO)


def decided(claim: Claim, option: str, story: Story) -> list[Change]:
    """A biller's word on it, for the claim's history."""
    return [Change(claim, EVENTS[option], story)]
