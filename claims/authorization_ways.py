"""What a decision on a missing authorization does: ask the payer, enter a number, or go on without."""

from typing import TYPE_CHECKING

from claims import authorization_record as record
from claims import authorization_request as request
from claims.authorization_needs import codes_in_need
from claims.bundle import Bundle, load_bundle
from claims.errors import BadInput
from claims.lifecycle import Change
from claims.model import AuthorizationState
from claims.transitions import Event

if TYPE_CHECKING:
    from claims.decisions import Decision


def ask(decision: "Decision") -> list[Change]:
    """The claim's next step sends the request, or asks after one that the payer still has."""
    bundle, codes = _claim_of(decision)
    asked = request.latest(decision.session, bundle.claim)
    if asked is None or asked.state not in request.OPEN:
        request.want(decision.session, decision.act, bundle, codes)
    elif asked.state is AuthorizationState.PENDED:
        asked.asked_at = decision.act.at.business  # the review has a new span before a person is called
        decision.session.add(asked)
    # What was entered does not cover the claim, else nobody would ask.
    bundle.claim.authorization_number = None
    return _released(decision, bundle)


def enter(decision: "Decision") -> list[Change]:
    """The number goes on record and onto the claim."""
    if not decision.value:
        raise BadInput(
            "Which number?", tip="Give it with --value, e.g. --value 'A123 97110=12 2026-02-01..2026-04-30'."
        )
    bundle, codes = _claim_of(decision)
    given = record.terms(decision.value)
    record.enter(decision.session, decision.act, bundle, given, codes)
    bundle.claim.authorization_number = given.number
    return _released(decision, bundle)


def not_needed(decision: "Decision") -> list[Change]:
    """None is needed, or the claim goes with the number that it has; the reason is on record."""
    bundle, codes = _claim_of(decision)
    record.waive(decision.session, decision.act, bundle, codes, decision.act.actor)
    return _released(decision, bundle)


def _claim_of(decision: "Decision") -> tuple[Bundle, list[str]]:
    bundle = load_bundle(decision.session, decision.claim.id)
    profile = decision.payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    return bundle, codes_in_need(bundle, profile)


def _released(decision: "Decision", bundle: Bundle) -> list[Change]:
    if not bundle.claim.hold_reason:
        return []
    now = decision.act.at.business
    return [Change(bundle.claim, Event.RELEASED, decision.story, next_action_at=now)]
