"""A document from a mailbox: what it is, and what follows from it for our claims."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from claims import acks, appeal_outcomes, lifecycle, work
from claims.batch_answers import Desk
from claims.database import transaction
from claims.errors import BadInput
from claims.events import Act
from claims.findings import Finding
from claims.inquiry import ANSWERS
from claims.lifecycle import Change
from claims.model import Document
from claims.money.examine import Examined, examine_next
from claims.money.payments import post_file
from claims.x12.ack277ca_io import read_277ca
from claims.x12.ack999_io import read_999
from claims.x12.envelope import Interchange, Transaction, TransactionStream
from claims.x12.remit835_read import RemittanceReader
from claims.x12.syntax import X12Error
from claims.x12.ta1 import read_ta1
from config.payers import PayerProfile

ANSWERED_LATER = frozenset(ANSWERS.values())
UNDERSTOOD = frozenset(("999", "277CA", "835")) | ANSWERED_LATER
_EXPECTED = "TA1, 999, 277CA, 835, 271 or 277"
_CUT_OFF = ("GE", "IEA", "GE01", "IEA01")
"""What the reader finds wrong where transactions behind the last one are missing."""


@dataclass(frozen=True, slots=True)
class Applied:
    """``state`` is applied, queued (a person must look) or unreadable; ``message`` says why in words."""

    state: str
    message: str
    changes: int = 0


@dataclass(slots=True)
class _File:
    """What a file holds: its acknowledgements and answers whole, its payments examined, to be read again when
    posted."""

    interchanges: list[Interchange]
    acks: list[Transaction]
    answers: list[Transaction]
    payments: list[Examined]
    kinds: set[str]
    findings: list[Finding]


def apply(
    engine: Engine, act: Act, document: Document, payers: Mapping[str, PayerProfile], connector: str
) -> Applied:
    """Read the document and apply all that it says, in transactions of its own. The second time it changes
    nothing; after an interruption it goes on."""
    if document.content.lstrip().startswith(b"{"):
        with transaction(engine) as session:
            return _apply_letter(session, act, document, payers)
    try:
        file = _sorted(document.content)
    except X12Error as unreadable:
        with transaction(engine) as session:
            return _unreadable(session, act, document, unreadable.message)
    with transaction(engine) as session:
        changes = len(_acknowledge(session, act, document, file, payers, connector))
        answers, ours = Desk(session, act, document, payers, connector).take(file.answers)
        lifecycle.apply(session, answers, act)
        changes += len(answers)
    posted = post_file(engine, act, document, file.payments, payers)
    with transaction(engine) as session:
        changes += sum(each.changes for each in posted)
        states = {each.state for each in posted} | ({"queued"} if not ours else set())
        return _told(session, act, document, file, changes, states)


def _sorted(content: bytes) -> _File:
    findings: list[Finding] = []
    stream = TransactionStream(content, findings)
    file = _File(stream.interchanges, [], [], [], set(), findings)
    for found, segments in stream:
        file.kinds.add(found.type)
        if found.type == "835":
            file.payments.append(examine_next(RemittanceReader(found, segments, verbatim=False), findings))
        elif found.type in UNDERSTOOD:
            found.segments = list(segments)
            (file.answers if found.type in ANSWERED_LATER else file.acks).append(found)
    return file


def _acknowledge(
    session: Session,
    act: Act,
    document: Document,
    file: _File,
    payers: Mapping[str, PayerProfile],
    connector: str,
) -> list[Change]:
    ta1s = [ta1 for interchange in file.interchanges for ta1 in read_ta1(interchange)]
    changes = acks.apply_ta1(session, act, document, ta1s, connector=connector) if ta1s else []
    if sets := [each for each in file.acks if each.type == "999"]:
        read = [read_999(transaction) for transaction in sets]
        changes += acks.apply_999(session, act, document, read, connector=connector)
    if sets := [each for each in file.acks if each.type == "277CA"]:
        verdicts = [ack for transaction in sets for ack in read_277ca(transaction)]
        changes += acks.apply_277ca(session, act, document, verdicts, payers)
    lifecycle.apply(session, changes, act)
    return changes


def _told(
    session: Session, act: Act, document: Document, file: _File, changes: int, states: set[str]
) -> Applied:
    foreign = sorted(file.kinds - UNDERSTOOD)
    if foreign or not (file.kinds or any(i.ta1 for i in file.interchanges)):
        what = f"It holds {', '.join(foreign)}" if foreign else "It holds no transaction"
        return _unreadable(
            session, act, document, f"{what}; a mailbox should hold TA1, 999, 277CA, 835, 271 or 277."
        )
    if cut := next((f for f in file.findings if f.element in _CUT_OFF), None):
        _incomplete(session, act, document, cut)
    kinds = sorted(file.kinds) or ["TA1"]
    state = "queued" if "queued" in states else "applied"
    return Applied(state, f"{', '.join(kinds)}: {changes} changes", changes)


def _incomplete(session: Session, act: Act, document: Document, cut: Finding) -> None:
    """What the file holds was applied; whether it should hold more, only its sender knows."""
    told = (
        f"may lack a part: {cut.message} What is whole in it was applied. Ask the sender for the file again."
    )
    work.open_for_file(session, act, document, "file_incomplete", told)


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
    work.open_for_file(session, act, document, "unreadable_file", f"cannot be used. {why}")
    return Applied("unreadable", why)
