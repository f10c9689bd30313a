"""What the 278 asks beyond its structure: a request decides nothing, an answer leaves nothing undecided."""

from collections.abc import Iterable, Iterator

from claims.findings import Finding, Severity
from claims.x12.eligibility import Header27x
from claims.x12.review278 import PENDED, Decision, PatientEvent, Review278, ReviewedService

ACTIONS = frozenset(("A1", "A2", "A3", "A4", "A6", "C", "CT", "NA"))
CATEGORIES = frozenset(("AR", "HS", "IN", "SC"))
CERTIFICATIONS = frozenset("1234IRSN")
REQUEST, ANSWER = "13", "11"
NOT_CERTIFIED = "A3"

Node = PatientEvent | ReviewedService


def judge_278(header: Header27x, reviews: Iterable[Review278]) -> list[Finding]:
    """Every remark on the events of one transaction; ``header`` says whether it asks or answers."""
    judge = {REQUEST: _asked, ANSWER: _answered}.get(header.purpose, _told)
    return [found for review in reviews if review.event for found in judge(review.event)]


def _asked(event: PatientEvent) -> Iterator[Finding]:
    yield from _told(event)
    for node in event.nodes:
        if node.decision is not None:
            yield _error("x12_278_decided", "A request holds a decision (HCR).", node, "HCR", 2)
        if node.rejects:
            yield _error("x12_278_decided", "A request holds a refusal (AAA).", node, "AAA", 2)
    if not event.traces:
        message = "The event has no trace number: its answer could not be told apart."
        yield _error("x12_278_no_trace", message, event, "TRN", 4, Severity.WARNING)


def _answered(event: PatientEvent) -> Iterator[Finding]:
    yield from _told(event)
    nodes = event.nodes
    if not any(node.decision or node.rejects for node in nodes):
        message = "The answer neither decides on the event nor refuses it (HCR, AAA)."
        yield _error("x12_278_undecided", message, event, "HCR", 4)
    for node in nodes:
        if node.decision is not None:
            yield from _decision(node.decision, node, event)


def _decision(decision: Decision, node: Node, event: PatientEvent) -> Iterator[Finding]:
    numbered = decision.number or (event.decision is not None and event.decision.number)
    if decision.action not in ACTIONS:
        yield _error("x12_code_value", "The value is no action of a review.", node, "HCR01", 5)
    elif decision.is_certified and not numbered:
        yield _error("x12_278_no_number", "It is certified, and no number is given.", node, "HCR02", 4)
    elif decision.action in (NOT_CERTIFIED, PENDED) and not decision.reasons:
        message = "It is not certified or pended, and the payer does not say why."
        yield _error("x12_278_no_reason", message, node, "HCR03", 4, Severity.WARNING)


def _told(event: PatientEvent) -> Iterator[Finding]:
    """What holds for question and answer."""
    for node in event.nodes:
        if node.info is not None and node.info.category not in CATEGORIES:
            yield _error("x12_code_value", "The value is no category of a request.", node, "UM01", 5)
        if node.info is not None and node.info.certification not in CERTIFICATIONS:
            yield _error("x12_code_value", "The value is no type of a certification.", node, "UM02", 5)


def _error(
    code: str, message: str, node: Node, element: str, snip: int, severity: Severity = Severity.ERROR
) -> Finding:
    loop = "2000E" if isinstance(node, PatientEvent) else "2000F"
    tip = "Correct it before it is relied on."
    return Finding(code, severity, message, tip, snip, node.segment or None, loop, element)
