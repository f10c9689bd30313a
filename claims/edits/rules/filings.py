"""To whom and how often: duplicates, frequency, and the turn of the payers."""

from collections.abc import Iterator

from claims.edits.lookups import Service, Sibling, service_of
from claims.edits.subject import Hit, Subject, edit
from claims.filing import DECIDED, TURNS

REPEATS = frozenset(("76", "77", "91", "59", "XE", "XP", "XS", "XU"))
CHANGES = ("7", "8")


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


@edit("duplicate.exact")
def billed_already(subject: Subject) -> Iterator[Hit]:
    if subject.bundle.filings:
        return
    for sibling, shared in _earlier_twins(subject):
        if shared and _is_exact(subject, sibling) and not _all_repeats(subject):
            yield Hit(f"claim {sibling.claim_id}")


def _all_repeats(subject: Subject) -> bool:
    return all(not REPEATS.isdisjoint(line.modifiers) for line in subject.lines)


@edit("duplicate.likely")
def billed_in_part(subject: Subject) -> Iterator[Hit]:
    for sibling, shared in _earlier_twins(subject):
        unmarked = sorted(service.code for service in shared if REPEATS.isdisjoint(service.modifiers))
        if unmarked and not _is_exact(subject, sibling):
            yield Hit(f"{', '.join(unmarked)} on claim {sibling.claim_id}")


@edit("frequency.number_missing")
def changed_claim_unnamed(subject: Subject) -> Iterator[Hit]:
    if subject.filing and subject.filing.frequency in CHANGES and not subject.filing.original_icn:
        yield Hit(f"frequency {subject.filing.frequency}")


@edit("frequency.number_unexpected")
def original_names_another(subject: Subject) -> Iterator[Hit]:
    if subject.filing and subject.filing.frequency not in CHANGES and subject.filing.original_icn:
        yield Hit(f"frequency {subject.filing.frequency}")


@edit("frequency.not_taken")
def change_not_taken(subject: Subject) -> Iterator[Hit]:
    filing, profile = subject.filing, subject.profile
    if filing and profile and filing.frequency in CHANGES and not profile.corrections.frequency_codes:
        yield Hit(f"frequency {filing.frequency}")


@edit("secondary.too_early")
def earlier_payer_undecided(subject: Subject) -> Iterator[Hit]:
    sequence = subject.filing.sequence if subject.filing else "P"
    decided = {f.sequence for f in subject.bundle.filings if f.adjudication in DECIDED}
    for turn in TURNS[: TURNS.index(sequence)] if sequence in TURNS else ():
        if turn not in decided and subject.bundle.coverage_for(turn) is not None:
            yield Hit(f"payer {turn}")


@edit("secondary.same_payer")
def one_payer_in_two_turns(subject: Subject) -> Iterator[Hit]:
    coverage = subject.coverage
    for other in subject.bundle.coverages if coverage else ():
        if coverage and other.payer_id == coverage.payer_id and other.sequence > coverage.sequence:
            yield Hit(f"{coverage.payer_id} is {coverage.sequence} and {other.sequence}")
