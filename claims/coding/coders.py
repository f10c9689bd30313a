"""Who coded a claim: whoever last set or accepted a code here, else the clinician whose visit it is."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from claims.events import SYSTEM
from claims.model import AcceptedFinding, Claim, EventRow, Provider
from claims.model.among import among
from claims.transitions import Event

_CODING = ("line.", "diagnosis.")
UNKNOWN = "nobody named"


def coders(session: Session, claims: Sequence[Claim]) -> dict[str, str]:
    """By claim id a user's name, or ``clinician:<NPI>`` where the visit came coded and nobody changed it."""
    found = _clinicians(session, claims)
    ids = [claim.id for claim in claims]
    accepted = select(AcceptedFinding).where(among(col(AcceptedFinding.claim_id), ids))
    found |= {row.claim_id: row.actor for row in session.exec(accepted.order_by(col(AcceptedFinding.at)))}
    corrected = (
        select(EventRow.subject, EventRow.actor, EventRow.facts)
        .where(among(col(EventRow.subject), ids), EventRow.kind == Event.CORRECTED, EventRow.actor != SYSTEM)
        .order_by(col(EventRow.id))
    )
    for claim_id, actor, facts in session.exec(corrected):
        if any(field.startswith(_CODING) for field in facts.get("fields", ())):
            found[claim_id] = actor
    return found


def _clinicians(session: Session, claims: Sequence[Claim]) -> dict[str, str]:
    wanted = {claim.id: claim.rendering_id or claim.attending_id or claim.billing_id for claim in claims}
    providers = select(Provider).where(among(col(Provider.id), [id for id in wanted.values() if id]))
    names = {each.id: f"clinician:{each.npi or each.name}" for each in session.exec(providers)}
    return {claim_id: names.get(provider_id or "", UNKNOWN) for claim_id, provider_id in wanted.items()}
