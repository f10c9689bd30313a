"""How a person changes a claim: named fields, checked like an import's, written down with before and after.

A corrected claim begins again at intake and passes every check once more.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from claims import lifecycle, work
from claims.bundle import Bundle
from claims.coding import queries
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.filing import changes_undecided
from claims.intake.fields import CORRECTABLE, NEVER_EMPTY
from claims.intake.rewrite import Edit, Rewrite
from claims.intake.values import Unfit
from claims.lifecycle import Change
from claims.model import Role, Stage, Submission
from claims.money.ledger import named, post_charge_change
from claims.transitions import Event
from config.payers import PayerProfile

CORRECTORS = (Role.CODER, Role.BILLER, Role.OPS)
HELD_BY_PERSON = "held_by_person"
_ON_ITS_WAY = (Submission.QUEUED, Submission.SENDING)
_PATH = re.compile(r"(?:(?P<part>[a-z]+)\.)?(?:(?P<number>\d{1,3})(?:\.|$))?(?P<field>[a-z_0-9]*)", re.ASCII)
_NUMBERED = ("line", "diagnosis")


def correct(
    session: Session,
    act: Act,
    bundle: Bundle,
    edits: Mapping[str, str],
    reason: str,
    payers: Mapping[str, PayerProfile] | None = None,
) -> list[Change]:
    """Set the fields named by ``edits`` (`line.1.procedure_code`, `patient.birth_date` …); docs/intake.md.

    Writes the rows, books a changed charge, and returns the changes to apply: corrected, and released where
    the claim was held for what is corrected now. ``payers`` lets a payer be named by alias. Raises BadInput
    with every problem, NotAllowed when the claim cannot be corrected now; then nothing was written.
    """
    named(session, act, *CORRECTORS)
    _require_correctable(bundle, payers or {})
    if not edits or not reason.strip():
        raise BadInput("A correction needs at least one field and a reason.", tip="Use --set and --reason.")
    parsed = parse(edits)
    before = bundle.claim.charge
    rewrite = Rewrite(session, bundle, payers or {})
    rewrite.check(parsed)
    changed = rewrite.apply(parsed)
    if any(edit.part in _NUMBERED for edit in parsed):
        queries.use(session, act, bundle.claim)  # who sets codes has read what the clinician answered
    difference = bundle.claim.charge - before
    if difference:
        post_charge_change(session, act, bundle.claim, difference)
    note = json.dumps({"reason": reason, "changes": changed}, default=str)
    facts = {"fields": sorted(changed), "charge_difference": difference}
    return _changes(session, act, bundle, Story("corrected by a person", facts, note=note))


def parse(edits: Mapping[str, str]) -> list[Edit]:
    """The edits with their values read; raises BadInput that lists every wrong field and value."""
    found: list[Edit] = []
    problems = []
    for path, text in edits.items():
        try:
            found.append(_edit(path.strip(), text.strip()))
        except Unfit as unfit:
            problems.append(unfit.expected)
    if problems:
        raise BadInput(" ".join(problems), tip="docs/intake.md lists the fields; an empty value clears one.")
    return found


def _edit(path: str, text: str) -> Edit:
    part, number, field = _split(path)
    if part not in CORRECTABLE or (number > 0) != (part in _NUMBERED):
        allowed = ", ".join([*CORRECTABLE[""], *(p for p in CORRECTABLE if p)])
        raise Unfit(f"{_shown(path)} is no field. There are: {allowed}.")
    if part in _NUMBERED and not field and not text:
        return Edit(path, part, number, "", None)
    field = field or ("code" if part == "diagnosis" else "")
    return Edit(path, part, number, field, _value(path, part, field, text))


def _split(path: str) -> tuple[str, int, str]:
    """``line.2.charge`` as line, 2, charge; the number is 0 where none stands."""
    match = _PATH.fullmatch(path)
    return (match["part"] or "", int(match["number"] or 0), match["field"]) if match else ("?", 0, "")


def _value(path: str, part: str, field: str, text: str) -> Any:
    form = CORRECTABLE[part].get(field)
    if form is None:
        raise Unfit(f"{_shown(path)} is no field. {part or 'A claim'} has: {', '.join(CORRECTABLE[part])}.")
    if not text:
        if field in NEVER_EMPTY:
            raise Unfit(f"{path} cannot be empty.")
        return None
    try:
        return form.read(text)
    except Unfit as unfit:
        raise Unfit(f"{path}: {unfit.expected} was expected.") from unfit


def _shown(path: str) -> str:
    """A field's name as it was typed; what does not look like one may be data and is not repeated."""
    return path if re.fullmatch(r"[a-z_0-9.]{1,60}", path) else "One of the names"


def _require_correctable(bundle: Bundle, payers: Mapping[str, PayerProfile]) -> None:
    claim, filing = bundle.claim, bundle.filing
    if filing is not None and filing.submission in _ON_ITS_WAY:
        raise NotAllowed("The claim is on its way in a batch.", tip="Wait for the receipt, then correct it.")
    undecided = claim.stage is Stage.ADJUDICATING and not (filing and changes_undecided(filing, payers))
    if undecided or not lifecycle.allows(claim, Event.CORRECTED, filing):
        raise NotAllowed(
            f"A claim in {claim.stage} cannot be corrected.",
            tip="Wait for the payer's answer. A denied or rejected claim can be corrected; an accepted one "
            "where the payer's file says corrections.before_decision and the payer gave it a number.",
        )


def _changes(session: Session, act: Act, bundle: Bundle, story: Story) -> list[Change]:
    """A hold that a person placed stays; any other is for the checks to place again."""
    claim, now = bundle.claim, act.at.business
    changes = [Change(claim, Event.CORRECTED, story, next_action_at=now)]
    held = claim.hold_reason
    if held and held != HELD_BY_PERSON:
        work.cancel_for(session, f"claim:{claim.id}", now, f"corrected by {act.actor}", (held,))
        story = Story("corrected, so it is checked again", {"was_held_for": held})
        changes.append(Change(claim, Event.RELEASED, story, next_action_at=now))
    return changes
