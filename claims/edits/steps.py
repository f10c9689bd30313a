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
from claims.edits.amend import Amendment
from claims.edits.catalogue import CODING_REVIEW, SCRUB, catalogue, digest
from claims.edits.engine import BROKEN_EDIT, amend_all, run, subject_of
from claims.edits.lookups import Lookups, load_lookups
from claims.edits.options import options
from claims.edits.packs import Packs, open_packs, remember
from claims.edits.repairs import Repair, repair
from claims.events import Act, Story
from claims.findings import Finding, Severity
from claims.lifecycle import Change
from claims.model import ClinicianQuery, Filing, QueryState, Queue
from claims.transitions import Event
from config.payers import PayerProfile
from config.settings import Settings

ANSWERED = "query.answered"
CODING_FINDINGS, SCRUB_FINDINGS, UNDECIDED = "coding_findings", "scrub_findings", "filing_undecided"
MENDED_FIRST = (
    Queue.FRONT_DESK,
    Queue.CODING,
    Queue.AUTHORIZATION,
    Queue.BILLING,
    Queue.FOLLOW_UP,
    Queue.OPERATIONS,
)
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
    return _closing(
        judged, [_reviewed(judged, bundle, queries.get(bundle.claim.id, [])) for bundle in bundles]
    )


def scrub(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers
) -> list[Change]:
    """One change a claim: scrubbed, with the filing that it now goes out in, or held with every finding.

    A second time uses the same unsent filing and the same work item.
    """
    for bundle in bundles:
        _refresh(act, bundle, payers)
    judged = _judge(session, act, bundles, settings, payers, SCRUB)
    return _closing(judged, [_scrubbed(judged, bundle) for bundle in bundles])


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
    packs: Packs
    amended: Mapping[str, list[Amendment]]
    repaired: Mapping[str, list[Repair]]

    @property
    def day(self) -> date:
        return self.act.at.day(self.settings.zone_info)


def _judge(
    session: Session, act: Act, bundles: Sequence[Bundle], settings: Settings, payers: Payers, step: str
) -> _Judged:
    """Forms are mended and operators' edits carried out first. What a person accepted is but a note."""
    repaired = {b.claim.id: repair(b, payers) for b in bundles}
    lookups, packs = load_lookups(session, bundles, payers), open_packs(settings)
    remember(session, act, packs)
    day = act.at.day(settings.zone_info)
    amended = amend_all(bundles, day, settings, lookups, [e for e in packs.amending if e.step == step])
    found = with_accepted(session, run(bundles, day, settings, step, lookups))
    return _Judged(session, act, settings, payers, step, lookups, found, packs, amended, repaired)


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
    event, _kind = PASSING[judged.step]
    story = _story(judged, bundle, found, "every edit passed")
    return Change(bundle.claim, event, story, filing=filing, next_action_at=judged.act.at.business)


def _closing(judged: _Judged, changes: list[Change]) -> list[Change]:
    """The same changes; what waited for the claims that now pass is done with."""
    event, kind = PASSING[judged.step]
    passing = [f"claim:{change.claim.id}" for change in changes if change.event is event]
    at = judged.act.at.business
    work.cancel_all(judged.session, passing, at, "the edits now pass", [kind, UNDECIDED])
    return changes


def _hold(
    judged: _Judged, bundle: Bundle, found: list[Finding], kind: str, note: str | None = None
) -> Change:
    errors = _errors(found)
    owners = _owners(judged.packs)
    reason = f"{len(errors)} to mend: " + " ".join(finding.message for finding in errors)
    subject = subject_of(bundle, judged.day, judged.settings, judged.lookups)
    return work.hold(
        judged.session,
        judged.act,
        bundle.claim,
        queue=_queue(errors, judged.packs),
        kind=kind,
        reason=reason,
        fields=list(dict.fromkeys(_fields(judged.packs)[finding.code] for finding in errors)),
        options=options(judged.session, subject, found, owners),
        findings=[_plain(finding, judged.packs) for finding in found],
        note=note,
        story=_story(judged, bundle, found, reason),
    )


def _story(judged: _Judged, bundle: Bundle, found: list[Finding], why: str) -> Story:
    profile = judged.payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    facts: dict[str, Any] = {
        "step": judged.step,
        "findings": [_plain(finding, judged.packs) for finding in found],
    }
    if amended := judged.amended.get(bundle.claim.id):
        facts["amended"] = [each.as_json() for each in amended]
    if repaired := judged.repaired.get(bundle.claim.id):
        facts["repaired"] = [each.as_json() for each in repaired]
    codes = open_codes(judged.settings.home).version
    used: dict[str, Any] = {"edits": digest(), "codes": codes, "payer": profile.digest if profile else None}
    if judged.packs.versions:
        used["packs"] = judged.packs.versions
    return Story(why, facts, used, content(bundle))


def _plain(finding: Finding, packs: Packs) -> dict[str, Any]:
    return {
        "id": finding.code,
        "severity": finding.severity,
        "field": _fields(packs)[finding.code],
        "message": finding.message,
        "tip": finding.tip,
    }


def _errors(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity is Severity.ERROR]


def _queue(errors: Sequence[Finding], packs: Packs) -> Queue:
    """Where an operator's edit routes the claim to, else whoever has to mend it first."""
    codes = {finding.code for finding in errors}
    routed = [
        each.queue for each in packs.edits if each.id in codes and each.own and each.own.does == "route"
    ]
    owners = _owners(packs)
    return min(routed or [owners[code] for code in codes], key=MENDED_FIRST.index)


def _owners(packs: Packs) -> dict[str, Queue]:
    return _built_in_owners() | {each.id: each.queue for each in packs.edits}


def _fields(packs: Packs) -> dict[str, str]:
    return _built_in_fields() | {each.id: each.field for each in packs.edits}


@cache
def _built_in_owners() -> dict[str, Queue]:
    return {each.id: each.queue for each in catalogue()} | {
        BROKEN_EDIT: Queue.OPERATIONS,
        ANSWERED: Queue.CODING,
    }


@cache
def _built_in_fields() -> dict[str, str]:
    return {each.id: each.field for each in catalogue()} | {BROKEN_EDIT: "claim", ANSWERED: "claim"}
