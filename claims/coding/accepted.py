"""Findings that a person accepts on one claim: in a role, for a reason, on record. They stay as notes."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session, col, select

from claims import events
from claims.errors import NotAllowed
from claims.events import Act
from claims.findings import Finding, Severity
from claims.model import AcceptedFinding, Claim
from claims.model.among import among

_FORM = (".shape", ".missing", ".count", "edit_failed", "query.answered")


@cache
def reasons() -> dict[str, str]:
    """The words of each reason."""
    return {id: table["words"] for id, table in _tables().items()}


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("claims.coding").joinpath("reasons.toml").read_text("utf-8"))


def reasons_for(finding: Finding) -> list[str]:
    """For which reasons somebody may let the claim go with this finding; none for what is only form."""
    if finding.code.endswith(_FORM):
        return []
    return [
        id
        for id, table in _tables().items()
        if finding.snip in table.get("snip", ()) or finding.code in table.get("edits", ())
    ]


def accept(session: Session, act: Act, claim: Claim, edit: str, place: str, reason: str, note: str) -> None:
    """Keep the decision; accepting the same again changes nothing. The caller has checked the role."""
    if reason not in reasons():
        raise NotAllowed(f"{reason} is no reason.", tip=f"They are {', '.join(reasons())}.")
    there = select(AcceptedFinding).where(
        AcceptedFinding.claim_id == claim.id, AcceptedFinding.edit == edit, AcceptedFinding.place == place
    )
    if session.exec(there).first() is None:
        kept = AcceptedFinding(
            claim_id=claim.id, edit=edit, place=place, reason=reason, note=note, actor=act.actor,
            at=act.at.business,
        )  # fmt: skip
        session.add(kept)
        session.flush()


def place_of(session: Session, finding: Finding) -> str:
    """What the finding said, as a keyed hash: another line, code or amount is another finding."""
    return events.keyring(session).fingerprint(finding.message.encode())


def with_accepted(session: Session, found: Mapping[str, Sequence[Finding]]) -> dict[str, list[Finding]]:
    """The findings by claim, where those that somebody accepted are notes that say who did, and why."""
    rows = session.exec(select(AcceptedFinding).where(among(col(AcceptedFinding.claim_id), found)))
    kept = {(row.claim_id, row.edit, row.place): row for row in rows}
    return {
        claim_id: [_as_it_counts(session, claim_id, finding, kept) for finding in findings]
        for claim_id, findings in found.items()
    }


def _as_it_counts(
    session: Session, claim_id: str, finding: Finding, kept: Mapping[tuple[str, str, str], AcceptedFinding]
) -> Finding:
    if not kept or finding.severity is not Severity.ERROR:
        return finding
    row = kept.get((claim_id, finding.code, place_of(session, finding)))
    if row is None:
        return finding
    told = f"{finding.message} Accepted by {row.actor}: {reasons().get(row.reason, row.reason)}."
    return replace(finding, severity=Severity.NOTE, message=told)
