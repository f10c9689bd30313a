"""Questions that are safe to repeat (270, 276): written, archived, answered, archived, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from claims.archive import archive_all
from claims.control import next_numbers
from claims.errors import CleanclaimError
from claims.events import Act
from claims.findings import Severity
from claims.model import Exchange
from claims.model.among import among
from claims.x12.check import check
from claims.x12.envelope import Transaction, read_file
from claims.x12.interchange import Envelope, Outgoing, write_interchange
from claims.x12.syntax import X12Error
from config.connectors import Partner
from config.settings import Submitter

ANSWERED = "answered"
ANSWERS = {"270": "271", "276": "277"}
"""What answers a question of that kind."""


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


def keep(
    session: Session,
    act: Act,
    kind: str,
    payer_id: str,
    connector: str,
    envelope: Envelope,
    several: Sequence[Outgoing],
) -> list[Question | BadQuestion]:
    """Give each question its control number and archive it; the caller commits before it sends.

    pyx12 has no map of these guides: our own findings are the gate, and BadQuestion tells their first error
    in place of a question that is not kept.
    """
    numbers = next_numbers(session, connector, "isa", len(several))
    written = [
        _sound(each, envelope, number, kind, act) for each, number in zip(several, numbers, strict=True)
    ]
    contents = [each for each in written if isinstance(each, bytes)]
    documents = archive_all(session, contents, kind=kind, direction="out", at=act.at.real)
    asked = {
        number: Exchange(
            payer_id=payer_id,
            kind=kind,
            control_number=number,
            asked_document_id=documents[content],
            run_id=act.run_id,
            at=act.at.business,
        )
        for number, content in zip(numbers, written, strict=True)
        if isinstance(content, bytes)
    }
    session.add_all(asked.values())
    session.flush()
    return [
        Question(asked[number].id, content) if isinstance(content, bytes) else content
        for number, content in zip(numbers, written, strict=True)
    ]


def _sound(outgoing: Outgoing, envelope: Envelope, number: str, kind: str, act: Act) -> bytes | BadQuestion:
    try:
        return sound_interchange(envelope, [outgoing], number, kind, act)
    except BadQuestion as unsound:
        return unsound


def sound_interchange(
    envelope: Envelope, several: Sequence[Outgoing], number: str, kind: str, act: Act
) -> bytes:
    """Questions in one interchange; raises BadQuestion with the first error of our own full check."""
    content = write_interchange(envelope, several, created=act.at.real, isa13=int(number), gs06=int(number))
    errors = [each for each in check(content, name=kind).findings if each.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        place = f"segment {first.segment}, {first.element}"
        message = f"Our {kind} does not keep to its guide ({len(errors)} errors). {first.message} ({place})"
        raise BadQuestion(
            message, tip="Correct the patient's, the provider's or the payer's data; nothing was sent."
        )
    return content


def ended(session: Session, act: Act, came: Mapping[str, bytes | CleanclaimError], kind: str) -> None:
    """Archive the answers before anybody reads them; of what was not answered, the reason is kept."""
    answers = [each for each in came.values() if isinstance(each, bytes)]
    documents = archive_all(session, answers, kind=kind, direction="in", at=act.at.real)
    for exchange in session.exec(select(Exchange).where(among(col(Exchange.id), came))):
        content = came[exchange.id]
        if isinstance(content, bytes):
            exchange.answer_document_id, exchange.outcome = documents[content], ANSWERED
        else:
            exchange.outcome = content.code
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
