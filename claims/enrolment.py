"""Claims whose provider the payer has not enrolled: sent all the same, they would be turned away."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from claims import lifecycle, work
from claims.bundle import Bundle, load_bundles
from claims.events import Act
from claims.model import Queue
from config.payers import Enrolment, PayerProfile, Transaction

KIND = "not_enrolled"


def hold_unenrolled(
    session: Session,
    act: Act,
    claim_ids: Sequence[str],
    kind: Transaction,
    profile: PayerProfile,
    today: date,
) -> list[str]:
    """The claims that may go; the others are held, each with who must do what. The second time: no more."""
    if profile.enrolment is None or kind not in profile.enrolment.required:
        return list(claim_ids)
    bundles = load_bundles(session, claim_ids)
    lacking = [b for b in bundles if profile.enrolment.lacks(_npi(b), kind, today)]
    holds = [
        work.hold(
            session,
            act,
            bundle.claim,
            queue=Queue.OPERATIONS,
            kind=KIND,
            reason=_reason(_npi(bundle), kind, profile, profile.enrolment),
            options=[{"id": "release", "title": "It is enrolled, and the payer's file says so: send it"}],
        )
        for bundle in lacking
    ]
    lifecycle.apply(session, holds, act)
    held = {bundle.claim.id for bundle in lacking}
    return [claim_id for claim_id in claim_ids if claim_id not in held]


def _npi(bundle: Bundle) -> str:
    return (bundle.billing.npi if bundle.billing else None) or ""


def _reason(npi: str, kind: str, profile: PayerProfile, enrolment: Enrolment) -> str:
    return f"NPI {npi or '(none)'} is not enrolled with {profile.name} for {kind}. {enrolment.how}"
