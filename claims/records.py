"""Records that a payer asks for before it decides: a named biller lets them go, `claims.letters` sends them.

They are the claim's documents, archived from a file, or what the biller writes. Rules: domain section 4.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from claims import lifecycle
from claims.archive import document
from claims.bundle import Bundle
from claims.connect import Enclosure, RecordsMessage
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Adjudication, Claim, Filing, RecordsRequest, Role
from claims.money.ledger import named
from claims.transitions import Event

LOOKED_AT_WITHIN = timedelta(days=15)
"""A payer that asks again so soon has not looked into its mail yet: that is no news."""
DECIDED_WITHIN = timedelta(days=45)
"""How long a payer may look at records after a denial; then somebody asks."""
OPTIONS = (
    {"id": "send_records", "title": "Send the records: a file, or what the note says"},
    {"id": "answered", "title": "The payer has its answer by portal, fax or from the patient"},
)
"""What can be decided when a payer asks."""
_UNSENT = ("approved", "sending", "unconfirmed", "refused")


def approve(session: Session, act: Act, bundle: Bundle, document_id: str) -> list[Change]:
    """Let an archived document go to the payer that waits for it. Needs a named biller.

    Raises NotAllowed when no payer waits, it has not told its number of the claim, or records are under way.
    """
    named(session, act, Role.BILLER)
    filing = waiting(bundle)
    if filing is None or not filing.icn:
        raise NotAllowed("No payer waits for records of this claim.", tip="Look at its trace.")
    if under_way(session, filing, act.at.business):
        raise NotAllowed("Records of this claim are on their way.", tip="Wait for the payer's answer.")
    row = _approved(session, act, bundle, filing, document_id)
    return [Change(bundle.claim, "records_approved", Story("records go to the payer", _facts(session, row)))]


def _approved(session: Session, act: Act, bundle: Bundle, filing: Filing, document_id: str) -> RecordsRequest:
    row = RecordsRequest(
        claim_id=bundle.claim.id,
        filing_id=filing.id,
        document_id=document_id,
        state="approved",
        approved_by=act.actor,
        at=act.at.business,
    )
    session.add(row)
    return row


def _facts(session: Session, row: RecordsRequest) -> dict[str, str]:
    return {"records": row.id, "sha256": document(session, row.document_id).sha256}


def reopen(session: Session, act: Act, bundle: Bundle, filing: Filing, document_id: str) -> list[Change]:
    """Ask a payer that has refused for want of records to decide again: they go to it by the same way.

    Needs a named biller; raises NotAllowed where the payer has given the claim no number.
    """
    named(session, act, Role.BILLER)
    if not filing.icn:
        raise NotAllowed("The payer has given this claim no number.", tip="Send the records with an appeal.")
    asked = act.at.business
    filing.status_due_at = asked + LOOKED_AT_WITHIN
    row = _approved(session, act, bundle, filing, document_id)
    session.add(filing)
    story = Story("the payer is asked to decide again on the records", _facts(session, row))
    until = asked + DECIDED_WITHIN
    return [Change(bundle.claim, Event.REOPENED, story, filing=filing, next_action_at=until)]


def answered(bundle: Bundle, story: Story) -> list[Change]:
    """The payer has its answer by another way: a portal, a fax, the patient."""
    filing = waiting(bundle)
    if filing is None or not lifecycle.allows(bundle.claim, Event.RECORDS_SENT, filing):
        return []
    at = bundle.claim.next_action_at
    return [Change(bundle.claim, Event.RECORDS_SENT, story, filing=filing, next_action_at=at)]


def waiting(bundle: Bundle) -> Filing | None:
    """The filing whose payer has asked for information."""
    asked = [f for f in bundle.filings if f.adjudication is Adjudication.INFO_REQUESTED]
    return asked[-1] if asked else None


def under_way(session: Session, filing: Filing, now: datetime) -> bool:
    """Records of it wait to be sent, or the payer has had them for a short time only."""
    rows = session.exec(select(RecordsRequest).where(RecordsRequest.filing_id == filing.id)).all()
    return any(r.state in _UNSENT or (r.sent_at and now - r.sent_at < LOOKED_AT_WITHIN) for r in rows)


def message(session: Session, row: RecordsRequest) -> RecordsMessage:
    """The records as the connector sends them."""
    filing, paper = session.get_one(Filing, row.filing_id), document(session, row.document_id)
    enclosed = Enclosure(paper.sha256, media_type(paper.content), paper.content)
    return RecordsMessage(filing.payer_id, filing.icn or "", filing.pcn, (enclosed,))


def media_type(content: bytes) -> str:
    """By what the bytes are; a file's name says nothing."""
    if content.startswith(b"%PDF"):
        return "application/pdf"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"


def arrived(session: Session, act: Act, row: RecordsRequest) -> list[Change]:
    """The payer has them and is to decide; where it has decided meanwhile, that stays."""
    claim, filing = session.get_one(Claim, row.claim_id), session.get_one(Filing, row.filing_id)
    story = Story("records sent", {"records": row.id, "receipt": row.receipt})
    if not lifecycle.allows(claim, Event.RECORDS_SENT, filing):
        return [Change(claim, "records_sent_late", story)]
    at = claim.next_action_at
    return [Change(claim, Event.RECORDS_SENT, story, filing=filing, next_action_at=at)]
