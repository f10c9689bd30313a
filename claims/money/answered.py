"""Which lines of a claim its payer has not spoken of: it may answer one claim in several parts."""

from sqlmodel import Session, col

from claims.bundle import Bundle
from claims.model import RemittanceClaim
from claims.money.clp import STANDING, load


def unanswered(session: Session, bundle: Bundle) -> list[str]:
    """The lines, as in ``line 2 (87880)``, that no standing answer names; none where an answer names no lines
    or there is none."""
    standing = load(
        session,
        col(RemittanceClaim.claim_id) == bundle.claim.id,
        col(RemittanceClaim.undone_by).is_(None),
        col(RemittanceClaim.outcome).in_(STANDING),
    )
    if not standing or not all(each.lines for each in standing):
        return []
    named = frozenset[str]().union(*(each.lines for each in standing))
    return [
        f"line {line.number} ({line.procedure_code or line.revenue_code})"
        for line in bundle.lines
        if line.id not in named
    ]
