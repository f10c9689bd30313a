"""Giving money up: how much each role may, for what, and when it takes a second person or a higher role.

Limits and reasons are the office's own (``[office]`` in the settings). What is above the limit of whoever
decides is not lost and not done: it waits for somebody else who may.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from claims import work
from claims.errors import BadInput
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Account, Actor, Claim, Denial, Queue, Role
from config.office import Office

KIND = "write_off_approval"


def may_alone(actor: Actor, amount: Decimal, office: Office) -> bool:
    """Whether one of the person's roles may give up so much by itself."""
    return any(role in actor.roles for role in _roles(amount, office, "alone"))


def may_second(actor: Actor, amount: Decimal, office: Office) -> bool:
    """Whether the person may be the second of two on so much."""
    return any(role in actor.roles for role in seconds(amount, office))


def seconds(amount: Decimal, office: Office) -> list[Role]:
    """The roles that may approve what somebody else proposes to give up."""
    return list(dict.fromkeys((*_roles(amount, office, "second"), *_roles(amount, office, "alone"))))


def _roles(amount: Decimal, office: Office, how: str) -> list[Role]:
    limits = {Role(each.role): getattr(each, how) for each in office.write_off}
    return [role for role, limit in limits.items() if limit is None or amount <= limit]


def reason_code(given: str | None, denials: Sequence[Denial], office: Office) -> str:
    """What the write-off is for: as given, else by the class of the costliest denial."""
    if given is None:
        own = denials[0].denial_class if denials else "bad_debt"
        return own if own in office.write_off_reasons else "other"
    if given not in office.write_off_reasons:
        known = ", ".join(office.write_off_reasons)
        raise BadInput(f"{given!r} is no reason for a write-off.", tip=f"Choose one of {known}.")
    return given


def ask_for_approval(
    session: Session,
    act: Act,
    claim: Claim,
    amount: Decimal,
    *,
    of: Account,
    code: str,
    why: str,
    office: Office,
) -> Change:
    """The claim waits for a second person; nothing is given up yet. ``why`` is kept as the item's note."""
    roles = seconds(amount, office)
    facts = {"amount": amount, "of": of, "code": code, "proposed_by": act.actor}
    approve: dict[str, Any] = {
        "id": "approve_write_off",
        "title": f"Approve: {amount} is given up",
        "amount": str(amount),
        "of": of,
        "code": code,
        "roles": roles,
        "not_by": act.actor,
    }
    back = {"id": "decline_write_off", "title": "Decline: work it otherwise", "roles": [Role.BILLER]}
    who = " or ".join(roles) or "that the settings let decide so much"
    reason = (
        f"{act.actor} proposes to write off {amount} ({office.write_off_reasons[code]}), which is above "
        f"their limit: somebody else decides, of the role {who}."
    )
    return work.hold(
        session,
        act,
        claim,
        queue=Queue.DENIALS,
        kind=KIND,
        reason=reason,
        story=Story(f"write-off of {amount} proposed", facts, note=why),
        options=[approve, back],
        note=why,
    )
