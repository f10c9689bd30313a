"""Running the catalogue over claims: all findings of each, every one once, none stops another claim."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from claims.bundle import Bundle
from claims.codes import Codes, open_codes
from claims.edits.amend import Amendment, amend, unmet
from claims.edits.asked import AskedOnce
from claims.edits.catalogue import Edit, catalogue
from claims.edits.conditions import Condition, places
from claims.edits.lookups import NOTHING_KNOWN, Lookups
from claims.edits.packs import Packs, open_packs
from claims.edits.plain import twins
from claims.edits.sieve import Index
from claims.edits.subject import Hit, Subject, occasions
from claims.edits.variables import Facts
from claims.edits.wanted import wanted
from claims.filing import Plan, plan
from claims.findings import Finding, Severity
from claims.model import Coverage
from config.settings import Settings

BROKEN_EDIT = "edit_failed"
# All that a predicate, which only computes, can raise. Anything else stops the step, which passes nothing.
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
Edits = tuple[Edit, ...]
ONE_DAY = timedelta(1)
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class Roster:
    """Some edits, by the claims that they are for: most claims ask for the same ones."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = tuple(edits)
        begins = (each.starts for each in edits if each.starts)
        self._turns = sorted({*begins, *(each.ends + ONE_DAY for each in edits if each.ends)})
        self._for: dict[tuple[str, str, str | None, int], _Fitting] = {}

    def for_claim(self, subject: Subject) -> "_Fitting":
        """The edits that are for the claim; they stay between turns."""
        form, day = subject.claim.form, subject.claim.from_date
        payer_id = subject.coverage.payer_id if subject.coverage else ""
        kind = subject.profile.kind if subject.profile else None
        key = (form, payer_id, kind, bisect_right(self._turns, day))
        found = self._for.get(key)
        if found is None:
            fitting = [each for each in self.edits if each.is_for(form, payer_id, kind, day)]
            found = self._for[key] = _Fitting(
                tuple(each for each in fitting if each.own is None),
                tuple(each for each in fitting if each.own is not None),
            )
        return found


class _Fitting:
    """The built-in edits and the operator's ``own`` ones for claims of one kind."""

    def __init__(self, built_in: Edits, own: Edits) -> None:
        self.built_in, self.own = built_in, own
        self._conditions = [each.predicate for each in own if isinstance(each.predicate, Condition)]
        self._index = Index([condition.question.needs for condition in self._conditions])
        self.on = lru_cache(maxsize=1024)(self._on)

    def _on(self, there: frozenset[str]) -> Edits:
        """The built-in edits that a claim with these occasions can trip."""
        return tuple(each for each in self.built_in if each.occasion in there)

    def own_on(self, facts: Facts) -> Iterator[tuple[Edit, Condition]]:
        """The operator's edits that such a claim may meet; all of them if that cannot be told."""
        try:
            numbers: Iterable[int] = self._index.worth_asking(facts)
        except FAILURES:
            numbers = range(len(self.own))
        return ((self.own[number], self._conditions[number]) for number in numbers)


@lru_cache(maxsize=8)
def _in_force(packs: Packs, step: str | None) -> Roster:
    return Roster([each for each in (*catalogue(), *packs.edits) if step in (None, each.step)])


def run(
    bundles: Sequence[Bundle],
    when: date,
    settings: Settings,
    step: str | None = None,
    lookups: Lookups = NOTHING_KNOWN,
    edits: Sequence[Edit] | None = None,
) -> dict[str, list[Finding]]:
    """The findings of each claim by its id, errors first, in the catalogue's order; changes nothing.

    ``when`` is the practice's day, ``step`` "coding_review", "scrub" or None for both. ``edits`` are those to
    ask, the whole catalogue and the home's packs if not given.
    """
    if edits is None:
        roster = _in_force(open_packs(settings), step)
    else:
        roster = Roster([each for each in edits if step in (None, each.step)])
    codes = AskedOnce(open_codes(settings.home))
    providers: dict[str, Any] = {}
    plain = [twins(bundle, providers) for bundle in bundles]
    codes.prepare(wanted(plain))
    subjects = (_subject(bundle, when, settings, lookups, codes) for bundle in plain)
    return {subject.claim.id: judge(subject, roster) for subject in subjects}


def amend_all(
    bundles: Sequence[Bundle], when: date, settings: Settings, lookups: Lookups, edits: Sequence[Edit]
) -> dict[str, list[Amendment]]:
    """Carry out what the operator's ``edits`` set on these claims; what was changed, by the claim's id."""
    roster = Roster(edits)
    amended = {}
    for bundle in bundles if edits else ():
        subject = subject_of(bundle, when, settings, lookups)
        amended[bundle.claim.id] = amend(bundle, subject, roster.for_claim(subject).own)
    return amended


def judge(subject: Subject, roster: Roster) -> list[Finding]:
    """The findings of one claim, what to mend first coming first.

    An edit that fails holds the claim: nobody knows what it would have said.
    """
    found: dict[Finding, None] = {}
    fitting = roster.for_claim(subject)
    for each in fitting.on(occasions(subject)):
        try:
            for hit in each.predicate(subject):
                found[_finding(each, subject, str(hit))] = None
        except FAILURES as failure:
            found[_broken(each, subject, failure)] = None
    if fitting.own:
        found |= dict.fromkeys(_own_findings(subject, fitting))
    return sorted(found, key=lambda finding: _ORDER[finding.severity])


def _own_findings(subject: Subject, fitting: _Fitting) -> Iterator[Finding]:
    facts = Facts(subject)
    for each, condition in fitting.own_on(facts):
        try:
            for line in places(condition, facts):
                if _objects(each, subject, line):
                    yield _finding(each, subject, str(Hit(line=line)))
        except FAILURES as failure:
            yield _broken(each, subject, failure)


def _objects(each: Edit, subject: Subject, line: int | None) -> bool:
    """An edit that changes the claim has nothing to say where the claim is as it wants."""
    changes = each.own is not None and each.own.does in ("set", "add_modifier")
    return not changes or unmet(each, subject, line)


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
