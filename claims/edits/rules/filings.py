"""To whom and how often: duplicates, frequency, and the turn of the payers."""

from collections.abc import Iterator

from claims.edits.lookups import Service, Sibling, service_of
from claims.edits.subject import Hit, Subject, edit
from claims.filing import DECIDED, TURNS
from claims.model import Adjudication, Coverage, Filing, Submission

REPEATS = frozenset(("76", "77", "91", "59", "XE", "XP", "XS", "XU"))
CHANGES, FREQUENCIES = ("7", "8"), ("1", "7", "8")


def _earlier_twins(subject: Subject) -> Iterator[tuple[Sibling, set[Service]]]:
    """Claims before this one, by the same clinician, with the services that both of them bill."""
    claim = subject.claim
    own = {service_of(line) for line in subject.lines if line.procedure_code}
    for sibling in subject.lookups.siblings.get(claim.id, ()):
        first = sibling.sent or (sibling.created_at, sibling.claim_id) < (claim.created_at, claim.id)
        who = (sibling.form, sibling.billing_id, sibling.rendering_id)
        if first and who == (claim.form, claim.billing_id, claim.rendering_id):
            yield sibling, own & sibling.services


def _is_exact(subject: Subject, sibling: Sibling) -> bool:
    claim = subject.claim
    return (
        sibling.services == {service_of(line) for line in subject.lines}
        and (sibling.from_date, sibling.through_date) == (claim.from_date, claim.through_date)
        and sibling.charge == claim.charge
    )


@edit("duplicate.exact", on="siblings")
def billed_already(subject: Subject) -> Iterator[Hit]:
    if subject.bundle.filings:
        return
    for sibling, shared in _earlier_twins(subject):
        if shared and _is_exact(subject, sibling) and not _all_repeats(subject):
            yield Hit(f"claim {sibling.claim_id}")


def _all_repeats(subject: Subject) -> bool:
    return all(not REPEATS.isdisjoint(line.modifiers) for line in subject.lines)


@edit("duplicate.likely", on="siblings")
def billed_in_part(subject: Subject) -> Iterator[Hit]:
    for sibling, shared in _earlier_twins(subject):
        unmarked = sorted(service.code for service in shared if REPEATS.isdisjoint(service.modifiers))
        if unmarked and not _is_exact(subject, sibling):
            yield Hit(f"{', '.join(unmarked)} on claim {sibling.claim_id}")


@edit("frequency.number_missing", on="changed")
def changed_claim_unnamed(subject: Subject) -> Iterator[Hit]:
    if subject.filing and subject.filing.frequency in CHANGES and not subject.filing.original_icn:
        yield Hit(f"frequency {subject.filing.frequency}")


@edit("frequency.number_unexpected")
def original_names_another(subject: Subject) -> Iterator[Hit]:
    if subject.filing and subject.filing.frequency not in CHANGES and subject.filing.original_icn:
        yield Hit(f"frequency {subject.filing.frequency}")


@edit("frequency.not_taken", on="changed")
def change_not_taken(subject: Subject) -> Iterator[Hit]:
    filing, profile = subject.filing, subject.profile
    if filing and profile and filing.frequency in CHANGES and not profile.corrections.frequency_codes:
        yield Hit(f"frequency {filing.frequency}")


@edit("secondary.too_early", on="later payer")
def earlier_payer_undecided(subject: Subject) -> Iterator[Hit]:
    sequence = subject.filing.sequence if subject.filing else "P"
    decided = {f.sequence for f in subject.bundle.filings if f.adjudication in DECIDED}
    for turn in TURNS[: TURNS.index(sequence)] if sequence in TURNS else ():
        if turn not in decided and subject.bundle.coverage_for(turn) is not None:
            yield Hit(f"payer {turn}")


@edit("secondary.same_payer", on="several coverages")
def one_payer_in_two_turns(subject: Subject) -> Iterator[Hit]:
    coverage = subject.coverage
    for other in subject.bundle.coverages if coverage else ():
        if coverage and other.payer_id == coverage.payer_id and other.sequence > coverage.sequence:
            yield Hit(f"{coverage.payer_id} is {coverage.sequence} and {other.sequence}")


@edit("frequency.unknown", on="changed")
def frequency_unknown(subject: Subject) -> Iterator[Hit]:
    if subject.filing and subject.filing.frequency not in FREQUENCIES:
        yield Hit(subject.filing.frequency)


def _changed(subject: Subject) -> Filing | None:
    """The filing that this one would replace or void, where it went out from here."""
    planned = subject.filing
    if planned is None or planned.frequency not in CHANGES:
        return None
    sent = [f for f in subject.bundle.filings if f.submission is not Submission.NONE]
    return next((f for f in sent if f.icn and f.icn == planned.original_icn), None)


@edit("frequency.outdated", on="changed")
def changes_a_version_that_is_not_the_latest(subject: Subject) -> Iterator[Hit]:
    changed = _changed(subject)
    later = [f for f in subject.bundle.filings if changed and f.sequence == changed.sequence and f.icn]
    if changed and any(f.version > changed.version and f.adjudication in DECIDED for f in later):
        yield Hit(f"version {changed.version}")


@edit("frequency.void_again", on="changed")
def voids_what_was_voided(subject: Subject) -> Iterator[Hit]:
    changed = _changed(subject)
    if changed and changed.frequency == "8":
        yield Hit()


@edit("frequency.void_differs", on="changed")
def void_of_another_amount(subject: Subject) -> Iterator[Hit]:
    changed = _changed(subject)
    if (
        changed
        and subject.filing
        and subject.filing.frequency == "8"
        and changed.charge != subject.claim.charge
    ):
        yield Hit(f"{subject.claim.charge}, filed with {changed.charge}")


def _others(subject: Subject) -> list[Coverage]:
    """The coverages of the payers before this one, which the claim tells about in loop 2320."""
    sequence = subject.filing.sequence if subject.filing else "P"
    before = TURNS[: TURNS.index(sequence)] if sequence in TURNS else ""
    return [coverage for coverage in subject.bundle.coverages if coverage.sequence in before]


@edit("secondary.member_id", on="later payer")
def earlier_payer_without_member_id(subject: Subject) -> Iterator[Hit]:
    for coverage in _others(subject):
        if not (coverage.member_id or "").strip():
            yield Hit(f"payer {coverage.sequence}")


@edit("secondary.subscriber", on="later payer")
def earlier_payer_without_subscriber(subject: Subject) -> Iterator[Hit]:
    for coverage in _others(subject):
        if coverage.relationship != "18" and not (coverage.subscriber_family and coverage.subscriber_given):
            yield Hit(f"payer {coverage.sequence}")


@edit("secondary.answer", on="later payer")
def earlier_payer_without_claim_number(subject: Subject) -> Iterator[Hit]:
    turns = {coverage.sequence for coverage in _others(subject)}
    for filing in subject.bundle.filings:
        if filing.sequence in turns and filing.adjudication in DECIDED and not filing.icn:
            yield Hit(f"payer {filing.sequence}")


@edit("secondary.reversed", on="later payer")
def earlier_payer_took_its_decision_back(subject: Subject) -> Iterator[Hit]:
    for turn in {coverage.sequence for coverage in _others(subject)}:
        latest = [f for f in subject.bundle.filings if f.sequence == turn]
        if latest and latest[-1].adjudication is Adjudication.REVERSED:
            yield Hit(f"payer {turn}")


@edit("secondary.nothing_left", on="later payer")
def earlier_payer_denied_for_good(subject: Subject) -> Iterator[Hit]:
    """A later payer seldom pays what the first one denied for the provider's own fault."""
    for turn in {coverage.sequence for coverage in _others(subject)}:
        latest = [f for f in subject.bundle.filings if f.sequence == turn]
        if latest and latest[-1].adjudication is Adjudication.DENIED:
            yield Hit(f"payer {turn}")
