"""Routine audits of finished coding: a seeded sample of each coder's claims, and a second person's verdict.

An audit looks back and holds nothing. What follows from a disagreement is the coders' work on the claim.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from claims import events, lifecycle, users, work
from claims.bundle import Bundle, load_bundles
from claims.coding.aftermath import hand_over
from claims.coding.coders import coders
from claims.coding.verdicts import codes_of, errors
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import Act, Story
from claims.intake.correct import parse as parse_fields
from claims.model import Claim, CodingAudit, EventRow, Queue, Role, Verdict
from claims.model.among import among
from claims.portions import in_portions
from claims.transitions import Event
from config.payers import PayerProfile
from config.settings import Coding

KIND, DRAWN = "coding_audit", "coding_audit_drawn"
SAMPLE = "sample"
_AT_ONCE = 5000
FIRST_WINDOW = timedelta(days=7)
REVIEWERS = (Role.CODER, Role.AUDITOR)


def draw(session: Session, act: Act, day: date, rules: Coding) -> list[CodingAudit]:
    """The week's sample: of each coder's claims that passed the review since the last draw, some at random.

    The seed is a keyed hash of day and coder: nobody can foretell it, and the history lets it be made again.
    The second time there is nothing new to draw from.
    """
    drawn, facts = [], {}
    for coder, ids in sorted(_by_coder(session, _cleared_since(session, act)).items()):
        seed = events.keyring(session).fingerprint(f"{day} {coder}".encode())[:16]
        chosen = random.Random(seed).sample(sorted(ids), _how_many(len(ids), rules))
        facts[coder] = {"seed": seed, "from": len(ids), "drawn": sorted(chosen)}
        bundles = load_bundles(session, chosen)
        drawn += [open_audit(session, act, day, bundle, coder, SAMPLE) for bundle in bundles]
    events.note(session, act, DRAWN, Story("the sample of a coding audit was drawn", {"coders": facts}))
    return drawn


def _by_coder(session: Session, claim_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for some in in_portions(claim_ids, _AT_ONCE):
        claims = session.exec(select(Claim).where(among(col(Claim.id), some))).all()
        for claim_id, coder in coders(session, claims).items():
            found.setdefault(coder, []).append(claim_id)
    return found


def _how_many(claims: int, rules: Coding) -> int:
    return min(claims, rules.audit_most, max(rules.audit_least, math.ceil(claims * rules.audit_share)))


def _cleared_since(session: Session, act: Act) -> list[str]:
    """Each claim that passed the review after the last draw, once; at first those of a week."""
    last = session.exec(
        select(EventRow.id)
        .where(EventRow.subject == events.SYSTEM, EventRow.kind == DRAWN)
        .order_by(col(EventRow.number).desc())
        .limit(1)
    ).first()
    query = select(EventRow.subject).where(EventRow.kind == Event.CODING_CLEARED)
    if last is None:
        query = query.where(col(EventRow.business_at) >= act.at.business - FIRST_WINDOW)
    else:
        query = query.where(col(EventRow.id) > last)
    audited = set(session.exec(select(CodingAudit.claim_id)))
    return sorted(set(session.exec(query)) - audited)


def open_audit(
    session: Session,
    act: Act,
    day: date,
    bundle: Bundle,
    coder: str,
    chosen_for: str,
    picture: Mapping[str, Any] | None = None,
    told: str = "",
) -> CodingAudit:
    """One claim for a second look, with its work item; ``told`` is what the reviewer reads beside it."""
    audit = CodingAudit(
        claim_id=bundle.claim.id,
        drawn_on=day,
        coder=coder,
        chosen_for=chosen_for,
        codes=codes_of(bundle),
        picture=dict(picture or {}),
    )
    session.add(audit)
    session.flush()
    why = "drawn at random" if chosen_for == SAMPLE else f"drawn for a pattern: {chosen_for}"
    work.open_item(
        session,
        act,
        queue=Queue.AUDIT,
        kind=KIND,
        reason=f"Look at the coding of this claim again, {why}.",
        subject=f"audit:{audit.id}",
        claim=bundle.claim,
        options=_options(coder),
        note=told or None,
        due_at=act.at.business + timedelta(days=7),
    )
    return audit


def _options(coder: str) -> list[dict[str, Any]]:
    """Never for the coder of the claim (``not_by``)."""
    agree = {"id": "agree", "title": "The record supports every code", "effect": "the audit is closed"}
    disagree = {
        "id": "disagree",
        "title": "Other codes are right; name them as the value",
        "effect": "the audit is closed with its errors, and the coders get the claim to put right",
    }
    return [{**option, "not_by": coder} for option in (agree, disagree)]


def agree(session: Session, act: Act, audit_id: str, note: str) -> CodingAudit:
    """The record supports every code."""
    return _close(session, act, audit_id, Verdict.AGREE, [], note)


def disagree(
    session: Session,
    act: Act,
    audit_id: str,
    right: Mapping[str, str],
    note: str,
    payers: Mapping[str, PayerProfile],
) -> CodingAudit:
    """Other codes are right, ``right`` by field as `claims edit --set` takes them; BadInput for none."""
    audit = find(session, audit_id)
    parse_fields(right)
    found = errors(audit.codes, right)
    if not found:
        tip = "Name what differs: line.1.procedure_code=99213, line.2= (not supported), diagnosis.1=E1165."
        raise BadInput("These are the codes that the claim has.", tip=tip)
    closed = _close(session, act, audit_id, Verdict.DISAGREE, found, note)
    hand_over(session, act, closed, right, payers)
    return closed


def parse(value: str | None) -> dict[str, str]:
    """`line.1.procedure_code=99213 diagnosis.2=`, several with blanks or commas between them."""
    if not value:
        raise BadInput("Which codes are right?", tip="Name them: --value line.1.procedure_code=99213.")
    pairs = [each.partition("=") for each in value.replace(",", " ").split()]
    if not all(equals for _, equals, _ in pairs):
        raise BadInput("Each code has its field before it.", tip="As in line.1.procedure_code=99213.")
    return {path: code for path, _, code in pairs}


def find(session: Session, audit_id: str) -> CodingAudit:
    audit = session.get(CodingAudit, audit_id)
    if audit is None:
        raise NotFound(f"No audit {audit_id}.", tip="List them with `cleanclaim coding audits`.")
    return audit


def every(session: Session, verdict: Verdict | None = None) -> Sequence[CodingAudit]:
    """All audits, the latest draw first."""
    query = select(CodingAudit).order_by(col(CodingAudit.drawn_on).desc(), col(CodingAudit.id))
    return session.exec(query if verdict is None else query.where(CodingAudit.verdict == verdict)).all()


def _close(
    session: Session, act: Act, audit_id: str, verdict: Verdict, found: Iterable[dict[str, str]], note: str
) -> CodingAudit:
    audit = find(session, audit_id)
    if audit.verdict is not Verdict.OPEN:
        raise NotAllowed(f"Audit {audit.id} is closed.", tip="See `cleanclaim coding audits`.")
    reviewer = users.named(session, act.actor)
    work.require_role(reviewer, *REVIEWERS)
    if reviewer.name == audit.coder:
        raise NotAllowed(
            f"{reviewer.name} cannot judge their own work.", tip="Somebody else takes this item."
        )
    audit.verdict, audit.errors, audit.reviewer = verdict, list(found), reviewer.name
    audit.note, audit.closed_at = note, act.at.business
    session.add(audit)
    work.cancel_for(session, f"audit:{audit.id}", act.at.business, f"{verdict} by {reviewer.name}")
    facts = {"audit": audit.id, "verdict": verdict, "coder": audit.coder, "errors": len(audit.errors)}
    claim = session.get_one(Claim, audit.claim_id)
    story = Story("a second person looked at the coding", facts, note=note)
    change = lifecycle.Change(claim, "coding_audited", story)
    lifecycle.apply(session, [change], act)
    return audit
