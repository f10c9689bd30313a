"""What a 271 says: covered on the day or not, by whom else, and whose work a refusal is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from claims.codes import code_set
from claims.model import Coverage, Queue
from claims.x12.eligibility import Answer271, Benefit, Reject
from claims.x12.parts import Period

RETRIED = "retried"
ACTIVE, INACTIVE, OTHER_PAYER = frozenset("12345"), "6", "R"
PRIMARY_PAYER, FURTHER_PAYERS = "PRP", ("PR", "SEP", "TTP")
WHOLE_PLAN = frozenset(("30", "1"))
STARTS, ENDS, SPANS = ("346", "348", "356"), ("347", "349", "357"), ("291", "292", "307")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome``: active, inactive, not_found, refused, other_payer or retried; ``advice`` is for people."""

    outcome: str
    advice: str = ""
    queue: Queue = Queue.FRONT_DESK
    code: str | None = None
    follow_up: str | None = None


def judge(answer: Answer271, day: date, coverage: Coverage, coverages: Sequence[Coverage]) -> Verdict:
    """The answer about ``coverage`` on ``day``; ``coverages`` are all that we know of the patient."""
    spoken = _plan_level(answer.benefits)
    if answer.all_rejects and not spoken:
        return _refused(answer.all_rejects[0])
    if INACTIVE in spoken or (spoken & ACTIVE and not covers(_periods(answer), day)):
        return Verdict("inactive", f"The coverage was not in force on {day}: ask for the current insurance.")
    if not spoken & ACTIVE:
        return Verdict("refused", "The answer does not say whether the plan is active: call the payer.")
    other = _unknown_primary(answer, coverage, coverages)
    if other:
        advice = (
            f"{other} is primary to {coverage.payer_id}: enter that coverage as the first, this one after it."
        )
        return Verdict("other_payer", advice)
    return Verdict("active")


def covers(periods: Iterable[Period], day: date) -> bool:
    """Whether ``day`` lies within the plan's dates, as far as there are any."""
    for period in periods:
        begins = period.start if period.qualifier in (*STARTS, *SPANS) and _is_span_or_start(period) else None
        ends = period.start if period.qualifier in ENDS else period.end
        if (begins and day < begins) or (ends and day > ends):
            return False
    return True


def _is_span_or_start(period: Period) -> bool:
    """A single day under a span's qualifier is the day asked about, given back."""
    return period.qualifier in STARTS or period.end is not None


def _plan_level(benefits: Sequence[Benefit]) -> set[str]:
    """EB01 of what is said of the plan as a whole; of single services where nothing else is said."""
    whole = {
        benefit.info
        for benefit in benefits
        if not benefit.service_types or not WHOLE_PLAN.isdisjoint(benefit.service_types)
    }
    stated = whole & {*ACTIVE, INACTIVE}
    return stated or {benefit.info for benefit in benefits} & {*ACTIVE, INACTIVE}


def _periods(answer: Answer271) -> list[Period]:
    active = [each for each in answer.benefits if each.info in ACTIVE]
    return [*answer.dates, *(period for benefit in active for period in benefit.dates)]


def _unknown_primary(answer: Answer271, coverage: Coverage, coverages: Sequence[Coverage]) -> str:
    """The id of a payer that comes first and that the patient's coverages do not have before this one."""
    known = {each.payer_id for each in coverages if each.sequence < coverage.sequence} | {coverage.payer_id}
    for benefit in answer.benefits:
        for party in benefit.parties if benefit.info == OTHER_PAYER else ():
            if party.entity == PRIMARY_PAYER and party.id not in known:
                return party.id or "Another payer"
    return ""


def unknown_further(answer: Answer271, coverages: Sequence[Coverage]) -> list[str]:
    """Payers that the answer names beside this one, after it or in no order, and that we do not know of."""
    known = {each.payer_id for each in coverages}
    named = (
        party.id or "Another payer"
        for benefit in answer.benefits
        if benefit.info == OTHER_PAYER
        for party in benefit.parties
        if party.entity in FURTHER_PAYERS
    )
    return [payer for payer in dict.fromkeys(named) if payer not in known]


def _refused(reject: Reject) -> Verdict:
    rows = code_set("reject_reason").rows.get(reject.reason)
    if rows is None:
        advice = (
            f"The payer refused with code {reject.reason}, which our table does not have: call the payer."
        )
        return Verdict("refused", advice, Queue.OPERATIONS, reject.reason, reject.follow_up)
    row = rows[0].more
    advice = f"AAA {reject.reason}: {row['words']}. {row['tip']}"
    outcome = RETRIED if row["retry"] == "1" else row["outcome"]
    return Verdict(outcome, advice, Queue(row["queue"]), reject.reason, reject.follow_up)
