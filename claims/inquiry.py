"""Questions that are safe to repeat (270, 276): written, archived, answered, archived, read."""

from dataclasses import dataclass

from sqlmodel import Session

from claims.archive import archive
from claims.control import next_number
from claims.errors import CleanclaimError
from claims.events import Act
from claims.findings import Severity
from claims.model import Exchange
from claims.x12.check import check
from claims.x12.envelope import Transaction, read_file
from claims.x12.interchange import Envelope, Outgoing, write_interchange
from claims.x12.syntax import X12Error
from config.connectors import Partner
from config.settings import Submitter


class BadQuestion(CleanclaimError):
    """What we would ask does not keep to the guide, so nothing is sent."""

    code = "bad_question"


class BadAnswer(CleanclaimError):
    """The answer to an inquiry is not what was asked for; its bytes are kept."""

    code = "bad_answer"


@dataclass(frozen=True, slots=True)
class Question:
    """What goes over the wire, and under which exchange its answer will be filed."""

    exchange_id: str
    content: bytes


def envelope_to(settings: Partner, submitter: Submitter) -> Envelope:
    """The envelope for this partner: test or production as its settings say."""
    return Envelope(
        sender=submitter.id,
        receiver=settings.receiver_id,
        usage="P" if settings.production else "T",
    )


def ask(
    session: Session,
    act: Act,
    kind: str,
    payer_id: str,
    connector: str,
    envelope: Envelope,
    outgoing: Outgoing,
) -> Question:
    """Give the question its control number and archive it; the caller commits before it sends.

    pyx12 has no map of these guides: our own findings are the gate, and BadQuestion tells their first error.
    """
    number = next_number(session, connector, "isa")
    content = write_interchange(
        envelope, [outgoing], created=act.at.real, isa13=int(number), gs06=int(number)
    )
    require_sound(content, kind)
    asked = archive(session, content, kind=kind, direction="out", at=act.at.real)
    exchange = Exchange(
        payer_id=payer_id,
        kind=kind,
        control_number=number,
        asked_document_id=asked.id,
        run_id=act.run_id,
        at=act.at.business,
    )
    session.add(exchange)
    session.flush()
    return Question(exchange.id, content)


def require_sound(content: bytes, kind: str) -> None:
    """Raises BadQuestion with the first error of our own full check."""
    errors = [each for each in check(content, name=kind).findings if each.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        place = f"segment {first.segment}, {first.element}"
        message = f"Our {kind} does not keep to its guide ({len(errors)} errors). {first.message} ({place})"
        raise BadQuestion(
            message, tip="Correct the patient's, the provider's or the payer's data; nothing was sent."
        )


def answered(session: Session, act: Act, exchange_id: str, content: bytes, kind: str) -> None:
    """Archive the answer before anybody reads it."""
    exchange = session.get_one(Exchange, exchange_id)
    kept = archive(session, content, kind=kind, direction="in", at=act.at.real)
    exchange.answer_document_id, exchange.outcome = kept.id, "answered"
    session.add(exchange)


def unanswered(session: Session, exchange_id: str, reason: str) -> None:
    exchange = session.get_one(Exchange, exchange_id)
    exchange.outcome = reason
    session.add(exchange)


def read_answer(content: bytes, kind: str) -> list[Transaction]:
    """The transactions of ``kind`` in the answer; raises BadAnswer when there is none."""
    try:
        file = read_file(content)
    except X12Error as unreadable:
        raise BadAnswer(f"The answer is not X12. {unreadable.message}") from unreadable
    found = [transaction for transaction in file.transactions if transaction.type == kind]
    if not found:
        raise BadAnswer(f"The answer holds no {kind}.", tip="Its bytes are kept; ask the partner.")
    return found
