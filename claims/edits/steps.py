"""The two steps that let a claim pass or put it on hold: coding review, and the scrub before it is filed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlmodel import Session

from claims import filing as filings
from claims import work
from claims.bundle import Bundle
from claims.codes import open_codes
from claims.coding import waiting
from claims.coding.accepted import with_accepted
from claims.edits.catalogue import CODING_REVIEW, SCRUB, catalogue, digest
from claims.edits.engine import BROKEN_EDIT, run, subject_of
from claims.edits.lookups import Lookups, load_lookups
from claims.edits.options import options
from claims.events import Act, Story
from claims.findings import Finding, Severity
from claims.lifecycle import Change
from claims.model import ClinicianQuery, Filing, QueryState, Queue
from claims.transitions import Event
from config.payers import PayerProfile
from config.settings import Settings

ANSWERED = "query.answered"
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
    """One change a claim: coding cleared, held for the coders with every finding, or held for a clinician.

    A second time judges the claim as it then is and refreshes the same work item.
    """
    judged = _judge(session, act, bundles, settings, payers, CODING_REVIEW)
    queries = waiting.unsettled(session, [bundle.claim.id for bundle in bundles])
    return [_reviewed(judged, bundle, queries.get(bundle.claim.id, [])) for bundle in bundles]


def scrub(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers
) -> list[Change]:
    """One change a claim: scrubbed, with the filing that it now goes out in, or held with every finding.

    A second time uses the same unsent filing and the same work item.
    """
    for bundle in bundles:
        _refresh(act, bundle, payers)
    judged = _judge(session, act, bundles, settings, payers, SCRUB)
    return [_scrubbed(judged, bundle) for bundle in bundles]


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


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one step found on its claims, and all that it takes to act on it."""

    session: Session
    act: Act
    settings: Settings
    payers: Payers
    step: str
    lookups: Lookups
    found: Mapping[str, list[Finding]]

    @property
    def day(self) -> date:
        return self.act.at.day(self.settings.zone_info)


def _judge(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers, step: str
) -> _Judged:
    """What a person has accepted on a claim stays among its findings, as a note."""
    lookups = load_lookups(session, bundles, payers)
    found = run(bundles, act.at.day(settings.zone_info), settings, step, lookups)
    return _Judged(session, act, settings, payers, step, lookups, with_accepted(session, found))


def _refresh(act: Act, bundle: Bundle, payers: Payers) -> None:
    """An unsent filing left by an earlier scrub follows the corrections that were made since."""
    filing = filings.unsent(bundle)
    if filing is not None:
        filings.refresh(filing, bundle, payers, act.at.business)


def _reviewed(judged: _Judged, bundle: Bundle, queries: Sequence[ClinicianQuery]) -> Change:
    """Open questions first, whoever let the claim go meanwhile; an answer that nobody used is a finding."""
    unanswered = [query for query in queries if query.state is QueryState.OPEN]
    if unanswered:
        return waiting.wait(judged.session, judged.act, bundle.claim, unanswered[0])
    found = [*(_answered(query) for query in queries), *judged.found[bundle.claim.id]]
    if _errors(found):
        told = "\n\n".join(waiting.words_of(query) for query in queries)
        return _hold(judged, bundle, found, CODING_FINDINGS, told or None)
    return _pass(judged, bundle, found)


def _answered(query: ClinicianQuery) -> Finding:
    return Finding(
        code=ANSWERED,
        severity=Severity.ERROR,
        message=f"A clinician has answered a query ({query.kind}); the words are in the note.",
        tip="Take the answer into the codes, or say that it changes none.",
    )


def _scrubbed(judged: _Judged, bundle: Bundle) -> Change:
    session, act, payers = judged.session, judged.act, judged.payers
    found = judged.found[bundle.claim.id]
    if _errors(found):
        return _hold(judged, bundle, found, SCRUB_FINDINGS)
    filing = filings.next_filing(bundle, payers, act.at.business)
    if filing is None:
        reason = "The payer has not decided the last filing yet: another one would be a duplicate."
        return work.hold(session, act, bundle.claim, queue=Queue.FOLLOW_UP, kind=UNDECIDED, reason=reason)
    if filing not in bundle.filings:
        bundle.filings.append(filing)
    session.add(filing)
    return _pass(judged, bundle, found, filing)


def _pass(judged: _Judged, bundle: Bundle, found: list[Finding], filing: Filing | None = None) -> Change:
    event, kind = PASSING[judged.step]
    subject, at = f"claim:{bundle.claim.id}", judged.act.at.business
    work.cancel_for(judged.session, subject, at, "the edits now pass", [kind, UNDECIDED])
    story = _story(judged, bundle, found, "every edit passed")
    return Change(bundle.claim, event, story, filing=filing, next_action_at=at)


def _hold(
    judged: _Judged, bundle: Bundle, found: list[Finding], kind: str, note: str | None = None
) -> Change:
    errors = _errors(found)
    owners = _owners()
    reason = f"{len(errors)} to mend: " + " ".join(finding.message for finding in errors)
    subject = subject_of(bundle, judged.day, judged.settings, judged.lookups)
    return work.hold(
        judged.session,
        judged.act,
        bundle.claim,
        queue=min((owners[finding.code] for finding in errors), key=MENDED_FIRST.index),
        kind=kind,
        reason=reason,
        fields=list(dict.fromkeys(_fields()[finding.code] for finding in errors)),
        options=options(judged.session, subject, found, owners),
        findings=[_plain(finding) for finding in found],
        note=note,
        story=_story(judged, bundle, found, reason),
    )


def _story(judged: _Judged, bundle: Bundle, found: list[Finding], why: str) -> Story:
    profile = judged.payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    facts = {"step": judged.step, "findings": [_plain(finding) for finding in found]}
    codes = open_codes(judged.settings.home).version
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
    return {each.id: each.queue for each in catalogue()} | {
        BROKEN_EDIT: Queue.OPERATIONS,
        ANSWERED: Queue.CODING,
    }


@cache
def _fields() -> dict[str, str]:
    return {each.id: each.field for each in catalogue()} | {BROKEN_EDIT: "claim", ANSWERED: "claim"}
