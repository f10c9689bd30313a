"""Prior authorization: a claim that needs one goes on with a number that covers it, or waits.

In this order: nothing is needed; a number is on the claim, and what is on record of it covers the claim; the
patient has one on record that does; the payer is asked (278); a person of the authorization queue decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from claims import authorization_record as record
from claims import authorization_request as request
from claims import enrolment, work
from claims.authorization_needs import codes_in_need as codes_in_need
from claims.bundle import Bundle
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Authorization, AuthorizationState, Queue
from claims.transitions import Event
from config.payers import PayerProfile

MISSING, SHORT = "authorization_missing", "authorization_short"
KINDS = (MISSING, SHORT, request.DENIED, request.REFUSED, request.PENDING)
"""What the claim may be held for; each is over once an authorization is there."""

ASK, ENTER, NOT_NEEDED = "ask_authorization", "enter_authorization", "authorization_not_needed"


@dataclass(frozen=True, slots=True)
class Known:
    """The claims that have passed in this very transaction, and the codes that need none as was decided."""

    passed: Sequence[str]
    waived: frozenset[str]


def check(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """One change a claim: cleared, or held with the codes that the payer wants authorized.

    None for a claim with a request that the payer has still to answer: the step asks. A second time finds
    what was entered or granted meanwhile, or refreshes the same work item.
    """
    changes: list[Change] = []
    waived = record.waivers(session, [bundle.claim.id for bundle in bundles])
    passed: list[str] = []
    for bundle in bundles:
        known = Known(passed, waived.get(bundle.claim.id, frozenset()))
        change = _check(session, act, bundle, _profile(bundle, payers), known)
        changes += [change] if change else []
        passed += [bundle.claim.id] if change and change.event is Event.AUTHORIZATION_CLEARED else []
    subjects = [f"claim:{claim_id}" for claim_id in passed]
    work.cancel_all(session, subjects, act.at.business, "an authorization is there", KINDS)
    return changes


def judged(
    session: Session,
    act: Act,
    bundle: Bundle,
    payers: Mapping[str, PayerProfile],
    asked: Authorization,
) -> Change:
    """The claim after its payer's word on a request; what is still open by then is a person's work."""
    for change in check(session, act, [bundle], payers):
        return change
    profile = _profile(bundle, payers)
    facts = {"authorization": asked.id, "codes": asked.codes}
    return held(session, act, bundle, profile, request.PENDING, request.told(asked), facts)


def foreseen(session: Session, bundle: Bundle, profile: PayerProfile | None) -> str | None:
    """The number on record that the claim will take; nothing is written and nothing locked."""
    codes = codes_in_need(bundle, profile)
    if not codes or bundle.claim.authorization_number:
        return None
    rows = record.granted(session, bundle, lock=False)
    return next((row.number for row in rows if record.shortfall(session, row, bundle, codes) is None), None)


def options(profile: PayerProfile | None) -> list[dict[str, Any]]:
    """What a person may decide on a claim without the authorization that it needs."""
    ask = {"id": ASK, "title": "Ask the payer (278).", "effect": "The claim waits for the payer's answer."}
    enter = {
        "id": ENTER,
        "title": "Enter the number: --value 'NUMBER [CODE=UNITS] [FROM..TO]'.",
        "effect": "It is kept on record for the patient, and the claim goes on if it covers it.",
    }
    waive = {
        "id": NOT_NEEDED,
        "title": "None is needed, or it goes as it is: --reason why.",
        "effect": "The claim goes on as it is; the reason stays in its history.",
    }
    return [*([ask] if profile and profile.asked_through else []), enter, waive]


def _profile(bundle: Bundle, payers: Mapping[str, PayerProfile]) -> PayerProfile | None:
    return payers.get(bundle.coverage.payer_id) if bundle.coverage else None


def _check(
    session: Session, act: Act, bundle: Bundle, profile: PayerProfile | None, known: Known
) -> Change | None:
    codes = codes_in_need(bundle, profile)
    if not codes:
        return cleared(act, bundle, profile, codes, "the payer's file wants no authorization for it")
    if known.waived.issuperset(codes):
        return cleared(act, bundle, profile, codes, "no authorization is needed, as was decided")
    if bundle.claim.authorization_number:
        return _by_number(session, act, bundle, profile, codes, known)
    return _by_record(session, act, bundle, profile, codes, known) or _by_request(
        session, act, bundle, profile, codes, known
    )


def _by_number(
    session: Session,
    act: Act,
    bundle: Bundle,
    profile: PayerProfile | None,
    codes: Sequence[str],
    known: Known,
) -> Change:
    """A number that is not on record is believed: its units and days are unknown to us."""
    row = record.find(session, bundle, bundle.claim.authorization_number or "")
    short = row and record.shortfall(session, row, bundle, codes, known.passed)
    if row is None or not short:
        told = "covers it" if row else "is on the claim; its units and days are not on record"
        return cleared(act, bundle, profile, codes, f"the authorization {told}")
    return held(session, act, bundle, profile, SHORT, short, {"authorization": row.id, "codes": codes})


def _by_record(
    session: Session,
    act: Act,
    bundle: Bundle,
    profile: PayerProfile | None,
    codes: Sequence[str],
    known: Known,
) -> Change | None:
    """The first authorization on record that covers all of it; its number goes onto the claim."""
    for row in record.granted(session, bundle):
        if record.shortfall(session, row, bundle, codes, known.passed) is None:
            bundle.claim.authorization_number = row.number
            return cleared(act, bundle, profile, codes, "an authorization on record covers it")
    return None


def _by_request(
    session: Session,
    act: Act,
    bundle: Bundle,
    profile: PayerProfile | None,
    codes: Sequence[str],
    known: Known,
) -> Change | None:
    """None where the payer is to be asked, or to be asked after; else held with what it said, if anything."""
    asked = request.latest(session, bundle.claim)
    if asked is None and profile and profile.authorization and profile.authorization.asks:
        asked = request.want(session, act, bundle, codes)
    if asked is not None and asked.state in request.OPEN:
        return _unenrolled(session, act, bundle, profile, asked)
    if asked is not None and asked.state is AuthorizationState.GRANTED and asked.number:
        bundle.claim.authorization_number = asked.number
        return _by_number(session, act, bundle, profile, codes, known)
    if asked is not None and asked.state in (AuthorizationState.DENIED, AuthorizationState.REFUSED):
        return held(session, act, bundle, profile, request.kind_of(asked), request.told(asked), {})
    wants = f"{bundle.claim.payer_id} wants an authorization for {', '.join(codes)}"
    return held(session, act, bundle, profile, MISSING, f"{wants}, and the claim has none.", {"codes": codes})


def _unenrolled(
    session: Session, act: Act, bundle: Bundle, profile: PayerProfile | None, asked: Authorization
) -> Change | None:
    """Held where the payer lets this provider send no 278; what it was asked before is asked after."""
    if profile is None or asked.state is not AuthorizationState.WANTED:
        return None
    today = enrolment.today_of(act, profile)
    why = enrolment.lacking(enrolment.npi_of(bundle), "278", profile, today)
    if why is None:
        return None
    reason = f"{why} Until then ask by telephone or portal, and enter the number."
    return held(session, act, bundle, profile, MISSING, reason, {"authorization": asked.id})


def cleared(
    act: Act,
    bundle: Bundle,
    profile: PayerProfile | None,
    codes: Sequence[str],
    why: str,
) -> Change:
    claim = bundle.claim
    facts = {"codes": list(codes), **({"number": claim.authorization_number} if codes else {})}
    story = Story(why, facts, _versions(profile))
    return Change(claim, Event.AUTHORIZATION_CLEARED, story, next_action_at=act.at.business)


def held(
    session: Session,
    act: Act,
    bundle: Bundle,
    profile: PayerProfile | None,
    kind: str,
    reason: str,
    facts: Mapping[str, Any],
) -> Change:
    """Held for the authorization queue with the ways out of it."""
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=Queue.AUTHORIZATION,
        kind=kind,
        reason=reason,
        fields=["claim.authorization_number"],
        options=options(profile),
        story=Story(reason, facts, _versions(profile)),
    )


def _versions(profile: PayerProfile | None) -> dict[str, Any]:
    return {"payer": profile.digest if profile else None}
