"""A claim turned away at a front door: never filed, no appeal; correct it and send it as new."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from claims import lifecycle, work
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Claim, Filing, Queue
from claims.transitions import Event

Fact = Mapping[str, Any]


def reject(
    session: Session,
    act: Act,
    claim: Claim,
    filing: Filing,
    event: Event,
    *,
    category: str,
    code: str,
    facts: Fact,
) -> list[Change]:
    """The rejection, and the hold with its owner; nothing when the claim has moved past it."""
    if not lifecycle.allows(claim, event, filing):
        return []
    who = "The payer" if event is Event.REJECTED_PAYER else "The clearinghouse"
    rule = _table().get(code) or _table()["other"]
    reason = (
        f"{who} turned the claim away, {category}:{code or 'no code'}: {rule['words']}. It was never filed."
    )
    held = work.hold(
        session,
        act,
        claim,
        queue=Queue(rule["queue"]),
        kind="rejected",
        reason=reason,
        story=Story(reason, facts),
        fields=rule.get("fields", ()),
        options=[{"id": "release", "title": "It is corrected: check it again and send it as new"}],
    )
    filing.status_due_at = None
    session.add(filing)
    return [Change(claim, event, Story(reason, facts), filing=filing), held]


def reject_format(
    session: Session, act: Act, claim: Claim, filing: Filing, reason: str, facts: Fact
) -> list[Change]:
    """The file itself could not be read: nobody's coding is at fault, operations looks first."""
    if not lifecycle.allows(claim, Event.REJECTED_FORMAT, filing):
        return []
    held = work.hold(
        session,
        act,
        claim,
        queue=Queue.OPERATIONS,
        kind="rejected_format",
        reason=reason,
        story=Story(reason, facts),
        options=[{"id": "release", "title": "The cause is mended: check it again and send it as new"}],
    )
    return [Change(claim, Event.REJECTED_FORMAT, Story(reason, facts), filing=filing), held]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("claims").joinpath("rejections.toml").read_text("utf-8"))
