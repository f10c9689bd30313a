"""Claims of a payment that a person must place: those that match none of ours, and those that failed."""

from collections.abc import Mapping

from sqlmodel import Session, col

from claims import work
from claims.errors import NotAllowed, NotFound
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Queue, Remittance, RemittanceClaim, Role
from claims.money.clp import UNMATCHED, Clp, clp_of, load, store
from claims.money.ledger import named
from claims.money.matching import Match, best_filing, load_claim, suggest
from claims.money.posting import Poster
from claims.money.said import body_of, said, said_of
from claims.x12.remit835 import RemitClaim
from config.payers import PayerProfile

NOT_OURS = {"id": "not_ours", "title": "Not ours"}
_OPTIONS = ({"id": "assign", "title": "Post it on this claim"}, NOT_OURS)


def open_unmatched(session: Session, act: Act, remittance: Remittance, row: Clp, claim: RemitClaim) -> None:
    """Work for a biller, with the likely claim where there is one."""
    likely = suggest(session, claim, [remittance.payer_id])
    guess = f" Same member, day and charge: {', '.join(likely)}." if likely else ""
    work.open_item(
        session,
        act,
        queue=Queue.BILLING,
        kind="remit_unmatched",
        reason=f"Payment {remittance.trace}, claim {row.position}: control number {row.pcn}, payer number "
        f"{row.icn or 'not given'}, paid {row.paid} of {row.charge}, {row.matched_by}.{guess}",
        subject=f"remittance_claim:{row.id}",
        fields=["pcn"],
        options=_OPTIONS,
    )


def keep_failed(
    session: Session, act: Act, remittance: Remittance, position: int, claim: RemitClaim, why: str
) -> None:
    """Keep a claim whose posting failed, so that its payment goes on and a person comes to it."""
    what = said(claim)
    row = clp_of(remittance, position, what)
    row.state, row.matched_by = UNMATCHED, f"could not be posted ({why})"
    row.body = body_of(what)
    store(session, [row])
    open_unmatched(session, act, remittance, row, claim)


def assign(
    session: Session,
    act: Act,
    row_id: str,
    claim_id: str,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """A named biller says which claim an unmatched one is; it is posted there as if it had matched."""
    named(session, act, Role.BILLER)
    found = load(session, col(RemittanceClaim.id) == row_id)
    if not found:
        raise NotFound(f"No claim {row_id} of a remittance.", tip="Take the id from the work item.")
    row = found[0]
    if row.state != UNMATCHED:
        raise NotAllowed(f"It is {row.state} already.", tip="Nothing is left to do.")
    remittance = session.get_one(Remittance, row.remittance_id)
    known, what = load_claim(session, claim_id), said_of(row.body)
    filing = best_filing(known, claim_id, what, remittance.payer_id)
    poster = Poster(session, act, remittance, known, payers.get(remittance.payer_id))
    poster.place(row, what, Match(known.claims[claim_id], filing, "hand"))
    if poster.unmatched:
        raise NotAllowed(f"This claim {row.matched_by}.", tip="Choose another claim.")
    return poster.finish()
