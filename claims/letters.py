"""Letters to payers, an appeal or records that were asked for: each goes at most once, after a person let it.

Commit, then send; ask, then resend. On its way a letter is approved, sending, unconfirmed or refused, sent.
One that no connector carries is printed: it is to_mail until a person says that they mailed it.
What it says and what its arrival means is told by `claims.appeal_delivery` and `claims.records`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from claims import appeal_delivery, records, work
from claims.connect import AppealMessage, RecordsMessage
from claims.errors import NotAllowed
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Queue, RecordsRequest, Role

Letter = Appeal | RecordsRequest
Message = AppealMessage | RecordsMessage


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of letter: its rows in the order in which they go, its content, its arrival."""

    word: str
    table: type[Any]
    first: Any
    message: Callable[[Session, Any], Message]
    arrived: Callable[[Session, Act, Any], list[Change]]


KINDS = (
    Kind("appeal", Appeal, col(Appeal.file_by), appeal_delivery.message, appeal_delivery.arrived),
    Kind("records", RecordsRequest, col(RecordsRequest.at), records.message, records.arrived),
)
"""Appeals go first, the nearest deadline before the others."""


_PRINT = "`cleanclaim appeals packet {} --out FILE --as NAME`"


def kind_of(letter: Letter) -> Kind:
    return next(kind for kind in KINDS if isinstance(letter, kind.table))


def sendable(session: Session) -> Sequence[Letter]:
    """Approved and not yet gone."""
    return _in_states(session, "approved")


def in_doubt(session: Session) -> Sequence[Letter]:
    """Started and never closed, or unconfirmed: ask the payer by `key_of` before anything is sent again."""
    return _in_states(session, "sending", "unconfirmed")


def _in_states(session: Session, *states: str) -> Sequence[Letter]:
    found: list[Letter] = []
    for kind in KINDS:
        rows = select(kind.table).where(col(kind.table.state).in_(states))
        found += session.exec(rows.order_by(kind.first, kind.table.id)).all()
    return found


def key_of(letter: Letter) -> str:
    """The idempotency key under which the letter goes and can be asked after."""
    return f"{kind_of(letter).word}-{letter.id}"


def of_subject(session: Session, subject: str) -> Letter:
    """The letter that a work item's subject names, as ``appeal:…`` or ``records:…``."""
    word, _, id = subject.partition(":")
    return _row(session, next(kind for kind in KINDS if kind.word == word), id)


def again(session: Session, letter: Letter) -> Letter:
    """The letter as it is now."""
    return _row(session, kind_of(letter), letter.id)


def _row(session: Session, kind: Kind, id: str) -> Letter:
    row: Letter = session.get_one(kind.table, id)
    return row


def message(session: Session, letter: Letter) -> Message:
    """The letter as the connector sends it."""
    return kind_of(letter).message(session, letter)


def start_sending(session: Session, letter: Letter) -> None:
    """Commit this before the first byte leaves."""
    if letter.state not in ("approved", "unconfirmed"):
        raise NotAllowed(f"This letter is {letter.state}.", tip="Only an approved one can be sent.")
    letter.state = "sending"
    session.add(letter)


def by_post(letter: Letter) -> bool:
    """Whether it goes to somebody whom no connector reaches: it is printed, whatever way its payer has."""
    return isinstance(letter, Appeal) and letter.way == "post"


def to_mail(session: Session, act: Act, letter: Letter) -> None:
    """It is to be printed and mailed: a person does that, and says so. A second time is no news."""
    letter.state = "to_mail"
    session.add(letter)
    mailers = {"roles": [Role.OPS, Role.BILLER]}
    options = [
        {"id": "mailed", "title": "It was mailed; the reason names day and tracking number", **mailers},
        {"id": "never", "title": "Try the payer's connector again", **mailers},
    ]
    _ask_a_person(
        session, act, letter, "to_mail", f"goes by post: print it ({_PRINT.format(letter.id)})", options
    )


def mailed(session: Session, act: Act, letter: Letter) -> list[Change]:
    """A person's word that it was mailed is the receipt."""
    if letter.state != "to_mail":
        raise NotAllowed(f"This letter is {letter.state}.", tip="Only a printed one can be mailed.")
    letter.state = "sending"
    return sent(session, act, letter, f"mailed by {act.actor}")


def sent(session: Session, act: Act, letter: Letter, receipt: str) -> list[Change]:
    """The payer has it: at once, or as it said when it was asked. A second time is no news."""
    if letter.state not in ("sending", "unconfirmed"):
        return []
    letter.state, letter.receipt, letter.sent_at = "sent", receipt, act.at.business
    session.add(letter)
    kind = kind_of(letter)
    work.cancel_for(session, f"{kind.word}:{letter.id}", act.at.business, "the payer has it")
    return kind.arrived(session, act, letter)


def not_sent(session: Session, letter: Letter) -> None:
    """The payer never had it: it may be sent (again)."""
    letter.state = "approved"
    session.add(letter)


def refused(session: Session, act: Act, letter: Letter, reason: str) -> None:
    """The payer read it and does not take it: a person finds out why before it goes again."""
    letter.state = "refused"
    session.add(letter)
    options = [{"id": "never", "title": "It has been put right with the payer: send again"}]
    _ask_a_person(session, act, letter, "refused", f"was not taken: {reason}", options)


def unconfirmed(session: Session, act: Act, letter: Letter, reason: str) -> None:
    """Nobody knows whether it arrived, and the payer cannot be asked now: a person finds out."""
    letter.state = "unconfirmed"
    session.add(letter)
    options = [
        {"id": "ask", "title": "Ask the payer again"},
        {"id": "arrived", "title": "The payer confirmed by telephone or portal that it has it"},
        {"id": "never", "title": "The payer confirmed that it never had it: send again"},
    ]
    _ask_a_person(session, act, letter, "unconfirmed", f"may have arrived: {reason}", options)


def _ask_a_person(
    session: Session, act: Act, letter: Letter, state: str, what: str, options: list[dict[str, Any]]
) -> None:
    word = kind_of(letter).word
    work.open_item(
        session,
        act,
        queue=Queue.OPERATIONS,
        kind=f"{word}_{state}",
        reason=f"A letter ({word}) {what}",
        subject=f"{word}:{letter.id}",
        claim=session.get_one(Claim, letter.claim_id),
        options=options,
    )
