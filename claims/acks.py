"""Acknowledgements: TA1, 999 and 277CA become one verdict a claim. Late and repeated ones are no news.

Call each with all acknowledgements of its kind in a document; a document is applied once. The changes are for
the lifecycle to apply. `claims.expected_acks` watches for those that do not come.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from claims import batch_questions
from claims.control import of_reference
from claims.events import Act
from claims.expected_acks import FRONT_DOORS, received
from claims.inquiry import ANSWERS
from claims.lifecycle import Change
from claims.model import Acknowledgement, Batch, BatchItem, Claim, Document, Filing, Submission
from claims.model.among import among
from claims.set_refusals import at_fault, sent_in
from claims.verdicts import PAYER, Book, Traveller
from claims.x12.ack277ca import REJECTED, Ack277CA, AckLevel, ClaimAck
from claims.x12.ack999 import Ack999, SetAck
from claims.x12.status import Status, StatusCode
from claims.x12.ta1 import Ta1
from config.payers import PayerProfile

ACCEPTED = ("A", "E")
_NOT_SENT = (Submission.NONE, Submission.QUEUED, Submission.SENDING)


def apply_ta1(
    session: Session, act: Act, document: Document, parsed: Sequence[Ta1], *, connector: str
) -> list[Change]:
    """The envelope: R refuses every claim in the interchange; A and E are no news of any claim."""
    book = Book.open(session, act, document, "TA1")
    return [change for ta1 in parsed for change in _envelope(book, ta1, connector)] if book else []


def _envelope(book: Book, ta1: Ta1, connector: str) -> list[Change]:
    batch = _batch(book.session, connector, ta1.control_number, "control_number")
    row = book.row("receiver", ta1.status, ta1.code, batch)
    if batch is None:
        return book.unmatched(row, f"interchange {ta1.control_number}")
    received(book.session, book.act, batch.id, "TA1")
    if ta1.is_accepted:
        return book.close(row, [])
    reason = f"The interchange was refused whole (TA1 {ta1.status} {ta1.code}): nothing in it was filed."
    return _refused(book, row, batch, _travellers(book.session, batch), reason)


def apply_999(
    session: Session, act: Act, document: Document, parsed: Sequence[Ack999], *, connector: str
) -> list[Change]:
    """The syntax: sets with A or E (errors noted) go on; any other status refuses the claims of that set.

    A group whose sets are not listed is accepted or refused whole.
    """
    book = Book.open(session, act, document, "999")
    return [change for ack in parsed for change in _group(book, ack, connector)] if book else []


def _group(book: Book, ack: Ack999, connector: str) -> list[Change]:
    batch = _batch(book.session, connector, ack.group, "group_number")
    if batch is None:
        return book.unmatched(book.row("receiver", ack.status), f"group {ack.group}")
    received(book.session, book.act, batch.id, "999")
    travellers = _travellers(book.session, batch)
    if ack.sets:
        return [change for one in ack.sets for change in _set(book, one, batch, travellers)]
    row = book.row("receiver", ack.status, batch=batch)
    if ack.status in ACCEPTED:
        return book.read(row, travellers)
    reason = f"The whole group was refused (999 {ack.status}): nothing in it was filed."
    return _refused(book, row, batch, travellers, reason)


def _refused(
    book: Book, row: Acknowledgement, batch: Batch, travellers: Sequence[Traveller], reason: str
) -> list[Change]:
    """Nothing of it was taken: claims are refused for their format, questions are asked again, mended."""
    if batch.kind in ANSWERS:
        batch_questions.refuse(book.session, book.act, batch, reason)
    return book.refused(row, travellers, reason)


def _set(book: Book, one: SetAck, batch: Batch, travellers: Sequence[Traveller]) -> list[Change]:
    row = book.row("receiver", one.status, batch=batch)
    inside = [t for t in travellers if t[2].st_number.lstrip("0") == one.control_number.lstrip("0")]
    if one.is_accepted:
        return book.read(row, inside)
    faults = ", ".join(f"{error.segment} at {error.position}" for error in one.errors[:3])
    said = f"999 {one.status}{f', {faults}' if faults else ''}"
    reason = f"Refused for its format ({said}). It was never filed."
    if batch.kind in ANSWERS:
        batch_questions.refuse(book.session, book.act, batch, reason, one.control_number)
    guilty = at_fault(sent_in(book.session, batch), one)
    blamed = [t for t in inside if guilty is None or t[1].pcn in guilty]
    return book.refused(row, blamed, reason, along=[t for t in inside if t not in blamed])


def apply_277ca(
    session: Session,
    act: Act,
    document: Document,
    parsed: Sequence[Ack277CA],
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """Each claim's verdict by the clearinghouse or the payer.

    A level above the claims that is refused and lists none refuses every claim of the batch that it names.
    """
    book = Book.open(session, act, document, "277CA")
    if book is None:
        return []
    changes = [change for ack in parsed for change in _receiver(book, ack, payers)]
    for batch_id in sorted(book.batches):
        for kind in FRONT_DOORS:
            received(session, act, batch_id, kind)
    return changes


def _receiver(book: Book, ack: Ack277CA, payers: Mapping[str, PayerProfile]) -> list[Change]:
    source = PAYER if ack.source.party.entity == "PR" else "clearinghouse"
    batch = _batch_named(book.session, ack.receiver)
    found = _filings(book.session, ack, batch, source)
    changes = [
        change
        for claim in ack.claims
        for change in book.judge(claim, _decisive(_statuses(claim)), source, found.get(claim.pcn), payers)
    ]
    refused = next((level for level in (ack.receiver, *ack.providers) if level.is_rejected), None)
    return changes if ack.claims or refused is None else _cascade(book, refused, batch, source)


def _cascade(book: Book, level: AckLevel, batch: Batch | None, source: str) -> list[Change]:
    code = _decisive(level.statuses)
    row = book.row(source, code.category, code.code, batch)
    if batch is None:
        return book.unmatched(row, "a batch that it does not name")
    changes = [
        change
        for claim, filing, _ in _travellers(book.session, batch)
        for change in book.turned_away(claim, filing, code, source)
    ]
    return book.close(row, changes)


def _statuses(claim: ClaimAck) -> Iterable[Status]:
    return [*claim.statuses, *(status for line in claim.lines for status in line.statuses)]


def _decisive(statuses: Iterable[Status]) -> StatusCode:
    """The code that decides: a refusal wins over all others, else the last one said."""
    codes = [code for status in statuses for code in status.codes]
    refused = [code for code in codes if code.category in REJECTED]
    return (refused or codes[-1:] or [StatusCode("", "")])[0]


def _batch(session: Session, connector: str, number: str, column: str) -> Batch | None:
    """The batch sent through that connector under that number, leading zeros or not."""
    name = col(getattr(Batch, column))
    same = name.in_({number, number.zfill(9), number.lstrip("0")})
    return session.exec(
        select(Batch).where(Batch.connector == connector, same).order_by(col(Batch.created_at).desc())
    ).first()


def _batch_named(session: Session, receiver: AckLevel) -> Batch | None:
    """The batch by our own reference (BHT03), which a 277CA gives back: its id or its control number."""
    name = receiver.trace.number if receiver.trace else ""
    if not name:
        return None
    found = session.get(Batch, name.lower())
    same = col(Batch.control_number).in_({name, of_reference(name)}) & col(Batch.kind).not_in(list(ANSWERS))
    return found or session.exec(select(Batch).where(same).order_by(col(Batch.created_at).desc())).first()


def _travellers(session: Session, batch: Batch) -> Sequence[Traveller]:
    return session.exec(
        select(Claim, Filing, BatchItem)
        .join(BatchItem, col(BatchItem.claim_id) == col(Claim.id))
        .join(Filing, col(Filing.id) == col(BatchItem.filing_id))
        .where(BatchItem.batch_id == batch.id)
        .order_by(col(BatchItem.id))
    ).all()


def _filings(
    session: Session, ack: Ack277CA, batch: Batch | None, source: str
) -> dict[str, tuple[Claim, Filing]]:
    """By control number: the filing that went with the batch named, else the last one sent under it."""
    rows = session.exec(
        select(Claim, Filing)
        .join(Filing, col(Filing.claim_id) == col(Claim.id))
        .where(
            among(col(Filing.pcn), {claim.pcn for claim in ack.claims}),
            col(Filing.submission).not_in(_NOT_SENT),
        )
        .order_by(col(Filing.created_at), col(Filing.version))
    ).all()
    payer = ack.source.party.id if source == PAYER else ""
    ours = [row for row in rows if row[1].payer_id == payer] or rows
    last = {row[1].pcn: row for row in ours}
    with_batch = {row[1].pcn: row for row in rows if batch and row[1].batch_id == batch.id}
    return {**last, **with_batch}
