"""Prior authorization: a claim that needs one and lacks its number waits for the authorization queue."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlmodel import Session

from claims import work
from claims.bundle import Bundle
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Queue
from claims.transitions import Event
from config.payers import PayerProfile

MISSING = "authorization_missing"


def check(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """One change a claim: cleared, or held with the codes that the payer wants authorized.

    A second time finds the number that was entered meanwhile, or refreshes the same work item.
    """
    return [_check(session, act, bundle, _profile(bundle, payers)) for bundle in bundles]


def codes_in_need(bundle: Bundle, profile: PayerProfile | None) -> list[str]:
    """The billed codes that the payer's file wants authorized; an entry ending in * is a prefix."""
    if profile is None or profile.authorization is None:
        return []
    exact, prefixes = _wanted(profile.authorization.codes)
    billed = dict.fromkeys(line.procedure_code for line in bundle.lines if line.procedure_code)
    return [code for code in billed if code in exact or (prefixes and code.startswith(prefixes))]


@lru_cache(maxsize=256)
def _wanted(codes: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The codes, and the beginnings of codes, of a payer's list."""
    exact = frozenset(code for code in codes if not code.endswith("*"))
    return exact, tuple(code[:-1] for code in codes if code.endswith("*"))


def _profile(bundle: Bundle, payers: Mapping[str, PayerProfile]) -> PayerProfile | None:
    return payers.get(bundle.coverage.payer_id) if bundle.coverage else None


def _check(session: Session, act: Act, bundle: Bundle, profile: PayerProfile | None) -> Change:
    claim = bundle.claim
    codes = codes_in_need(bundle, profile)
    versions = {"payer": profile.digest if profile else None}
    if codes and not claim.authorization_number:
        reason = f"{claim.payer_id} wants an authorization for {', '.join(codes)}, and the claim has none."
        return work.hold(
            session,
            act,
            claim,
            queue=Queue.AUTHORIZATION,
            kind=MISSING,
            reason=reason,
            fields=["claim.authorization_number"],
            story=Story(reason, {"codes": codes}, versions),
        )
    work.cancel_for(session, f"claim:{claim.id}", act.at.business, "an authorization is there", [MISSING])
    why = "the authorization is on the claim" if codes else "the payer's file wants no authorization for it"
    return Change(
        claim,
        Event.AUTHORIZATION_CLEARED,
        Story(why, {"codes": codes}, versions),
        next_action_at=act.at.business,
    )
