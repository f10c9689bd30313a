"""What a decision on a coverage that was not confirmed does."""

from typing import TYPE_CHECKING

from claims.bundle import load_bundle
from claims.errors import BadInput
from claims.lifecycle import Change
from claims.model import EligibilityCheck
from claims.transitions import Event

if TYPE_CHECKING:
    from claims.decisions import Decision


def covered(decision: "Decision") -> list[Change]:
    """A person was told that the coverage is in force: a confirmation without an exchange."""
    bundle, now = load_bundle(decision.session, decision.claim.id), decision.act.at.business
    if bundle.coverage is None:
        raise BadInput("The claim has no coverage.", tip="Enter it with `cleanclaim claims edit`.")
    told = EligibilityCheck(
        coverage_id=bundle.coverage.id,
        claim_id=bundle.claim.id,
        asked_for=bundle.claim.from_date,
        outcome="active",
        at=now,
    )
    decision.session.add(told)
    if not bundle.claim.hold_reason:
        return []
    return [Change(bundle.claim, Event.RELEASED, decision.story, next_action_at=now)]
