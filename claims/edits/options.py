"""What a person may decide about a held claim's findings: the work item's options, with their effect.

An option's id is opaque, so that it may pass through Prefect: its last part is a keyed hash, never a code.
It stays the same as long as it would do the same, whatever else the item comes to offer.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from claims import events
from claims.coding.accepted import place_of, reasons, reasons_for
from claims.coding.kinds import kinds_for
from claims.edits.engine import FAILURES
from claims.edits.fixes import fixes
from claims.edits.subject import Subject
from claims.findings import Finding, Severity
from claims.model import Queue, Role
from claims.work import ROLES

Option = dict[str, Any]

AGAIN: Option = {
    "id": "release",
    "title": "It is mended: check the claim again",
    "effect": "the claim is judged as it now is",
}
VOID: Option = {
    "id": "void",
    "way": "void",
    "title": "Void the claim: it will not be billed",
    "effect": "the claim is closed, or a void goes to the payer that has it",
    "roles": [Role.BILLER],
}
ANSWER_CHANGES_NOTHING: Option = {
    "id": "answer-used",
    "way": "used",
    "title": "The clinician's answer changes no code",
    "effect": "the answer counts as used and the claim is reviewed again",
}


def options(
    session: Session, subject: Subject, found: Sequence[Finding], owners: Mapping[str, Queue]
) -> list[Option]:
    """The options for a claim's errors, in their order: mend, ask, accept; then what is about the claim.

    Each has ``id``, ``way`` (what carries it out), ``title``, ``effect`` and, but for the last, ``finding``;
    ``sets`` are the fields of a change, ``roles`` says whose decision it is where that is not the queue's.
    """
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    codes = dict.fromkeys(finding.code for finding in errors)
    made = [option for code in codes for option in _fixes(session, subject, code)]
    if any(owners.get(code) is Queue.CODING for code in codes):
        made += _questions(code for code in codes if owners.get(code) is Queue.CODING)
    for finding in errors:
        made += _acceptances(session, subject, finding, owners)
    if "query.answered" in codes:
        made.append(ANSWER_CHANGES_NOTHING)
    return [*{option["id"]: option for option in made}.values(), AGAIN, VOID]


def _fixes(session: Session, subject: Subject, edit: str) -> list[Option]:
    """A proposal that fails is no proposal: the claim is held all the same, and a person thinks."""
    try:
        found = fixes(subject, edit)
    except FAILURES:
        found = []
    return [
        {
            "id": f"{fix.kind}-{_tail(session, subject, fix.sets)}",
            "way": "fix",
            "title": fix.title,
            "effect": effect(subject, fix.sets),
            "finding": edit,
            "sets": fix.sets,
        }
        for fix in found
    ]


def _questions(edits: Iterable[str]) -> list[Option]:
    """Each fitting kind once. The coder's words are the decision's reason; without any, the kind's own."""
    return [
        {
            "id": f"ask-{kind.id}",
            "way": "query",
            "title": f"Ask the clinician: {kind.title}",
            "effect": "the claim waits on hold for the answer, three days, and is then reviewed again",
            "finding": edit,
        }
        for edit in edits
        for kind in kinds_for(edit)
    ]


def _acceptances(
    session: Session, subject: Subject, finding: Finding, owners: Mapping[str, Queue]
) -> list[Option]:
    place = place_of(session, finding)
    owner = owners.get(finding.code, Queue.OPERATIONS)
    return [
        {
            "id": f"accept-{reason}-{_tail(session, subject, {finding.code: place})}",
            "way": "accept",
            "title": f"Accept it: {reasons()[reason]}",
            "effect": f"holds this claim no more, and stays in its history as a note: {finding.message}",
            "finding": finding.code,
            "place": place,
            "because": reason,
            "roles": list(ROLES[owner]),
        }
        for reason in reasons_for(finding)
    ]


def effect(subject: Subject, sets: Mapping[str, str]) -> str:
    """What the fields are now and would be: `line 1 modifiers: none → 25`."""
    return "; ".join(_one_effect(subject, path, value) for path, value in sets.items())


def _one_effect(subject: Subject, path: str, value: str) -> str:
    part, number, field = [*path.split("."), "", ""][:3]
    if part == "line":
        row: Any = next((line for line in subject.lines if line.number == int(number)), None)
    else:
        row = next((d for d in subject.diagnoses if d.position == int(number)), None)
        field = field or ("code" if value else "")
    if not field:
        return f"{part} {number}: taken off"
    before = getattr(row, field, None)
    shown = " ".join(map(str, before)) if isinstance(before, list) else str(before or "")
    return f"{part} {number} {field.replace('_', ' ')}: {shown or 'none'} → {value or 'none'}"


def _tail(session: Session, subject: Subject, what: Mapping[str, str]) -> str:
    content = json.dumps([subject.claim.id, sorted(what.items())]).encode()
    keyed = bytes.fromhex(events.keyring(session).fingerprint(content))
    return base64.b32encode(keyed).decode().lower()[:5]
