"""Patient and subscriber: who may be whose dependent, and whose turn each insurance is."""

from collections.abc import Iterator
from itertools import pairwise

from claims.edits.subject import Hit, Subject, edit
from claims.filing import TURNS
from claims.model import Coverage

SELF, SPOUSE, CHILD = "18", "01", "19"
YOUNGEST_SPOUSE, OLDEST_CHILD = 15, 26
RETIREMENT = 65
LAST_RESORT = ("medicaid",)


def _insured_by_another(subject: Subject, relationship: str = "") -> Coverage | None:
    """The coverage, when the patient is somebody's dependent (of that relationship, where one is given)."""
    coverage = subject.coverage
    if coverage is None or coverage.relationship == SELF:
        return None
    return coverage if relationship in ("", coverage.relationship) else None


@edit("subscriber.is_patient", on="dependent")
def subscriber_is_the_patient(subject: Subject) -> Iterator[Hit]:
    coverage, patient = _insured_by_another(subject), subject.patient
    if coverage is None or coverage.subscriber_birth_date is None:
        return
    holder = (coverage.subscriber_family, coverage.subscriber_given, coverage.subscriber_birth_date)
    if holder == (patient.family, patient.given, patient.birth_date):
        yield Hit()


@edit("subscriber.spouse_age", on="dependent")
def spouse_too_young(subject: Subject) -> Iterator[Hit]:
    age = subject.age_on(subject.claim.from_date)
    if _insured_by_another(subject, SPOUSE) and age is not None and age < YOUNGEST_SPOUSE:
        yield Hit()


@edit("subscriber.child_age", on="dependent")
def child_too_old(subject: Subject) -> Iterator[Hit]:
    age = subject.age_on(subject.claim.from_date)
    if _insured_by_another(subject, CHILD) and age is not None and age >= OLDEST_CHILD:
        yield Hit()


@edit("subscriber.child_first", on="dependent")
def child_older_than_parent(subject: Subject) -> Iterator[Hit]:
    coverage, born = _insured_by_another(subject, CHILD), subject.patient.birth_date
    if coverage and coverage.subscriber_birth_date and born and born <= coverage.subscriber_birth_date:
        yield Hit()


@edit("subscriber.own_number", on="dependent")
def dependent_where_everybody_is_insured_alone(subject: Subject) -> Iterator[Hit]:
    if _insured_by_another(subject):
        yield Hit()


@edit("coverage.group_is_member")
def group_number_is_the_member_id(subject: Subject) -> Iterator[Hit]:
    coverage = subject.coverage
    if coverage and coverage.group_number and coverage.group_number == coverage.member_id:
        yield Hit()


def _in_force(subject: Subject) -> list[Coverage]:
    day = subject.claim.from_date
    return [
        coverage
        for coverage in subject.bundle.coverages
        if (coverage.starts is None or coverage.starts <= day)
        and (coverage.ends is None or day <= coverage.ends)
    ]


@edit("coverage.same_turn", on="several coverages")
def two_coverages_in_one_turn(subject: Subject) -> Iterator[Hit]:
    """Two rows of one payer are one insurance written down twice, which another edit tells."""
    for turn in TURNS:
        payers = {coverage.payer_id for coverage in _in_force(subject) if coverage.sequence == turn}
        if len(payers) > 1:
            yield Hit(f"turn {turn}: {', '.join(sorted(payers))}")


@edit("coverage.turn_left_out")
def later_turn_without_earlier(subject: Subject) -> Iterator[Hit]:
    turns = {coverage.sequence for coverage in subject.bundle.coverages}
    for before, turn in pairwise(TURNS):
        if turn in turns and before not in turns:
            yield Hit(f"{turn} without {before}")


def _kinds(subject: Subject) -> list[tuple[Coverage, str]]:
    """Each coverage in force whose payer we know, with the kind of payer, in their turns."""
    payers = subject.lookups.payers
    found = [(c, payers[c.payer_id].kind) for c in _in_force(subject) if c.payer_id in payers]
    return sorted(found, key=lambda pair: pair[0].sequence)


@edit("coverage.last_resort", on="several coverages")
def payer_of_last_resort_first(subject: Subject) -> Iterator[Hit]:
    kinds = _kinds(subject)
    for place, (coverage, kind) in enumerate(kinds):
        if kind in LAST_RESORT and any(later not in LAST_RESORT for _, later in kinds[place + 1 :]):
            yield Hit(f"{coverage.payer_id} before {kinds[place + 1][0].payer_id}")


@edit("coverage.medicare_turn", on="several coverages")
def medicare_before_a_group_plan(subject: Subject) -> Iterator[Hit]:
    kinds, age = _kinds(subject), subject.age_on(subject.claim.from_date)
    if age is not None and age >= RETIREMENT and len(kinds) > 1:
        first, second = kinds[0], kinds[1]
        if first[1] == "medicare" and second[1] == "commercial" and second[0].group_number:
            yield Hit()


@edit("coverage.medicare_and_advantage", on="several coverages")
def original_medicare_beside_advantage(subject: Subject) -> Iterator[Hit]:
    if {"medicare", "medicare_advantage"} <= {kind for _, kind in _kinds(subject)}:
        yield Hit()


@edit("accident.other_payer", on="accident")
def accident_billed_to_a_health_plan(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    if claim.accident in ("AA", "EM") and (subject.filing is None or subject.filing.sequence == "P"):
        yield Hit({"AA": "a car accident", "EM": "an accident at work"}[claim.accident])
