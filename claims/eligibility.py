"""Is the patient covered? Asking payers (270), taking their answers (271), and asking no more than needed.

An answer is tied to its question by the trace number: coverage id and day, nothing of the patient.
A rejection (AAA) is looked up in the table ``reject_reason``: whose work it is, and whether to ask again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from claims import enrolment, work
from claims.answers import RETRIED, Verdict, judge, unknown_further
from claims.benefits import plain_benefits
from claims.bundle import Bundle
from claims.confirmations import Confirmation, Confirmations
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import (
    Claim,
    Coverage,
    EligibilityCheck,
    Patient,
    Provider,
    Queue,
    Stage,
)
from claims.parties import SELF, patient_party, payer_party, provider_party, subscriber_party
from claims.transitions import Event
from claims.x12.eligibility import Answer271, Header27x, Inquiry270, Question
from claims.x12.parts import Party, Period, Trace
from config.payers import PayerProfile

KINDS = {
    "inactive": "coverage_inactive",
    "not_found": "member_not_found",
    "refused": "eligibility_refused",
    "other_payer": "other_payer",
    "none": "coverage_missing",
}
"""What is wrong, and the kind of the work item (and the hold) that follows."""

FURTHER = "secondary_payer"
"""Another payer that comes after this one: coordination of benefits, which holds nothing."""

OPTIONS = (
    {"id": "ask_payer_again", "way": "release", "title": "It is put right: ask the payer again."},
    {
        "id": "covered",
        "title": "The payer says by telephone or portal that it covers the day: --reason who said so.",
        "effect": "Kept as a confirmation; the claim goes on.",
    },
)
"""What a person may decide on a claim whose coverage was not confirmed; or the claim is corrected."""

ASK_AGAIN = timedelta(hours=4)
FOLLOW_UP = {"W": timedelta(days=30), "X": timedelta(days=10)}
"""AAA04: wait 30 days, wait 10 days."""

DEPENDENTS = {"01": "01", "19": "19"}
OTHER_ADULT = "34"
ORIGINATOR = "9CLEANCLM1"

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Asking:
    """One coverage, asked about for one day; ``provider`` asks, None leaves it to the practice."""

    coverage: Coverage
    patient: Patient
    day: date
    provider: Provider | None

    @property
    def trace(self) -> str:
        """TRN02: comes back in the answer."""
        return f"{self.coverage.id}-{self.day:%Y%m%d}"


def askings(bundles: Iterable[Bundle]) -> list[Asking]:
    """What has to be asked for claims: each coverage and day once. Claims without a coverage have nothing."""
    found = {}
    for bundle in bundles:
        if bundle.coverage is not None:
            asking = Asking(bundle.coverage, bundle.patient, bundle.claim.from_date, bundle.billing)
            found[asking.trace] = asking
    return list(found.values())


def inquiry(
    asked: Sequence[Asking], profile: PayerProfile, practice: Provider | None = None
) -> list[Inquiry270]:
    """The questions of one 270 to one payer, subscribers together so that they can share a level."""
    payer = payer_party(profile.id, profile.name)
    inquiries = [
        _inquiry(asking, payer, provider_party("1P", provider), profile.service_types)
        for asking in sorted(asked, key=lambda each: each.trace)
        if (provider := asking.provider or practice)
    ]
    return sorted(inquiries, key=lambda each: each.provider.id)


def header(reference: str, created: datetime) -> Header27x:
    """The BHT of a 270; ``reference`` is the exchange's own number."""
    return Header27x(reference, created)


def _inquiry(asking: Asking, payer: Party, provider: Party, service_types: tuple[str, ...]) -> Inquiry270:
    relationship = asking.coverage.relationship
    dependent = None if relationship == SELF else patient_party("03", asking.patient)
    insured_as = DEPENDENTS.get(relationship, OTHER_ADULT) if dependent else ""
    return Inquiry270(
        payer=payer,
        provider=provider,
        subscriber=subscriber_party(asking.patient, asking.coverage),
        dependent=dependent,
        traces=(Trace("1", asking.trace, ORIGINATOR),),
        relationship=insured_as,
        dates=(Period("291", asking.day),),
        questions=(Question(service_types),),
    )


def from_fresh(session: Session, act: Act, bundles: Sequence[Bundle], payers: Payers) -> list[Change]:
    """The claims that need no question: covered by a fresh answer, of a payer that answers no inquiries, or
    without a coverage to ask about, or a provider whom the payer lets ask.

    The others get no change and are to be asked about. A second time finds the same answer.
    """
    changes = []
    confirmed = Confirmations(session, (b.coverage.id for b in bundles if b.coverage))
    for bundle in (each for each in bundles if each.claim.stage is Stage.ELIGIBILITY):
        if bundle.coverage is None:
            uninsured = Verdict("none", "No insurance is on the claim, so nobody can be asked.")
            changes.append(hold(session, act, bundle, uninsured))
            continue
        profile = payers.get(bundle.coverage.payer_id)
        if profile is not None and profile.asked_through is None:
            changes.append(_not_asked(bundle, act))
            continue
        days = profile.eligibility_fresh_days if profile else 0
        serving = confirmed.serving(bundle.coverage.id, bundle.claim.from_date, days)
        if serving is not None:
            changes.append(_confirmed(act, bundle, serving, "an answer at hand still serves"))
        elif profile is not None and (held := enrolment.hold_unasked(session, act, bundle, profile)):
            changes.append(held)
    return _closing(session, act, changes)


def apply_answer(
    session: Session,
    act: Act,
    bundles: Sequence[Bundle],
    answers: Sequence[Answer271],
    exchange_id: str | None,
) -> list[Change]:
    """One change for each claim in ``eligibility`` that the payer answered about; writes the checks.

    A payer that cannot answer now (AAA 42, 80) leaves the claim where it is, due again later. A claim that
    no answer speaks of gets no change and stays due.
    """
    changes = []
    heard = Answers(answers)
    checks: dict[str, EligibilityCheck] = {}
    for bundle in bundles:
        asked = next(iter(askings([bundle])), None)
        if asked is None or bundle.claim.stage is not Stage.ELIGIBILITY:
            continue
        answer = heard.to(asked)
        if answer is None:
            continue
        verdict = judge(answer, asked.day, asked.coverage, bundle.coverages)
        if asked.trace not in checks:
            checks[asked.trace] = check_of(act, asked, answer, verdict, exchange_id, bundle.claim.id)
            session.add(checks[asked.trace])
        changes.append(_change(session, act, bundle, verdict, checks[asked.trace]))
        coordinate(session, act, asked, answer, bundle.coverages, bundle.claim)
    return _closing(session, act, changes)


def _closing(session: Session, act: Act, changes: list[Change]) -> list[Change]:
    """The same changes; what waited for the coverages that are now confirmed is done with."""
    subjects = [f"claim:{each.claim.id}" for each in changes if each.event is Event.COVERAGE_CONFIRMED]
    work.cancel_all(session, subjects, act.at.business, "the coverage is confirmed", [*KINDS.values()])
    return changes


def coordinate(
    session: Session,
    act: Act,
    asked: Asking,
    answer: Answer271,
    coverages: Sequence[Coverage],
    claim: Claim | None = None,
) -> None:
    """Work for the front desk where the answer names payers after this one that we do not have."""
    payers = unknown_further(answer, coverages)
    if payers:
        names = ", ".join(payers)
        reason = (
            f"{asked.coverage.payer_id} says that {names} covers the patient too: ask the patient and enter "
            "that coverage, so that it is billed after this one."
        )
        subject = f"claim:{claim.id}" if claim else f"coverage:{asked.coverage.id}"
        work.open_item(
            session, act, queue=Queue.FRONT_DESK, kind=FURTHER, reason=reason, subject=subject, claim=claim
        )


class Answers:
    """What one exchange brought, by the traces of its questions."""

    def __init__(self, answers: Sequence[Answer271]) -> None:
        self._traced = {trace.number: each for each in reversed(answers) for trace in each.traces}
        self._to_all = next((each for each in answers if each.subscriber is None and each.all_rejects), None)

    def to(self, asked: Asking) -> Answer271 | None:
        """The answer with the question's trace; else what the payer said to the whole inquiry."""
        return self._traced.get(asked.trace, self._to_all)


def check_of(
    act: Act,
    asked: Asking,
    answer: Answer271,
    verdict: Verdict,
    exchange_id: str | None,
    claim_id: str | None,
) -> EligibilityCheck:
    return EligibilityCheck(
        coverage_id=asked.coverage.id,
        claim_id=claim_id,
        exchange_id=exchange_id,
        asked_for=asked.day,
        outcome="refused" if verdict.outcome == RETRIED else verdict.outcome,
        reject_code=verdict.code,
        follow_up=verdict.follow_up,
        benefits=plain_benefits(answer),
        at=act.at.business,
    )


def _change(session: Session, act: Act, bundle: Bundle, verdict: Verdict, check: EligibilityCheck) -> Change:
    if verdict.outcome == "active":
        told = Confirmation(check.id, check.asked_for, check.at)
        return _confirmed(act, bundle, told, "the payer says that the coverage is active")
    if verdict.outcome == RETRIED:
        later = act.at.business + FOLLOW_UP.get(verdict.follow_up or "", ASK_AGAIN)
        bundle.claim.next_action_at = later
        facts = {"check": check.id, "reject_code": verdict.code, "asked_again_at": later}
        return Change(bundle.claim, "coverage_unanswered", Story(verdict.advice, facts))
    return hold(session, act, bundle, verdict, check)


def _not_asked(bundle: Bundle, act: Act) -> Change:
    story = Story("its payer answers no electronic inquiries: the coverage is as the front desk took it")
    return Change(bundle.claim, Event.COVERAGE_CONFIRMED, story, next_action_at=act.at.business)


def _confirmed(act: Act, bundle: Bundle, confirmation: Confirmation, why: str) -> Change:
    story = Story(why, {"check": confirmation.check_id, "asked_for": confirmation.asked_for})
    return Change(bundle.claim, Event.COVERAGE_CONFIRMED, story, next_action_at=act.at.business)


def hold(
    session: Session, act: Act, bundle: Bundle, verdict: Verdict, check: EligibilityCheck | None = None
) -> Change:
    facts = {"check": check.id, "reject_code": check.reject_code} if check else {}
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=verdict.queue,
        kind=KINDS[verdict.outcome],
        reason=verdict.advice,
        fields=["coverage"] if check else ["claim.coverage_id"],
        options=OPTIONS if check else (),
        story=Story(verdict.advice, facts),
    )
