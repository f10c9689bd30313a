"""Running the catalogue over claims: all findings of each, every one once, none stops another claim."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from claims.bundle import Bundle
from claims.codes import Codes, open_codes
from claims.edits.catalogue import Edit, catalogue
from claims.edits.lookups import NOTHING_KNOWN, Lookups
from claims.edits.plain import twins
from claims.edits.subject import Subject, occasions
from claims.edits.wanted import wanted
from claims.filing import Plan, plan
from claims.findings import Finding, Severity
from claims.model import Coverage
from config.settings import Settings

BROKEN_EDIT = "edit_failed"
# All that a predicate, which only computes, can raise. Anything else stops the step, which passes nothing.
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def run(
    bundles: Sequence[Bundle],
    when: date,
    settings: Settings,
    step: str | None = None,
    lookups: Lookups = NOTHING_KNOWN,
) -> dict[str, list[Finding]]:
    """The findings of each claim by its id, errors first, in the catalogue's order; changes nothing.

    ``when`` is the practice's day, ``step`` "coding_review", "scrub" or None for both.
    """
    edits = tuple(each for each in catalogue() if step in (None, each.step))
    codes = open_codes(settings.home)
    codes.prepare(wanted(bundles))
    providers: dict[str, Any] = {}
    found = {}
    for bundle in bundles:
        subject = _subject(twins(bundle, providers), when, settings, lookups, codes)
        found[bundle.claim.id] = judge(subject, edits)
    return found


def judge(subject: Subject, edits: Sequence[Edit]) -> list[Finding]:
    """The findings of one claim, what to mend first coming first."""
    kind = subject.profile.kind if subject.profile else None
    found: dict[Finding, None] = {}
    there = occasions(subject)
    for each in _applicable(tuple(edits), subject.claim.form, kind, subject.claim.from_date):
        if each.occasion not in there:
            continue
        # An edit that fails holds the claim: nobody knows what it would have said.
        try:
            for hit in each.predicate(subject):
                found[_finding(each, subject, str(hit))] = None
        except FAILURES as failure:
            found[_broken(each, subject, failure)] = None
    return sorted(found, key=lambda finding: _ORDER[finding.severity])


@lru_cache(maxsize=4096)
def _applicable(edits: tuple[Edit, ...], form: str, kind: str | None, day: date) -> tuple[Edit, ...]:
    """Those of the edits that are for such a claim; most claims of a batch ask for the same ones."""
    return tuple(
        each
        for each in edits
        if form in each.forms and (not each.payers or kind in each.payers) and each.in_force(day)
    )


def subject_of(bundle: Bundle, when: date, settings: Settings, lookups: Lookups) -> Subject:
    """What the predicates were asked about, for those who want to know what would mend a finding."""
    return _subject(bundle, when, settings, lookups, open_codes(settings.home))


def _subject(bundle: Bundle, when: date, settings: Settings, lookups: Lookups, codes: Codes) -> Subject:
    filing = plan(bundle, lookups.payers)
    coverage = _coverage(bundle, filing)
    return Subject(
        bundle=bundle,
        filing=filing,
        coverage=coverage,
        profile=lookups.payers.get(coverage.payer_id) if coverage else None,
        day=when,
        lookups=lookups,
        synthetic=settings.synthetic_identifiers,
        codes=codes,
        settings=settings,
    )


def _coverage(bundle: Bundle, filing: Plan | None) -> Coverage | None:
    if filing is None:
        return bundle.coverage
    return next((c for c in bundle.coverages if c.id == filing.coverage_id), bundle.coverage)


def _finding(each: Edit, subject: Subject, words: str) -> Finding:
    return Finding(
        code=each.id,
        severity=each.severity,
        message=f"{each.title}: {words}." if words else f"{each.title}.",
        tip=each.tip,
        snip=each.snip,
        loop=each.loop,
        element=each.element,
        claim=subject.claim.pcn,
    )


def _broken(each: Edit, subject: Subject, failure: Exception) -> Finding:
    return Finding(
        code=BROKEN_EDIT,
        severity=Severity.ERROR,
        message=f"The edit {each.id} failed with {type(failure).__name__}, so the claim is not passed.",
        tip="Tell operations; the claim can go once the edit is mended.",
        snip=each.snip,
        loop=each.loop,
        element=each.element,
        claim=subject.claim.pcn,
    )
