"""What a payer has not enrolled a provider for: claims would be turned away, questions not be answered.

Claims are held; what would be asked is not, and whoever enrols providers hears of it, once a payer, provider
and transaction. Remittances (835) come on paper meanwhile: the run plan shows them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from claims import lifecycle, work
from claims.bundle import Bundle
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Claim, Provider, Queue
from claims.model.among import among
from config.payers import PayerProfile, Transaction

KIND = "not_enrolled"
FOLLOWS: Mapping[Transaction, str] = {
    "837P": "claims are held",
    "837I": "claims are held",
    "837D": "claims are held",
    "270": "coverage is not asked about; claims are held",
    "276": "the status of claims is not asked about",
    "278": "authorizations are not asked for; claims are held",
    "835": "remittances come on paper",
}
"""What it means that a provider is not enrolled for a transaction."""

_RELEASE = {"id": "release", "title": "It is enrolled, and the payer's file says so: send it"}
_ASK = {
    "id": "ask_payer_again",
    "way": "release",
    "title": "It is enrolled, and the payer's file says so: ask",
}
_COVERED = {
    "id": "covered",
    "title": "The payer says by telephone or portal that it covers the day: --reason who said so.",
    "effect": "Kept as a confirmation; the claim goes on.",
}
Item = TypeVar("Item")
Payers = Mapping[str, PayerProfile]


def hold_unenrolled(
    session: Session,
    act: Act,
    claim_ids: Sequence[str],
    kind: Transaction,
    profile: PayerProfile,
    today: date,
) -> list[str]:
    """The claims that may go; the others are held, each with who must do what. The second time: no more."""
    if not profile.wants_enrolment(kind):
        return list(claim_ids)
    billing = npis(session, claim_ids)
    found = {each: lacking(billing.get(each, ""), kind, profile, today) for each in claim_ids}
    why = {claim_id: told for claim_id, told in found.items() if told}
    held = session.exec(select(Claim).where(among(col(Claim.id), why)))
    lifecycle.apply(session, [_hold(session, act, claim, why[claim.id], [_RELEASE]) for claim in held], act)
    return [claim_id for claim_id in claim_ids if claim_id not in why]


def hold_unasked(session: Session, act: Act, bundle: Bundle, profile: PayerProfile) -> Change | None:
    """The hold of a claim whose provider may not ask about coverage; None where it may."""
    why = lacking(npi_of(bundle), "270", profile, today_of(act, profile))
    return _hold(session, act, bundle.claim, why, [_ASK, _COVERED]) if why else None


def _hold(session: Session, act: Act, claim: Claim, why: str, options: Sequence[dict[str, str]]) -> Change:
    return work.hold(session, act, claim, queue=Queue.OPERATIONS, kind=KIND, reason=why, options=options)


def may_ask(
    session: Session,
    act: Act,
    items: Sequence[Item],
    npi: Callable[[Item], str],
    kind: Transaction,
    profile: PayerProfile,
) -> list[Item]:
    """Those that may be asked about; of the others operations hears, until they are enrolled."""
    if not profile.wants_enrolment(kind):
        return list(items)
    today = today_of(act, profile)
    why = {each: lacking(each, kind, profile, today) for each in {npi(item) for item in items}}
    for each, reason in sorted(why.items()):
        subject = f"payer:{profile.id}:{kind}:{each or 'none'}"
        if reason is None:
            work.cancel_for(session, subject, act.at.business, "it is enrolled", [KIND])
            continue
        work.open_item(
            session,
            act,
            queue=Queue.OPERATIONS,
            kind=KIND,
            reason=f"{reason} Until then {FOLLOWS[kind]}.",
            subject=subject,
            options=[{"id": "settled", "title": "It is enrolled, and the payer's file says so"}],
        )
    return [item for item in items if why[npi(item)] is None]


def lacking(npi: str, kind: Transaction, profile: PayerProfile, today: date) -> str | None:
    """Why that provider may not use the transaction, and who must do what; None where it may."""
    enrolment = profile.enrolment
    if enrolment is None or not enrolment.lacks(npi, kind, today):
        return None
    return f"NPI {npi or '(none)'} is not enrolled with {profile.name} for {kind}. {enrolment.how}"


def npi_of(bundle: Bundle) -> str:
    return (bundle.billing.npi if bundle.billing else None) or ""


def npis(session: Session, claim_ids: Sequence[str]) -> dict[str, str]:
    """The NPI of each claim's billing provider, by the claim's id; nothing for a claim that has none."""
    billing = col(Provider.id) == col(Claim.billing_id)
    rows = select(Claim.id, Provider.npi).join(Provider, billing)
    return {
        claim_id: npi or "" for claim_id, npi in session.exec(rows.where(among(col(Claim.id), claim_ids)))
    }


def today_of(act: Act, profile: PayerProfile) -> date:
    """The day at the payer: its enrolments begin and end there."""
    return act.at.day(ZoneInfo(profile.zone))
