"""The two steps that let a claim pass or put it on hold: coding review, and the scrub before it is filed."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlmodel import Session

from claims import filing as filings
from claims import work
from claims.bundle import Bundle
from claims.codes import open_codes
from claims.edits.catalogue import CODING_REVIEW, SCRUB, catalogue, digest
from claims.edits.engine import BROKEN_EDIT, run
from claims.edits.lookups import load_lookups
from claims.events import Act, Story
from claims.findings import Finding, Severity
from claims.lifecycle import Change
from claims.model import Filing, Queue
from claims.transitions import Event
from config.payers import PayerProfile
from config.settings import Settings

CODING_FINDINGS, SCRUB_FINDINGS, UNDECIDED = "coding_findings", "scrub_findings", "filing_undecided"
MENDED_FIRST = (Queue.FRONT_DESK, Queue.CODING, Queue.AUTHORIZATION, Queue.BILLING, Queue.OPERATIONS)
PASSING = {
    CODING_REVIEW: (Event.CODING_CLEARED, CODING_FINDINGS),
    SCRUB: (Event.SCRUBBED, SCRUB_FINDINGS),
}
_OUR_OWN = {
    *("stage", "hold_reason", "hold_owner", "hold_since", "hold_expires", "next_action_at", "wake"),
    *("version", "event_head", "created_at"),
}

Payers = Mapping[str, PayerProfile]


def coding_review(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers
) -> list[Change]:
    """One change a claim: coding cleared, or held for the coders with every finding.

    A second time judges the claim as it then is and refreshes the same work item.
    """
    found = _judged(session, act, bundles, settings, payers, CODING_REVIEW)
    return [
        _hold(session, act, bundle, found[bundle.claim.id], payers, settings, CODING_FINDINGS, CODING_REVIEW)
        if _errors(found[bundle.claim.id])
        else _pass(session, act, bundle, found[bundle.claim.id], payers, settings, CODING_REVIEW)
        for bundle in bundles
    ]


def scrub(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers
) -> list[Change]:
    """One change a claim: scrubbed, with the filing that it now goes out in, or held with every finding.

    A second time uses the same unsent filing and the same work item.
    """
    for bundle in bundles:
        _refresh(act, bundle, payers)
    found = _judged(session, act, bundles, settings, payers, SCRUB)
    return [_scrubbed(session, act, bundle, found[bundle.claim.id], payers, settings) for bundle in bundles]


def content(bundle: Bundle) -> bytes:
    """What was judged, as bytes: everything that is billed, none of our own states. Events keep its HMAC."""
    parts = {
        "claim": bundle.claim.model_dump(exclude=_OUR_OWN),
        "patient": bundle.patient.model_dump(),
        "coverages": [coverage.model_dump() for coverage in bundle.coverages],
        "lines": [line.model_dump() for line in bundle.lines],
        "diagnoses": [diagnosis.model_dump(exclude={"id"}) for diagnosis in bundle.diagnoses],
        "providers": [bundle.providers[id].model_dump() for id in sorted(bundle.providers)],
    }
    return json.dumps(parts, default=str, sort_keys=True).encode()


def _judged(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers, step: str
) -> dict[str, list[Finding]]:
    lookups = load_lookups(session, bundles, payers)
    return run(bundles, act.at.day(settings.zone_info), settings, step, lookups)


def _refresh(act: Act, bundle: Bundle, payers: Payers) -> None:
    """An unsent filing left by an earlier scrub follows the corrections that were made since."""
    filing = filings.unsent(bundle)
    if filing is not None:
        filings.refresh(filing, bundle, payers, act.at.business)


def _scrubbed(
    session: Session, act: Act, bundle: Bundle, found: list[Finding], payers: Payers, settings: Settings
) -> Change:
    if _errors(found):
        return _hold(session, act, bundle, found, payers, settings, SCRUB_FINDINGS, SCRUB)
    filing = filings.next_filing(bundle, payers, act.at.business)
    if filing is None:
        reason = "The payer has not decided the last filing yet: another one would be a duplicate."
        return work.hold(session, act, bundle.claim, queue=Queue.FOLLOW_UP, kind=UNDECIDED, reason=reason)
    if filing not in bundle.filings:
        bundle.filings.append(filing)
    session.add(filing)
    return _pass(session, act, bundle, found, payers, settings, SCRUB, filing)


def _pass(
    session: Session,
    act: Act,
    bundle: Bundle,
    found: list[Finding],
    payers: Payers,
    settings: Settings,
    step: str,
    filing: Filing | None = None,
) -> Change:
    event, kind = PASSING[step]
    work.cancel_for(
        session, f"claim:{bundle.claim.id}", act.at.business, "the edits now pass", [kind, UNDECIDED]
    )
    story = _story(bundle, found, payers, settings, step, "every edit passed")
    return Change(bundle.claim, event, story, filing=filing, next_action_at=act.at.business)


def _hold(
    session: Session,
    act: Act,
    bundle: Bundle,
    found: list[Finding],
    payers: Payers,
    settings: Settings,
    kind: str,
    step: str,
) -> Change:
    errors = _errors(found)
    owners = _owners()
    reason = f"{len(errors)} to mend: " + " ".join(finding.message for finding in errors)
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=min((owners[finding.code] for finding in errors), key=MENDED_FIRST.index),
        kind=kind,
        reason=reason,
        fields=list(dict.fromkeys(_fields()[finding.code] for finding in errors)),
        options=[_plain(finding) for finding in found],
        story=_story(bundle, found, payers, settings, step, reason),
    )


def _story(
    bundle: Bundle, found: list[Finding], payers: Payers, settings: Settings, step: str, why: str
) -> Story:
    profile = payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    facts = {"step": step, "findings": [_plain(finding) for finding in found]}
    codes = open_codes(settings.home).version
    used = {"edits": digest(), "codes": codes, "payer": profile.digest if profile else None}
    return Story(why, facts, used, content(bundle))


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.code,
        "severity": finding.severity,
        "field": _fields()[finding.code],
        "message": finding.message,
        "tip": finding.tip,
    }


def _errors(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity is Severity.ERROR]


@cache
def _owners() -> dict[str, Queue]:
    return {each.id: each.queue for each in catalogue()} | {BROKEN_EDIT: Queue.OPERATIONS}


@cache
def _fields() -> dict[str, str]:
    return {each.id: each.field for each in catalogue()} | {BROKEN_EDIT: "claim"}
