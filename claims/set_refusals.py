"""A 999 refuses a transaction set as a whole, for the fault of some of its claims: which are at fault."""

from sqlmodel import Session

from claims.archive import document
from claims.model import Batch
from claims.x12.ack999 import SetAck
from claims.x12.envelope import Transaction, read_file
from claims.x12.syntax import X12Error


def sent_in(session: Session, batch: Batch) -> bytes:
    """The bytes of the batch as they were sent."""
    return document(session, batch.document_id).content if batch.document_id else b""


def at_fault(sent: bytes, refused: SetAck) -> set[str] | None:
    """The control numbers (CLM01) of the claims at which the receiver found its faults.

    None where a fault lies above the claims, or nothing is said of where: then nobody can be told apart.
    """
    places = _claims_of(sent, refused.control_number)
    found = {error.claim or places.get(error.position, "") for error in refused.errors}
    return found if found and found <= set(places.values()) else None


def _claims_of(sent: bytes, control_number: str) -> dict[int, str]:
    """The claim of each segment from its CLM to the next CLM or HL; positions count from ST = 1."""
    try:
        sets = read_file(sent).transactions
    except X12Error:
        return {}
    ours = [each for each in sets if each.control_number.lstrip("0") == control_number.lstrip("0")]
    return _places(ours[0]) if ours else {}


def _places(transaction: Transaction) -> dict[int, str]:
    places, claim = {}, ""
    for position, segment in enumerate(transaction.segments, 1):
        if segment[0] in ("CLM", "HL"):
            claim = segment[1] if segment[0] == "CLM" else ""
        if claim:
            places[position] = claim
    return places
