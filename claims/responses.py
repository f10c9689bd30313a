"""A document from a mailbox: what it is, and what follows from it for our claims."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from claims import acks, appeal_outcomes, lifecycle, work
from claims.errors import BadInput
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Document, Queue
from claims.money.remittance import receive_835
from claims.x12.ack277ca_io import read_277ca
from claims.x12.ack999_io import read_999
from claims.x12.envelope import Transaction, X12File, read_file
from claims.x12.remit835_read import read_835
from claims.x12.syntax import X12Error
from claims.x12.ta1 import read_ta1
from config.payers import PayerProfile

UNDERSTOOD = frozenset(("999", "277CA", "835"))


@dataclass(frozen=True, slots=True)
class Applied:
    """``state`` is applied, queued (a person must look) or unreadable; ``message`` says why in words."""

    state: str
    message: str
    changes: int = 0


def apply(
    session: Session, act: Act, document: Document, payers: Mapping[str, PayerProfile], connector: str
) -> Applied:
    """Read the document and apply all that it says. The second time it changes nothing."""
    if document.content.lstrip().startswith(b"{"):
        return _apply_letter(session, act, document, payers)
    try:
        file = read_file(document.content)
    except X12Error as unreadable:
        return _unreadable(session, act, document, unreadable.message)
    changes = _acknowledgements(session, act, document, file, payers, connector)
    lifecycle.apply(session, changes, act)
    states = []
    for transaction in _of_type(file, "835"):
        posted = receive_835(session, act, document, read_835(transaction), payers)
        lifecycle.apply(session, posted.changes, act)
        changes += posted.changes
        states.append(posted.state)
    return _told(session, act, document, file, len(changes), states)


def _acknowledgements(
    session: Session,
    act: Act,
    document: Document,
    file: X12File,
    payers: Mapping[str, PayerProfile],
    connector: str,
) -> list[Change]:
    ta1s = [ta1 for interchange in file.interchanges for ta1 in read_ta1(interchange)]
    changes = acks.apply_ta1(session, act, document, ta1s, connector=connector) if ta1s else []
    if sets := _of_type(file, "999"):
        read = [read_999(transaction) for transaction in sets]
        changes += acks.apply_999(session, act, document, read, connector=connector)
    if sets := _of_type(file, "277CA"):
        verdicts = [ack for transaction in sets for ack in read_277ca(transaction)]
        changes += acks.apply_277ca(session, act, document, verdicts, payers)
    return changes


def _told(
    session: Session, act: Act, document: Document, file: X12File, changes: int, states: list[str]
) -> Applied:
    foreign = sorted({t.type for t in file.transactions} - UNDERSTOOD)
    if foreign or not (file.transactions or any(i.ta1 for i in file.interchanges)):
        what = f"It holds {', '.join(foreign)}" if foreign else "It holds no transaction"
        return _unreadable(session, act, document, f"{what}; a mailbox should hold TA1, 999, 277CA or 835.")
    kinds = sorted({t.type for t in file.transactions}) or ["TA1"]
    state = "queued" if "queued" in states else "applied"
    return Applied(state, f"{', '.join(kinds)}: {changes} changes", changes)


def _apply_letter(
    session: Session, act: Act, document: Document, payers: Mapping[str, PayerProfile]
) -> Applied:
    try:
        decision = appeal_outcomes.read_decision(document.content)
    except BadInput as unreadable:
        return _unreadable(session, act, document, unreadable.message)
    changes = appeal_outcomes.decide(session, act, document, decision, payers)
    lifecycle.apply(session, changes, act)
    return Applied("applied", f"appeal decision: {len(changes)} changes", len(changes))


def _unreadable(session: Session, act: Act, document: Document, why: str) -> Applied:
    """The bytes are kept; a person looks, and the mailbox goes on."""
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind="unreadable_file",
        reason=f"A file from a mailbox (SHA-256 {document.sha256[:16]}…) cannot be used. {why}",
        subject=f"document:{document.id}",
    )
    return Applied("unreadable", why)


def _of_type(file: X12File, kind: str) -> list[Transaction]:
    return [transaction for transaction in file.transactions if transaction.type == kind]
